//! The format of `hexyl` 0.17. It is read back in `parse`.
//!
//! The hexyl crate decides every byte of the output. Lines of the default layout are built from
//! tables extracted from the output of the crate's printer. The printer prints all other lines.

mod cells;
mod colored;
mod fast;
mod lines;
mod marked;
mod options;
mod printer;
mod tables;
mod texts;

pub(super) use cells::Cells;
pub(super) use lines::Hexyl;
pub use marked::{Mark, MarkedPanels, marked};
pub use options::{
    Base, BorderStyle, CharacterTable, ColorScheme, Endianness, GroupSize, HexylOptions,
};
pub(super) use tables::{CHARACTER_TABLES, characters};
