//! Whole lines of the default layout, built from the tables.
//!
//! With colour, a byte's text depends on whether the byte before it has the same colour, so every
//! byte has two texts for each panel. Texts are copied with a fixed size and advanced by their
//! own: the rest is overwritten by what follows.

use fearless_simd::{Level, Simd, dispatch};

use super::super::block::Block;
use super::super::hex;
use super::super::line::Position;
use super::super::offset::{self, Column};
use super::super::vectors::rearrange_at_once;
use super::colored::Colored;
use super::printer::column;
use super::tables::{PANEL, Tables};
use super::uncolored::Uncolored;

/// Room for the longest text of a byte: a space, a colour of 19 bytes, a character of three.
const LONG: usize = 32;
/// The same for colours of five bytes at most.
const SHORT: usize = 8;
/// The same without colour.
const PLAIN: usize = 4;
/// Room for a panel of texts, and one more because each is copied whole.
const LONG_ROOM: usize = (PANEL + 1) * LONG;
const SHORT_ROOM: usize = (PANEL + 1) * SHORT;
const PLAIN_ROOM: usize = (PANEL + 1) * PLAIN;

/// A short text, copied whole and advanced by its length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    text: [u8; LONG],
    length: usize,
}

impl Part {
    pub(super) fn new(parts: &[&[u8]]) -> Option<Self> {
        let parts = parts.concat();
        let mut text = [0; LONG];
        text.get_mut(..parts.len())?.copy_from_slice(&parts);
        Some(Self {
            text,
            length: parts.len(),
        })
    }

    /// Stores the text at `at` and returns the place behind it.
    #[inline(always)]
    pub(super) fn write(&self, space: &mut [u8], at: usize) -> usize {
        write(space, at, self.text, self.length)
    }
}

/// The texts of all bytes in one kind of panel: first those behind a byte of the same colour,
/// then those behind another colour or at the start of a panel.
#[derive(Debug)]
pub(super) struct Texts<const N: usize> {
    texts: Box<[[u8; N]; 512]>,
    lengths: Box<[u8; 512]>,
}

impl<const N: usize> Texts<N> {
    /// Texts of a `space`, a color when it is needed, and `body`.
    fn new(tables: &Tables, space: &[u8], body: impl Fn(u8) -> Vec<u8>) -> Option<Self> {
        let mut texts = Box::new([[0; N]; 512]);
        let mut lengths = Box::new([0; 512]);
        for (place, (text, length)) in texts.iter_mut().zip(lengths.iter_mut()).enumerate() {
            let value = place as u8;
            let look = tables.bytes.get(usize::from(value))?;
            let color = if place < 256 {
                &[]
            } else {
                look.color.as_slice()
            };
            let whole = [space, color, &body(value)].concat();
            text.get_mut(..whole.len())?.copy_from_slice(&whole);
            *length = u8::try_from(whole.len()).ok()?;
        }
        Some(Self { texts, lengths })
    }
}

/// Byte and character panels with room for `N` bytes of text per byte.
#[derive(Debug)]
struct Panels<const N: usize> {
    bytes: Texts<N>,
    characters: Texts<N>,
}

impl<const N: usize> Panels<N> {
    fn new(tables: &Tables) -> Option<Self> {
        Some(Self {
            bytes: Texts::new(tables, b" ", |value| hex::digits(value).to_vec())?,
            characters: Texts::new(tables, b"", |value| {
                tables
                    .bytes
                    .get(usize::from(value))
                    .map_or(Vec::new(), |look| look.character.clone())
            })?,
        })
    }
}

/// The texts of bytes, in the size they need.
#[derive(Debug)]
enum Sized {
    /// Without colour.
    Plain(Panels<PLAIN>, Option<Box<Uncolored>>),
    Short(Panels<SHORT>, Option<Box<Colored>>),
    Long(Panels<LONG>),
}

/// Everything a line is built from.
#[derive(Debug)]
pub(super) struct Fast {
    level: Option<Level>,
    panels: usize,
    lead: Part,
    /// Behind the offset.
    gap: Part,
    /// Behind a panel of bytes: not the last one, the last one.
    byte_ends: [Part; 2],
    /// Behind a panel of characters: not the last one, the last one.
    character_ends: [Part; 2],
    /// Which bytes have the same colour: equal numbers.
    colors: Box<[u8; 256]>,
    sized: Sized,
    longest: usize,
}

