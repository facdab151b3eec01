//! A file that is being made: it gets its name when it is whole, and leaves nothing behind until then.
//!
//! Where the file system can, the file has no name at all before (`open(2)`, O_TMPFILE): a process that is killed
//! leaves nothing. Elsewhere it has a stand-in of ours as its name, which a process that is killed leaves. Files that
//! exist and are changed in place are the business of `size`.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::handle::OpenFile;
use crate::mapping::error::{Error, Result};
use crate::mapping::sys::{self, OpenHow, Place};
use crate::mapping::types::{Kind, SourceKind, StatIdentity};

/// What is still to be done about the name of a file.
#[derive(Debug)]
pub(in crate::mapping) struct Draft {
    place: Place,
    stage: Stage,
    /// The file whose place it takes.
    replaces: Option<Replaced>,
}

/// A file that is to give its place to another.
#[derive(Debug)]
struct Replaced {
    file: Arc<OpenFile>,
    identity: StatIdentity,
}

#[derive(Debug)]
enum Stage {
    /// It has no name.
    Unnamed,
    /// It has this name instead.
    StandIn(OsString),
    /// It has its name, and is to lose it again.
    Named(StatIdentity),
    /// It has its name, and is to give it back to the file that had it, which has this stand-in now.
    Exchanged(StatIdentity, OsString),
    /// It has its name, and keeps it.
    Done,
}

impl Draft {
    /// Makes a file for a place where there is none, with these permission bits unless the request has others.
    ///
    /// # Errors
    /// EEXIST when something is there; what `open(2)` answers.
    pub(in crate::mapping) fn new(
        place: Place,
        how: &OpenHow,
        mode: u32,
    ) -> io::Result<(OpenFile, Self)> {
        place.check_free()?;
        Self::make(place, None, how, mode)
    }

    /// Makes a file that is to take the place of `old`, which was opened by that path, with its owner and all other
    /// attributes. `None` where others would notice more than another inode number, or it cannot be done: what is
    /// there has to be changed in place then.
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

    /// Gives the file its name. With this draft it loses it again, and the file that it replaced has it back, unless
    /// it is [kept](Self::keep).
    ///
    /// # Errors
    /// `already_exists` or `busy` when somebody else has put a file there meanwhile, which is left alone; what
    /// `linkat(2)` and `renameat2(2)` answer.
    pub(in crate::mapping) fn publish(&mut self, file: &OpenFile) -> Result<()> {
        if !matches!(self.stage, Stage::Unnamed | Stage::StandIn(_)) {
            return Ok(());
        }
        match &self.replaces {
            // Whoever has it open by now would go on with a file that has no name.
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
            None => self.appear(file).map_err(|e| failure("create", &e)),
        }
    }

    fn appear(&mut self, file: &OpenFile) -> io::Result<()> {
        let own = identity(file)?;
        let stand_in = match &self.stage {
            Stage::StandIn(name) => Some(name.as_os_str()),
            _ => None,
        };
        self.place.name_new(file, stand_in)?;
        self.stage = Stage::Named(own);
        Ok(())
    }

    /// Changes places with the other file. That it was the one that was meant is seen afterwards: whatever else has
    /// come to have the name gets it back.
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
            // What has the stand-in now is not ours to remove.
            self.stage = Stage::Done;
            return Err(error);
        }
        Err(refusal)
    }

    /// Lets the file keep its name.
    ///
    /// # Errors
    /// What `unlinkat(2)` answers for the file that it replaced, which has its name back then.
    pub(in crate::mapping) fn keep(mut self) -> Result<()> {
        if let Stage::Exchanged(_, old) = &self.stage {
            let removed = self.place.remove(old);
            removed.map_err(|e| Error::os("remove the old file", &e))?;
        }
        self.stage = Stage::Done;
        Ok(())
    }

    /// Lets a file that has its name keep it.
    pub(in crate::mapping) fn keep_if_published(&mut self) {
        if matches!(self.stage, Stage::Named(_)) {
            self.stage = Stage::Done;
        }
    }

    /// The file by its name, as other processes see it: one that was made without a name is shown as deleted for as
    /// long as it is open. `None` when that name has come to mean another file.
    pub(in crate::mapping) fn reopen(&self, how: &OpenHow) -> Option<OpenFile> {
        let (Stage::Named(own) | Stage::Exchanged(own, _)) = &self.stage else {
            return None;
        };
        let file = self.place.open(how).ok()?;
        (identity(&file).ok()? == *own).then_some(file)
    }

    /// Whether the name still means this file.
    fn has_its_name(&self, own: StatIdentity) -> bool {
        self.place.identity(self.place.name()).ok().flatten() == Some(own)
    }
}

/// Whether a path leads to this very file.
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
    /// Takes the name away from a file that was not kept. A failure here has nobody left to report to.
    fn drop(&mut self) {
        match &self.stage {
            Stage::StandIn(name) => {
                let _ = self.place.remove(name);
            }
            Stage::Named(own) if self.has_its_name(*own) => {
                let _ = self.place.remove(self.place.name());
            }
            Stage::Exchanged(own, stand_in) => {
                // What somebody else has put there meanwhile stays, and so does what it replaced: nothing.
                if !self.has_its_name(*own) || self.place.exchange(stand_in).is_ok() {
                    let _ = self.place.remove(stand_in);
                }
            }
            Stage::Unnamed | Stage::Named(_) | Stage::Done => {}
        }
    }
}
