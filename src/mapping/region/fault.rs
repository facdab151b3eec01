//! The error for an access that faulted, with its cause.
//!
//! `copy` survives the fault. The signal gives only the address, so the cause is found afterwards, from the file.

use std::io;

use super::copy::Blocked;
use crate::mapping::error::Error;
use crate::mapping::sys::Trial;
use crate::mapping::sys::backing::{self, Handle};
use crate::mapping::sys::trap::Fault;
use crate::mapping::types::{ByteLength, Kind, SourceOffset, SourceRange};

/// Why an access was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mapping) enum Cause {
    /// The file ends before the byte.
    Truncated {
        /// Its new size.
        size: ByteLength,
    },
    /// The file system has no space, or the owner no quota, for the block behind the byte.
    DiskFull,
    /// The storage failed.
    IoError,
    /// The page does not allow the access.
    NoAccess,
    /// There was no memory for the page.
    NoMemory,
    /// The memory is broken and lost its contents.
    Poisoned,
    /// The byte is not in the mapped region.
    Outside,
    /// The byte can be accessed now.
    Transient,
}

/// The access that an operation attempted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mapping) enum Attempt {
    /// Reading.
    Read,
    /// Writing to the file.
    Write,
    /// Writing to a private copy.
    WritePrivate,
}

/// A cause, and the error number that proves it, if any.
#[derive(Debug)]
pub(in crate::mapping) struct Diagnosis {
    /// Why the access was refused.
    pub(in crate::mapping) cause: Cause,
    /// The error of the same access without the mapping.
    pub(in crate::mapping) os_error: Option<io::Error>,
}

impl From<Cause> for Diagnosis {
    fn from(cause: Cause) -> Self {
        Self {
            cause,
            os_error: None,
        }
    }
}

