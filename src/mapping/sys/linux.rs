//! What only Linux answers to.

mod advise_process;
mod blocks;
mod cache;
mod cachestat;
mod filesystem;
mod hugepages;
mod memfd;
mod memory;
mod overlay;
mod pageflags;
mod pagemap;
mod pipe;
mod privileges;
mod procfs;
mod tags;
mod unnamed;

pub(in crate::mapping) use advise_process::{ProcessHandle, open_mapped_file};
pub(in crate::mapping) use blocks::{reserve, reserve_beyond_end};
pub(in crate::mapping) use cache::{
    Drain, corrupted_memory, drop_cached, has_swap, is_claimed, is_memory_backed, merges_pages,
    read_ahead, start_writeback, takes_memory, will_need, write_back,
};
pub(in crate::mapping) use cachestat::cache_stat;
pub(super) use filesystem::device_size;
pub(in crate::mapping) use filesystem::{
    file_system, is_path_only, is_read_only_device, is_stacked, may_ask_mincore,
};
pub(in crate::mapping) use memfd::{
    mapping_limit, memory_file, open_again, path_of_descriptor, path_of_tag, place_of_tag,
};
pub(in crate::mapping) use memory::available_memory;
pub(in crate::mapping) use overlay::same_pages;
pub(in crate::mapping) use pageflags::{settle_page_lists, used_pages};
pub(in crate::mapping) use pagemap::{has_file_pages, present_pages};
pub(in crate::mapping) use pipe::{PipeMemory, widen_pipe};
pub(in crate::mapping) use privileges::{holds, may_use_reserved_blocks, memlock_limit};
pub(in crate::mapping) use procfs::{
    are_all_processes, command_name, has_device_open, is_gone, open_memory_map, process_ids,
    shows_processes, with_one_page_mapped,
};
pub(in crate::mapping) use tags::{maps_show_device_of_tags, tag_facts, tag_names, tag_space};

pub(in crate::mapping) use unnamed::{
    DIRECTORY_ONLY, exchange_names, is_replaceable, link_unnamed, make_unnamed, read_link,
    rename_new, take_over,
};

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::ptr::NonNull;

