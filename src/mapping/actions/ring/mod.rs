//! `record` and `replay`: a ring that keeps the last bytes of a stream in a file or a tag.
//!
//! One process writes, and any number of processes read beside it, without a lock. The format, and why no reader sees a
//! byte of another position, is in `format`; the mapped ring in `memory`; finding a ring and creating one in `open`.

mod format;
mod memory;
mod open;
mod record;
mod replay;
mod writer;

pub use record::{RecordRequest, Recorded, Recording, record};
pub use replay::{Piece, Replay, ReplayRequest, Replayed};