/// The error of kind [`Kind::Fault`] for an operation that was blocked in a region that maps the range `mapped` of its
/// source. `file` is the mapped file; anonymous memory has none.
pub(in crate::mapping) fn explain(
    operation: &'static str,
    blocked: Blocked,
    access: Attempt,
    mapped: SourceRange,
    file: Option<Handle<'_>>,
) -> Error {
    let at = mapped.at(blocked.offset);
    let diagnosis = diagnose(blocked.fault, access, at, file);
    let error = match &diagnosis.os_error {
        Some(os_error) => Error::os_as(Kind::Fault, operation, os_error),
        None => Error::new(Kind::Fault, operation, ""),
    };
    let reason = reason(&diagnosis, access);
    let error = error.because(reason).at(at);
    match hint(diagnosis.cause) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// The error for a file that was found truncated to `size` before the byte at `at` was accessed.
pub(in crate::mapping) fn truncated(
    operation: &'static str,
    size: ByteLength,
    at: SourceOffset,
) -> Error {
    let diagnosis = Cause::Truncated { size }.into();
    Error::new(Kind::Fault, operation, reason(&diagnosis, Attempt::Read)).at(at)
}

/// Finds out why an access to the byte at `at` was refused.
pub(in crate::mapping) fn diagnose(
    fault: Fault,
    access: Attempt,
    at: SourceOffset,
    file: Option<Handle<'_>>,
) -> Diagnosis {
    match fault {
        Fault::Outside => return Cause::Outside.into(),
        Fault::Poisoned => return Cause::Poisoned.into(),
        Fault::Bus | Fault::Segv | Fault::Unknown => {}
    }
    // Some systems raise SIGSEGV for a byte beyond the end and SIGBUS for a protected page, so the size of the file
    // decides first.
    if let Some(size) = file.and_then(backing::size).filter(|&size| size <= at.0) {
        let size = ByteLength(size);
        return Cause::Truncated { size }.into();
    }
    match (fault, file) {
        (Fault::Segv, _) => Cause::NoAccess.into(),
        (_, Some(file)) => retry(fault, access, at, file),
        (_, None) => Cause::NoMemory.into(),
    }
}

/// Tries the access again without the mapping.
fn retry(fault: Fault, access: Attempt, at: SourceOffset, file: Handle<'_>) -> Diagnosis {
    let reserved = match access {
        Attempt::Write => backing::try_reserve(file, at.0),
        Attempt::Read | Attempt::WritePrivate => Trial::NotPossible,
    };
    for trial in [reserved, backing::try_read(file, at.0)] {
        let (cause, os_error) = match trial {
            Trial::NoSpace(error) => (Cause::DiskFull, error),
            Trial::Fails(error) => (Cause::IoError, error),
            Trial::Works | Trial::NotPossible => continue,
        };
        return Diagnosis {
            cause,
            os_error: Some(os_error),
        };
    }
    // Reading a hole through a mapping takes space on tmpfs, where `pread` takes none.
    if backing::is_full(file) {
        return Cause::DiskFull.into();
    }
    match fault {
        Fault::Unknown => Cause::NoAccess.into(),
        _ => Cause::Transient.into(),
    }
}

fn reason(diagnosis: &Diagnosis, access: Attempt) -> String {
    let verb = match access {
        Attempt::Read => "reading",
        Attempt::Write | Attempt::WritePrivate => "writing",
    };
    match diagnosis.cause {
        Cause::Truncated { size } => format!(
            "the file was truncated to {} bytes during the operation",
            size.0
        ),
        Cause::DiskFull => "the disk is full: no space for the block".to_owned(),
        Cause::IoError => "I/O error: the storage failed".to_owned(),
        Cause::NoAccess => format!("no access: the page does not allow {verb}"),
        Cause::NoMemory => "no memory for the page".to_owned(),
        Cause::Poisoned => "hardware error: the memory lost its contents".to_owned(),
        Cause::Outside => "outside the mapped memory".to_owned(),
        Cause::Transient => "the page was temporarily unavailable".to_owned(),
    }
}

fn hint(cause: Cause) -> Option<&'static str> {
    match cause {
        Cause::DiskFull => Some("free some space, or reserve the blocks before writing"),
        Cause::IoError => Some("see the system log for the device and the block"),
        Cause::NoMemory => Some("the pool of huge pages may be empty: see vm.nr_hugepages"),
        Cause::Truncated { .. }
        | Cause::NoAccess
        | Cause::Poisoned
        | Cause::Outside
        | Cause::Transient => None,
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::mapping::region::copy::Span;
    use crate::mapping::sys::trap::fixture::{Mapped, READ_WRITE, page};
    use crate::mapping::types::RegionOffset;
    use crate::skip::skip;
    use std::fs::{self, File, OpenOptions};
    use std::os::fd::AsFd;
    use std::path::Path;
    use std::process::Command;

    /// Runs a system command; `None` when it is missing or fails.
    fn run(command: &str, args: &[&str]) -> Option<String> {
        let output = Command::new(command).args(args).output().ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// A file system mounted for one test.
    struct Mount {
        directory: tempfile::TempDir,
    }

    impl Mount {
        fn new(args: &[&str]) -> Option<Self> {
            let directory = tempfile::tempdir().unwrap();
            let target = directory.path().to_str().unwrap().to_owned();
            run("mount", &[args, &[&target]].concat())?;
            Some(Self { directory })
        }

        fn tmpfs(size: usize) -> Option<Self> {
            Self::new(&["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
        }

        fn file(&self, name: &str, size: usize) -> File {
            let path = self.directory.path().join(name);
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(true);
            let file = options.open(path).unwrap();
            file.set_len(size as u64).unwrap();
            file
        }
    }

    impl Drop for Mount {
        fn drop(&mut self) {
            run("umount", &[self.directory.path().to_str().unwrap()]);
        }
    }

    fn shared(file: File, prot: i32) -> Mapped {
        let len = usize::try_from(file.metadata().unwrap().len()).unwrap();
        Mapped::new(len, prot, libc::MAP_SHARED, Some(file))
    }

    /// The range of a whole mapping, as if its file had been mapped from offset `start` on.
    fn range(mapped: &Mapped, start: u64) -> SourceRange {
        SourceRange::new(SourceOffset(start), ByteLength(mapped.len as u64)).unwrap()
    }

    fn found(mapped: &Mapped, access: Attempt, blocked: Blocked) -> (u64, Cause, Error) {
        let file = mapped.file.as_ref().map(AsFd::as_fd);
        let range = range(mapped, 0);
        let at = range.at(blocked.offset);
        let cause = diagnose(blocked.fault, access, at, file).cause;
        let error = explain("test", blocked, access, range, file);
        assert_eq!(error.kind(), Kind::Fault);
        assert_eq!(error.details().offset, Some(at));
        (at.0, cause, error)
    }

    #[test]
    fn a_truncated_file_is_reported_with_its_new_size() {
        let mapped = Mapped::shared_file(4);
        mapped.truncate(page() + 5);
        let blocked = Span::over(&mapped).fill(RegionOffset(1), 3 * page(), 0);
        let (at, cause, error) = found(&mapped, Attempt::Write, blocked.unwrap_err());
        let size = page() as u64 + 5;
        assert_eq!(at, 2 * page() as u64);
        assert_eq!(
            cause,
            Cause::Truncated {
                size: ByteLength(size)
            }
        );
        assert!(
            error
                .details()
                .reason
                .to_string()
                .contains(&format!("truncated to {size} bytes"))
        );
    }

    #[test]
    fn the_offset_is_relative_to_the_source() {
        let blocked = Blocked {
            done: 3,
            offset: RegionOffset(7),
            fault: Fault::Segv,
        };
        let mapped = Mapped::anonymous(1, libc::PROT_NONE);
        let error = explain("test", blocked, Attempt::Read, range(&mapped, 5000), None);
        assert_eq!(error.details().offset, Some(SourceOffset(5007)));
    }

    #[test]
    fn a_page_without_access_is_reported() {
        let mapped = Mapped::shared_file(2);
        mapped.protect(1, 1, libc::PROT_READ);
        let blocked = Span::over(&mapped).touch_write(RegionOffset(page()));
        let (_, cause, error) = found(&mapped, Attempt::Write, blocked.unwrap_err());
        assert_eq!(cause, Cause::NoAccess);
        assert!(
            error
                .details()
                .reason
                .to_string()
                .contains("does not allow writing")
        );
    }

    #[test]
    fn a_full_tmpfs_is_reported_for_writing_and_for_reading_a_hole() {
        let pages = 4;
        let Some(mount) = Mount::tmpfs(pages * page()) else {
            return skip("permission to mount a tmpfs");
        };
        let mapped = shared(mount.file("file", 2 * pages * page()), READ_WRITE);
        let blocked = Span::over(&mapped)
            .fill(RegionOffset(9), mapped.len - 9, 1)
            .unwrap_err();
        let end = pages * page();
        assert_eq!((blocked.done, blocked.offset.0), (end - 9, end));
        let (_, cause, error) = found(&mapped, Attempt::Write, blocked);
        assert_eq!(cause, Cause::DiskFull);
        assert_eq!(error.details().os_error, Some(libc::ENOSPC));
        assert_eq!(
            mapped.file.as_ref().unwrap().metadata().unwrap().len(),
            mapped.len as u64
        );

        let blocked = Span::over(&mapped)
            .touch_read(RegionOffset(end))
            .unwrap_err();
        let (_, cause, _) = found(&mapped, Attempt::Read, blocked);
        assert_eq!(cause, Cause::DiskFull);
    }

    #[test]
    fn a_full_ext4_is_reported_when_a_hole_is_written() {
        let directory = tempfile::tempdir().unwrap();
        let Some(mount) = ext4(directory.path()) else {
            return skip("permission to mount an ext4 image");
        };
        let mapped = shared(mount.file("file", 64 << 20), READ_WRITE);
        let blocked = Span::over(&mapped)
            .fill(RegionOffset(0), mapped.len, 1)
            .unwrap_err();
        assert!(blocked.done > 0 && blocked.done.is_multiple_of(page()));
        let (_, cause, _) = found(&mapped, Attempt::Write, blocked);
        assert_eq!(cause, Cause::DiskFull);
    }

    /// A small ext4 in a file of this directory.
    fn ext4(directory: &Path) -> Option<Mount> {
        let image = directory.join("image");
        File::create(&image).unwrap().set_len(32 << 20).unwrap();
        let image = image.to_str().unwrap();
        run("mkfs.ext4", &["-q", "-b", "4096", image])?;
        Mount::new(&["-o", "loop", image])
    }

    #[test]
    fn a_block_that_cannot_be_read_is_an_io_error() {
        let directory = tempfile::tempdir().unwrap();
        let image = directory.path().join("image");
        let Some(mount) = ext4(directory.path()) else {
            return skip("permission to mount an ext4 image");
        };
        let content = vec![5; 4 << 20];
        fs::write(mount.directory.path().join("file"), &content).unwrap();
        drop(mount);
        let middle = run(
            "debugfs",
            &["-R", "bmap /file 512", image.to_str().unwrap()],
        );
        let Some(block) = middle.and_then(|text| text.parse::<u64>().ok()) else {
            return skip("debugfs(8)");
        };
        let Some(mount) = Mount::new(&["-o", "loop", image.to_str().unwrap()]) else {
            return skip("an image that can be mounted twice");
        };
        let file = File::open(mount.directory.path().join("file")).unwrap();
        // The image is truncated in the middle of the file.
        let cut = OpenOptions::new().write(true).open(&image).unwrap();
        cut.set_len(block * 4096).unwrap();
        let mapped = shared(file, libc::PROT_READ);
        let mut bytes = vec![0; mapped.len];
        let Err(blocked) = Span::over(&mapped).read(RegionOffset(0), &mut bytes) else {
            return skip("a device that fails to read");
        };
        assert!(blocked.done.is_multiple_of(page()), "{blocked:?}");
        assert!(bytes[..blocked.done].iter().all(|&b| b == 5));
        let (at, cause, error) = found(&mapped, Attempt::Read, blocked);
        assert_eq!((at, cause), (blocked.done as u64, Cause::IoError));
        assert_eq!(error.details().os_error, Some(libc::EIO));
        assert!(error.details().hint.is_some());
    }

    #[test]
    fn unavailable_anonymous_memory_is_reported() {
        // Nothing is reserved, so the pool may be empty when a page is accessed.
        let flags =
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_HUGETLB | libc::MAP_NORESERVE;
        let pool = fs::read_to_string("/proc/sys/vm/nr_hugepages").unwrap_or_default();
        if pool.trim() != "0" {
            return skip("an empty pool of huge pages");
        }
        let mapped = Mapped::new(2 << 20, READ_WRITE, flags, None);
        let blocked = Span::over(&mapped)
            .touch_write(RegionOffset(5))
            .unwrap_err();
        assert_eq!((blocked.offset.0, blocked.fault), (5, Fault::Bus));
        let (_, cause, _) = found(&mapped, Attempt::WritePrivate, blocked);
        assert_eq!(cause, Cause::NoMemory);
    }

    #[test]
    fn an_access_that_works_again_is_a_transient_failure() {
        let mapped = Mapped::shared_file(1);
        mapped.truncate(0);
        let blocked = Span::over(&mapped).touch_read(RegionOffset(0)).unwrap_err();
        mapped.truncate(page());
        let (_, cause, _) = found(&mapped, Attempt::Write, blocked);
        assert_eq!(cause, Cause::Transient);
        assert_eq!(Span::over(&mapped).touch_read(RegionOffset(0)), Ok(()));
    }

    #[test]
    fn a_byte_outside_the_region_is_reported() {
        let mapped = Mapped::shared_file(1);
        let blocked = Span::over(&mapped)
            .touch_read(RegionOffset(page()))
            .unwrap_err();
        let (_, cause, _) = found(&mapped, Attempt::Read, blocked);
        assert_eq!(cause, Cause::Outside);
    }
}
