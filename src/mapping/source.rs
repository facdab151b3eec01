//! What is mapped: a file, an inherited descriptor, a tag or anonymous memory.
//!
//! A source is opened first and everything else is decided from the open handle, so that no answer is
//! about a file that has been swapped for another meanwhile. A source that is created gets its name when it is
//! whole ([`Source::publish`]), and loses it again when it is dropped before [`Source::commit`]; growing and
//! shrinking live in `size`.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::draft::{Draft, is_name_of};
use super::error::{Error, Result};
use super::platform::Feature;
use super::size::PutBack;
use super::sys;
use super::types::{
    ByteLength, Facts, Kind, OpenFlag, OpenFlags, RangeError, RangeRequest, SourceKind, SourceName,
    SourceOffset, SourceRange, TooLarge,
};

pub use super::types::{Tag, TagError};

/// An open file, block device or tag, as this platform holds one.
pub type OpenFile = sys::OpenFile;

/// Which source the user means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceSpec {
    /// A file or block device by path.
    File(PathBuf),
    /// A descriptor inherited from the parent process.
    Descriptor(i32),
    /// A named shared memory region.
    Tag(Tag),
    /// Memory with nothing behind it.
    Anonymous,
}

impl SourceSpec {
    /// Whether there is a place where it could be created: the directory of a file.
    #[must_use]
    pub fn has_place(&self) -> bool {
        match self {
            Self::File(path) => path
                .parent()
                .is_none_or(|parent| parent.as_os_str().is_empty() || parent.is_dir()),
            Self::Tag(_) => true,
            Self::Descriptor(_) | Self::Anonymous => false,
        }
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> SourceName {
        match self {
            Self::File(path) => SourceName::File(path.clone()),
            Self::Descriptor(number) => SourceName::Descriptor(*number),
            Self::Tag(tag) => SourceName::Tag(tag.as_os_str().to_owned()),
            Self::Anonymous => SourceName::Anonymous,
        }
    }
}

/// Whether opening may create.
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
    /// Further flags; creation, exclusiveness and truncation are taken from here as well.
    pub flags: OpenFlags,
    /// The permission bits of what is created, before the umask; the default is 0666 for files and 0600
    /// for tags.
    pub mode: Option<u32>,
}

impl OpenRequest {
    /// For looking only.
    pub const READ: Self = Self {
        writable: false,
        creation: Creation::Never,
        flags: OpenFlags::EMPTY,
        mode: None,
    };

    /// For changing what exists.
    pub const WRITE: Self = Self {
        writable: true,
        ..Self::READ
    };

    fn creation(&self) -> Creation {
        match (
            self.flags.has(OpenFlag::Create),
            self.flags.has(OpenFlag::Excl),
        ) {
            (true, true) => Creation::Must,
            (true, false) if self.creation == Creation::Never => Creation::IfMissing,
            _ => self.creation,
        }
    }

    fn check(&self, spec: &SourceSpec) -> Result<()> {
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
            return usage("open flags and a mode need a file or a tag to open");
        }
        if (creates || truncates) && !self.writable {
            return usage("'create' and 'truncate' change the source and need --access w");
        }
        if creates && self.flags.has(OpenFlag::Directory) {
            return usage("'directory' wants a directory, and 'create' creates a file");
        }
        if self.flags.has(OpenFlag::Excl) && !creates {
            return usage("'excl' says that 'create' must create, and 'create' was not asked for");
        }
        Ok(())
    }
}

impl Facts {
    /// Whether something of this kind and size may be given another size on this platform.
    pub(in crate::mapping) fn may_resize(&self, kind: SourceKind) -> bool {
        kind != SourceKind::Tag || self.size.is_zero() || Feature::GrowTag.is_offered()
    }
}

/// An open file, block device or tag.
#[derive(Debug)]
pub struct Handle {
    file: Arc<OpenFile>,
    kind: SourceKind,
    writable: bool,
    /// Whether somebody else gave it to us, who shares its position.
    inherited: bool,
    /// The same file for looking for holes, once that was asked for.
    probe: OnceLock<Option<Arc<OpenFile>>>,
}

