//! Whole lines of the default layout, built from the tables.
//!
//! With colour, a byte's text depends on whether the byte before it has the same colour, so every
//! byte has two texts for each panel. Texts are copied with a fixed size and advanced by their
//! own: the rest is overwritten by what follows.

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, u8x16, u8x32};

use super::super::hex;
use super::super::line::Position;
use super::super::offset::{self, Column};
use super::super::output::Block;
use super::super::template;
use super::printer::column;
use super::tables::{PANEL, Tables};

/// Room for the longest text of a byte: a space, a colour of 19 bytes, a character of three.
const LONG: usize = 32;
/// The same for colours of five bytes at most.
const SHORT: usize = 8;

/// A short text, copied whole and advanced by its length.
#[derive(Clone, Copy, Debug)]
struct Part {
    text: [u8; LONG],
    length: usize,
}

impl Part {
    fn new(parts: &[&[u8]]) -> Option<Self> {
        let parts = parts.concat();
        let mut text = [0; LONG];
        text.get_mut(..parts.len())?.copy_from_slice(&parts);
        Some(Self {
            text,
            length: parts.len(),
        })
    }
}

/// The texts of all bytes in one kind of panel: first those behind a byte of the same colour,
/// then those behind another colour or at the start of a panel.
#[derive(Debug)]
struct Texts<const N: usize> {
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
    Plain(Panels<4>),
    Short(Panels<SHORT>),
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
            Sized::Plain(Panels::new(tables)?)
        } else if let Some(panels) = Panels::new(tables) {
            Sized::Short(panels)
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

    /// Appends full lines.
    pub(super) fn lines(&self, at: Position, data: &[u8], text: &mut Block) {
        let step = PANEL * self.panels;
        let mut at = at.offset;
        let mut data = data;
        while data.len() >= step {
            let lines = offset::lines_below(at, step, data.len() / step);
            let (now, later) = data.split_at(lines * step);
            let column = column(at);
            let space = text.spare(lines * self.longest + 2 * LONG);
            let mut pen = Pen { space, at: 0 };
            match self.level {
                Some(level) => dispatch!(level, simd => self.vectors(simd, column, now, &mut pen)),
                None => self.portable(column, now, &mut pen),
            }
            let written = pen.at;
            text.advance(written);
            at = at.wrapping_add(now.len() as u64);
            data = later;
        }
    }

    /// Lines with vectors.
    #[inline(always)]
    fn vectors<S: Simd>(&self, simd: S, column: Column, data: &[u8], pen: &mut Pen<'_>) {
        match &self.sized {
            Sized::Plain(texts) => {
                let ends = self.byte_ends.map(|end| separator(simd, &end));
                self.each(
                    column,
                    data,
                    pen,
                    #[inline(always)]
                    |bytes, last, pen: &mut Pen<'_>| {
                        pairs(simd, bytes, ends[usize::from(last)], pen);
                        pen.at += 3 * PANEL + self.byte_ends[usize::from(last)].length;
                    },
                    #[inline(always)]
                    |bytes, pen: &mut Pen<'_>| characters(&texts.characters, bytes, pen),
                );
            }
            Sized::Short(texts) => self.colored(texts, column, data, pen),
            Sized::Long(texts) => self.colored(texts, column, data, pen),
        }
    }

    /// Lines without vectors.
    fn portable(&self, column: Column, data: &[u8], pen: &mut Pen<'_>) {
        match &self.sized {
            Sized::Plain(texts) => self.colored(texts, column, data, pen),
            Sized::Short(texts) => self.colored(texts, column, data, pen),
            Sized::Long(texts) => self.colored(texts, column, data, pen),
        }
    }

    /// Lines whose bytes may change colour.
    #[inline(always)]
    fn colored<const N: usize>(
        &self,
        texts: &Panels<N>,
        column: Column,
        data: &[u8],
        pen: &mut Pen<'_>,
    ) {
        self.each(
            column,
            data,
            pen,
            #[inline(always)]
            |bytes, last, pen: &mut Pen<'_>| {
                self.texts(&texts.bytes, bytes, pen);
                pen.put(&self.byte_ends[usize::from(last)]);
            },
            #[inline(always)]
            |bytes, pen: &mut Pen<'_>| self.texts(&texts.characters, bytes, pen),
        );
    }

    /// Every line: its frame, and each panel through `byte_panel` and `character_panel`.
    #[inline(always)]
    fn each(
        &self,
        mut column: Column,
        data: &[u8],
        pen: &mut Pen<'_>,
        byte_panel: impl Fn(&[u8; PANEL], bool, &mut Pen<'_>),
        character_panel: impl Fn(&[u8; PANEL], &mut Pen<'_>),
    ) {
        let step = PANEL * self.panels;
        for line in data.chunks_exact(step) {
            let (panels, _) = line.as_chunks::<PANEL>();
            pen.put(&self.lead);
            pen.copy(column.lead());
            pen.fixed(column.low().to_le_bytes(), 8);
            pen.put(&self.gap);
            for (number, bytes) in panels.iter().enumerate() {
                byte_panel(bytes, number + 1 == self.panels, pen);
            }
            for (number, bytes) in panels.iter().enumerate() {
                character_panel(bytes, pen);
                pen.put(&self.character_ends[usize::from(number + 1 == self.panels)]);
            }
            column.step(step);
        }
    }

    /// The texts of a panel's bytes.
    #[inline(always)]
    fn texts<const N: usize>(&self, texts: &Texts<N>, bytes: &[u8; PANEL], pen: &mut Pen<'_>) {
        // No colour is set at the start of a panel.
        let mut color = u16::MAX;
        for byte in bytes {
            let place = usize::from(*byte);
            let now = u16::from(self.colors[place]);
            let place = place + if now == color { 0 } else { 256 };
            color = now;
            pen.fixed(texts.texts[place], texts.lengths[place].into());
        }
    }
}

/// The characters of a panel without colour.
#[inline(always)]
fn characters(texts: &Texts<4>, bytes: &[u8; PANEL], pen: &mut Pen<'_>) {
    for byte in bytes {
        let place = usize::from(*byte);
        pen.fixed(texts.texts[place], texts.lengths[place].into());
    }
}

/// Where the separator and the space are in the second half of a panel's vector.
const SPACE: u8 = 31;
/// A panel: a space and two digits for every byte, then the separator.
const PAIRS: [u8; 32] = {
    let mut pairs = [SPACE; 32];
    let mut byte = 0;
    while byte < PANEL {
        pairs[3 * byte + 1] = 2 * byte as u8;
        pairs[3 * byte + 2] = 2 * byte as u8 + 1;
        byte += 1;
    }
    let mut place = 3 * PANEL;
    while place < 32 {
        pairs[place] = 16 + (place - 3 * PANEL) as u8;
        place += 1;
    }
    pairs
};

/// The separator behind a panel of bytes, as the second half of a panel's vector.
#[inline(always)]
fn separator<S: Simd>(simd: S, end: &Part) -> u8x16<S> {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&end.text[..8]);
    bytes[usize::from(SPACE) - 16] = b' ';
    u8x16::load_array(simd, bytes)
}

