//! Processes and their memory maps in `/proc` (`proc(5)`): files are opened here, not parsed.

use std::fs::{self, DirEntry, File, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::PathBuf;

use super::text::number;
use crate::mapping::sys::unix::contents::read_at;
use crate::mapping::sys::unix::incore::NoAccessMapping;
use crate::mapping::types::{CountRefusal, PageSize, Process};

/// Opens a process's memory map: `smaps` when detailed, `maps` otherwise.
pub(in crate::mapping) fn open_memory_map(process: Process, detailed: bool) -> io::Result<File> {
    let file = if detailed { "smaps" } else { "maps" };
    match process {
        Process::Myself => File::open(format!("/proc/self/{file}")),
        Process::Id(pid) => File::open(format!("/proc/{pid}/{file}")),
    }
}

/// Opens the memory of a process for reading (`proc_pid_mem(5)`). It stays that of the process, and is empty after its
/// end.
pub(in crate::mapping) fn open_process_memory(pid: u32) -> io::Result<File> {
    File::open(format!("/proc/{pid}/mem"))
}

/// Reads memory of a process at an address. Returns the number of bytes: 0 when the process has ended, and `None` when
/// the first byte cannot be read.
pub(in crate::mapping) fn read_process_memory(
    memory: &File,
    into: &mut [u8],
    at: u64,
) -> io::Result<Option<usize>> {
    match read_at(memory, into, at) {
        Ok(count) => Ok(Some(count)),
        Err(error) => match error.raw_os_error() {
            Some(libc::EIO | libc::EFAULT | libc::EINVAL) => Ok(None),
            _ => Err(error),
        },
    }
}

/// The restriction on tracing of the security module Yama (`ptrace(2)`); `None` without Yama.
pub(in crate::mapping) fn trace_scope() -> Option<u64> {
    number("/proc/sys/kernel/yama/ptrace_scope").ok()
}

/// Whether `/proc` is mounted for the PID namespace of this process (`proc_pid(5)`): then its entry for this process
/// has the number of this process.
pub(in crate::mapping) fn shows_processes() -> bool {
    let shown = fs::read_link("/proc/self").ok();
    shown.is_some_and(|shown| shown.to_str() == Some(&std::process::id().to_string()))
}

/// Whether these are all processes of the system. The first process always runs: if it is hidden, others are too
/// (`proc(5)`, hidepid). In a separate PID namespace a process sees no others (`pid_namespaces(7)`).
pub(in crate::mapping) fn are_all_processes(pids: &[u32]) -> bool {
    /// `PROC_PID_INIT_INO`: the inode number of the first PID namespace.
    const FIRST: u64 = 0xEFFF_FFFC;
    let namespace = fs::metadata("/proc/self/ns/pid");
    pids.first() == Some(&1) && namespace.is_ok_and(|namespace| namespace.ino() == FIRST)
}

/// The visible processes, by process ID.
pub(in crate::mapping) fn process_ids() -> io::Result<Vec<u32>> {
    let mut pids = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        pids.extend(name.to_str().and_then(|text| text.parse::<u32>().ok()));
    }
    pids.sort_unstable();
    Ok(pids)
}

/// The files in a directory of a process, `fd` or `map_files`: the path of the link, and the facts of the file.
pub(super) fn files_of(
    pid: u32,
    directory: &str,
) -> io::Result<impl Iterator<Item = io::Result<(PathBuf, Metadata)>>> {
    let entries = fs::read_dir(format!("/proc/{pid}/{directory}"))?;
    let file = |entry: io::Result<DirEntry>| {
        let path = entry?.path();
        fs::metadata(&path).map(|file| (path, file))
    };
    let is_there = |file: &io::Result<_>| !file.as_ref().is_err_and(is_gone);
    Ok(entries.map(file).filter(is_there))
}

/// Whether a process has a block device open or mapped, through any of its nodes.
pub(in crate::mapping) fn has_device_open(pid: u32, device: &File) -> io::Result<bool> {
    let device = device.metadata()?;
    for directory in ["fd", "map_files"] {
        for file in files_of(pid, directory)? {
            if is_same(&file?.1, &device) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The open descriptors of a process that refer to one of these files: for each, whether it may be read, and whether
/// it may be written.
pub(in crate::mapping) fn descriptors_of(
    pid: u32,
    wanted: &[&File],
) -> io::Result<Vec<(bool, bool)>> {
    let wanted: Vec<Metadata> = wanted.iter().flat_map(|file| file.metadata()).collect();
    // A file system that does not answer is not the one of the file.
    let files = files_of(pid, "fd")?.flatten();
    let found = files.filter(|(_, file)| wanted.iter().any(|wanted| is_same(wanted, file)));
    let access = |(link, _): (PathBuf, Metadata)| {
        // The permissions of the link are those of the descriptor.
        let mode = fs::symlink_metadata(link).ok()?.mode();
        Some((mode & libc::S_IRUSR != 0, mode & libc::S_IWUSR != 0))
    };
    Ok(found.filter_map(access).collect())
}

/// Whether both are one file, or one block device.
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    let is_device = |file: &Metadata| file.file_type().is_block_device();
    match (is_device(one), is_device(other)) {
        (true, true) => one.rdev() == other.rdev(),
        (false, false) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}

/// The command name of a process, at most 15 bytes.
pub(in crate::mapping) fn command_name(pid: u32) -> io::Result<Vec<u8>> {
    let mut name = fs::read(format!("/proc/{pid}/comm"))?;
    if name.last() == Some(&b'\n') {
        name.pop();
    }
    Ok(name)
}

/// The time at which a process was started, in clock ticks after the start of the system (`proc_pid_stat(5)`).
pub(in crate::mapping) fn process_start(pid: u32) -> io::Result<u64> {
    let text = fs::read(format!("/proc/{pid}/stat"))?;
    start_in(&text).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// The start time in the text of `/proc/PID/stat`. The command name before it may contain blanks and parentheses.
fn start_in(stat: &[u8]) -> Option<u64> {
    /// The number of the field, counted from the one after the command name.
    const START: usize = 19;
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    let fields = std::str::from_utf8(stat.get(end.checked_add(1)?..)?).ok()?;
    fields.split_ascii_whitespace().nth(START)?.parse().ok()
}

/// Whether the error means that the process has ended.
pub(in crate::mapping) fn is_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(libc::ESRCH)
}

/// Maps one page of a file while `look` runs, and passes it the address.
pub(in crate::mapping) fn with_one_page_mapped<T>(
    file: &File,
    page: PageSize,
    look: impl FnOnce(u64) -> T,
) -> Result<T, CountRefusal> {
    let mapping = NoAccessMapping::map(file, 0, page.bytes())?;
    Ok(look(mapping.address()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_time_is_found_behind_any_command_name() {
        let fields: Vec<String> = (3..=52).map(|field| field.to_string()).collect();
        let stat = format!("7 (a) b (c)) {}\n", fields.join(" "));
        assert_eq!(start_in(stat.as_bytes()), Some(22));
        assert_eq!(start_in(b"7 (x) S 1"), None);
        assert_eq!(start_in(b""), None);
        assert!(process_start(std::process::id()).unwrap() > 0);
    }
}
