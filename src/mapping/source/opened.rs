//! An open source: a file, an inherited descriptor, a tag or anonymous memory.
//!
//! A source is opened first. All further decisions are based on the open handle, never on the name, which may already
//! belong to another file. A new source gets its name when it is complete ([`Source::publish`]), and loses it if it is
//! dropped before [`Source::commit`]. Resizing is in `size`.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::draft::{Draft, is_name_of};
use super::handle::{Handle, OpenFile};
use super::opening::{how_to_open, open_handle};
use super::spec::{OpenRequest, SourceSpec};
use super::undo::{Made, PutBack, Undo};
use crate::mapping::error::{Error, Result};
use crate::mapping::platform::Feature;
use crate::mapping::sys;
use crate::mapping::types::{
    ByteLength, Conflict, Kind, LengthText, OffsetRequest, OpenFlag, RangeError, RangeRequest,
    SourceKind, SourceName, SourceOffset, SourceRange, StatIdentity, TooLarge,
};

/// An opened source.
#[derive(Debug)]
pub struct Source {
    spec: SourceSpec,
    name: SourceName,
    handle: Option<Handle>,
    /// Truncation was requested and is pending.
    pub(in crate::mapping) truncates: bool,
    pub(super) undo: Undo,
    temporary: bool,
    /// The work on it is done.
    is_done: bool,
    /// The request, for reopening it by its new name.
    how: OpenRequest,
}

impl Source {
    /// Opens a source. A requested truncation is done later by [`Source::truncate_for`], after everything that can
    /// fail; ranges are resolved as if it were done.
    ///
    /// # Errors
    /// `usage` for flags that contradict the source or each other; `not_found`, `access_denied` and `already_exists` as in
    /// `open(2)` and `shm_open(3)`; `unsupported` for a file of a type that cannot be mapped, with the type.
    pub fn open(spec: &SourceSpec, request: &OpenRequest) -> Result<Self> {
        let name = spec.name();
        Self::open_unnamed(spec, request).map_err(|error| error.on(&name))
    }

    fn open_unnamed(spec: &SourceSpec, request: &OpenRequest) -> Result<Self> {
        request.check(spec)?;
        let opened = open_handle(spec, request)?;
        Self::of_opened(spec, request, opened)
    }

    /// The source of a handle that was opened for this request.
    pub(in crate::mapping) fn of_opened(
        spec: &SourceSpec,
        request: &OpenRequest,
        opened: Option<(OpenFile, Option<Made>)>,
    ) -> Result<Self> {
        let mut source = Self::without_handle(spec.clone(), *request);
        if let Some((file, made)) = opened {
            source.undo.made = made;
            source.handle = Some(Handle::new(spec, request, Arc::new(file))?);
        }
        source.truncates = request.flags.has(OpenFlag::Truncate) && !source.created();
        if source.truncates && source.kind() == SourceKind::BlockDevice {
            let reason = "its size is fixed";
            return Err(Error::new(Kind::Unsupported, "truncate", reason));
        }
        if source.truncates {
            source.replace()?;
        }
        Ok(source)
    }

    /// The source of a regular file that was found in a directory and opened for reading.
    pub(in crate::mapping) fn of_found(path: PathBuf, file: OpenFile) -> Self {
        let mut source = Self::without_handle(SourceSpec::File(path), OpenRequest::READ);
        source.handle = Some(Handle::of_found(file));
        source
    }

    fn without_handle(spec: SourceSpec, how: OpenRequest) -> Self {
        Self {
            name: spec.name(),
            spec,
            handle: None,
            truncates: false,
            undo: Undo::default(),
            temporary: false,
            is_done: false,
            how,
        }
    }

