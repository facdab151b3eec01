//! Other processes and their mappings, and the capabilities of this one.

use std::io::{self, Empty};

use crate::mapping::sys::error::unsupported;
use crate::mapping::sys::open_file::OpenFile;
use crate::mapping::types::{AddressRange, Advice, Capability, Process};

/// No process has a memory map in text.
pub(in crate::mapping) fn open_memory_map(_process: Process, _detailed: bool) -> io::Result<Empty> {
    Err(unsupported())
}

/// The memory of other processes cannot be opened.
pub(in crate::mapping) fn open_process_memory(_pid: u32) -> io::Result<OpenFile> {
    Err(unsupported())
}

/// There is no such file.
pub(in crate::mapping) fn read_process_memory(
    _memory: &OpenFile,
    _into: &mut [u8],
    _at: u64,
) -> io::Result<Option<usize>> {
    Err(unsupported())
}

/// There is no Yama.
pub(in crate::mapping) fn trace_scope() -> Option<u64> {
    None
}

/// No process is hidden; the other functions report missing features.
pub(in crate::mapping) fn shows_processes() -> bool {
    true
}

/// Processes are not listed.
pub(in crate::mapping) fn are_all_processes(_pids: &[u32]) -> bool {
    false
}

/// Processes are not listed.
pub(in crate::mapping) fn process_ids() -> io::Result<Vec<u32>> {
    Err(unsupported())
}

/// Processes are not listed.
pub(in crate::mapping) fn command_name(_pid: u32) -> io::Result<Vec<u8>> {
    Err(unsupported())
}

/// Processes are not listed.
pub(in crate::mapping) fn process_start(_pid: u32) -> io::Result<u64> {
    Err(unsupported())
}

/// Processes are not listed.
pub(in crate::mapping) fn is_gone(_error: &io::Error) -> bool {
    false
}

/// The open files of other processes are not listed.
pub(in crate::mapping) fn has_device_open(_pid: u32, _device: &OpenFile) -> io::Result<bool> {
    Err(unsupported())
}

/// The open files of other processes are not listed.
pub(in crate::mapping) fn descriptors_of(
    _pid: u32,
    _wanted: &[&OpenFile],
) -> io::Result<Vec<(bool, bool)>> {
    Err(unsupported())
}

/// The files that other processes map cannot be opened.
pub(in crate::mapping) fn open_mapped_file(
    _pid: u32,
    _mapping: AddressRange,
) -> io::Result<OpenFile> {
    Err(unsupported())
}

/// There are no capabilities like those of Linux.
pub(in crate::mapping) fn holds(_capability: Capability) -> Option<bool> {
    None
}

/// There are no user namespaces.
pub(in crate::mapping) fn is_in_user_namespace() -> bool {
    false
}

/// Another process's memory cannot be advised.
#[derive(Debug)]
pub(in crate::mapping) struct ProcessHandle;

impl ProcessHandle {
    /// There is no such handle.
    pub(in crate::mapping) fn open(_pid: u32) -> io::Result<Self> {
        Err(unsupported())
    }

    /// There is no such call.
    pub(in crate::mapping) fn advise(
        &self,
        _memory: AddressRange,
        _advice: Advice,
    ) -> io::Result<u64> {
        Err(unsupported())
    }
}
