//! A new file that gets its name when it is complete.
//!
//! If the file system supports O_TMPFILE (`open(2)`), the file has no name until then, and a killed process leaves
//! nothing behind. On other file systems it has a temporary name, which a killed process leaves behind. Files that are
//! changed in place are covered by `size`.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::handle::OpenFile;
use crate::mapping::error::{Error, Result};
use crate::mapping::sys::{self, OpenHow, Place};
use crate::mapping::types::{Kind, SourceKind, StatIdentity};

/// The name of a new file, and the state of the naming.
#[derive(Debug)]
pub(in crate::mapping) struct Draft {
    place: Place,
    stage: Stage,
    /// The old file that it replaces, if there is one.
    replaces: Option<Replaced>,
}

/// An old file that a new one replaces.
#[derive(Debug)]
struct Replaced {
    file: Arc<OpenFile>,
    identity: StatIdentity,
}

#[derive(Debug)]
enum Stage {
    /// It has no name.
    Unnamed,
    /// It has a temporary name.
    StandIn(OsString),
    /// It has its name, which is removed when the draft is dropped.
    Named(StatIdentity),
    /// It has the name of the old file, which now has this temporary name. The names are exchanged back when the draft
    /// is dropped.
    Exchanged(StatIdentity, OsString),
    /// The naming is complete.
    Done,
}

impl Draft {
    /// Creates a file for an unused name. `mode` gives its permission bits, unless the request has others.
    ///
    /// # Errors
    /// EEXIST when the name exists; those of `open(2)`.
    pub(in crate::mapping) fn new(
        place: Place,
        how: &OpenHow,
        mode: u32,
    ) -> io::Result<(OpenFile, Self)> {
        place.check_free()?;
        Self::make(place, None, how, mode)
    }

    /// Creates a file to replace `old`, which was opened by this path, with the same owner and all other attributes.
    /// Returns `None` when that is not possible, or other processes would see more change than the inode number. In
    /// that case, change the old file in place.
    pub(in crate::mapping) fn replacing(
        path: &Path,
        old: &Arc<OpenFile>,
        how: &OpenHow,
    ) -> Option<(OpenFile, Self)> {
        if !sys::is_replaceable(old).ok()? {
            return None;
        }
        let identity = identity(old).ok()?;
        let place = Place::of(path, true).ok()??;
        if place.identity(place.name()).ok()? != Some(identity) {
            return None;
        }
        let replaced = Replaced {
            file: Arc::clone(old),
            identity,
        };
        let (file, draft) = Self::make(place, Some(replaced), how, 0o600).ok()?;
        sys::take_over(old, &file).ok()?.then_some((file, draft))
    }

    fn make(
        place: Place,
        replaces: Option<Replaced>,
        how: &OpenHow,
        mode: u32,
    ) -> io::Result<(OpenFile, Self)> {
        let (file, stand_in) = place.make(how, mode)?;
        let stage = stand_in.map_or(Stage::Unnamed, Stage::StandIn);
        let draft = Self {
            place,
            stage,
            replaces,
        };
        Ok((file, draft))
    }

    /// Gives the file its name. Unless it is [kept](Self::keep), the name is removed when the draft is dropped, and the
    /// old file gets its name back.
    ///
    /// # Errors
    /// `already_exists` or `busy` when another process gave the name to another file meanwhile, which is left
    /// unchanged; those of `linkat(2)` and `renameat2(2)`.
    pub(in crate::mapping) fn publish(&mut self, file: &OpenFile) -> Result<()> {
        if !matches!(self.stage, Stage::Unnamed | Stage::StandIn(_)) {
            return Ok(());
        }
        match &self.replaces {
            // A process that has opened it meanwhile would be left with a file without a name.
            Some(old)
                if self.has_its_name(old.identity)
                    && !sys::is_replaceable(&old.file).unwrap_or(false) =>
            {
                let reason = "another process opened or linked it meanwhile";
                Err(Error::new(Kind::Busy, "replace", reason))
            }
            Some(old) => {
                let old = old.identity;
                self.replace(file, old).map_err(|e| failure("replace", &e))
            }
            None => self.name_new(file).map_err(|e| failure("create", &e)),
        }
    }

