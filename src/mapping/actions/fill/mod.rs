//! Filling a range of a source with bytes, through a writable mapping.
//!
//! Space is reserved before the first byte is stored. A source that was created or had to grow is put back when the
//! fill fails or is asked to stop; bytes that were there before and are overwritten by then stay so.
//!
//! A request and a supply ([`FillRequest`], [`Supply`]) become a job, which `sweep` (content), `stream` and `pieces`
//! (text) write, each in its own way; what they wrote is measured and becomes [`Filled`]. How the options are called and
//! how the outcome is shown is not known here.

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
pub use input::{InputSpec, SizedInput};
pub use outcome::Filled;
pub use progress::{Control, Phase, Progress};
pub use request::{FillRequest, Supply};
pub use run::fill;
pub use text::{Piece, Text, TextParser};
