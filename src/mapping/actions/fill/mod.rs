//! Filling a range of a source with bytes, through a writable mapping.
//!
//! Space is reserved before the first byte is stored. When a fill fails or is asked to stop, a source that it created or
//! extended is as before; bytes that it has overwritten stay overwritten.
//!
//! [`fill()`] opens the source and the input of a [`FillRequest`] and its [`Supply`]. `sweep` writes content, `stream` an
//! input of unknown length, and `pieces` a text. The outcome is [`Filled`]. Options of the command line and formats of
//! text are not known here.

mod content;
mod input;
mod job;
mod outcome;
mod pieces;
mod placed;
mod progress;
mod request;
mod run;
mod stream;
mod sweep;
mod text;

pub use content::{Content, Counter, Order, Random, Width};
pub use input::SizedInput;
pub use outcome::Filled;
pub use progress::{Control, Phase, Progress};
pub use request::{FillLength, FillRequest, Supply};
pub use run::fill;
pub use text::{Piece, Text, TextParser};