impl Fast {
    /// Lines of so many panels; none when the texts are longer than expected.
    pub(super) fn new(tables: &Tables, panels: usize, level: Option<Level>) -> Option<Self> {
        let Tables {
            lead,
            reset,
            outer,
            inner,
            bytes,
        } = tables;
        let mut colors = Box::new([0; 256]);
        for (color, look) in colors.iter_mut().zip(bytes) {
            *color =
                u8::try_from(bytes.iter().position(|other| other.color == look.color)?).ok()?;
        }
        let sized = if reset.is_empty() {
            Sized::Plain(
                Panels::new(tables)?,
                Uncolored::new(tables, panels).map(Box::new),
            )
        } else if let Some(texts) = Panels::new(tables) {
            Sized::Short(texts, Colored::new(tables, panels).map(Box::new))
        } else {
            Sized::Long(Panels::new(tables)?)
        };
        let color = bytes.iter().map(|look| look.color.len()).max()?;
        let character = bytes.iter().map(|look| look.character.len()).max()?;
        let frame = lead.len() + 16 + reset.len() + outer.len() + 1;
        let panel = PANEL * (3 + character + 2 * color)
            + 2 * (reset.len() + 1 + outer.len().max(inner.len()));
        Some(Self {
            level,
            panels,
            lead: Part::new(&[lead])?,
            gap: Part::new(&[reset, outer])?,
            byte_ends: [
                Part::new(&[reset, b" ", inner])?,
                Part::new(&[reset, b" ", outer])?,
            ],
            character_ends: [
                Part::new(&[reset, inner])?,
                Part::new(&[reset, outer, b"\n"])?,
            ],
            colors,
            sized,
            longest: frame + panels * panel,
        })
    }

    /// The room for a line.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Appends full lines.
    pub(super) fn lines(&self, at: Position, data: &[u8], text: &mut Block) {
        let step = PANEL * self.panels;
        let mut at = at.offset;
        let mut data = data;
        while data.len() >= step {
            let lines = offset::lines_below(at, step, data.len() / step);
            let (now, later) = data.split_at(lines * step);
            let column = column(at);
            let space = text.spare(lines * self.longest + LONG_ROOM);
            let written = match self.level {
                Some(level) => dispatch!(level, simd => self.vectors(simd, column, now, space)),
                None => self.portable(column, now, space),
            };
            text.advance(written);
            at = at.wrapping_add(now.len() as u64);
            data = later;
        }
    }

    /// Lines with vectors.
    #[inline(always)]
    fn vectors<S: Simd>(&self, simd: S, column: Column, data: &[u8], space: &mut [u8]) -> usize {
        match &self.sized {
            Sized::Plain(texts, Some(vectors)) => {
                vectors.lines(simd, &texts.characters, column, data, space)
            }
            Sized::Plain(texts, None) => {
                self.colored::<PLAIN, PLAIN_ROOM>(texts, column, data, space)
            }
            Sized::Short(_, Some(vectors)) if rearrange_at_once(simd.level()) => {
                vectors.lines(simd, column, data, space)
            }
            Sized::Short(texts, _) => self.colored::<SHORT, SHORT_ROOM>(texts, column, data, space),
            Sized::Long(texts) => self.colored::<LONG, LONG_ROOM>(texts, column, data, space),
        }
    }

    /// Lines without vectors.
    fn portable(&self, column: Column, data: &[u8], space: &mut [u8]) -> usize {
        match &self.sized {
            Sized::Plain(texts, _) => self.colored::<PLAIN, PLAIN_ROOM>(texts, column, data, space),
            Sized::Short(texts, _) => self.colored::<SHORT, SHORT_ROOM>(texts, column, data, space),
            Sized::Long(texts) => self.colored::<LONG, LONG_ROOM>(texts, column, data, space),
        }
    }