    /// Works on a new file that replaces the one to be truncated, unless another process could notice. The old file
    /// stays complete until the new one is complete.
    fn replace(&mut self) -> Result<()> {
        let (SourceSpec::File(path), Some(handle)) = (&self.spec, &self.handle) else {
            return Ok(());
        };
        let old = handle.share();
        if let Some((file, draft)) = Draft::replacing(path, &old, &how_to_open(&self.how)) {
            self.handle = Some(Handle::new(&self.spec, &self.how, Arc::new(file))?);
            self.undo.made = Some(Made::Replacement(draft, old));
            self.truncates = false;
        }
        Ok(())
    }

    /// Discards the new file and works on the old one, which is then to be truncated.
    pub(in crate::mapping) fn work_in_place(&mut self) -> Result<()> {
        if let Some(Made::Replacement(_, old)) = &self.undo.made {
            self.handle = Some(Handle::new(&self.spec, &self.how, Arc::clone(old))?);
            self.undo.made = None;
            self.truncates = true;
        }
        Ok(())
    }

    /// Gives a new source its name. Until it is [committed](Self::commit), it loses the name when it is dropped.
    ///
    /// # Errors
    /// `already_exists` or `busy` when another process gave the name to another file meanwhile, which is left
    /// unchanged; those of `linkat(2)` and `renameat2(2)`.
    pub fn publish(&mut self) -> Result<()> {
        let (Some(Made::Draft(draft) | Made::Replacement(draft, _)), Some(handle)) =
            (&mut self.undo.made, &mut self.handle)
        else {
            return Ok(());
        };
        draft
            .publish(handle.file())
            .map_err(|error| error.on(&self.name))?;
        if let Some(file) = draft.reopen(&how_to_open(&self.how)) {
            handle.file = Arc::new(file);
        }
        Ok(())
    }

