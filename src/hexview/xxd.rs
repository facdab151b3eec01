//! The format of `xxd`: offset, eight groups of two bytes, characters.

use fearless_simd::Level;

use super::block::Block;
use super::line::{Ending, Lines, Run};
use super::template::{BYTES, Cell, Template};

/// Where the characters start.
const CHARACTERS: usize = 8 + 1 + 8 * 5 + 2;
/// A full line, with the line end.
const LINE: usize = CHARACTERS + BYTES + 1;

static TEMPLATE: Template<LINE> = Template::new(cells());

/// `xxd` without options.
#[derive(Clone, Copy, Debug)]
pub(super) struct Xxd {
    /// The vectors to use.
    pub(super) level: Option<Level>,
}

impl Lines for Xxd {
    fn bytes_per_line(&self) -> usize {
        BYTES
    }

    fn text_per_line(&self) -> usize {
        LINE
    }

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        for run in runs {
            if let Run::Lines(at, data) = run {
                TEMPLATE.lines::<BYTES>(self.level, Some(at.offset), data, text);
            }
        }
    }

    fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        TEMPLATE.short_line(ending, text, |line, bytes| {
            // The hexadecimal part keeps its width, the characters end where the bytes end.
            let used = 8 + 1 + bytes * 2 + bytes.div_ceil(2);
            if let Some(unused) = line.get_mut(used..CHARACTERS) {
                unused.fill(b' ');
            }
            CHARACTERS + bytes
        });
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
    cells[8] = Cell::Text(b':');
    let mut byte = 0;
    while byte < BYTES {
        let place = 10 + byte / 2 * 5 + byte % 2 * 2;
        cells[place] = Cell::High(byte as u8);
        cells[place + 1] = Cell::Low(byte as u8);
        cells[CHARACTERS + byte] = Cell::Character(byte as u8);
        byte += 1;
    }
    cells[LINE - 1] = Cell::Text(b'\n');
    cells
}