impl Handle {
    fn new(spec: &SourceSpec, file: Arc<OpenFile>) -> Result<Self> {
        Ok(Self {
            kind: classify(spec, &file)?,
            writable: sys::is_writable(&file).map_err(|e| Error::os("examine", &e))?,
            file,
            inherited: matches!(spec, SourceSpec::Descriptor(_)),
            probe: OnceLock::new(),
        })
    }

    /// The open file.
    #[must_use]
    pub fn file(&self) -> &OpenFile {
        &self.file
    }

    /// The open file, to keep for as long as something is mapped from it.
    pub(super) fn share(&self) -> Arc<OpenFile> {
        Arc::clone(&self.file)
    }

    /// The file as one in which holes can be looked for, which moves the position of some systems' open files.
    /// `None` where it has no holes, or the position belongs to somebody else and the file cannot be opened again:
    /// then all of it is data.
    pub(super) fn probe(&self) -> Option<&OpenFile> {
        let open = || match self.kind {
            SourceKind::BlockDevice | SourceKind::Anonymous => None,
            SourceKind::File | SourceKind::Tag if self.inherited && sys::LOOKING_MOVES_POSITION => {
                self.open_again().ok()
            }
            SourceKind::File | SourceKind::Tag => Some(self.share()),
        };
        self.probe.get_or_init(open).as_deref()
    }

    fn open_again(&self) -> io::Result<Arc<OpenFile>> {
        let again = sys::open_again(&self.file)?;
        let identity = |file| sys::facts(file, SourceKind::File).map(|facts| facts.identity);
        match identity(&again)? == identity(&self.file)? {
            true => Ok(Arc::new(again)),
            false => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// What sort of thing it is.
    #[must_use]
    pub fn kind(&self) -> SourceKind {
        self.kind
    }

    /// Whether it was opened for writing.
    #[must_use]
    pub fn writable(&self) -> bool {
        self.writable
    }

    /// What the file is now; asked of the kernel on each call.
    ///
    /// # Errors
    /// What `fstat(2)` answers, or what tells the size of a block device.
    pub fn facts(&self) -> Result<Facts> {
        sys::facts(&self.file, self.kind).map_err(|e| Error::os("examine", &e))
    }
}

/// An opened source.
#[derive(Debug)]
pub struct Source {
    spec: SourceSpec,
    name: SourceName,
    handle: Option<Handle>,
    /// It is still to be cut to nothing.
    pub(super) truncates: bool,
    pub(super) undo: Undo,
    temporary: bool,
    /// What was asked for is done with it.
    is_done: bool,
    /// How it was opened, to open it again by the name that it gets.
    how: OpenRequest,
}

/// What must be put back when an operation fails half-way.
#[derive(Debug, Default)]
pub(super) struct Undo {
    /// How it came to be, if it was made.
    made: Option<Made>,
    /// The sizes before it was extended, and after.
    pub(super) growth: Option<Growth>,
}

/// A source that did not exist before.
#[derive(Debug)]
enum Made {
    /// It gets its name when it is whole.
    Draft(Draft),
    /// It gets its name when it is whole, and the file that has it now stays until then.
    Replacement(Draft, Arc<OpenFile>),
    /// It was made under its name.
    Named,
}

/// By how much a source was extended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Growth {
    /// The size before.
    pub(super) from: ByteLength,
    /// The size that it was given. One that has another size by now was changed by somebody else, too.
    pub(super) to: ByteLength,
    /// Whether it has got that size. An extension that failed may have left any size between.
    pub(super) is_done: bool,
}

impl Source {
    /// Opens a source. Cutting it to nothing, if that was asked for, is left to [`Source::truncate_for`], so that
    /// what can fail can fail first; ranges are already resolved as if it had been done.
    ///
    /// # Errors
    /// `usage` for flags that contradict the source or each other; `not_found`, `access_denied`,
    /// `already_exists` as `open(2)` and `shm_open(3)` answer; `unsupported` for things that cannot be
    /// mapped, naming what they are.
    pub fn open(spec: &SourceSpec, request: &OpenRequest) -> Result<Self> {
        let name = spec.name();
        Self::open_unnamed(spec, request).map_err(|error| error.on(&name))
    }