    /// Anonymous memory backed by a file without a name.
    pub(in crate::mapping) fn of_memory(file: OpenFile) -> Self {
        let handle = Handle {
            file: Arc::new(file),
            kind: SourceKind::Anonymous,
            writable: true,
            inherited: false,
            probe: OnceLock::new(),
        };
        let mut source = Self::without_handle(SourceSpec::Anonymous, OpenRequest::WRITE);
        source.handle = Some(handle);
        source
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &SourceName {
        &self.name
    }

    /// A path by which other processes of this user can open it while this process has it open, if there is one.
    /// Anonymous memory has one if it was created by [`super::memfd::create`].
    #[must_use]
    pub fn path_for_others(&self) -> Option<PathBuf> {
        match &self.spec {
            SourceSpec::File(path) => std::path::absolute(path).ok(),
            SourceSpec::Tag(tag) => sys::path_of_tag(tag.as_os_str()),
            SourceSpec::Descriptor(_) | SourceSpec::StandardInput | SourceSpec::Anonymous => {
                sys::path_of_descriptor(self.handle()?.file())
            }
        }
    }

    /// Removes its name, unless the name was removed or now belongs to another file. Mappings and open handles stay.
    ///
    /// # Errors
    /// Those of `unlink(2)` and `shm_unlink(3)`.
    pub fn remove_name(&self) -> Result<()> {
        let Some(handle) = &self.handle else {
            return Ok(());
        };
        if self.kind() == SourceKind::Tag && !Feature::Unlink.is_offered() {
            // The system removes it with its last handle.
            return Ok(());
        }
        match remove_created(&self.spec, handle) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                Err(Error::os("remove", &e).on(&self.name))
            }
            _ => Ok(()),
        }
    }

    /// The open handle; anonymous memory has none, unless it is a memfd.
    #[must_use]
    pub fn handle(&self) -> Option<&Handle> {
        self.handle.as_ref()
    }

    /// Its open file. Anonymous memory and a source that is mapped give none.
    pub(in crate::mapping) fn into_file(mut self) -> Option<OpenFile> {
        Arc::into_inner(self.handle.take()?.file)
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> SourceKind {
        self.handle
            .as_ref()
            .map_or(SourceKind::Anonymous, Handle::kind)
    }

    /// Whether another open file is the file of this source.
    ///
    /// # Errors
    /// Those of `fstat(2)`.
    pub fn is_open_file(&self, file: &OpenFile) -> io::Result<bool> {
        match &self.handle {
            Some(handle) => {
                let ours = sys::facts(&handle.file, SourceKind::File)?.identity;
                Ok(sys::facts(file, SourceKind::File)?.identity == ours)
            }
            None => Ok(false),
        }
    }

    /// The identity of its file; `None` when there is none, or it is unknown.
    #[must_use]
    pub fn identity(&self) -> Option<StatIdentity> {
        self.handle()?.facts().ok().map(|facts| facts.identity)
    }

    /// Whether opening it created it.
    #[must_use]
    pub fn created(&self) -> bool {
        matches!(self.undo.made, Some(Made::Draft(_) | Made::Named))
    }

    /// Whether it is a new file that replaces another one.
    pub(in crate::mapping) fn replaces(&self) -> bool {
        matches!(self.undo.made, Some(Made::Replacement(..)))
    }

    /// Its current size; zero for anonymous memory.
    ///
    /// # Errors
    /// Those of [`Handle::facts`].
    pub fn size(&self) -> Result<ByteLength> {
        match &self.handle {
            Some(handle) => Ok(handle.facts().map_err(|e| e.on(&self.name))?.size),
            None => Ok(ByteLength::ZERO),
        }
    }

    /// Its current size, or 0 if truncation is pending.
    ///
    /// # Errors
    /// Those of [`Handle::facts`].
    pub fn planned_size(&self) -> Result<ByteLength> {
        if self.truncates {
            Ok(ByteLength::ZERO)
        } else {
            self.size()
        }
    }

    /// Whether it can be extended: a regular file or tag that is open for writing. On some systems, the size of a tag
    /// can be set only once.
    #[must_use]
    pub fn can_grow(&self) -> bool {
        self.handle
            .as_ref()
            .is_some_and(|handle| handle.writable && handle.may_grow())
    }

    /// Whether it could be opened for writing and extended, as far as its permissions tell.
    #[must_use]
    pub fn could_grow(&self) -> bool {
        let may_write = match &self.spec {
            SourceSpec::File(path) => sys::may_write(path),
            SourceSpec::Tag(tag) => {
                let path = sys::path_of_tag(tag.as_os_str());
                path.is_none_or(|path| sys::may_write(&path))
            }
            SourceSpec::Descriptor(_) | SourceSpec::StandardInput | SourceSpec::Anonymous => {
                self.handle.as_ref().is_some_and(Handle::writable)
            }
        };
        may_write && self.handle.as_ref().is_some_and(Handle::may_grow)
    }

    /// The range of this source for a request. With `grow`, it may end beyond the end of the source.
    ///
    /// # Errors
    /// `usage` for a range that no source can have; `file_too_short` for a range that ends beyond the end of a source
    /// that may not be extended.
    pub fn resolve(&self, request: &RangeRequest, grow: bool) -> Result<SourceRange> {
        self.resolve_within(self.planned_size()?, request, grow)
    }

    fn resolve_within(
        &self,
        size: ByteLength,
        request: &RangeRequest,
        grow: bool,
    ) -> Result<SourceRange> {
        if self.kind() == SourceKind::Anonymous {
            return resolve_anonymous(request).map_err(|e| e.on(&self.name));
        }
        let range = request.resolve(size);
        let range = range.map_err(|error| range_failure(error, request).on(&self.name))?;
        if range.end().0 > size.0 && !(grow && self.can_grow()) {
            return Err(self.too_short(range, size));
        }
        Ok(range)
    }

    /// The part of the requested range that exists, and an error to report if that is not all of it.
    ///
    /// # Errors
    /// Those of [`Source::resolve`] when no part of the range exists.
    pub fn available(&self, request: &RangeRequest) -> Result<(SourceRange, Option<Error>)> {
        if self.handle.is_none() {
            return Ok((self.resolve(request, false)?, None));
        }
        let size = self.size()?;
        let rest = RangeRequest {
            length: None,
            ..*request
        };
        // Both use the same size, because the file may grow meanwhile.
        let rest = self.resolve_within(size, &rest, false)?;
        let length = request.length.unwrap_or(rest.length());
        let range = SourceRange::new(rest.offset(), length)
            .ok_or_else(|| Error::usage(RangeError::TooLarge.to_string()).on(&self.name))?;
        let part = range.clamp_to(size);
        Ok((part, (part != range).then(|| self.too_short(range, size))))
    }

    fn too_short(&self, range: SourceRange, size: ByteLength) -> Error {
        let what = match self.kind() {
            SourceKind::BlockDevice => "the device",
            SourceKind::Tag => "the region",
            SourceKind::File | SourceKind::Anonymous => "the file",
        };
        too_short(what, range, size).on(&self.name)
    }

    /// Requests removal of its name on drop, if the work on it was committed. After a failure, only a new source is
    /// removed.
    pub fn make_temporary(&mut self) {
        self.temporary = true;
    }

    /// Marks the work on this source as done: a new or extended source stays.
    ///
    /// # Errors
    /// Those of [`Source::publish`], and of removing the file that it replaced.
    pub fn commit(&mut self) -> Result<()> {
        self.publish()?;
        self.is_done = true;
        match std::mem::take(&mut self.undo).made {
            Some(Made::Draft(draft) | Made::Replacement(draft, _)) => {
                draft.keep().map_err(|error| error.on(&self.name))
            }
            Some(Made::Named) | None => Ok(()),
        }
    }
}

