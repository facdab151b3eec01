//! Whole lines of the default layout, built from the tables. Other layouts are left to the printer.
//!
//! With colours, the text of a byte depends on whether the byte before it has the same colour, so
//! every byte has two texts for each panel.

use fearless_simd::{Level, dispatch};

use super::super::block::Block;
use super::super::characters::Characters;
use super::super::hex;
use super::super::line::Position;
use super::super::offset::{self, Column, Offsets};
use super::super::panels;
use super::super::template::{Digits, Template};
use super::colored::{self, Colored};
use super::printer::column;
use super::tables::{PANEL, Tables};
use super::texts::{Colors, LONG, SHORT, Separators, Texts};

/// Room for the texts of a panel, and for one more because each is stored whole.
const LONG_ROOM: usize = (PANEL + 1) * LONG;
const SHORT_ROOM: usize = (PANEL + 1) * SHORT;

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
    Plain(Template),
    Short(Panels<SHORT>),
    Long(Panels<LONG>),
}

/// Everything a line is built from.
#[derive(Debug)]
pub(super) struct Fast {
    level: Option<Level>,
    panels: usize,
    separators: Separators,
    colors: Colors,
    sized: Sized,
    /// Lines of two panels with colours; none if they do not fit in vectors.
    colored: Option<Box<Colored>>,
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
            Sized::Plain(uncolored(tables, panels)?)
        } else if let Some(texts) = Panels::new(tables) {
            Sized::Short(texts)
        } else {
            Sized::Long(Panels::new(tables)?)
        };
        let color = bytes.iter().map(|look| look.color.len()).max()?;
        let character = bytes.iter().map(|look| look.character.len()).max()?;
        let frame = lead.len() + 16 + reset.len() + outer.len() + 1;
        let panel = PANEL * (3 + character + 2 * color)
            + 2 * (reset.len() + 1 + outer.len().max(inner.len()));
        let colored = match (panels, reset.is_empty()) {
            (2, false) => Colored::new(tables).map(Box::new),
            _ => None,
        };
        Some(Self {
            level,
            panels,
            colored,
            separators: Separators::new(tables)?,
            colors: Colors::new(tables),
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
            let vectors = self.level.zip(self.colored.as_ref());
            match (vectors, &self.sized) {
                (Some((level, colored)), _) if column.lead().is_empty() => {
                    let space = text.spare(lines * self.longest + colored::ROOM);
                    let written = dispatch!(level, simd => colored.lines(simd, column, now, space));
                    text.advance(written);
                }
                (_, Sized::Plain(template)) => {
                    template.lines(self.level, Offsets::Hexadecimal(at, column), now, text);
                }
                (_, Sized::Short(texts)) => {
                    self.panels::<SHORT, SHORT_ROOM>(texts, column, now, lines, text);
                }
                (_, Sized::Long(texts)) => {
                    self.panels::<LONG, LONG_ROOM>(texts, column, now, lines, text);
                }
            }
            at = at.wrapping_add(now.len() as u64);
            data = later;
        }
    }

    /// Appends lines with colours, of texts with room for `N` bytes.
    fn panels<const N: usize, const ROOM: usize>(
        &self,
        texts: &Panels<N>,
        mut column: Column,
        data: &[u8],
        lines: usize,
        text: &mut Block,
    ) {
        let space = text.spare(lines * self.longest + LONG_ROOM);
        let step = PANEL * self.panels;
        let Separators {
            byte_ends,
            character_ends,
            ..
        } = &self.separators;
        let mut looks = vec![0; data.len()];
        self.colors.looks(data, &mut looks);
        let mut at = 0;
        for line in looks.chunks_exact(step) {
            at = self.separators.start(&column, space, at);
            for (texts, ends) in [
                (&texts.bytes, byte_ends),
                (&texts.characters, character_ends),
            ] {
                for (number, looks) in line.as_chunks::<PANEL>().0.iter().enumerate() {
                    at = texts.store::<ROOM>(looks, space, at);
                    at = ends[usize::from(number + 1 == self.panels)].store(space, at);
                }
            }
            column.step(step);
        }
        text.advance(at);
    }
}

/// Lines without colour; none if the characters or separators are longer than expected.
fn uncolored(tables: &Tables, panels: usize) -> Option<Template> {
    let Tables { outer, inner, .. } = tables;
    let mut text = outer.clone();
    let mut places = Vec::new();
    for panel in 1..=panels {
        for _ in 0..PANEL {
            text.push(b' ');
            places.push(text.len());
            text.extend_from_slice(b"  ");
        }
        text.push(b' ');
        text.extend_from_slice(if panel < panels { inner } else { outer });
    }
    let characters = tables.bytes.iter().map(|look| look.character.as_slice());
    let panels = panels::Panels::new(characters, [inner, &[outer.as_slice(), b"\n"].concat()])?;
    let characters = Characters::Panels(panels);
    Template::new(Digits::Hexadecimal, text, places, characters, b"").with_lead(&tables.lead)
}
