//! Which source to open, and how.

use std::path::PathBuf;

use crate::mapping::error::{Error, Result};
use crate::mapping::platform::Feature;
use crate::mapping::types::{Conflict, Kind, OpenFlag, OpenFlags, SourceName, Tag};

/// The source to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceSpec {
    /// A file or block device by path.
    File(PathBuf),
    /// A descriptor inherited from the parent process.
    Descriptor(i32),
    /// The standard input of this process.
    StandardInput,
    /// A named shared memory region.
    Tag(Tag),
    /// Anonymous memory, which has no file.
    Anonymous,
}

impl SourceSpec {
    /// Whether it is an open file of the parent process, which may share its file position.
    #[must_use]
    pub fn is_inherited(&self) -> bool {
        matches!(self, Self::Descriptor(_) | Self::StandardInput)
    }

    /// Whether it could be created: the directory of a file exists.
    #[must_use]
    pub fn has_place(&self) -> bool {
        match self {
            Self::File(path) => path
                .parent()
                .is_none_or(|parent| parent.as_os_str().is_empty() || parent.is_dir()),
            Self::Tag(_) => true,
            Self::Descriptor(_) | Self::StandardInput | Self::Anonymous => false,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> SourceName {
        match self {
            Self::File(path) => SourceName::File(path.clone()),
            Self::Descriptor(number) => SourceName::Descriptor(*number),
            Self::StandardInput => SourceName::StandardInput,
            Self::Tag(tag) => SourceName::Tag(tag.as_os_str().to_owned()),
            Self::Anonymous => SourceName::Anonymous,
        }
    }
}

/// Whether a missing source is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creation {
    /// A missing source is an error.
    Never,
    /// A missing source is created.
    IfMissing,
    /// A source that exists is an error.
    Must,
}

/// How to open a source.
#[derive(Clone, Copy, Debug)]
pub struct OpenRequest {
    /// Whether the handle must allow writing.
    pub writable: bool,
    /// Whether a missing source is created.
    pub creation: Creation,
    /// Flags of `open(2)`, including creation, exclusiveness and truncation.
    pub flags: OpenFlags,
    /// The permission bits of a new source, before the umask; the default is 0666 for files and 0600 for tags.
    pub mode: Option<u32>,
    /// Whether only the pages of the source in the page cache matter, and not its bytes.
    pub pages: bool,
}

impl OpenRequest {
    /// Opens an existing source for reading.
    pub const READ: Self = Self {
        writable: false,
        creation: Creation::Never,
        flags: OpenFlags::EMPTY,
        mode: None,
        pages: false,
    };

    /// Opens an existing source for its pages in the page cache.
    pub const PAGES: Self = Self {
        pages: true,
        ..Self::READ
    };

    /// Opens an existing source for reading and writing.
    pub const WRITE: Self = Self {
        writable: true,
        ..Self::READ
    };

    pub(super) fn creation(&self) -> Creation {
        match (
            self.flags.has(OpenFlag::Create),
            self.flags.has(OpenFlag::Excl),
        ) {
            (true, true) => Creation::Must,
            (true, false) if self.creation == Creation::Never => Creation::IfMissing,
            _ => self.creation,
        }
    }

    pub(super) fn check(&self, spec: &SourceSpec) -> Result<()> {
        let usage = |reason: &str| Err(Error::new(Kind::Usage, "open", reason));
        let named = matches!(spec, SourceSpec::File(_) | SourceSpec::Tag(_));
        let creates = self.flags.has(OpenFlag::Create);
        let truncates = self.flags.has(OpenFlag::Truncate);
        for flag in self.flags.iter() {
            Feature::Open(flag).require("open")?;
        }
        if self.mode.is_some() {
            Feature::Mode.require("open")?;
        }
        if !named && (!self.flags.is_empty() || self.mode.is_some()) {
            return usage("open flags and a mode apply only to a file or a tag");
        }
        if (creates || truncates) && !self.writable {
            return Err(Error::new(
                Kind::Usage,
                "open",
                Conflict::ChangeWithoutWriting,
            ));
        }
        if creates && self.flags.has(OpenFlag::Directory) {
            return usage("'directory' requires a directory, but 'create' creates a file");
        }
        if self.flags.has(OpenFlag::Excl) && !creates {
            return usage("'excl' requires 'create'");
        }
        Ok(())
    }
}
