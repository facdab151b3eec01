//! Filling a range of a source with bytes, through a writable mapping.
//!
//! Space is reserved before the first byte is stored. When a fill fails or is interrupted, a source that it created is
//! removed, and one that it extended gets its old size again. Overwritten bytes are not restored.
//!
//! [`fill()`] opens the source and the input of a [`FillRequest`] and its [`Supply`]. `sweep` writes content, `stream`
//! an input of unknown length, and `pieces` a text. The outcome is [`Filled`]. The module knows neither command-line
//! options nor text formats.

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
