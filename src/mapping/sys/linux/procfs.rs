//! Processes and their memory maps in `/proc` (`proc(5)`): files are opened here, not parsed.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};

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

/// Whether a process has a block device open or mapped, through any of its nodes.
pub(in crate::mapping) fn has_device_open(pid: u32, device: &File) -> io::Result<bool> {
    let device = device.metadata()?.rdev();
    for directory in ["fd", "map_files"] {
        for entry in fs::read_dir(format!("/proc/{pid}/{directory}"))? {
            match fs::metadata(entry?.path()) {
                Ok(file) if file.file_type().is_block_device() && file.rdev() == device => {
                    return Ok(true);
                }
                Ok(_) => {}
                Err(error) if is_gone(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(false)
}

/// The command name of a process, at most 15 bytes.
pub(in crate::mapping) fn command_name(pid: u32) -> io::Result<Vec<u8>> {
    let mut name = fs::read(format!("/proc/{pid}/comm"))?;
    if name.last() == Some(&b'\n') {
        name.pop();
    }
    Ok(name)
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
