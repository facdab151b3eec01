//! Tags: sections with a name. They exist while a process has them open, and get their size when they are created.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use windows_sys::Win32::Foundation::ERROR_ALREADY_EXISTS;

use super::call::{error, wide};
use super::open_file::OpenFile;
use super::section::Section;
use crate::mapping::sys::call::OpenHow;
use crate::mapping::sys::error::unsupported;
use crate::mapping::types::PageSize;

/// Opens or creates a shared memory region (`OpenFileMapping`, `CreateFileMapping`). A new one does not exist until it
/// has a size.
pub(in crate::mapping) fn tag_open(tag: &OsStr, how: &OpenHow) -> io::Result<OpenFile> {
    let name = wide(&full_name(tag));
    let section = match Section::open(name.clone(), how.writable) {
        Ok(_) if how.create => return Err(error(ERROR_ALREADY_EXISTS)),
        Err(refusal) if how.create && refusal.kind() == io::ErrorKind::NotFound => {
            Section::new(name, how.writable)
        }
        other => other?,
    };
    Ok(OpenFile::Section(section))
}

/// The name of the section: in the session's own namespace, unless the tag names one.
fn full_name(tag: &OsStr) -> OsString {
    let text = tag.to_string_lossy();
    let mut name = match tag_rest(&text) == text {
        true => OsString::from("Local\\"),
        false => OsString::new(),
    };
    name.push(tag);
    name
}

/// The name by which other programs find a tag: that of its section.
pub(in crate::mapping) fn path_of_tag(tag: &OsStr) -> Option<PathBuf> {
    Some(full_name(tag).into())
}

/// The name by which other programs find a section, if it has one. The name of an inherited handle is unknown.
pub(in crate::mapping) fn path_of_descriptor(file: &OpenFile) -> Option<PathBuf> {
    match file {
        OpenFile::File(_) => None,
        OpenFile::Section(section) => section.name().map(PathBuf::from),
    }
}

/// Memory that other programs can open: a section with a unique name.
pub(in crate::mapping) fn memory_file(huge: Option<PageSize>) -> io::Result<OpenFile> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    if huge.is_some() {
        return Err(unsupported());
    }
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let name = format!("Local\\mmapctl.{}.{number}", std::process::id());
    let section = Section::new(wide(OsStr::new(&name)), true);
    Ok(OpenFile::Section(section))
}

/// A name as it was typed, without leading slashes.
pub(in crate::mapping) fn tag_name(typed: &OsStr) -> &OsStr {
    // A name that is not Unicode stays as it is, and its slash is refused.
    typed
        .to_str()
        .map_or(typed, |text| text.trim_start_matches('/').as_ref())
}

/// The part of a tag that must have no separator: the part after the namespace.
pub(in crate::mapping) fn tag_rest(tag: &str) -> &str {
    ["Local\\", "Global\\"]
        .iter()
        .find_map(|prefix| tag.strip_prefix(prefix))
        .unwrap_or(tag)
}

/// A name disappears with the last handle; no call removes it earlier.
pub(in crate::mapping) fn tag_unlink(_tag: &OsStr) -> io::Result<()> {
    Err(unsupported())
}