use libc::c_int;
use rustix::fs::{Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use crate::mapping::types::{
    Advice, FlushLevel, MapFlag, MapFlags, PageSize, Platform, ProtectExtra, Visibility,
};

pub(in crate::mapping) use hugepages::{huge_pools, transparent_huge_page};

/// The system this is.
pub(in crate::mapping) const PLATFORM: Platform = Platform::Linux;

/// `O_DIRECT` of `open(2)`.
pub(super) const O_DIRECT: u32 = OFlags::DIRECT.bits();
/// `O_LARGEFILE` of `open(2)`.
pub(super) const O_LARGEFILE: u32 = OFlags::LARGEFILE.bits();

/// Keeps a mapping of a file of huge pages from taking pages out of their pool.
pub(super) const MAP_NORESERVE: c_int = libc::MAP_NORESERVE;

/// Whether 'fixed' replaces what is mapped at the address.
pub(in crate::mapping) const FIXED_REPLACES: bool = true;

/// The most bytes a tag may have: `NAME_MAX` (`shm_open(3)`).
pub(in crate::mapping) const TAG_LIMIT: usize = 255;

/// Whether what a file is yet to be extended by can be mapped already.
pub(in crate::mapping) const MAPS_BEYOND_END: bool = true;

/// Whether a flush of a mapping is waited for down to the storage, and not only to the drive's cache.
pub(in crate::mapping) const MSYNC_REACHES_STORAGE: bool = true;

/// Flushes the contents of a file (`fdatasync(2)`).
pub(super) fn sync_contents(file: &File) -> io::Result<FlushLevel> {
    file.sync_data().map(|()| FlushLevel::Storage)
}

/// What has no type here is a kernel object of another sort; tags are files of tmpfs.
pub(super) fn is_tag_without_type(_metadata: &Metadata) -> bool {
    false
}

/// What `statfs(2)` calls the proc file system.
const PROC_SUPER_MAGIC: u64 = 0x9fa0;

/// Opens a shared memory region.
pub(super) fn tag_open_raw(tag: &OsStr, flags: OFlags, mode: Mode) -> rustix::io::Result<File> {
    // rustix takes the four flags that POSIX gives shm_open; the tag's file system honours the others too.
    let path = Path::new(TAG_DIRECTORY).join(tag);
    retry_on_intr(|| rustix::fs::open(&path, flags | OFlags::NOFOLLOW, mode)).map(File::from)
}

/// Removes the name of a shared memory region. By its path, because a name of the greatest length leaves
/// `shm_unlink(3)` no room for its slash.
pub(super) fn tag_unlink_raw(tag: &OsStr) -> rustix::io::Result<()> {
    rustix::fs::unlink(Path::new(TAG_DIRECTORY).join(tag))
}

/// Where the tags are (`shm_overview(7)`).
pub(in crate::mapping) const TAG_DIRECTORY: &str = "/dev/shm/";

/// Whether the handle is on the proc file system, whose files pretend to be regular.
pub(super) fn is_process_file(file: &File) -> bool {
    let facts = retry_on_intr(|| rustix::fs::fstatfs(file));
    facts.is_ok_and(|fs| u64::try_from(fs.f_type) == Ok(PROC_SUPER_MAGIC))
}

/// The bits of `MAP_SHARED` and its relatives. `MAP_SYNC` is only looked at with `MAP_SHARED_VALIDATE`.
pub(super) fn visibility_bits(visibility: Visibility, flags: MapFlags) -> c_int {
    match visibility {
        Visibility::Shared if flags.has(MapFlag::Sync) => libc::MAP_SHARED_VALIDATE,
        Visibility::Shared => libc::MAP_SHARED,
        Visibility::SharedValidate => libc::MAP_SHARED_VALIDATE,
        Visibility::Private => libc::MAP_PRIVATE,
    }
}

/// The bit that keeps an exact address from replacing anything. The kernel refuses it together with
/// `MAP_SHARED_VALIDATE`; there the address goes as a hint, and the answer is compared with it.
pub(super) fn no_replace_bits(visibility: Visibility) -> c_int {
    match visibility {
        Visibility::SharedValidate => 0,
        Visibility::Shared | Visibility::Private => libc::MAP_FIXED_NOREPLACE,
    }
}

/// The bit of a mapping flag, and `None` for one that this system lacks. Flags whose work is done by
/// calls after the mapping is made have no bits here.
pub(super) fn map_flag_bits(flag: MapFlag) -> Option<c_int> {
    /// Only kernels without a memory management unit look at it, and libc does not name it.
    const MAP_UNINITIALIZED: c_int = 0x400_0000;
    Some(match flag {
        MapFlag::Populate | MapFlag::Locked | MapFlag::LockOnfault | MapFlag::FixedNoreplace => 0,
        MapFlag::Fixed => libc::MAP_FIXED,
        MapFlag::Growsdown => libc::MAP_GROWSDOWN,
        MapFlag::Denywrite => libc::MAP_DENYWRITE,
        MapFlag::Executable => libc::MAP_EXECUTABLE,
        MapFlag::Noreserve => libc::MAP_NORESERVE,
        MapFlag::Nonblock => libc::MAP_NONBLOCK,
        MapFlag::Stack => libc::MAP_STACK,
        MapFlag::Hugetlb => libc::MAP_HUGETLB,
        MapFlag::Sync => libc::MAP_SYNC,
        MapFlag::Uninitialized => MAP_UNINITIALIZED,
        #[cfg(target_arch = "x86_64")]
        MapFlag::Low32 => libc::MAP_32BIT,
        #[cfg(not(target_arch = "x86_64"))]
        MapFlag::Low32 => return None,
    })
}

/// The bit of `MAP_POPULATE` where it goes to the kernel: together with `MAP_NONBLOCK`, which makes it do
/// nothing. Alone it would hang on a page whose read fails, and populating is left to advice.
pub(super) fn populate_bits(flags: MapFlags) -> c_int {
    if flags.has(MapFlag::Populate) && flags.has(MapFlag::Nonblock) {
        libc::MAP_POPULATE
    } else {
        0
    }
}

/// The bits that choose a pool of huge pages: the logarithm of the size (`mmap(2)`, MAP_HUGE_SHIFT).
pub(super) fn huge_size_bits(size: PageSize) -> c_int {
    // The logarithm of a 64-bit number fits the six bits there are for it.
    c_int::try_from(size.bytes().trailing_zeros()).unwrap_or(0) << libc::MAP_HUGE_SHIFT
}

/// The bit that `mprotect(2)` takes besides the access, and `None` for one that this system lacks.
pub(super) fn protect_extra_bits(extra: ProtectExtra) -> Option<c_int> {
    /// From the kernel's `asm-generic/mman-common.h`; libc does not name it.
    const PROT_SEM: c_int = 0x8;
    Some(match extra {
        ProtectExtra::Sem => PROT_SEM,
        ProtectExtra::Growsdown => libc::PROT_GROWSDOWN,
        ProtectExtra::Growsup => libc::PROT_GROWSUP,
    })
}

/// Locks pages as they are touched (`mlock2(2)`).
pub(super) fn lock_on_fault(base: *mut u8, length: usize) -> io::Result<()> {
    // SAFETY: locking changes no byte; the kernel checks the range.
    super::check(unsafe { libc::mlock2(base.cast(), length, libc::MLOCK_ONFAULT) })
}

/// Changes the length of a mapping, moving it if need be (`mremap(2)`).
pub(in crate::mapping) fn remap(
    base: NonNull<u8>,
    old: usize,
    new: usize,
) -> io::Result<NonNull<u8>> {
    // SAFETY: the range is a mapping that the caller owns; nobody keeps its old address.
    let moved = unsafe { libc::mremap(base.as_ptr().cast(), old, new, libc::MREMAP_MAYMOVE) };
    match NonNull::new(moved.cast()) {
        Some(at) if moved != libc::MAP_FAILED => Ok(at),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Gives an advice (`madvise(2)`).
///
/// # Safety
/// The range must lie in mappings that the caller owns, and nobody may hold references to bytes that the
/// advice discards.
pub(in crate::mapping) unsafe fn advise(
    base: *mut u8,
    length: usize,
    advice: Advice,
) -> io::Result<()> {
    // SAFETY: the caller's promise; the kernel checks the range.
    super::check(unsafe { libc::madvise(base.cast(), length, advice_number(advice)) })
}

/// The memory map tells that.
pub(in crate::mapping) fn count_views(_base: usize, _length: usize, _times: usize) -> Option<u64> {
    None
}

/// The kernel's number of an advice (`asm-generic/mman-common.h`).
fn advice_number(advice: Advice) -> c_int {
    /// Since Linux 6.13; libc does not name them yet.
    const MADV_GUARD_INSTALL: c_int = 102;
    const MADV_GUARD_REMOVE: c_int = 103;
    /// libc names it for glibc alone.
    const MADV_COLLAPSE: c_int = 25;
    match advice {
        Advice::Normal => libc::MADV_NORMAL,
        Advice::Sequential => libc::MADV_SEQUENTIAL,
        Advice::Random => libc::MADV_RANDOM,
        Advice::Willneed => libc::MADV_WILLNEED,
        Advice::Dontneed => libc::MADV_DONTNEED,
        Advice::Free => libc::MADV_FREE,
        Advice::Remove => libc::MADV_REMOVE,
        Advice::Dontfork => libc::MADV_DONTFORK,
        Advice::Dofork => libc::MADV_DOFORK,
        Advice::Hwpoison => libc::MADV_HWPOISON,
        Advice::SoftOffline => libc::MADV_SOFT_OFFLINE,
        Advice::Mergeable => libc::MADV_MERGEABLE,
        Advice::Unmergeable => libc::MADV_UNMERGEABLE,
        Advice::Hugepage => libc::MADV_HUGEPAGE,
        Advice::Nohugepage => libc::MADV_NOHUGEPAGE,
        Advice::Dontdump => libc::MADV_DONTDUMP,
        Advice::Dodump => libc::MADV_DODUMP,
        Advice::Wipeonfork => libc::MADV_WIPEONFORK,
        Advice::Keeponfork => libc::MADV_KEEPONFORK,
        Advice::Cold => libc::MADV_COLD,
        Advice::Pageout => libc::MADV_PAGEOUT,
        Advice::PopulateRead => libc::MADV_POPULATE_READ,
        Advice::PopulateWrite => libc::MADV_POPULATE_WRITE,
        Advice::DontneedLocked => libc::MADV_DONTNEED_LOCKED,
        Advice::Collapse => MADV_COLLAPSE,
        Advice::GuardInstall => MADV_GUARD_INSTALL,
        Advice::GuardRemove => MADV_GUARD_REMOVE,
    }
}

/// The size of the pages in the default huge page pool (`/proc/meminfo`, Hugepagesize).
pub(in crate::mapping) fn default_huge_page_size() -> PageSize {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kilobytes = text
        .lines()
        .find_map(|line| line.strip_prefix("Hugepagesize:"))
        .and_then(|rest| {
            rest.trim()
                .trim_end_matches("kB")
                .trim()
                .parse::<u64>()
                .ok()
        });
    kilobytes
        .and_then(|n| PageSize::new(n.checked_mul(1024)?))
        .unwrap_or_else(super::page_size)
}

/// Copies bytes from one file to another inside the kernel, sharing blocks where the file system can
/// (`copy_file_range(2)`).
pub(in crate::mapping) fn copy_range(
    from: &File,
    at: u64,
    to: &File,
    to_at: u64,
    length: u64,
) -> io::Result<u64> {
    let (mut at, mut to_at) = (at, to_at);
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let copied = rustix::fs::copy_file_range(from, Some(&mut at), to, Some(&mut to_at), length)?;
    Ok(copied as u64)
}

/// Copies bytes of a file to where the standard output stands, inside the kernel (`sendfile(2)`); to a file
/// or a device, which have the bytes when the call returns. A pipe or a socket would be given pages of the
/// file, and might see what somebody writes to them later.
pub(in crate::mapping) fn send_file(
    from: &File,
    at: u64,
    to: &File,
    length: u64,
) -> io::Result<u64> {
    let kind = to.metadata()?.file_type();
    if !kind.is_file() && !kind.is_char_device() {
        return Err(Errno::OPNOTSUPP.into());
    }
    let mut at = at;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let sent = rustix::fs::sendfile(to, from, Some(&mut at), length.min(SEND_MOST))?;
    Ok(sent as u64)
}

/// How much is sent at once, so that somebody sees between whether the file is still as long.
const SEND_MOST: usize = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::platform::Feature;
    use crate::mapping::types::Named;

    #[test]
    fn the_table_of_platforms_offers_what_there_is() {
        for flag in MapFlag::ALL {
            let there = map_flag_bits(*flag).is_some() || *flag == MapFlag::Low32;
            assert_eq!(there, Feature::Flag(*flag).is_offered(), "{flag:?}");
        }
        for extra in ProtectExtra::ALL {
            let there = protect_extra_bits(*extra).is_some();
            assert_eq!(there, Feature::ProtectExtras.is_offered(), "{extra:?}");
        }
    }
}
