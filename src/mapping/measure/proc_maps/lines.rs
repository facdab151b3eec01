//! The lines of `/proc/PID/maps`, which also begin the entries of `/proc/PID/smaps`, and opening both files.

use std::io::{BufRead, BufReader, Read};

use crate::mapping::error::{Error, Result};
use crate::mapping::platform::Feature;
use crate::mapping::sys;
use crate::mapping::types::{AddressRange, Device, Kind, Process};

/// The permissions of a mapping, and whether it is shared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// It may be read.
    pub read: bool,
    /// It may be written.
    pub write: bool,
    /// It may be executed.
    pub execute: bool,
    /// Stores reach the file and other processes that map it.
    pub shared: bool,
}

/// One mapping of a process: a line of `/proc/PID/maps` (`proc_pid_maps(5)`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vma {
    /// Its addresses.
    pub range: AddressRange,
    /// Its permissions.
    pub permissions: Permissions,
    /// The offset of its first byte in the file, in bytes.
    pub offset: u64,
    /// The device of the file; 0:0 when there is none.
    pub device: Device,
    /// The inode of the file; 0 when there is none.
    pub inode: u64,
    /// The path of the file without the suffix " (deleted)", or the name in brackets that the kernel gives to other
    /// memory; empty for plain anonymous memory.
    pub path: Vec<u8>,
    /// The file was unlinked, or never had a name in the file system, like a memfd.
    pub deleted: bool,
}

/// The result of `look` for this process; `None` when the system does not report it.
pub(super) fn shown<T>(look: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
    if !Feature::MemoryAccount.is_offered() {
        return Ok(None);
    }
    match look() {
        // This process exists, so `/proc` is missing.
        Err(error) if error.kind() == Kind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

/// Refuses an operation that needs to inspect other processes when `/proc` does not show them.
///
/// # Errors
/// `unsupported` when `/proc` is not mounted, or belongs to another PID namespace, where process IDs refer to other
/// processes.
pub(in crate::mapping) fn require_processes(operation: &'static str) -> Result<()> {
    if sys::shows_processes() {
        return Ok(());
    }
    let reason = "/proc does not show the processes of this system: it is not mounted, or belongs to another \
                  PID namespace";
    let hint = "mount it with 'mount -t proc proc /proc'";
    Err(Error::new(Kind::Unsupported, operation, reason).hint(hint))
}

pub(super) const OPERATION: &str = "read the memory map";

pub(super) fn open(process: Process, detailed: bool) -> Result<impl BufRead> {
    sys::open_memory_map(process, detailed)
        .map(buffered)
        .map_err(|error| Error::os(OPERATION, &error).on(&process.name()))
}

/// A reader with a large buffer, or with a small one when memory is short: a lack of memory for the report must not end
/// a process that has done its work.
pub(in crate::mapping) fn buffered<R: Read>(text: R) -> BufReader<R> {
    const MUCH: usize = 1 << 16;
    const LITTLE: usize = 1 << 12;
    let mut trial: Vec<u8> = Vec::new();
    // `BufReader` aborts the process if its allocation fails.
    let fits = trial.try_reserve_exact(MUCH).is_ok();
    drop(std::hint::black_box(trial));
    BufReader::with_capacity(if fits { MUCH } else { LITTLE }, text)
}

/// Reads one line without its newline; returns false at the end.
pub(super) fn next_line(text: &mut impl BufRead, line: &mut Vec<u8>) -> Result<bool> {
    line.clear();
    let read = text
        .read_until(b'\n', line)
        .map_err(|error| Error::os(OPERATION, &error))?;
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    Ok(read > 0)
}

pub(super) fn malformed(line: &[u8]) -> Error {
    let shown = String::from_utf8_lossy(line.get(..80).unwrap_or(line)).into_owned();
    Error::new(
        Kind::Failed,
        OPERATION,
        format!("unexpected line: {shown:?}"),
    )
}

/// The first line of a mapping, with only the addresses parsed.
pub(super) struct Header<'line> {
    line: &'line [u8],
    pub(super) range: AddressRange,
    rest: &'line [u8],
}

impl<'line> Header<'line> {
    pub(super) fn parse(line: &'line [u8]) -> Result<Self> {
        Self::split(line).ok_or_else(|| malformed(line))
    }

    pub(super) fn split(line: &'line [u8]) -> Option<Self> {
        let (start, rest) = split_once(line, b'-')?;
        let (end, rest) = split_once(rest, b' ')?;
        let range = AddressRange::between(hexadecimal(start)?, hexadecimal(end)?)?;
        Some(Self { line, range, rest })
    }

    pub(super) fn vma(&self) -> Result<Vma> {
        self.rest_of_vma().ok_or_else(|| malformed(self.line))
    }

    fn rest_of_vma(&self) -> Option<Vma> {
        let (permissions, rest) = split_once(self.rest, b' ')?;
        let (offset, rest) = split_once(rest, b' ')?;
        let (device, rest) = split_once(rest, b' ')?;
        // Anonymous memory has no path, and older kernels print no space after the inode.
        let (inode, path) = split_once(rest, b' ').unwrap_or((rest, b""));
        let (major, minor) = split_once(device, b':')?;
        let (path, deleted) = file_path(path.trim_ascii_start());
        Some(Vma {
            range: self.range,
            permissions: parse_permissions(permissions)?,
            offset: hexadecimal(offset)?,
            device: Device {
                major: u32::try_from(hexadecimal(major)?).ok()?,
                minor: u32::try_from(hexadecimal(minor)?).ok()?,
            },
            inode: decimal(inode)?,
            path,
            deleted,
        })
    }
}

pub(super) fn parse_permissions(letters: &[u8]) -> Option<Permissions> {
    let &[r, w, x, s] = letters else { return None };
    let flag = |letter: u8, set: u8| match letter {
        b'-' => Some(false),
        letter if letter == set => Some(true),
        _ => None,
    };
    Some(Permissions {
        read: flag(r, b'r')?,
        write: flag(w, b'w')?,
        execute: flag(x, b'x')?,
        shared: match s {
            b's' => true,
            b'p' => false,
            _ => return None,
        },
    })
}

/// The path in the file system, and whether the kernel marked it as deleted.
///
/// The kernel escapes newlines as `\012`, but not backslashes. A name that contains these four characters, or ends in
/// " (deleted)", is indistinguishable from an escaped or deleted one.
pub(super) fn file_path(shown: &[u8]) -> (Vec<u8>, bool) {
    let (mut rest, deleted) = match shown.strip_suffix(b" (deleted)") {
        Some(path) => (path, true),
        None => (shown, false),
    };
    let mut path = Vec::with_capacity(rest.len());
    while let Some((&byte, after)) = rest.split_first() {
        match rest.strip_prefix(br"\012") {
            Some(after) => {
                path.push(b'\n');
                rest = after;
            }
            None => {
                path.push(byte);
                rest = after;
            }
        }
    }
    (path, deleted)
}

pub(super) fn split_once(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|&byte| byte == separator)?;
    let (before, after) = text.split_at_checked(at)?;
    Some((before, after.get(1..)?))
}

pub(super) fn hexadecimal(digits: &[u8]) -> Option<u64> {
    number(digits, 16)
}

pub(super) fn decimal(digits: &[u8]) -> Option<u64> {
    number(digits, 10)
}

pub(super) fn number(digits: &[u8], radix: u32) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |value, &digit| {
        let digit = char::from(digit).to_digit(radix)?;
        value
            .checked_mul(u64::from(radix))?
            .checked_add(u64::from(digit))
    })
}
