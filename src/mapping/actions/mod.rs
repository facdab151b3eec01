//! What each command does, from a typed request to a plain outcome.
//!
//! Nothing here knows how a request was typed or how an outcome is shown.

pub mod advise;
pub mod dump;
pub mod filesize;
pub mod fill;
pub mod hold;
pub mod map;
pub mod mirror;
pub mod pagesize;
pub mod tags;
