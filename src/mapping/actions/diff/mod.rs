//! The action `diff`: compares two sides byte by byte, and passes what differs to the caller in order.
//!
//! Two sides that can be mapped are compared through guarded mappings by several threads (`parallel`); holes on both
//! sides are skipped (`plan`). Otherwise both are read in order (`ordered`). What a caller makes of the bytes that differ
//! is its own ([`Digest`]): this module does not know how they become text.

mod block;
mod job;
mod ordered;
mod parallel;
mod piece;
mod plan;
mod side;
mod tally;

pub use block::{Block, Digest, Step};
pub use job::{Compared, Diff, DiffRequest, Ending};
pub use side::{SideName, SideSpec};
pub use tally::Tally;

pub use crate::mapping::actions::runs::Run;