    fn name_new(&mut self, file: &OpenFile) -> io::Result<()> {
        let own = identity(file)?;
        let stand_in = match &self.stage {
            Stage::StandIn(name) => Some(name.as_os_str()),
            _ => None,
        };
        self.place.name_new(file, stand_in)?;
        self.stage = Stage::Named(own);
        Ok(())
    }

    /// Exchanges the names of this file and the old one. If the replaced file turns out to be another one, the names
    /// are exchanged back.
    fn replace(&mut self, file: &OpenFile, old: StatIdentity) -> io::Result<()> {
        let own = identity(file)?;
        let stand_in = match &self.stage {
            Stage::StandIn(name) => name.clone(),
            _ => self.place.name_stand_in(file)?,
        };
        self.stage = Stage::StandIn(stand_in.clone());
        self.place.exchange(&stand_in)?;
        let refusal = match self.place.identity(&stand_in) {
            Ok(found) if found == Some(old) => {
                self.stage = Stage::Exchanged(own, stand_in);
                return Ok(());
            }
            Ok(_) => io::ErrorKind::ResourceBusy.into(),
            Err(error) => error,
        };
        if let Err(error) = self.place.exchange(&stand_in) {
            // The file with the temporary name now belongs to another process.
            self.stage = Stage::Done;
            return Err(error);
        }
        Err(refusal)
    }

    /// Makes the name permanent, and removes the old file.
    ///
    /// # Errors
    /// Those of `unlinkat(2)` for the old file, which then gets its name back.
    pub(in crate::mapping) fn keep(mut self) -> Result<()> {
        if let Stage::Exchanged(_, old) = &self.stage {
            let removed = self.place.remove(old);
            removed.map_err(|e| Error::os("remove the old file", &e))?;
        }
        self.stage = Stage::Done;
        Ok(())
    }

    /// Makes the name permanent, if the file has it.
    pub(in crate::mapping) fn keep_if_published(&mut self) {
        if matches!(self.stage, Stage::Named(_)) {
            self.stage = Stage::Done;
        }
    }

    /// Reopens the file by its name, because the kernel shows a file that was created without a name as deleted for as
    /// long as it is open. Returns `None` when the name now belongs to another file.
    pub(in crate::mapping) fn reopen(&self, how: &OpenHow) -> Option<OpenFile> {
        let (Stage::Named(own) | Stage::Exchanged(own, _)) = &self.stage else {
            return None;
        };
        let file = self.place.open(how).ok()?;
        (identity(&file).ok()? == *own).then_some(file)
    }

    /// Whether the name still belongs to this file.
    fn has_its_name(&self, own: StatIdentity) -> bool {
        self.place.identity(self.place.name()).ok().flatten() == Some(own)
    }
}

/// Whether a path resolves to this file.
pub(in crate::mapping) fn is_name_of(
    path: &Path,
    file: &OpenFile,
    kind: SourceKind,
) -> io::Result<bool> {
    Ok(sys::identity_of_path(path)? == sys::facts(file, kind)?.identity)
}

fn identity(file: &OpenFile) -> io::Result<StatIdentity> {
    Ok(sys::facts(file, SourceKind::File)?.identity)
}

fn failure(operation: &'static str, error: &io::Error) -> Error {
    let (kind, meanwhile) = match error.kind() {
        io::ErrorKind::AlreadyExists => (
            Kind::AlreadyExists,
            "another process created a file of that name meanwhile",
        ),
        io::ErrorKind::ResourceBusy => (Kind::Busy, "another process replaced it meanwhile"),
        io::ErrorKind::NotFound => (Kind::NotFound, "another process removed it meanwhile"),
        _ => return Error::os(operation, error),
    };
    Error::os_as(kind, operation, error).because(meanwhile)
}

impl Drop for Draft {
    /// Undoes a naming that was not made permanent. A failure cannot be reported here.
    fn drop(&mut self) {
        match &self.stage {
            Stage::StandIn(name) => {
                let _ = self.place.remove(name);
            }
            Stage::Named(own) if self.has_its_name(*own) => {
                let _ = self.place.remove(self.place.name());
            }
            Stage::Exchanged(own, stand_in) => {
                // If another process has put a file there meanwhile, it stays, and the old file is removed.
                if !self.has_its_name(*own) || self.place.exchange(stand_in).is_ok() {
                    let _ = self.place.remove(stand_in);
                }
            }
            Stage::Unnamed | Stage::Named(_) | Stage::Done => {}
        }
    }
}
