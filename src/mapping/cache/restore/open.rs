//! Opening the files of a snapshot, as long as they are the files that it is about.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::cache::snapshot::{SavedFile, modified, ranges};
use crate::mapping::error::{Error, Result};
use crate::mapping::source::{Handle, OpenFile, Source};
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, Kind, SourceName, SourceRange};

/// Why a file is skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// It does not exist.
    Missing,
    /// It is a directory, link, device, pipe or socket.
    NotRegular,
    /// A link leads out of the root.
    OutsideRoot,
    /// Its size differs from that in the snapshot.
    Resized,
    /// It was modified since the snapshot.
    Modified,
}

/// Why a file is not restored.
#[derive(Debug)]
pub(super) enum Refused {
    Skip(Skip),
    Failure(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Failure(error)
    }
}

/// The directory below which files are opened.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    directory: OpenFile,
}

/// An open file of a snapshot.
#[derive(Debug)]
pub(super) struct Opened<'a> {
    pub(super) source: Source,
    /// Its size now.
    pub(super) size: ByteLength,
    /// Its ranges, as far as they exist.
    pub(super) ranges: Cow<'a, [SourceRange]>,
}

impl Place {
    pub(super) fn open(path: PathBuf) -> Result<Self> {
        match sys::open_directory(&path) {
            Ok(directory) => Ok(Self { path, directory }),
            Err(error) => {
                let error = Error::os("open the root", &error);
                Err(error.on(&SourceName::File(path)))
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The name of a file for messages.
    pub(super) fn name(&self, file: &SavedFile) -> SourceName {
        SourceName::File(self.path.join(&file.path))
    }

    /// Opens a file. With `force`, it may have changed since the snapshot.
    pub(super) fn file<'a>(
        &self,
        saved: &'a SavedFile,
        force: bool,
    ) -> Result<Opened<'a>, Refused> {
        use io::ErrorKind::{CrossesDevices, NotADirectory, NotFound};
        let file = match sys::open_below(&self.directory, &saved.path) {
            Ok(Some(file)) => file,
            Ok(None) => return Err(Refused::Skip(Skip::NotRegular)),
            Err(error) => {
                return Err(match error.kind() {
                    NotFound | NotADirectory => Refused::Skip(Skip::Missing),
                    CrossesDevices => Refused::Skip(Skip::OutsideRoot),
                    _ if sys::is_link_loop(&error) => Refused::Skip(Skip::OutsideRoot),
                    _ => Error::os("open", &error).on(&self.name(saved)).into(),
                });
            }
        };
        let facts = sys::facts_of_regular(&file).map_err(|e| Error::os("open", &e))?;
        let size = facts.ok_or(Refused::Skip(Skip::NotRegular))?.size;
        if !force && size != saved.size {
            return Err(Refused::Skip(Skip::Resized));
        }
        if !force && modified(&file)? != saved.mtime_ns {
            return Err(Refused::Skip(Skip::Modified));
        }
        Ok(Opened {
            source: Source::of_found(self.path.join(&saved.path), file),
            size,
            ranges: match size < saved.size {
                true => ranges::clamp(&saved.ranges, size).into(),
                false => saved.ranges.as_slice().into(),
            },
        })
    }
}

impl Opened<'_> {
    /// The open file.
    pub(super) fn file(&self) -> Result<&OpenFile> {
        let handle = self.source.handle();
        handle
            .map(Handle::file)
            .ok_or_else(|| Error::new(Kind::Failed, "restore", "it is not open"))
    }
}
