//! The file system of shared memory regions (`shm_overview(7)`).

use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::io::retry_on_intr;

use super::filesystem::TMPFS;
use super::procfs::files_of;
use crate::mapping::sys::unix::tag::DIRECTORY;
use crate::mapping::types::{
    AddressRange, ByteLength, Device, FileIdentity, OpenRegion, TagFacts, TagSpace,
};

/// The names in the directory of shared memory regions, in no order.
pub(in crate::mapping) fn tag_names() -> io::Result<Vec<OsString>> {
    fs::read_dir(DIRECTORY)?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect()
}

/// The facts of a region (`lstat(2)`); `None` if it is not a regular file.
pub(in crate::mapping) fn tag_facts(name: &OsStr) -> io::Result<Option<TagFacts>> {
    let facts = Path::new(DIRECTORY).join(name).symlink_metadata()?;
    Ok(facts.is_file().then(|| from_metadata(&facts)))
}

fn from_metadata(facts: &Metadata) -> TagFacts {
    let identity = FileIdentity {
        device: device(facts),
        inode: facts.ino(),
    };
    TagFacts {
        size: ByteLength(facts.len()),
        // Units of 512 bytes, independent of the block size.
        allocated: ByteLength(facts.blocks().saturating_mul(512)),
        mode: facts.mode() & 0o7777,
        uid: facts.uid(),
        created: facts.created().ok(),
        modified: facts.modified().ok(),
        identity,
        stat: identity,
    }
}

fn device(facts: &Metadata) -> Device {
    Device {
        major: rustix::fs::major(facts.dev()),
        minor: rustix::fs::minor(facts.dev()),
    }
}

/// The device of the file system of regions (`stat(2)`).
pub(in crate::mapping) fn tag_device() -> io::Result<Device> {
    fs::metadata(DIRECTORY).map(|facts| device(&facts))
}

/// Calls `visit` with each regular file that a process has open (`proc_pid_fd(5)`). A file that the file system does
/// not report is no region.
pub(in crate::mapping) fn visit_open_regions(
    pid: u32,
    mut visit: impl FnMut(OpenRegion),
) -> io::Result<()> {
    let files = files_of(pid, "fd")?.flatten();
    let regions = files.filter(|(_, file)| file.is_file());
    regions.for_each(|(place, file)| visit(open_region(place, &file)));
    Ok(())
}

/// The file of a mapping of a process (`proc_pid_map_files(5)`).
pub(in crate::mapping) fn region_of_mapping(
    pid: u32,
    mapping: AddressRange,
) -> io::Result<OpenRegion> {
    let (start, end) = (mapping.start(), mapping.end());
    let place = PathBuf::from(format!("/proc/{pid}/map_files/{start:x}-{end:x}"));
    let file = fs::metadata(&place)?;
    Ok(open_region(place, &file))
}

fn open_region(place: PathBuf, file: &Metadata) -> OpenRegion {
    OpenRegion {
        place,
        facts: from_metadata(file),
        removed: file.nlink() == 0,
    }
}

/// The text of a link in `/proc`: the path of an open file.
pub(in crate::mapping) fn name_behind(place: &Path) -> io::Result<PathBuf> {
    fs::read_link(place)
}

/// Whether memory maps show the device number that `stat(2)` gives for a region; on tmpfs they do.
pub(in crate::mapping) fn maps_show_device_of_tags() -> bool {
    let facts = retry_on_intr(|| rustix::fs::statfs(DIRECTORY));
    facts.is_ok_and(|fs| u64::try_from(fs.f_type) == Ok(u64::from(TMPFS)))
}

/// The space for regions (`statvfs(3)`).
pub(in crate::mapping) fn tag_space() -> io::Result<TagSpace> {
    let facts = retry_on_intr(|| rustix::fs::statvfs(DIRECTORY))?;
    let bytes = |blocks: u64| ByteLength(blocks.saturating_mul(facts.f_frsize));
    // A file system mounted without a size counts no blocks.
    let limited = facts.f_blocks > 0;
    Ok(TagSpace {
        free: limited.then(|| bytes(facts.f_bavail)),
        total: limited.then(|| bytes(facts.f_blocks)),
    })
}