    fn open_unnamed(spec: &SourceSpec, request: &OpenRequest) -> Result<Self> {
        request.check(spec)?;
        let mut source = Self {
            spec: spec.clone(),
            name: spec.name(),
            handle: None,
            truncates: false,
            undo: Undo::default(),
            temporary: false,
            is_done: false,
            how: *request,
        };
        if let Some((file, made)) = open_handle(spec, request)? {
            source.undo.made = made;
            source.handle = Some(Handle::new(spec, Arc::new(file))?);
        }
        source.truncates = request.flags.has(OpenFlag::Truncate) && !source.created();
        if source.truncates && source.kind() == SourceKind::BlockDevice {
            let reason = "it has no size of its own";
            return Err(Error::new(Kind::Unsupported, "truncate", reason));
        }
        if source.truncates {
            source.replace()?;
        }
        Ok(source)
    }

    /// Works on a new file that takes the place of the one to be cut to nothing, where nobody else has to do with
    /// that: whatever happens meanwhile, the old one is whole until the new one is.
    fn replace(&mut self) -> Result<()> {
        let (SourceSpec::File(path), Some(handle)) = (&self.spec, &self.handle) else {
            return Ok(());
        };
        let old = handle.share();
        if let Some((file, draft)) = Draft::replacing(path, &old, &how_to_open(&self.how)) {
            self.handle = Some(Handle::new(&self.spec, Arc::new(file))?);
            self.undo.made = Some(Made::Replacement(draft, old));
            self.truncates = false;
        }
        Ok(())
    }

    /// Works on the old file itself instead of a new one in its place, which is to be cut to nothing then.
    pub(super) fn work_in_place(&mut self) -> Result<()> {
        if let Some(Made::Replacement(_, old)) = &self.undo.made {
            self.handle = Some(Handle::new(&self.spec, Arc::clone(old))?);
            self.undo.made = None;
            self.truncates = true;
        }
        Ok(())
    }

    /// Gives a source that was made its name. Until it is [committed](Self::commit) it loses it again when it is
    /// dropped.
    ///
    /// # Errors
    /// `already_exists` or `busy` when another process has given the name to something else meanwhile, which is left
    /// alone; what `linkat(2)` and `renameat2(2)` answer.
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

    /// Anonymous memory that a file without a name stands behind.
    pub(super) fn of_memory(file: OpenFile) -> Self {
        let spec = SourceSpec::Anonymous;
        Self {
            name: spec.name(),
            spec,
            handle: Some(Handle {
                file: Arc::new(file),
                kind: SourceKind::Anonymous,
                writable: true,
                inherited: false,
                probe: OnceLock::new(),
            }),
            truncates: false,
            undo: Undo::default(),
            temporary: false,
            is_done: false,
            how: OpenRequest::WRITE,
        }
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &SourceName {
        &self.name
    }

    /// A path at which other processes of this user find it for as long as this process has it open, where
    /// there is one. Anonymous memory has one when it was made by [`super::memfd::create`].
    #[must_use]
    pub fn path_for_others(&self) -> Option<PathBuf> {
        match &self.spec {
            SourceSpec::File(path) => std::path::absolute(path).ok(),
            SourceSpec::Tag(tag) => sys::path_of_tag(tag.as_os_str()),
            SourceSpec::Descriptor(_) | SourceSpec::Anonymous => {
                sys::path_of_descriptor(self.handle()?.file())
            }
        }
    }

    /// Removes its name, unless that has come to mean something else or nothing meanwhile. What is mapped or
    /// open stays.
    ///
    /// # Errors
    /// What `unlink(2)` and `shm_unlink(3)` answer.
    pub fn remove_name(&self) -> Result<()> {
        let Some(handle) = &self.handle else {
            return Ok(());
        };
        if self.kind() == SourceKind::Tag && !Feature::Unlink.is_offered() {
            // It goes by itself, when nobody has it open any more.
            return Ok(());
        }
        match remove_created(&self.spec, handle) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                Err(Error::os("remove", &e).on(&self.name))
            }
            _ => Ok(()),
        }
    }

    /// The open handle; anonymous memory has none, unless it was made to be shared.
    #[must_use]
    pub fn handle(&self) -> Option<&Handle> {
        self.handle.as_ref()
    }

