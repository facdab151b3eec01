//! The format of `hexdump -C`: offset, two groups of eight bytes, characters, squeezed repeats,
//! and the end offset on a line of its own.

use fearless_simd::Level;

use super::block::Block;
use super::line::{Ending, Lines, Run, Squeeze};
use super::offset;
use super::template::{BYTES, Cell, Template};

/// Where the characters start.
const CHARACTERS: usize = 8 + 2 + 8 * 3 + 1 + 8 * 3 + 2;
/// A full line, with the line end.
const LINE: usize = CHARACTERS + BYTES + 2;

static TEMPLATE: Template<LINE> = Template::new(cells());

/// `hexdump -C`, and `hexdump -C -v` without squeezing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Canonical {
    /// Whether repeated lines become one `*`.
    pub(super) squeeze: bool,
    /// The vectors to use.
    pub(super) level: Option<Level>,
}

impl Lines for Canonical {
    fn bytes_per_line(&self) -> usize {
        BYTES
    }

    fn text_per_line(&self) -> usize {
        LINE
    }

    fn squeeze(&self) -> Squeeze {
        if self.squeeze {
            Squeeze::Repeats
        } else {
            Squeeze::Never
        }
    }

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        for run in runs {
            match run {
                Run::Squeezed => text.push(b"*\n"),
                Run::Lines(at, data) => {
                    TEMPLATE.lines::<BYTES>(self.level, Some(at.offset), data, text);
                }
            }
        }
    }

    fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        TEMPLATE.short_line(ending, text, |line, bytes| {
            let used = 8 + 2 + bytes * 3 + usize::from(bytes > 8);
            if let Some(unused) = line.get_mut(used..CHARACTERS - 1) {
                unused.fill(b' ');
            }
            if let Some(end) = line.get_mut(CHARACTERS + bytes) {
                *end = b'|';
            }
            CHARACTERS + bytes + 1
        });
        let end = ending.end();
        if end.index > 0 {
            offset::push(end.offset, text);
            text.push(b"\n");
        }
    }
}

/// The line, character by character.
const fn cells() -> [Cell; LINE] {
    let mut cells = [Cell::Text(b' '); LINE];
    let mut digit = 0;
    while digit < 8 {
        cells[digit] = Cell::Offset(digit as u8);
        digit += 1;
    }
    let mut byte = 0;
    while byte < BYTES {
        let place = 10 + byte * 3 + byte / 8;
        cells[place] = Cell::High(byte as u8);
        cells[place + 1] = Cell::Low(byte as u8);
        cells[CHARACTERS + byte] = Cell::Character(byte as u8);
        byte += 1;
    }
    cells[CHARACTERS - 1] = Cell::Text(b'|');
    cells[LINE - 2] = Cell::Text(b'|');
    cells[LINE - 1] = Cell::Text(b'\n');
    cells
}
