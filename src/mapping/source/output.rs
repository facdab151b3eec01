//! An output file. A new file gets its name, or replaces the old file, only when it is complete.

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::draft::{Draft, is_name_of};
use super::handle::OpenFile;
use super::opened::Source;
use super::opening::FILE_MODE;
use super::size;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::memory::Room;
use crate::mapping::sys::{self, FileClass, OpenHow, Place};
use crate::mapping::types::{ByteLength, LengthText, OpenFlags, SourceKind, SourceName};

/// A file, pipe, terminal or device that is written by its path. A new file gets its name only when it is
/// [finished](Self::finish).
#[derive(Debug)]
pub struct Output {
    file: Arc<OpenFile>,
    name: SourceName,
    kind: Sort,
}

#[derive(Debug)]
enum Sort {
    /// A regular file that gets its name at the end.
    New(Draft),
    /// A regular file that is overwritten, because it cannot be replaced by a new one.
    Old,
    /// A regular file that was created with its name.
    Named(PathBuf),
    /// A pipe, a terminal or a device; or a finished file.
    Special,
}

/// How a file is created.
const HOW: OpenHow = OpenHow {
    writable: true,
    create: false,
    flags: OpenFlags::EMPTY,
    mode: None,
};

impl Output {
    /// Opens or creates the file for a path. An existing file is not yet changed.
    ///
    /// # Errors
    /// `usage` when it is the same file as the source; those of `open(2)`.
    pub fn open(path: &Path, source: Option<&Source>) -> Result<Self> {
        let name = SourceName::File(path.to_owned());
        let opened = open(path, source);
        let (file, kind) = opened.map_err(|error| error.on(&name))?;
        Ok(Self { file, name, kind })
    }

    /// A writer from its start.
    ///
    /// # Errors
    /// `unsupported`, which no file causes.
    pub fn writer(&self) -> Result<OutputWriter<'_>> {
        let file = self.file()?;
        // Overwriting an old file needs no additional memory.
        let granted = match self.kind {
            Sort::Old => file.metadata().map_or(0, |facts| facts.len()),
            Sort::New(_) | Sort::Named(_) | Sort::Special => 0,
        };
        Ok(OutputWriter::new(file, Room::new(&self.file, granted)))
    }

    fn file(&self) -> Result<&File> {
        sys::as_file(&self.file).map_err(|e| Error::os("write", &e).on(&self.name))
    }

    /// Whether a path resolves to a pipe, terminal or device: nothing is created, and nothing can be undone.
    #[must_use]
    pub fn is_special(path: &Path) -> bool {
        std::fs::metadata(path).is_ok_and(|facts| !facts.is_file() && !facts.is_dir())
    }

    /// Whether it is a regular file that is not finished.
    #[must_use]
    pub fn is_file(&self) -> bool {
        !matches!(self.kind, Sort::Special)
    }

    /// The error for a failed write.
    #[must_use]
    pub fn failure(&self, error: io::Error) -> Error {
        let failure = error
            .downcast::<Error>()
            .unwrap_or_else(|error| match self.kind {
                Sort::Special => size::stream_failure(&error),
                Sort::New(_) | Sort::Named(_) | Sort::Old => size::write_failure(&error),
            });
        self.with_loss(failure.on(&self.name))
    }

    /// Adds to an error the number of bytes of an old file that were overwritten, which cannot be undone.
    #[must_use]
    pub fn with_loss(&self, error: Error) -> Error {
        let Some(bytes) = self.overwritten() else {
            return error;
        };
        let name = self.name.to_text().unwrap_or_default();
        let loss = format!("{} of '{name}' were overwritten", LengthText(bytes));
        match error.details().hint.is_none() {
            true => error.hint(loss),
            false => {
                let reason = format!("{}; {loss}", error.details().reason);
                error.because(reason)
            }
        }
    }

    /// The number of bytes of an old file that were overwritten, if any.
    fn overwritten(&self) -> Option<ByteLength> {
        if !matches!(self.kind, Sort::Old) {
            return None;
        }
        let position = self.file().ok()?.stream_position().ok()?;
        (position > 0).then_some(ByteLength(position))
    }

    /// Completes the output: truncates an overwritten file at this length, or gives a new file its name.
    ///
    /// # Errors
    /// `already_exists` or `busy` when another process gave the name to another file meanwhile; those of `ftruncate(2)`,
    /// `linkat(2)` and `renameat2(2)`.
    pub fn finish(mut self) -> Result<()> {
        sys::try_close(&self.file).map_err(|error| self.failure(error))?;
        if matches!(self.kind, Sort::Old)
            && let Err(error) = self.truncate()
        {
            return Err(self.with_loss(error.on(&self.name)));
        }
        let done = match std::mem::replace(&mut self.kind, Sort::Special) {
            Sort::Special | Sort::Named(_) | Sort::Old => Ok(()),
            Sort::New(mut draft) => draft.publish(&self.file).and_then(|()| draft.keep()),
        };
        done.map_err(|error| error.on(&self.name))
    }

    fn truncate(&self) -> Result<()> {
        let mut file = sys::as_file(&self.file).map_err(|e| Error::os("write", &e))?;
        let truncated = file.stream_position().and_then(|end| file.set_len(end));
        truncated.map_err(|e| Error::os("truncate", &e))
    }
}

