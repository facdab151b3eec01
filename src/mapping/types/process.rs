//! A process to inspect, and the identity of a file in the memory maps of processes.

use super::name::SourceName;

/// The process whose mappings are inspected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// This process.
    Myself,
    /// The process with this ID.
    Id(u32),
}

impl Process {
    pub(in crate::mapping) fn name(self) -> SourceName {
        SourceName::Process(match self {
            Self::Myself => std::process::id(),
            Self::Id(pid) => pid,
        })
    }
}

/// The device of a file as a memory map shows it.
///
/// It is the device of the file system that holds the file. `stat(2)` may report another one, for a subvolume of btrfs
/// or for a file on overlayfs. The identity of a file is therefore taken from a mapping of it; see `FileIdentity::of` in
/// `measure::users`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Device {
    /// The major number.
    pub major: u32,
    /// The minor number.
    pub minor: u32,
}

/// The identity of a file in the memory maps of processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileIdentity {
    /// The device of the file system that holds it.
    pub device: Device,
    /// Its inode.
    pub inode: u64,
}
