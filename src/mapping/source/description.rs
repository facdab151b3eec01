//! The details of a source for verbose output: its file, its file system, its size.

use super::opened::Source;
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, SourceKind};

/// The details of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Its kind.
    pub kind: SourceKind,
    /// The type of its file system, as in `mount(8)`; `None` without a file system, or when unknown.
    pub file_system: Option<String>,
    /// The device of its file system (`st_dev`); `None` without a file, or for a region that was only listed.
    pub device: Option<u64>,
    /// Its inode (`st_ino`).
    pub inode: Option<u64>,
    /// Its size in bytes.
    pub size: Option<ByteLength>,
    /// The size of its allocated blocks, or the memory and swap space that it uses, in bytes (`fstat(2)`).
    pub allocated: Option<ByteLength>,
}

impl Source {
    /// Its current details, read from the kernel on each call. Unknown details are `None`.
    #[must_use]
    pub fn describe(&self) -> Description {
        let handle = self.handle();
        // The device node is on a file system, but the contents of the device are not.
        let on_file_system = handle.filter(|handle| handle.kind() != SourceKind::BlockDevice);
        let facts = handle.and_then(|handle| handle.facts().ok());
        Description {
            kind: self.kind(),
            file_system: on_file_system
                .and_then(|handle| sys::mount_of(handle.file()))
                .map(|mount| mount.file_system),
            device: facts.map(|facts| facts.identity.device),
            inode: facts.map(|facts| facts.identity.inode),
            size: facts.map(|facts| facts.size),
            allocated: on_file_system.and(facts).map(|facts| facts.allocated),
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::mapping::source::spec::{OpenRequest, SourceSpec};
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn the_description_of_a_source_agrees_with_stat_and_findmnt() {
        let source = |spec| Source::open(&spec, &OpenRequest::READ).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        let found = source(SourceSpec::File(file.path().into())).describe();
        let metadata = file.as_file().metadata().unwrap();
        assert_eq!(found.size, Some(ByteLength(0)));
        assert_eq!(found.device, Some(metadata.dev()));
        assert_eq!(found.inode, Some(metadata.ino()));
        let mounts = std::process::Command::new("findmnt")
            .args(["-n", "-o", "FSTYPE", "-T"])
            .arg(file.path())
            .output();
        if let Ok(mounts) = mounts {
            let name = String::from_utf8(mounts.stdout).unwrap();
            // If several are mounted over each other, the last one applies.
            assert_eq!(found.file_system.as_deref(), name.lines().last());
        }
    }
}
