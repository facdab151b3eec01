//! Opening and creating sources, and the errors of these operations.

use std::io;
use std::path::Path;

use super::draft::Draft;
use super::handle::{OpenFile, unmappable};
use super::spec::{Creation, OpenRequest, SourceSpec};
use super::undo::Made;
use crate::mapping::error::{Error, Result};
use crate::mapping::sys;
use crate::mapping::types::{Kind, OpenFlag, Remedy, Tag};

/// The permission bits of a new file, before the umask.
pub(super) const FILE_MODE: u32 = 0o666;

/// The permission bits of a new tag, before the umask.
pub(super) const TAG_MODE: u32 = 0o600;

/// Opens the file or tag, and returns how it was created, if it was. Anonymous memory has nothing to open.
pub(in crate::mapping) fn open_handle(
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
        SourceSpec::StandardInput => Ok(Some((open_standard_input()?, None))),
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

/// Opens the standard input of this process.
///
/// # Errors
/// `not_found` when it is closed.
fn open_standard_input() -> Result<OpenFile> {
    let closed = |e| match Error::os("open", &e) {
        failure if failure.kind() == Kind::NotFound => failure.because("it is closed"),
        failure => failure,
    };
    sys::standard_input().map_err(closed)
}

pub(super) fn how_to_open(request: &OpenRequest) -> sys::OpenHow {
    sys::OpenHow {
        writable: request.writable,
        create: false,
        flags: request.flags,
        mode: request.mode,
    }
}

/// Opens or creates a file. Separate calls are used, to know which of the two happened.
pub(super) fn open_or_create(
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

pub(super) fn tag_failure(error: &io::Error, tag: &Tag, request: &OpenRequest) -> Error {
    let link = sys::path_of_tag(tag.as_os_str()).filter(|path| path.is_symlink());
    match link {
        Some(_) => Error::os_as(Kind::AccessDenied, "open", error)
            .because("it is a symbolic link, and a tag may not be a link"),
        None => open_failure(error, None, request),
    }
}

pub(super) fn open_failure(error: &io::Error, path: Option<&Path>, request: &OpenRequest) -> Error {
    let failure = Error::os("open", error);
    let unmappable_thing = path.and_then(sys::unmappable_path);
    let is_link = path.is_some_and(|p| p.symlink_metadata().is_ok_and(|m| m.is_symlink()));
    if request.flags.has(OpenFlag::Nofollow) && is_link {
        return Error::os_as(Kind::AccessDenied, "open", error)
            .because("it is a symbolic link, and 'nofollow' was given");
    }
    if request.flags.has(OpenFlag::Directory) && error.kind() == io::ErrorKind::NotADirectory {
        return Error::os_as(Kind::Unsupported, "open", error);
    }
    if request.writable && failure.is_not_permitted() {
        return failure.hint("it may be immutable or append-only (lsattr)");
    }
    match unmappable_thing {
        Some(thing) if failure.kind() != Kind::AccessDenied => unmappable(thing),
        _ if failure.kind() == Kind::NotFound
            && path.is_none_or(|path| SourceSpec::File(path.to_owned()).has_place())
            && request.writable
            && request.creation() == Creation::Never =>
        {
            failure.hint(Remedy::LengthToCreate)
        }
        _ => failure,
    }
}