    /// What sort of thing it is.
    #[must_use]
    pub fn kind(&self) -> SourceKind {
        self.handle
            .as_ref()
            .map_or(SourceKind::Anonymous, Handle::kind)
    }

    /// Whether what is open otherwise is what is behind this source.
    ///
    /// # Errors
    /// What `fstat(2)` answers.
    pub fn is_open_file(&self, file: &OpenFile) -> io::Result<bool> {
        match &self.handle {
            Some(handle) => {
                let ours = sys::facts(&handle.file, SourceKind::File)?.identity;
                Ok(sys::facts(file, SourceKind::File)?.identity == ours)
            }
            None => Ok(false),
        }
    }

    /// Whether opening it created it.
    #[must_use]
    pub fn created(&self) -> bool {
        matches!(self.undo.made, Some(Made::Draft(_) | Made::Named))
    }

    /// Whether a file takes the place of another one.
    pub(super) fn replaces(&self) -> bool {
        matches!(self.undo.made, Some(Made::Replacement(..)))
    }

    /// Whether something is put back when it is dropped.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        self.undo.made.is_some() || self.undo.growth.is_some()
    }

    /// Its size now; zero for anonymous memory.
    ///
    /// # Errors
    /// Those of [`Handle::facts`].
    pub fn size(&self) -> Result<ByteLength> {
        match &self.handle {
            Some(handle) => Ok(handle.facts().map_err(|e| e.on(&self.name))?.size),
            None => Ok(ByteLength::ZERO),
        }
    }

    /// Its size now, or 0 if it is still to be cut to nothing.
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

    /// Whether it can be made larger: a regular file or tag that was opened for writing. Some systems give
    /// a tag its size once.
    #[must_use]
    pub fn can_grow(&self) -> bool {
        let grows = |handle: &Handle| match handle.kind {
            SourceKind::File => true,
            SourceKind::Tag => handle.facts().is_ok_and(|f| f.may_resize(handle.kind)),
            SourceKind::BlockDevice | SourceKind::Anonymous => false,
        };
        self.handle.as_ref().is_some_and(|h| h.writable && grows(h))
    }

    /// The range of this source that a request means. With `grow`, it may end beyond the source's end.
    ///
    /// # Errors
    /// `usage` for a range that no source can have; `file_too_short` for one that this source does not
    /// have and may not be given.
    pub fn resolve(&self, request: &RangeRequest, grow: bool) -> Result<SourceRange> {
        self.resolve_within(self.planned_size()?, request, grow)
    }

    fn resolve_within(
        &self,
        size: ByteLength,
        request: &RangeRequest,
        grow: bool,
    ) -> Result<SourceRange> {
        let fail = |kind, reason: String| Error::new(kind, "", reason).on(&self.name);
        if self.kind() == SourceKind::Anonymous {
            return resolve_anonymous(request).map_err(|e| e.on(&self.name));
        }
        let range = request.resolve(size).map_err(|error| match error {
            RangeError::BeyondEnd { offset, .. } => {
                fail(Kind::FileTooShort, error.to_string()).at(SourceOffset(offset.0))
            }
            RangeError::BeforeStart { .. } => fail(Kind::Usage, error.to_string()),
            RangeError::TooLarge => fail(Kind::Usage, TooLarge(*request).to_string()),
        })?;
        if range.end().0 > size.0 && !(grow && self.can_grow()) {
            return Err(self.too_short(range, size));
        }
        Ok(range)
    }

    /// The part of the requested range that the source has, and what is to be told when that is not all.
    ///
    /// # Errors
    /// Those of [`Source::resolve`] for a range of which the source has nothing.
    pub fn available(&self, request: &RangeRequest) -> Result<(SourceRange, Option<Error>)> {
        if self.handle.is_none() {
            return Ok((self.resolve(request, false)?, None));
        }
        let size = self.size()?;
        let rest = RangeRequest {
            length: None,
            ..*request
        };
        // Of one size: the file may grow meanwhile.
        let rest = self.resolve_within(size, &rest, false)?;
        let length = request.length.unwrap_or(rest.length());
        let range = SourceRange::new(rest.offset(), length)
            .ok_or_else(|| Error::usage(RangeError::TooLarge.to_string()).on(&self.name))?;
        let had = range.clamp_to(size);
        Ok((had, (had != range).then(|| self.too_short(range, size))))
    }

    fn too_short(&self, range: SourceRange, size: ByteLength) -> Error {
        let what = match self.kind() {
            SourceKind::BlockDevice => "the device",
            SourceKind::Tag => "the region",
            SourceKind::File | SourceKind::Anonymous => "the file",
        };
        let reason = format!(
            "{what} has {} and the range ends at {}",
            super::types::Bytes(size),
            super::types::Bytes(ByteLength(range.end().0))
        );
        Error::new(Kind::FileTooShort, "", reason)
            .on(&self.name)
            .over(range)
            .at(range.offset().max(SourceOffset(size.0)))
    }

    /// Has its name removed when it is dropped, if all was done by then: a failure removes only what was made.
    pub fn make_temporary(&mut self) {
        self.temporary = true;
    }

    /// Declares the work on this source done: what was created or grown stays.
    ///
    /// # Errors
    /// Those of [`Source::publish`]; what removing the file that it replaced answers.
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
    /// Puts back what was not committed. A failure here has nobody left to report to.
    fn drop(&mut self) {
        // What another process has written to it meanwhile is not ours to remove.
        if self.put_back() == PutBack::ChangedByOthers
            && let Some(Made::Draft(draft)) = &mut self.undo.made
        {
            draft.settle();
        }
        let named = matches!(self.undo.made, Some(Made::Named));
        if (named || self.temporary && self.is_done)
            && let Some(handle) = &self.handle
        {
            let _ = remove_created(&self.spec, handle);
        }
    }
}

