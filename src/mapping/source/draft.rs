//! A new file that gets its name when it is complete.
//!
//! Where the file system supports it, the file has no name before (`open(2)`, O_TMPFILE), and a process that is killed
//! leaves nothing. On other file systems it has a temporary name, which a process that is killed leaves behind. Files
//! that are changed in place are the business of `size`.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::handle::OpenFile;
use crate::mapping::error::{Error, Result};
use crate::mapping::sys::{self, OpenHow, Place};
use crate::mapping::types::{Kind, SourceKind, StatIdentity};

/// The name of a new file: its place, and what is done about it so far.
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
    /// It has this temporary name.
    StandIn(OsString),
    /// It has its name, and loses it when the draft is dropped.
    Named(StatIdentity),
    /// It has the name of the old file, which has this temporary name now. The names are exchanged back when the draft is
    /// dropped.
    Exchanged(StatIdentity, OsString),
    /// Nothing is left to do.
    Done,
}

impl Draft {
    /// Creates a file for a place without one. `mode` is its permission bits, unless the request has others.
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

    /// Creates a file to replace `old`, which was opened by this path, with its owner and all other attributes. `None` when
    /// that is not possible, or changes more than the inode number for others: then change the old file in place.
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

    /// Gives the file its name. Unless it is [kept](Self::keep), it loses the name when the draft is dropped, and the old
    /// file gets it back.
    ///
    /// # Errors
    /// `already_exists` or `busy` when another process gave the name to another file meanwhile, which is left alone; those
    /// of `linkat(2)` and `renameat2(2)`.
    pub(in crate::mapping) fn publish(&mut self, file: &OpenFile) -> Result<()> {
        if !matches!(self.stage, Stage::Unnamed | Stage::StandIn(_)) {
            return Ok(());
        }
        match &self.replaces {
            // A process that has it open by now would continue with a file without a name.
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

    /// Exchanges the names of this file and the old one. The identity of the old file is checked afterwards: any other file
    /// gets its name back.
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
            // The file with the temporary name belongs to another process now.
            self.stage = Stage::Done;
            return Err(error);
        }
        Err(refusal)
    }

    /// Lets the file keep its name, and removes the old file.
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

    /// Lets the file keep its name, if it has it.
    pub(in crate::mapping) fn keep_if_published(&mut self) {
        if matches!(self.stage, Stage::Named(_)) {
            self.stage = Stage::Done;
        }
    }

    /// Opens the file again by its name: the kernel shows a file that was created without a name as deleted for as long as
    /// it is open. `None` when the name belongs to another file by now.
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

/// Whether a path leads to this file.
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
    /// Removes the name of a file that was not kept. A failure cannot be reported here.
    fn drop(&mut self) {
        match &self.stage {
            Stage::StandIn(name) => {
                let _ = self.place.remove(name);
            }
            Stage::Named(own) if self.has_its_name(*own) => {
                let _ = self.place.remove(self.place.name());
            }
            Stage::Exchanged(own, stand_in) => {
                // A file that another process put there meanwhile stays, and the old file is removed.
                if !self.has_its_name(*own) || self.place.exchange(stand_in).is_ok() {
                    let _ = self.place.remove(stand_in);
                }
            }
            Stage::Unnamed | Stage::Named(_) | Stage::Done => {}
        }
    }
}