impl Drop for Source {
    /// Undoes uncommitted changes. A failure cannot be reported here.
    fn drop(&mut self) {
        // If another process has written to the file meanwhile, it stays.
        if self.put_back() == PutBack::ChangedByOthers
            && let Some(Made::Draft(draft)) = &mut self.undo.made
        {
            draft.keep_if_published();
        }
        let named = matches!(self.undo.made, Some(Made::Named));
        if (named || self.temporary && self.is_done)
            && let Some(handle) = &self.handle
        {
            let _ = remove_created(&self.spec, handle);
        }
    }
}

/// Removes the name of a source, unless it now belongs to another file.
fn remove_created(spec: &SourceSpec, handle: &Handle) -> io::Result<()> {
    let is_mine = |path: &Path| is_name_of(path, &handle.file, handle.kind);
    match spec {
        SourceSpec::File(path) if is_mine(path)? => std::fs::remove_file(path),
        SourceSpec::Tag(tag) => match sys::path_of_tag(tag.as_os_str()) {
            Some(path) if !is_mine(&path)? => Ok(()),
            _ => sys::tag_unlink(tag.as_os_str()),
        },
        SourceSpec::File(_)
        | SourceSpec::Descriptor(_)
        | SourceSpec::StandardInput
        | SourceSpec::Anonymous => Ok(()),
    }
}

/// The failure of a range that ends beyond the end of its source.
pub(in crate::mapping) fn too_short(what: &str, range: SourceRange, size: ByteLength) -> Error {
    let reason = format!(
        "{what} is {}, but the range ends at {}",
        LengthText(size),
        LengthText(ByteLength(range.end().0))
    );
    Error::new(Kind::FileTooShort, "", reason)
        .over(range)
        .at(range.offset().max(SourceOffset(size.0)))
}

/// The failure of a request that is not a range of the source.
pub(in crate::mapping) fn range_failure(error: RangeError, request: &RangeRequest) -> Error {
    match error {
        RangeError::BeyondEnd { offset, .. } => {
            Error::new(Kind::FileTooShort, "", error.to_string()).at(offset)
        }
        RangeError::BeforeStart { .. } => Error::new(Kind::Usage, "", error.to_string()),
        RangeError::TooLarge => Error::new(Kind::Usage, "", TooLarge(*request).to_string()),
    }
}

