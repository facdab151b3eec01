//! Which process is meant, and what a file is known by in the memory maps of processes.

use super::name::SourceName;

/// The process whose mappings are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// This one.
    Myself,
    /// The one with this process ID.
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

/// The device of a file as the memory map shows it.
///
/// That is the device of the file system that really holds the file. `stat(2)` may show another one: a
/// subvolume of btrfs has a device number of its own, and so may a file on overlayfs. So a file is looked for
/// under the identity that a mapping of it shows; see `FileIdentity::of` in `measure::users`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Device {
    /// The major number.
    pub major: u32,
    /// The minor number.
    pub minor: u32,
}

/// What a file is known by in the memory maps of processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileIdentity {
    /// The device of the file system that holds it.
    pub device: Device,
    /// Its inode.
    pub inode: u64,
}