/// A panel of bytes without colour, with the separator behind it; does not advance.
#[inline(always)]
fn pairs<S: Simd>(simd: S, bytes: &[u8; PANEL], separator: u8x16<S>, pen: &mut Pen<'_>) {
    let mut raw = [0; 16];
    raw[..PANEL].copy_from_slice(bytes);
    let (digits, _) = template::digits(simd, u8x16::load_array(simd, raw)).split();
    let shape = digits
        .combine(separator)
        .swizzle_dyn(u8x32::load_array(simd, PAIRS));
    pen.fixed(shape.to_array(), 0);
}

/// Writes text into a space that is large enough.
struct Pen<'a> {
    space: &'a mut [u8],
    at: usize,
}

impl Pen<'_> {
    /// Stores all of `text` and advances by `length`.
    #[inline(always)]
    fn fixed<const N: usize>(&mut self, text: [u8; N], length: usize) {
        if let Some(place) = self
            .space
            .get_mut(self.at..)
            .and_then(|rest| rest.first_chunk_mut())
        {
            *place = text;
        }
        self.at += length;
    }

    #[inline(always)]
    fn put(&mut self, part: &Part) {
        self.fixed(part.text, part.length);
    }

    #[inline(always)]
    fn copy(&mut self, text: &[u8]) {
        for byte in text {
            self.fixed([*byte], 1);
        }
    }
}
