//! `/proc/PID/maps`: the mappings of a process, one by one.

use std::io::BufRead;

use super::lines::{Header, Vma, next_line, open, shown};
use crate::mapping::error::Result;
use crate::mapping::types::{AddressRange, Process};

/// Calls `visit` with each mapping of a process that overlaps a range of addresses, in order of address.
///
/// # Errors
/// `not_found` when there is no such process; `access_denied` without permission to read its mappings (`ptrace(2)`,
/// PTRACE_MODE_READ); `unsupported` when the system has no such file.
pub fn visit(process: Process, range: AddressRange, visit: impl FnMut(Vma)) -> Result<()> {
    visit_maps(open(process, false)?, range, visit).map_err(|error| error.on(&process.name()))
}

/// Whether a process has mappings. It has none after its end.
///
/// # Errors
/// Those of [`visit`].
pub(in crate::mapping) fn has_mappings(process: Process) -> Result<bool> {
    let mut line = Vec::new();
    next_line(&mut open(process, false)?, &mut line).map_err(|error| error.on(&process.name()))
}

/// Calls `visit` with each mapping of this process that overlaps a range of addresses, in order of address; returns
/// `None` when the system does not report them.
///
/// # Errors
/// Those of [`visit`].
pub fn visit_own(range: AddressRange, visitor: impl FnMut(Vma)) -> Result<Option<()>> {
    shown(|| visit(Process::Myself, range, visitor))
}

/// Calls `visit` with the mappings that overlap a range, read from the text of `/proc/PID/maps`.
///
/// # Errors
/// Those of the reader; `failed` for text that does not have the format of the kernel.
pub fn visit_maps(
    mut text: impl BufRead,
    range: AddressRange,
    mut visit: impl FnMut(Vma),
) -> Result<()> {
    let mut line = Vec::new();
    while next_line(&mut text, &mut line)? {
        let header = Header::parse(&line)?;
        if header.range.start() >= range.end() {
            break;
        }
        if header.range.overlaps(range) {
            visit(header.vma()?);
        }
    }
    Ok(())
}
