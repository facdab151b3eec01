//! Messages about changed files, and to a service manager.

use std::io;
use std::path::Path;
use std::time::{Instant, SystemTime};

use crate::mapping::sys::answer::{Event, FoundChange};
use crate::mapping::sys::error::unsupported;
use crate::mapping::sys::open_file::OpenFile;

/// Directories are not watched.
#[derive(Debug)]
pub(in crate::mapping) enum Changes {}

impl Changes {
    pub(in crate::mapping) fn new() -> io::Result<Self> {
        Err(unsupported())
    }

    pub(in crate::mapping) fn watch(&self, _directory: &Path) -> io::Result<i32> {
        match *self {}
    }

    pub(in crate::mapping) fn unwatch(&self, _number: i32) {
        match *self {}
    }

    pub(in crate::mapping) fn read(&self) -> io::Result<Vec<FoundChange>> {
        match *self {}
    }
}

/// There is no such limit.
pub(in crate::mapping) fn watch_limit() -> Option<u64> {
    None
}

/// There is no such limit.
pub(in crate::mapping) fn is_watch_limit(_error: &io::Error) -> bool {
    false
}

/// Directories are not watched.
pub(in crate::mapping) fn wait_for_change<S>(
    _signals: &S,
    changes: &Changes,
    _until: Option<Instant>,
) -> io::Result<Option<Event>> {
    match *changes {}
}

/// Only files of watched directories are compared with an earlier state.
pub(in crate::mapping) fn last_change(_file: &OpenFile) -> io::Result<SystemTime> {
    Err(unsupported())
}

/// There is no service manager.
pub(in crate::mapping) fn notify_service(_variables: &str) -> io::Result<()> {
    Ok(())
}
