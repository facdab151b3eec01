//! What a source is, in the details that nobody needs until something puzzles: which file it is, and on which
//! file system.

use super::opened::Source;
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, SourceKind};

/// The details of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// What sort of thing it is.
    pub kind: SourceKind,
    /// The type of the file system that it is on, as `mount(8)` calls it; `None` for what is on none, and where
    /// the system does not tell.
    pub file_system: Option<String>,
    /// The device of its file system (`st_dev`); `None` for what has no file, and for a region that was only
    /// listed.
    pub device: Option<u64>,
    /// Its inode (`st_ino`).
    pub inode: Option<u64>,
    /// Its size in bytes.
    pub size: Option<ByteLength>,
    /// The bytes of its blocks, or of memory and swap, as `fstat(2)` counts them.
    pub allocated: Option<ByteLength>,
}

impl Source {
    /// What it is, asked of the kernel on each call. What cannot be found out is absent.
    #[must_use]
    pub fn describe(&self) -> Description {
        let handle = self.handle();
        // The node of a device is on a file system, and its bytes are not.
        let on_one = handle.filter(|handle| handle.kind() != SourceKind::BlockDevice);
        let facts = handle.and_then(|handle| handle.facts().ok());
        Description {
            kind: self.kind(),
            file_system: on_one.and_then(|handle| sys::file_system(handle.file())),
            device: facts.map(|facts| facts.identity.device),
            inode: facts.map(|facts| facts.identity.inode),
            size: facts.map(|facts| facts.size),
            allocated: on_one.and(facts).map(|facts| facts.allocated),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::source::spec::{OpenRequest, SourceSpec};
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn a_source_is_described_as_stat_and_findmnt_do() {
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
            // The last one where several are mounted over each other.
            assert_eq!(found.file_system.as_deref(), name.lines().last());
        }
    }
}
