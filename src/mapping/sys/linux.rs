//! What only Linux answers to.

mod cachestat;
mod incore;
mod pagemap;
mod privileges;
mod procfs;

pub(in crate::mapping) use cachestat::cache_stat;
pub(in crate::mapping) use incore::{
    incore_of_file, incore_of_memory, is_stacked, may_ask_mincore, mincore_piece,
};
pub(in crate::mapping) use pagemap::present_pages;
pub(in crate::mapping) use privileges::{holds, memlock_limit};
pub(in crate::mapping) use procfs::{
    command_name, is_gone, open_memory_map, process_ids, with_one_page_mapped,
};

use std::fs::File;
use std::io;

use rustix::fs::{FallocateFlags, Mode, OFlags};

use crate::mapping::range::SourceRange;

/// `O_DIRECT` of `open(2)`.
pub(super) const O_DIRECT: u32 = OFlags::DIRECT.bits();
/// `O_LARGEFILE` of `open(2)`.
pub(super) const O_LARGEFILE: u32 = OFlags::LARGEFILE.bits();

/// The most bytes a tag may have: `NAME_MAX` (`shm_open(3)`).
pub(in crate::mapping) const TAG_LIMIT: usize = 255;

/// What `statfs(2)` calls the proc file system.
const PROC_SUPER_MAGIC: u64 = 0x9fa0;

/// Opens a shared memory region.
pub(super) fn tag_open_raw(tag: &str, flags: OFlags, mode: Mode) -> rustix::io::Result<File> {
    // rustix takes the four flags that POSIX gives shm_open; the tag's file system honours the others too.
    let path = [TAG_DIRECTORY, tag].concat();
    rustix::fs::open(path, flags | OFlags::NOFOLLOW, mode).map(File::from)
}

/// Where the tags are (`shm_overview(7)`).
pub(in crate::mapping) const TAG_DIRECTORY: &str = "/dev/shm/";

/// Whether the handle is on the proc file system, whose files pretend to be regular.
pub(super) fn is_process_file(file: &File) -> bool {
    rustix::fs::fstatfs(file).is_ok_and(|fs| u64::try_from(fs.f_type) == Ok(PROC_SUPER_MAGIC))
}

/// Reserves the blocks of a range and extends the file to its end (`fallocate(2)`).
pub(in crate::mapping) fn reserve(file: &File, range: SourceRange) -> io::Result<()> {
    loop {
        let outcome = rustix::fs::fallocate(
            file,
            FallocateFlags::empty(),
            range.offset().0,
            range.length().0,
        );
        match outcome {
            Err(rustix::io::Errno::INTR) => {}
            other => return Ok(other?),
        }
    }
}
