//! A live mapping, and guarded access to its bytes: mapping, protecting, locking, advising and populating it, copying
//! out of it and into it, and what the kernel shows of it.
//!
//! What a command does with it is not known here.

pub mod advise;
pub mod bytes;
pub mod copy;
pub mod fault;
mod fences;
mod live;
pub mod lock;
pub mod marks;
mod mirrored;
pub mod observation;
pub mod piecewise;
pub mod populate;
pub mod refusal;
mod request;
pub mod stream;
pub(in crate::mapping) mod window;

pub use live::Region;
pub use mirrored::{Mirror, MirrorRequest, widen};
pub use request::MapRequest;
