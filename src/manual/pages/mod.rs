//! The prose of the pages: a file for each page, and one for text that several pages share.

pub(super) mod advise;
pub(super) mod cached;
pub(super) mod diff;
pub(super) mod dump;
pub(super) mod evict;
pub(super) mod filesize;
pub(super) mod fill;
pub(super) mod generate;
pub(super) mod main;
pub(super) mod map;
pub(super) mod mirror;
pub(super) mod pagesize;
pub(super) mod pmap;
pub(super) mod record;
pub(super) mod replay;
pub(super) mod restore;
pub(super) mod shared;
pub(super) mod snapshot;
pub(super) mod sync;
pub(super) mod tags;
pub(super) mod unlink;
pub(super) mod verify;
pub(super) mod warm;
pub(super) mod why;