/// Removes what was created, unless the name has come to mean something else meanwhile.
fn remove_created(spec: &SourceSpec, handle: &Handle) -> io::Result<()> {
    let is_mine = |path: &Path| is_name_of(path, &handle.file, handle.kind);
    match spec {
        SourceSpec::File(path) if is_mine(path)? => std::fs::remove_file(path),
        SourceSpec::Tag(tag) => match sys::path_of_tag(tag.as_os_str()) {
            Some(path) if !is_mine(&path)? => Ok(()),
            _ => sys::tag_unlink(tag.as_os_str()),
        },
        SourceSpec::File(_) | SourceSpec::Descriptor(_) | SourceSpec::Anonymous => Ok(()),
    }
}

fn resolve_anonymous(request: &RangeRequest) -> Result<SourceRange> {
    let usage = |reason: &str| Error::usage(reason);
    let length = request.length.ok_or_else(|| usage("it needs --length"))?;
    if request.offset != super::types::OffsetRequest::default() {
        return Err(usage("it has no offsets"));
    }
    SourceRange::new(super::types::SourceOffset(0), length)
        .ok_or_else(|| usage(&RangeError::TooLarge.to_string()))
}

/// The permission bits of a file that is created, before the umask.
pub(super) const FILE_MODE: u32 = 0o666;
/// Those of a tag.
const TAG_MODE: u32 = 0o600;

/// Opens the file or tag, and says how it came to be if that created it. Anonymous memory has nothing to open.
fn open_handle(
    spec: &SourceSpec,
    request: &OpenRequest,
) -> Result<Option<(OpenFile, Option<Made>)>> {
    match spec {
        SourceSpec::Anonymous => Ok(None),
        SourceSpec::Descriptor(number) => match sys::duplicate(*number) {
            Ok(file) => Ok(Some((file, None))),
            Err(e) => {
                Err(Error::os("open", &e).because(format!("descriptor {number} is not open")))
            }
        },
        SourceSpec::File(path) => {
            let follow = !request.flags.has(OpenFlag::Nofollow);
            let place = |exclusive: bool| sys::Place::of(path, follow && !exclusive);
            open_or_create(request, FILE_MODE, |how| sys::open(path, how), place)
                .map(Some)
                .map_err(|e| open_failure(&e, Some(path), request))
        }
        SourceSpec::Tag(tag) => {
            let place = |_| sys::place_of_tag(tag.as_os_str());
            open_or_create(
                request,
                TAG_MODE,
                |how| sys::tag_open(tag.as_os_str(), how),
                place,
            )
            .map(Some)
            .map_err(|e| tag_failure(&e, tag, request))
        }
    }
}

