//! Creating files before they have their names, which Windows cannot do.

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;

use super::open_file::OpenFile;
use crate::mapping::sys::call::OpenHow;
use crate::mapping::types::StatIdentity;

/// Files are created under their names.
#[derive(Debug)]
pub(in crate::mapping) struct Place(Infallible);

impl Place {
    #[expect(clippy::unnecessary_wraps, reason = "a Unix opens the directory")]
    pub(in crate::mapping) fn of(_path: &Path, _follow: bool) -> io::Result<Option<Self>> {
        Ok(None)
    }

    pub(in crate::mapping) fn name(&self) -> &OsStr {
        match self.0 {}
    }

    pub(in crate::mapping) fn check_free(&self) -> io::Result<()> {
        match self.0 {}
    }

    pub(in crate::mapping) fn identity(&self, _name: &OsStr) -> io::Result<Option<StatIdentity>> {
        match self.0 {}
    }

    pub(in crate::mapping) fn make(
        &self,
        _how: &OpenHow,
        _mode: u32,
    ) -> io::Result<(OpenFile, Option<OsString>)> {
        match self.0 {}
    }

    pub(in crate::mapping) fn name_new(
        &self,
        _file: &OpenFile,
        _stand_in: Option<&OsStr>,
    ) -> io::Result<()> {
        match self.0 {}
    }

    pub(in crate::mapping) fn name_stand_in(&self, _file: &OpenFile) -> io::Result<OsString> {
        match self.0 {}
    }

    pub(in crate::mapping) fn exchange(&self, _stand_in: &OsStr) -> io::Result<()> {
        match self.0 {}
    }

    pub(in crate::mapping) fn take_name(
        &self,
        _file: &OpenFile,
        _stand_in: &OsStr,
    ) -> io::Result<()> {
        match self.0 {}
    }

    pub(in crate::mapping) fn remove(&self, _name: &OsStr) -> io::Result<()> {
        match self.0 {}
    }

    pub(in crate::mapping) fn open(&self, _how: &OpenHow) -> io::Result<OpenFile> {
        match self.0 {}
    }
}

/// Shared memory regions are not in a directory.
#[expect(clippy::unnecessary_wraps, reason = "Linux opens the directory")]
pub(in crate::mapping) fn place_of_tag(_tag: &OsStr) -> io::Result<Option<Place>> {
    Ok(None)
}