fn resolve_anonymous(request: &RangeRequest) -> Result<SourceRange> {
    let usage = |reason: &str| Error::usage(reason);
    let length = request
        .length
        .ok_or_else(|| Error::usage(Conflict::NoLength))?;
    if request.offset != OffsetRequest::default() {
        return Err(usage("it has no offsets"));
    }
    SourceRange::new(SourceOffset::START, length)
        .ok_or_else(|| usage(&RangeError::TooLarge.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::source::spec::Creation;
    use crate::mapping::types::{OffsetRequest, SourceOffset};

    fn request(flags: &[OpenFlag], writable: bool) -> OpenRequest {
        OpenRequest {
            writable,
            flags: flags.iter().copied().collect(),
            ..OpenRequest::READ
        }
    }

    fn ranged(offset: u64, length: Option<u64>) -> RangeRequest {
        RangeRequest {
            offset: OffsetRequest::FromStart(SourceOffset(offset)),
            length: length.map(ByteLength),
        }
    }

    #[test]
    fn a_created_file_is_removed_unless_committed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new");
        let spec = SourceSpec::File(path.clone());
        let how = OpenRequest {
            creation: Creation::IfMissing,
            ..OpenRequest::WRITE
        };
        let source = Source::open(&spec, &how).unwrap();
        assert!(source.created() && !path.exists());
        drop(source);
        let mut source = Source::open(&spec, &how).unwrap();
        source.publish().unwrap();
        assert!(path.exists());
        drop(source);
        assert!(!path.exists());
        let mut source = Source::open(&spec, &how).unwrap();
        source.commit().unwrap();
        drop(source);
        assert!(path.exists());
        assert!(!Source::open(&spec, &how).unwrap().created());
        assert!(path.exists());
    }

    #[test]
    fn flags_that_change_the_source_need_write_access() {
        let spec = SourceSpec::File("anything".into());
        for flag in [OpenFlag::Create, OpenFlag::Truncate] {
            let error = Source::open(&spec, &request(&[flag], false)).unwrap_err();
            assert_eq!(error.kind(), Kind::Usage);
        }
        let error = Source::open(&spec, &request(&[OpenFlag::Excl], true)).unwrap_err();
        assert_eq!(error.kind(), Kind::Usage);
        let error = Source::open(&SourceSpec::Anonymous, &request(&[OpenFlag::Sync], true));
        assert_eq!(error.unwrap_err().kind(), Kind::Usage);
    }

    #[test]
    fn a_range_is_resolved_against_the_open_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(100).unwrap();
        let spec = SourceSpec::File(file.path().to_owned());
        let source = Source::open(&spec, &OpenRequest::READ).unwrap();
        let whole = source.resolve(&ranged(0, None), false).unwrap();
        assert_eq!((whole.offset().0, whole.length().0), (0, 100));
        for asked in [ranged(101, None), ranged(0, Some(101))] {
            assert_eq!(
                source.resolve(&asked, true).unwrap_err().kind(),
                Kind::FileTooShort
            );
        }
        let writable = Source::open(&spec, &OpenRequest::WRITE).unwrap();
        assert_eq!(
            writable
                .resolve(&ranged(0, Some(101)), true)
                .unwrap()
                .length()
                .0,
            101
        );
        assert!(writable.resolve(&ranged(0, Some(101)), false).is_err());
        let overflow = ranged(u64::MAX, Some(1));
        assert_eq!(
            writable.resolve(&overflow, true).unwrap_err().kind(),
            Kind::Usage
        );
    }

    #[test]
    fn the_error_for_an_unmappable_file_names_its_type() {
        for (path, thing) in [("/", "a directory"), ("/dev/null", "a character device")] {
            let error =
                Source::open(&SourceSpec::File(path.into()), &OpenRequest::READ).unwrap_err();
            assert_eq!(error.kind(), Kind::Unsupported);
            assert!(error.to_string().contains(thing), "{error}");
        }
    }
}
