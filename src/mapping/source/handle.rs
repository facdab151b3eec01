//! The open handle of a source, its kind, and its facts from the kernel.

use std::io;
use std::sync::{Arc, OnceLock};

use super::spec::{OpenRequest, SourceSpec};
use crate::mapping::error::{Error, Result};
use crate::mapping::platform::Feature;
use crate::mapping::sys;
use crate::mapping::types::{FileFacts, Kind, Remedy, SourceKind};

/// An open file, block device or tag, in the representation of this platform.
pub type OpenFile = sys::OpenFile;

/// An open file, block device or tag.
#[derive(Debug)]
pub struct Handle {
    pub(super) file: Arc<OpenFile>,
    pub(super) kind: SourceKind,
    pub(super) writable: bool,
    /// Whether it was inherited, so that another process shares its file offset.
    pub(super) inherited: bool,
    /// The file in which to search for holes, once requested.
    pub(super) probe: OnceLock<Option<Arc<OpenFile>>>,
}

impl Handle {
    pub(super) fn new(spec: &SourceSpec, how: &OpenRequest, file: Arc<OpenFile>) -> Result<Self> {
        Ok(Self {
            kind: classify(spec, how.pages, &file)?,
            writable: sys::is_writable(&file).map_err(|e| Error::os("examine", &e))?,
            file,
            inherited: spec.is_inherited(),
            probe: OnceLock::new(),
        })
    }

    /// The handle of a regular file that was opened for reading.
    pub(super) fn of_found(file: OpenFile) -> Self {
        Self {
            file: Arc::new(file),
            kind: SourceKind::File,
            writable: false,
            inherited: false,
            probe: OnceLock::new(),
        }
    }

    /// The open file.
    #[must_use]
    pub fn file(&self) -> &OpenFile {
        &self.file
    }

    /// The open file, shared for as long as it is mapped.
    pub(in crate::mapping) fn share(&self) -> Arc<OpenFile> {
        Arc::clone(&self.file)
    }

    /// The file in which to search for holes. On some systems the search moves the file offset, so an inherited file is
    /// reopened. `None` when there are no holes or the file cannot be reopened; all of it then counts as data.
    pub(in crate::mapping) fn probe(&self) -> Option<&OpenFile> {
        let open = || match self.kind {
            SourceKind::BlockDevice | SourceKind::Anonymous => None,
            SourceKind::File | SourceKind::Tag if self.inherited && sys::LOOKING_MOVES_POSITION => {
                self.open_again().ok()
            }
            SourceKind::File | SourceKind::Tag => Some(self.share()),
        };
        self.probe.get_or_init(open).as_deref()
    }

    /// Leaves the access time of the file unchanged when it is mapped, where that is possible. An inherited file shares this
    /// setting with another process, and keeps it.
    pub(in crate::mapping) fn keep_access_time(&self) {
        if !self.inherited {
            sys::keep_access_time(&self.file);
        }
    }

    fn open_again(&self) -> io::Result<Arc<OpenFile>> {
        let again = sys::open_again(&self.file)?;
        let identity = |file| sys::facts(file, SourceKind::File).map(|facts| facts.identity);
        match identity(&again)? == identity(&self.file)? {
            true => Ok(Arc::new(again)),
            false => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> SourceKind {
        self.kind
    }

    /// Whether it was opened for writing.
    #[must_use]
    pub fn writable(&self) -> bool {
        self.writable
    }

    /// Whether a file of this kind can be extended by those who may write to it.
    pub(super) fn may_grow(&self) -> bool {
        match self.kind {
            SourceKind::File => true,
            SourceKind::Tag => self.facts().is_ok_and(|facts| facts.may_resize(self.kind)),
            SourceKind::BlockDevice | SourceKind::Anonymous => false,
        }
    }

    /// The current size and identity of the file, read from the kernel on each call.
    ///
    /// # Errors
    /// Those of `fstat(2)`, and of reading the size of a block device.
    pub fn facts(&self) -> Result<FileFacts> {
        sys::facts(&self.file, self.kind).map_err(|e| Error::os("examine", &e))
    }
}

/// The kind of an open file, if it can be mapped. The hints depend on whether only its `pages` are requested.
pub(super) fn classify(spec: &SourceSpec, pages: bool, file: &OpenFile) -> Result<SourceKind> {
    let kind = sys::classify(file).map_err(|e| Error::os("examine", &e))?;
    match (spec, kind) {
        (_, sys::FileClass::Directory) if pages => {
            let descriptor = match spec {
                SourceSpec::Descriptor(number) => Some(*number),
                SourceSpec::StandardInput => Some(0),
                _ => None,
            };
            Err(unmappable("a directory").hint(Remedy::WalkDirectory { descriptor }))
        }
        (_, sys::FileClass::Directory) => Err(unmappable("a directory")),
        (_, sys::FileClass::Other(thing)) => Err(unmappable(thing)),
        (_, sys::FileClass::Stream(thing)) if pages => Err(unmappable(thing)),
        (_, sys::FileClass::Stream(thing)) => Err(unmappable(thing).hint(Remedy::SaveStream)),
        (SourceSpec::Tag(_), _) => Ok(SourceKind::Tag),
        (_, sys::FileClass::Regular) => Ok(SourceKind::File),
        (_, sys::FileClass::BlockDevice) => Ok(SourceKind::BlockDevice),
    }
}

pub(super) fn unmappable(thing: &str) -> Error {
    Error::new(
        Kind::Unsupported,
        "open",
        format!("it is {thing}; only regular files, block devices and shared memory can be mapped"),
    )
}

impl FileFacts {
    /// Whether a source of this kind and size can be resized on this platform.
    pub(in crate::mapping) fn may_resize(&self, kind: SourceKind) -> bool {
        kind != SourceKind::Tag || self.size.is_zero() || Feature::GrowTag.is_offered()
    }
}

/// The error for a descriptor that was opened with O_PATH, if this is one.
pub(in crate::mapping) fn path_only(operation: &'static str, file: &OpenFile) -> Option<Error> {
    let reason = "the descriptor was opened with O_PATH and gives no access to the contents";
    sys::is_path_only(file).then(|| Error::new(Kind::AccessDenied, operation, reason))
}
