//! Changes in directories (`inotify(7)`).

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;

use super::text::number;
use crate::mapping::sys::answer::{Event, FoundChange};
use crate::mapping::sys::unix::Watch;

/// The file with the greatest number of directories that a user may watch.
const LIMIT: &str = "/proc/sys/fs/inotify/max_user_watches";

/// Watched directories.
#[derive(Debug)]
pub(in crate::mapping) struct Changes(OwnedFd);

impl Changes {
    /// Without directories yet.
    pub(in crate::mapping) fn new() -> io::Result<Self> {
        let made = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        Ok(Self(made))
    }

    /// Watches a directory, and returns its number. A directory that is watched already keeps its number.
    pub(in crate::mapping) fn watch(&self, directory: &Path) -> io::Result<i32> {
        let flags = WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MODIFY
            | WatchFlags::ATTRIB
            | WatchFlags::CLOSE_WRITE
            | WatchFlags::MOVED_FROM
            | WatchFlags::MOVED_TO
            | WatchFlags::DELETE_SELF
            | WatchFlags::MOVE_SELF
            | WatchFlags::EXCL_UNLINK
            | WatchFlags::ONLYDIR;
        Ok(inotify::add_watch(&self.0, directory, flags)?)
    }

    /// Stops watching a directory, which may be gone.
    pub(in crate::mapping) fn unwatch(&self, number: i32) {
        // The kernel removes the watch of a directory that is gone.
        let _ = inotify::remove_watch(&self.0, number);
    }

    /// The changes since the last call, or part of them: more may come as fast as they are read.
    pub(in crate::mapping) fn read(&self) -> io::Result<Vec<FoundChange>> {
        /// The number of changes that the kernel keeps by default.
        const MOST: usize = 16 << 10;
        let mut buffer = [MaybeUninit::uninit(); 16 << 10];
        let mut reader = Reader::new(&self.0, &mut buffer);
        let mut found = Vec::new();
        while found.len() < MOST || !reader.is_buffer_empty() {
            match reader.next() {
                Ok(event) => {
                    let name = event.file_name().map(|name| name.to_bytes());
                    found.push(change(event.wd(), event.events(), name));
                }
                Err(Errno::AGAIN) => break,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(found)
    }
}

fn change(directory: i32, events: ReadFlags, name: Option<&[u8]>) -> FoundChange {
    if events.contains(ReadFlags::QUEUE_OVERFLOW) {
        FoundChange::Lost
    } else if events.contains(ReadFlags::IGNORED) {
        FoundChange::Unwatched(directory)
    } else if events.contains(ReadFlags::MOVE_SELF) {
        FoundChange::Moved(directory)
    } else {
        let name = name.map(|name| OsString::from(OsStr::from_bytes(name)));
        FoundChange::Inside { directory, name }
    }
}

/// The greatest number of directories that a user may watch (`inotify(7)`), if known.
pub(in crate::mapping) fn watch_limit() -> Option<u64> {
    number(LIMIT).ok()
}

/// Whether adding a watch failed because that limit is reached.
pub(in crate::mapping) fn is_watch_limit(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ENOSPC)
}

/// Waits for a signal, for the time to elapse, or for a change, which is `None` (`poll(2)`).
pub(in crate::mapping) fn wait_for_change(
    signals: &Watch,
    changes: &Changes,
    until: Option<Instant>,
) -> io::Result<Option<Event>> {
    loop {
        if let Some(event) = signals.arrived()? {
            return Ok(Some(event));
        }
        let left = until.map(|end| end.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            return Ok(Some(Event::Elapsed));
        }
        let mut ready = [
            PollFd::new(signals, PollFlags::IN),
            PollFd::from_borrowed_fd(changes.0.as_fd(), PollFlags::IN),
        ];
        match poll(&mut ready, left.map(timespec).as_ref()) {
            Ok(0) => {}
            Ok(_) if ready[1].revents().is_empty() => {}
            Ok(_) => return Ok(None),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// A time that is too long for the kernel is its greatest one.
fn timespec(time: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: time.subsec_nanos().into(),
    }
}

/// When a file, its size or its attributes last changed (`st_ctime` of `fstat(2)`).
pub(in crate::mapping) fn last_change(file: &File) -> io::Result<SystemTime> {
    let metadata = file.metadata()?;
    let seconds = u64::try_from(metadata.ctime()).unwrap_or(0);
    let rest = u32::try_from(metadata.ctime_nsec()).unwrap_or(0);
    let since = Duration::new(seconds, rest);
    Ok(UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_in_a_watched_directory_are_found() {
        let directory = tempfile::tempdir().unwrap();
        let changes = Changes::new().unwrap();
        let number = changes.watch(directory.path()).unwrap();
        assert_eq!(changes.watch(directory.path()).unwrap(), number);
        assert!(changes.read().unwrap().is_empty());
        let path = directory.path().join("f");
        std::fs::write(&path, "x").unwrap();
        let inside = FoundChange::Inside {
            directory: number,
            name: Some("f".into()),
        };
        let found = changes.read().unwrap();
        assert!(found.iter().all(|change| *change == inside), "{found:?}");
        assert!(!found.is_empty());
        assert!(changes.watch(&path).is_err());
        drop(directory);
        let found = changes.read().unwrap();
        assert!(found.contains(&FoundChange::Unwatched(number)), "{found:?}");
    }

    #[test]
    fn a_long_time_is_a_time_of_the_kernel() {
        assert_eq!(timespec(Duration::MAX).tv_sec, i64::MAX);
        assert_eq!(timespec(Duration::from_millis(1500)).tv_nsec, 500_000_000);
    }

    #[test]
    fn the_last_change_is_near_now() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let changed = last_change(file.as_file()).unwrap();
        let distance = SystemTime::now().duration_since(changed);
        assert!(distance.is_ok_and(|time| time < Duration::from_secs(600)));
    }
}