fn how_to_open(request: &OpenRequest) -> sys::OpenHow {
    sys::OpenHow {
        writable: request.writable,
        create: false,
        flags: request.flags,
        mode: request.mode,
    }
}

/// Opens what is there, or makes it, so that it is always known which of the two happened.
fn open_or_create(
    request: &OpenRequest,
    mode: u32,
    open: impl Fn(&sys::OpenHow) -> io::Result<OpenFile>,
    place: impl Fn(bool) -> io::Result<Option<sys::Place>>,
) -> io::Result<(OpenFile, Option<Made>)> {
    let how = how_to_open(request);
    let creation = request.creation();
    if creation != Creation::Must {
        match open(&how) {
            Err(e) if e.kind() == io::ErrorKind::NotFound && creation == Creation::IfMissing => {}
            other => return other.map(|file| (file, None)),
        }
    }
    match place(creation == Creation::Must)? {
        Some(place) => {
            let (file, draft) = Draft::new(place, &how, mode)?;
            Ok((file, Some(Made::Draft(draft))))
        }
        None => {
            let file = open(&sys::OpenHow {
                create: true,
                ..how
            })?;
            Ok((file, Some(Made::Named)))
        }
    }
}

fn tag_failure(error: &io::Error, tag: &Tag, request: &OpenRequest) -> Error {
    let link = sys::path_of_tag(tag.as_os_str()).filter(|path| path.is_symlink());
    match link {
        Some(_) => Error::os_as(Kind::AccessDenied, "open", error)
            .because("it is a symbolic link, which is never followed for a tag"),
        None => open_failure(error, None, request),
    }
}

fn open_failure(error: &io::Error, path: Option<&Path>, request: &OpenRequest) -> Error {
    let failure = Error::os("open", error);
    let kind_of_thing = path.and_then(sys::unmappable_path);
    let is_link = path.is_some_and(|p| p.symlink_metadata().is_ok_and(|m| m.is_symlink()));
    if request.flags.has(OpenFlag::Nofollow) && is_link {
        return Error::os_as(Kind::AccessDenied, "open", error)
            .because("it is a symbolic link, and 'nofollow' was asked for");
    }
    if request.flags.has(OpenFlag::Directory) && error.kind() == io::ErrorKind::NotADirectory {
        return Error::os_as(Kind::Unsupported, "open", error);
    }
    if request.writable && failure.is_not_permitted() {
        return failure.hint("it may be immutable or append-only (lsattr)");
    }
    match kind_of_thing {
        Some(thing) if failure.kind() != Kind::AccessDenied => unmappable(thing),
        _ if failure.kind() == Kind::NotFound
            && path.is_none_or(|path| SourceSpec::File(path.to_owned()).has_place())
            && request.writable
            && request.creation() == Creation::Never =>
        {
            failure.hint("write access with --length N creates it")
        }
        _ => failure,
    }
}

fn unmappable(thing: &str) -> Error {
    Error::new(
        Kind::Unsupported,
        "map",
        format!("it is {thing}; only regular files, block devices and shared memory can be mapped"),
    )
}

fn classify(spec: &SourceSpec, file: &OpenFile) -> Result<SourceKind> {
    let kind = sys::classify(file).map_err(|e| Error::os("examine", &e))?;
    match (spec, kind) {
        (_, sys::FileClass::Other(thing)) => Err(unmappable(thing)),
        (SourceSpec::Tag(_), _) => Ok(SourceKind::Tag),
        (_, sys::FileClass::Regular) => Ok(SourceKind::File),
        (_, sys::FileClass::BlockDevice) => Ok(SourceKind::BlockDevice),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn a_created_file_that_is_not_committed_vanishes_again() {
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
    fn flags_that_would_change_the_source_need_write_access() {
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
    fn directories_and_devices_are_refused_by_what_they_are() {
        for (path, thing) in [("/", "a directory"), ("/dev/null", "a character device")] {
            let error =
                Source::open(&SourceSpec::File(path.into()), &OpenRequest::READ).unwrap_err();
            assert_eq!(error.kind(), Kind::Unsupported);
            assert!(error.to_string().contains(thing), "{error}");
        }
    }
}