    /// Lines whose bytes may change colour.
    #[inline(always)]
    fn colored<const N: usize, const ROOM: usize>(
        &self,
        texts: &Panels<N>,
        column: Column,
        data: &[u8],
        space: &mut [u8],
    ) -> usize {
        self.each(
            column,
            data,
            space,
            #[inline(always)]
            |bytes, last, space: &mut [u8], at| {
                let at = self.texts::<N, ROOM>(&texts.bytes, bytes, space, at);
                self.byte_ends[usize::from(last)].write(space, at)
            },
            #[inline(always)]
            |bytes, space: &mut [u8], at| {
                self.texts::<N, ROOM>(&texts.characters, bytes, space, at)
            },
        )
    }

    /// Every line: its frame, and each panel through `byte_panel` and `character_panel`, which
    /// write at a place and return the place behind.
    #[inline(always)]
    fn each(
        &self,
        mut column: Column,
        data: &[u8],
        space: &mut [u8],
        byte_panel: impl Fn(&[u8; PANEL], bool, &mut [u8], usize) -> usize,
        character_panel: impl Fn(&[u8; PANEL], &mut [u8], usize) -> usize,
    ) -> usize {
        let step = PANEL * self.panels;
        let mut at = 0;
        for line in data.chunks_exact(step) {
            let (panels, _) = line.as_chunks::<PANEL>();
            at = self.lead.write(space, at);
            for digit in column.lead() {
                at = write(space, at, [*digit], 1);
            }
            at = write(space, at, column.low().to_le_bytes(), 8);
            at = self.gap.write(space, at);
            for (number, bytes) in panels.iter().enumerate() {
                at = byte_panel(bytes, number + 1 == self.panels, space, at);
            }
            for (number, bytes) in panels.iter().enumerate() {
                at = character_panel(bytes, space, at);
                at = self.character_ends[usize::from(number + 1 == self.panels)].write(space, at);
            }
            column.step(step);
        }
        at
    }

    /// The texts of a panel's bytes.
    #[inline(always)]
    fn texts<const N: usize, const ROOM: usize>(
        &self,
        texts: &Texts<N>,
        bytes: &[u8; PANEL],
        space: &mut [u8],
        start: usize,
    ) -> usize {
        let Some(room) = room::<ROOM>(space, start) else {
            return start;
        };
        let mut at = 0;
        // No colour is set at the start of a panel, as if there had been another one.
        let mut color = !self.colors[usize::from(bytes[0])];
        for byte in bytes {
            let now = self.colors[usize::from(*byte)];
            // 256 for another colour than before, by arithmetic: a branch would be mispredicted
            // for every other byte of binary data.
            let other = (usize::from(now ^ color) + 255) & 256;
            let place = usize::from(*byte) | other;
            color = now;
            at = store(room, at, texts.texts[place], texts.lengths[place]);
        }
        start + at
    }
}

/// The characters of a panel without colour.
#[inline(always)]
pub(super) fn characters(
    texts: &Texts<PLAIN>,
    bytes: &[u8; PANEL],
    space: &mut [u8],
    start: usize,
) -> usize {
    let Some(room) = room::<PLAIN_ROOM>(space, start) else {
        return start;
    };
    let mut at = 0;
    for byte in bytes {
        let place = usize::from(*byte);
        at = store(room, at, texts.texts[place], texts.lengths[place]);
    }
    start + at
}

/// Stores a text at `at` and returns the place behind it. `ROOM` is nine texts, so that eight
/// always fit.
#[inline(always)]
fn store<const N: usize, const ROOM: usize>(
    room: &mut [u8; ROOM],
    at: usize,
    text: [u8; N],
    length: u8,
) -> usize {
    // The remainder never changes the place, it only shows the compiler that the text fits.
    let at = at % (ROOM - N);
    room[at..at + N].copy_from_slice(&text);
    at + usize::from(length)
}

/// `ROOM` bytes from `at` on.
#[inline(always)]
pub(super) fn room<const ROOM: usize>(space: &mut [u8], at: usize) -> Option<&mut [u8; ROOM]> {
    space.get_mut(at..)?.first_chunk_mut()
}

/// Stores all of `text` at `at`, of which `length` bytes count; returns the place behind those.
#[inline(always)]
pub(super) fn write<const N: usize>(
    space: &mut [u8],
    at: usize,
    text: [u8; N],
    length: usize,
) -> usize {
    if let Some(place) = room(space, at) {
        *place = text;
    }
    at + length
}
