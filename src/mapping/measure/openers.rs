//! The processes that have a file open.

use schemars::JsonSchema;
use serde::Serialize;

use super::proc_maps;
use super::users;
use crate::mapping::error::{Error, Result};
use crate::mapping::sys::{self, OpenFile};

/// A process that has the file open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OpenedBy {
    /// The process ID.
    pub pid: u32,
    /// The name of the command, at most 15 bytes; bytes that are not UTF-8 are replaced.
    pub command: String,
    /// The number of its descriptors of the file.
    pub descriptors: u64,
    /// Whether any of these descriptors may be read.
    pub read: bool,
    /// Whether any of these descriptors may be written.
    pub write: bool,
}

/// The processes that have a file open, and how many could not be inspected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::mapping) struct Openers {
    pub(in crate::mapping) found: Vec<OpenedBy>,
    pub(in crate::mapping) unseen: u64,
}

/// Finds the other processes that have any of these files open, by process ID. Processes that end meanwhile are left
/// out.
///
/// # Errors
/// Those of listing `/proc`; `unsupported` when `/proc` is not available.
pub(in crate::mapping) fn openers(files: &[&OpenFile]) -> Result<Openers> {
    const OPERATION: &str = "list the running processes";
    proc_maps::require_processes(OPERATION)?;
    let pids = sys::process_ids().map_err(|error| Error::os(OPERATION, &error))?;
    let own = std::process::id();
    let mut openers = Openers::default();
    for pid in pids.into_iter().filter(|pid| *pid != own) {
        match sys::descriptors_of(pid, files) {
            Ok(descriptors) if descriptors.is_empty() => {}
            Ok(descriptors) => openers.found.push(OpenedBy {
                pid,
                command: users::command(pid),
                descriptors: u64::try_from(descriptors.len()).unwrap_or(u64::MAX),
                read: descriptors.iter().any(|(read, _)| *read),
                write: descriptors.iter().any(|(_, write)| *write),
            }),
            Err(error) if sys::is_gone(&error) => {}
            Err(_) => openers.unseen = openers.unseen.saturating_add(1),
        }
    }
    Ok(openers)
}
