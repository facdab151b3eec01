//! Whole lines of the default layout, built from the tables. Other layouts are left to the printer.
//!
//! With colours, the text of a byte depends on whether the byte before it has the same colour, so
//! every byte has two texts for each panel.

use fearless_simd::{Level, Simd, dispatch};

use super::super::block::Block;
use super::super::hex;
use super::super::line::Position;
use super::super::offset::{self, Column};
use super::super::vectors::rearrange_at_once;
use super::colored::Colored;
use super::printer::column;
use super::tables::{PANEL, Tables};
use super::texts::{LONG, PLAIN, SHORT, Separators, Texts};
use super::uncolored::Uncolored;

/// Room for the texts of a panel, and for one more because each is stored whole.
const LONG_ROOM: usize = (PANEL + 1) * LONG;
const SHORT_ROOM: usize = (PANEL + 1) * SHORT;
const PLAIN_ROOM: usize = (PANEL + 1) * PLAIN;

/// Byte and character panels with room for `N` bytes of text per byte.
#[derive(Debug)]
struct Panels<const N: usize> {
    bytes: Texts<N>,
    characters: Texts<N>,
}

impl<const N: usize> Panels<N> {
    fn new(tables: &Tables) -> Option<Self> {
        let character = |value: u8| Some(tables.bytes.get(usize::from(value))?.character.clone());
        Some(Self {
            bytes: Texts::new(tables, b" ", |value| hex::digits(value).to_vec())?,
            characters: Texts::new(tables, b"", |value| character(value).unwrap_or_default())?,
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
    separators: Separators,
    /// Equal numbers for bytes of the same colour.
    colors: Box<[u8; 256]>,
    sized: Sized,
    longest: usize,
}

impl Fast {
    /// Lines of `panels` panels; none if the texts are longer than expected.
    pub(super) fn new(tables: &Tables, panels: usize, level: Option<Level>) -> Option<Self> {
        let Tables {
            lead,
            reset,
            outer,
            inner,
            bytes,
        } = tables;
        let sized = if reset.is_empty() {
            let vectors = Uncolored::new(tables, panels).map(Box::new);
            Sized::Plain(Panels::new(tables)?, vectors)
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
            separators: Separators::new(tables, b"")?,
            colors: tables.colors().1,
            sized,
            longest: frame + panels * panel,
        })
    }

    /// The longest text of a line.
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
                None => self.tables(column, now, space),
            };
            text.advance(written);
            at = at.wrapping_add(now.len() as u64);
            data = later;
        }
    }

    /// Writes lines with vectors, where they are faster, and returns the length of their text.
    #[inline(always)]
    fn vectors<S: Simd>(&self, simd: S, column: Column, data: &[u8], space: &mut [u8]) -> usize {
        match &self.sized {
            Sized::Plain(texts, Some(vectors)) => {
                vectors.lines(simd, &texts.characters, column, data, space)
            }
            Sized::Short(_, Some(vectors)) if rearrange_at_once(simd.level()) => {
                vectors.lines(simd, column, data, space)
            }
            _ => self.tables(column, data, space),
        }
    }

    /// Writes lines without vectors and returns the length of their text.
    #[inline(always)]
    fn tables(&self, column: Column, data: &[u8], space: &mut [u8]) -> usize {
        match &self.sized {
            Sized::Plain(texts, _) => self.panels::<PLAIN, PLAIN_ROOM>(texts, column, data, space),
            Sized::Short(texts, _) => self.panels::<SHORT, SHORT_ROOM>(texts, column, data, space),
            Sized::Long(texts) => self.panels::<LONG, LONG_ROOM>(texts, column, data, space),
        }
    }

    /// Writes lines of texts with room for `N` bytes and returns the length of their text.
    #[inline(always)]
    fn panels<const N: usize, const ROOM: usize>(
        &self,
        texts: &Panels<N>,
        mut column: Column,
        data: &[u8],
        space: &mut [u8],
    ) -> usize {
        let step = PANEL * self.panels;
        let Separators {
            byte_ends,
            character_ends,
            ..
        } = &self.separators;
        let mut at = 0;
        for line in data.chunks_exact(step) {
            at = self.separators.start(&column, space, at);
            for (texts, ends) in [
                (&texts.bytes, byte_ends),
                (&texts.characters, character_ends),
            ] {
                for (number, bytes) in line.as_chunks::<PANEL>().0.iter().enumerate() {
                    at = texts.store::<ROOM>(&self.colors, bytes, space, at);
                    at = ends[usize::from(number + 1 == self.panels)].store(space, at);
                }
            }
            column.step(step);
        }
        at
    }
}