/// Writes to an [`Output`]. On a file system that keeps files in memory, it first checks the available memory.
#[derive(Debug)]
pub struct OutputWriter<'a> {
    file: &'a File,
    room: Room,
}

impl<'a> OutputWriter<'a> {
    /// A writer to a file, with the memory for it.
    pub(in crate::mapping) const fn new(file: &'a File, room: Room) -> Self {
        Self { file, room }
    }

    /// The file, for operations other than writing bytes.
    pub(in crate::mapping) fn file(&self) -> &File {
        self.file
    }

    /// Checks that memory for `length` more bytes is available.
    pub(in crate::mapping) fn make_room(&mut self, length: u64) -> io::Result<()> {
        self.room.take(length).map_err(io::Error::other)
    }
}

impl Write for OutputWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.make_room(bytes.len() as u64)?;
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes a file in one step: who opens it by its name finds the old contents or the new ones, whole. The new file has
/// the permissions of the old one. A pipe or a device is written as it is. `write` writes the contents.
///
/// # Errors
/// Those of `open(2)`, `write(2)` and `rename(2)`, which leave the old file.
pub fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let on_path = |error: Error| error.on(&SourceName::File(path.to_owned()));
    let os = |operation, error: &io::Error| on_path(Error::os(operation, error));
    let place = match Output::is_special(path) {
        true => None,
        // A link stays, and what it leads to is replaced.
        false => Place::of(path, true).map_err(|e| os("open", &e))?,
    };
    let Some(place) = place else {
        let written = File::options().write(true).open(path);
        let file = written.map_err(|e| os("open", &e))?;
        return write_buffered(&file, write).map_err(|e| on_path(size::stream_failure(&e)));
    };
    let made = place.make(&HOW, FILE_MODE);
    let (new, mut stand_in) = made.map_err(|e| os("open", &e))?;
    let written = sys::as_file(&new).and_then(|file| write_buffered(file, write));
    let done = written
        .map_err(|e| on_path(size::write_failure(&e)))
        .and_then(|()| {
            let named = match stand_in.take() {
                Some(name) => Ok(name),
                None => place.name_stand_in(&new),
            };
            let name = named.map_err(|e| os("rename", &e))?;
            let renamed = place.take_name(&new, &name);
            stand_in = Some(name);
            renamed.map_err(|e| os("rename", &e))
        });
    if let (Err(_), Some(name)) = (&done, stand_in) {
        // The first failure is reported.
        let _ = place.remove(&name);
    }
    done
}

fn write_buffered(
    file: &File,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    out.flush()
}

fn open(path: &Path, source: Option<&Source>) -> Result<(Arc<OpenFile>, Sort)> {
    let fail = |e: io::Error| Error::os("open", &e);
    let old = match File::options().write(true).open(path) {
        Ok(old) => Arc::new(sys::open_file(old)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return make(path)
                .map(|(file, kind)| (Arc::new(file), kind))
                .map_err(fail);
        }
        Err(error) => return Err(fail(error)),
    };
    if let Some(source) = source
        && source.is_open_file(&old).map_err(fail)?
    {
        return Err(Error::usage("output and source are the same file"));
    }
    if !matches!(sys::classify(&old).map_err(fail)?, FileClass::Regular) {
        return Ok((old, Sort::Special));
    }
    Ok(match Draft::replacing(path, &old, &HOW) {
        Some((new, draft)) => (Arc::new(new), Sort::New(draft)),
        None => (old, Sort::Old),
    })
}

fn make(path: &Path) -> io::Result<(OpenFile, Sort)> {
    match Place::of(path, true)? {
        Some(place) => {
            let (file, draft) = Draft::new(place, &HOW, FILE_MODE)?;
            Ok((file, Sort::New(draft)))
        }
        None => {
            let file = sys::open(
                path,
                &OpenHow {
                    create: true,
                    ..HOW
                },
            )?;
            Ok((file, Sort::Named(path.to_owned())))
        }
    }
}

impl Drop for Output {
    /// Removes an unfinished file that was created with its name, unless the name now belongs to another file.
    /// A failure cannot be reported here.
    fn drop(&mut self) {
        if let Sort::Named(path) = &self.kind
            && is_name_of(path, &self.file, SourceKind::File).unwrap_or(false)
        {
            let _ = std::fs::remove_file(path);
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_file_is_new_and_a_link_to_it_stays() {
        let directory = tempfile::tempdir().unwrap();
        let (file, link) = (directory.path().join("f"), directory.path().join("l"));
        replace(&file, |out| out.write_all(b"one")).unwrap();
        let mut open = File::open(&file).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        replace(&link, |out| out.write_all(b"two")).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"two");
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        let mut old = String::new();
        io::Read::read_to_string(&mut open, &mut old).unwrap();
        assert_eq!(old, "one");
        let names = std::fs::read_dir(directory.path()).unwrap();
        assert_eq!(names.count(), 2);
        assert!(replace(&directory.path().join("none/f"), |_| Ok(())).is_err());
        assert!(replace(directory.path(), |_| Ok(())).is_err());
    }
}
