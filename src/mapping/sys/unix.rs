//! What every Unix answers to.

mod accounts;
mod interrupt;
mod place;
mod room;
mod signals;
mod streams;

pub(in crate::mapping) use accounts::user_name;
pub(in crate::mapping) use interrupt::{Interrupts, wait_for};
pub(in crate::mapping) use place::Place;
pub(in crate::mapping) use room::limits_leave_room;
pub(in crate::mapping) use signals::{Event, Watch, find_program, pass_on, program_end, start};
pub(in crate::mapping) use streams::StandardOutput;

use std::ffi::OsStr;
use std::fs::{File, FileType, Metadata};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, IntoRawFd, RawFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;
use std::ptr::NonNull;
use std::time::SystemTime;

use libc::c_int;
use rustix::fs::{Mode, OFlags, SeekFrom};
use rustix::io::{Errno, retry_on_intr};

use super::{FileClass, MapCall, MapFailure, MapRefusal, OpenHow};
use crate::mapping::types::{
    Access, ByteLength, Facts, Named, FlushLevel, Identity, Kind, MapFlag, MapFlags, OpenFlag,
    PageSize, Placement, Protection, SourceKind, Visibility,
};

/// The kind of failure that an errno stands for when the operation gives it no closer meaning.
pub(in crate::mapping) fn kind_of_os_error(errno: i32) -> Kind {
    match errno {
        libc::ENOENT | libc::ENOTDIR | libc::EBADF | libc::ESRCH => Kind::NotFound,
        libc::EACCES | libc::EPERM | libc::EROFS => Kind::AccessDenied,
        libc::ENOSPC | libc::EDQUOT | libc::EFBIG => Kind::DiskFull,
        libc::ENOMEM | libc::EOVERFLOW => Kind::OutOfMemory,
        libc::ENODEV | libc::EOPNOTSUPP | libc::ENOSYS | libc::EISDIR => Kind::Unsupported,
        libc::EEXIST => Kind::AlreadyExists,
        libc::EBUSY | libc::ETXTBSY | libc::EAGAIN => Kind::Busy,
        libc::EMFILE | libc::ENFILE => Kind::Limit,
        libc::EFAULT => Kind::Fault,
        // The same number as EOPNOTSUPP but on macOS.
        errno if errno == libc::ENOTSUP => Kind::Unsupported,
        _ => Kind::Failed,
    }
}

/// The size of a page of memory (`sysconf(3)`, `_SC_PAGESIZE`).
pub(in crate::mapping) fn page_size() -> PageSize {
    PageSize::of_system(rustix::param::page_size())
}

/// `mmap(2)` places mappings at multiples of the page size.
pub(in crate::mapping) fn allocation_granularity() -> PageSize {
    page_size()
}

/// Lets a growth beyond RLIMIT_FSIZE fail with EFBIG instead of ending the process (`signal(7)`, SIGXFSZ).
pub(in crate::mapping) fn ignore_file_size_signal() {
    // SAFETY: SIG_IGN is a valid disposition for SIGXFSZ, and no handler of ours is replaced by it. The
    // call can fail only for a signal number that does not exist.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}

/// An open file, device or shared memory region.
pub(in crate::mapping) type OpenFile = File;

/// Whether looking for holes moves the position of an open file.
pub(in crate::mapping) const LOOKING_MOVES_POSITION: bool = true;

/// An open file as this system holds one.
pub(in crate::mapping) fn open_file(file: File) -> OpenFile {
    file
}

/// The file, to write to it.
#[expect(
    clippy::unnecessary_wraps,
    reason = "Windows has regions that are no files"
)]
pub(in crate::mapping) fn as_file(file: &OpenFile) -> io::Result<&File> {
    Ok(file)
}

/// Whether memmap2 makes the plain mappings.
pub(in crate::mapping) const MEMMAP2_SERVES: bool = true;

/// Gives a file another size (`ftruncate(2)`).
pub(in crate::mapping) fn set_len(file: &File, size: ByteLength) -> io::Result<()> {
    file.set_len(size.0)
}

/// Opens a path (`open(2)`).
pub(in crate::mapping) fn open(path: &Path, how: &OpenHow) -> io::Result<File> {
    let flags = open_flags(how);
    let mode = Mode::from_raw_mode(mode_bits(how.mode.unwrap_or(0o666)));
    let opened = retry_on_intr(|| rustix::fs::open(path, flags, mode));
    Ok(File::from(opened?))
}

fn open_flags(how: &OpenHow) -> OFlags {
    // Not waiting keeps a fifo or a terminal line from holding us up before we know what it is; regular
    // files and block devices do not care.
    let mut flags = OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    flags |= if how.writable {
        OFlags::RDWR
    } else {
        OFlags::RDONLY
    };
    if how.create {
        flags |= OFlags::CREATE | OFlags::EXCL;
    }
    how.flags
        .iter()
        .fold(flags, |flags, flag| flags | open_flag(flag))
}

fn open_flag(flag: OpenFlag) -> OFlags {
    match flag {
        // Creation and truncation are decided by the caller, who must know which of the two happened.
        OpenFlag::Create | OpenFlag::Excl | OpenFlag::Truncate => OFlags::empty(),
        OpenFlag::Direct => OFlags::from_bits_retain(super::O_DIRECT),
        OpenFlag::Sync => OFlags::SYNC,
        // rustix 1.1 says O_SYNC for it on Linux.
        OpenFlag::Dsync => OFlags::from_bits_retain(libc::O_DSYNC as _),
        OpenFlag::Noctty => OFlags::NOCTTY,
        OpenFlag::Nonblock => OFlags::NONBLOCK,
        OpenFlag::Nofollow => OFlags::NOFOLLOW,
        OpenFlag::Async => OFlags::from_bits_retain(libc::O_ASYNC as _),
        OpenFlag::Directory => OFlags::DIRECTORY,
        OpenFlag::Largefile => OFlags::from_bits_retain(super::O_LARGEFILE),
    }
}

fn mode_bits(mode: u32) -> rustix::fs::RawMode {
    // Bits above the permission bits mean nothing to `open(2)`.
    rustix::fs::RawMode::try_from(mode & 0o7777).unwrap_or(0o600)
}

/// Opens a shared memory region (`shm_open(3)`).
pub(in crate::mapping) fn tag_open(tag: &OsStr, how: &OpenHow) -> io::Result<File> {
    let mode = Mode::from_raw_mode(mode_bits(how.mode.unwrap_or(0o600)));
    Ok(super::tag_open_raw(tag, open_flags(how), mode)?)
}

/// Removes the name of a shared memory region (`shm_unlink(3)`).
pub(in crate::mapping) fn tag_unlink(tag: &OsStr) -> io::Result<()> {
    Ok(super::tag_unlink_raw(tag)?)
}

/// The part of a tag in which no separator may stand; all of it, here.
pub(in crate::mapping) fn tag_rest(tag: &str) -> &str {
    tag
}

/// A descriptor of our own for the open file behind `number` (`fcntl(2)`, `F_DUPFD_CLOEXEC`).
pub(in crate::mapping) fn duplicate(number: RawFd) -> io::Result<File> {
    if number < 0 || streams::was_closed(number) {
        return Err(Errno::BADF.into());
    }
    // SAFETY: the number is not negative, and the kernel answers EBADF when it is not open. The borrow
    // ends with the call, and nothing in this program closes descriptors that it did not open.
    let theirs = unsafe { BorrowedFd::borrow_raw(number) };
    Ok(File::from(rustix::io::fcntl_dupfd_cloexec(theirs, 3)?))
}

/// A descriptor of our own for the standard input.
pub(in crate::mapping) fn standard_input() -> io::Result<File> {
    duplicate(libc::STDIN_FILENO)
}

/// Whether the handle was opened for reading and writing (`fcntl(2)`, `F_GETFL`).
pub(in crate::mapping) fn is_writable(file: &File) -> io::Result<bool> {
    Ok(rustix::fs::fcntl_getfl(file)? & OFlags::ACCMODE == OFlags::RDWR)
}

/// What closing the file would report of bytes that were written to it (`close(2)`): network file systems and FUSE
/// take them only then. Where there is no descriptor left to try it with, nothing is reported.
pub(in crate::mapping) fn try_close(file: &File) -> io::Result<()> {
    let Ok(copy) = file.try_clone() else {
        return Ok(());
    };
    let copy = copy.into_raw_fd();
    // SAFETY: the descriptor was made just now and is closed once; nobody else knows it.
    match unsafe { libc::close(copy) } {
        0 => Ok(()),
        _ => match io::Error::last_os_error() {
            // It is closed all the same.
            error if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            error => Err(error),
        },
    }
}

/// Whether the handle was opened for writing only; such a handle cannot be mapped at all.
pub(in crate::mapping) fn is_write_only(file: &File) -> io::Result<bool> {
    Ok(rustix::fs::fcntl_getfl(file)? & OFlags::ACCMODE == OFlags::WRONLY)
}

/// What the handle refers to (`fstat(2)`).
pub(in crate::mapping) fn classify(file: &File) -> io::Result<FileClass> {
    let metadata = file.metadata()?;
    if super::is_tag_without_type(&metadata) {
        return Ok(FileClass::Regular);
    }
    Ok(match thing(metadata.file_type()) {
        Some(thing) => FileClass::Other(thing),
        None if metadata.file_type().is_block_device() => FileClass::BlockDevice,
        None if super::is_process_file(file) => FileClass::Other("a file of /proc"),
        None => FileClass::Regular,
    })
}

/// What a path refers to when that is something that cannot be mapped (`stat(2)`).
pub(in crate::mapping) fn unmappable_path(path: &Path) -> Option<&'static str> {
    thing(path.metadata().ok()?.file_type())
}

fn thing(kind: FileType) -> Option<&'static str> {
    if kind.is_file() || kind.is_block_device() {
        None
    } else if kind.is_dir() {
        Some("a directory")
    } else if kind.is_fifo() {
        Some("a pipe")
    } else if kind.is_socket() {
        Some("a socket")
    } else if kind.is_char_device() {
        Some("a character device")
    } else {
        Some("a special kernel object")
    }
}

/// Size, allocated bytes and identity (`fstat(2)`, and for a block device what tells its size).
pub(in crate::mapping) fn facts(file: &File, kind: SourceKind) -> io::Result<Facts> {
    let metadata = file.metadata()?;
    let size = match kind {
        SourceKind::BlockDevice => super::device_size(file)?,
        _ => metadata.len(),
    };
    Ok(Facts {
        size: ByteLength(size),
        // st_blocks counts units of 512 bytes whatever the file system's block size.
        allocated: ByteLength(metadata.blocks().saturating_mul(512)),
        identity: identity(&metadata),
    })
}

/// Reads bytes at an offset, leaving the position alone (`pread(2)`); none at the end of the file.
pub(in crate::mapping) fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    loop {
        match rustix::io::pread(file, &mut *into, at) {
            Err(Errno::INTR) => {}
            other => return Ok(other?),
        }
    }
}

fn identity(metadata: &Metadata) -> Identity {
    Identity {
        device: metadata.dev(),
        inode: metadata.ino(),
    }
}

/// When a file was last written, where that is told (`fstat(2)`).
pub(in crate::mapping) fn modified(file: &File) -> io::Result<Option<SystemTime>> {
    file.metadata()?.modified().map(Some)
}

/// Which file a path refers to, without following a last symbolic link (`lstat(2)`).
pub(in crate::mapping) fn identity_of_path(path: &Path) -> io::Result<Identity> {
    Ok(identity(&path.symlink_metadata()?))
}

/// How many bytes this process may take of the handle's file system (`fstatvfs(3)`).
pub(in crate::mapping) fn free_space(file: &File) -> io::Result<ByteLength> {
    let facts = retry_on_intr(|| rustix::fs::fstatvfs(file))?;
    if facts.f_blocks == 0 {
        // A file system without a limit of its own, as that of memory files, counts nothing.
        return Err(Errno::NOTSUP.into());
    }
    let blocks = match super::may_use_reserved_blocks() {
        true => facts.f_bfree,
        false => facts.f_bavail,
    };
    Ok(ByteLength(blocks.saturating_mul(facts.f_frsize)))
}

/// The largest size to which this process may grow a file (`getrlimit(2)`, RLIMIT_FSIZE).
pub(in crate::mapping) fn file_size_limit() -> Option<ByteLength> {
    rustix::process::getrlimit(rustix::process::Resource::Fsize)
        .current
        .map(ByteLength)
}

/// How much address space this process may have (`getrlimit(2)`, RLIMIT_AS), if that is limited.
pub(in crate::mapping) fn address_space_limit() -> Option<ByteLength> {
    rustix::process::getrlimit(rustix::process::Resource::As)
        .current
        .map(ByteLength)
}

/// Where data begins at or after an offset, or `None` when only a hole follows (`lseek(2)`). Moves the position
/// of the open file, which must be our own.
pub(in crate::mapping) fn next_data(file: &File, at: u64) -> io::Result<Option<u64>> {
    no_more(rustix::fs::seek(file, SeekFrom::Data(at)))
}

/// Where a hole begins at or after an offset; the end of the file counts as one. Moves the position as well.
pub(in crate::mapping) fn next_hole(file: &File, at: u64) -> io::Result<Option<u64>> {
    no_more(rustix::fs::seek(file, SeekFrom::Hole(at)))
}

fn no_more(found: rustix::io::Result<u64>) -> io::Result<Option<u64>> {
    match found {
        Ok(offset) => Ok(Some(offset)),
        Err(Errno::NXIO) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Makes a mapping (`mmap(2)`).
pub(in crate::mapping) fn map(call: &MapCall<'_>) -> Result<NonNull<u8>, MapFailure> {
    let mut flags = super::visibility_bits(call.visibility, call.flags);
    for flag in call.flags.iter() {
        flags |= super::map_flag_bits(flag).ok_or(MapFailure::NoSuchFlag(flag.name()))?;
    }
    flags |= super::populate_bits(call.flags);
    if let Some(size) = call.huge_size {
        flags |= super::huge_size_bits(size);
    }
    let (address, exact) = place(call.placement);
    map_exactly(call, address, exact, flags).map_err(MapFailure::Os)
}

/// The address of a placement, and whether it must be that one.
fn place(placement: Placement) -> (u64, bool) {
    match placement {
        Placement::Anywhere => (0, false),
        Placement::Near(address) => (address, false),
        Placement::At(address) => (address, true),
    }
}

fn map_exactly(
    call: &MapCall<'_>,
    address: u64,
    exact: bool,
    mut flags: c_int,
) -> io::Result<NonNull<u8>> {
    if exact && !call.flags.has(MapFlag::Fixed) {
        flags |= super::no_replace_bits(call.visibility);
    }
    // An address that this machine does not have is one that the kernel has no room at.
    let address = usize::try_from(address).map_err(|_| io::Error::from(Errno::NOMEM))?;
    let base = map_bits(call, address, flags)?;
    if exact && base.as_ptr().addr() != address {
        // A system without MAP_FIXED_NOREPLACE treats the address as a hint.
        unmap(base, call.length);
        return Err(Errno::EXIST.into());
    }
    Ok(base)
}

/// Takes address space and no memory: nothing can be read, written or executed there (`mmap(2)`).
pub(in crate::mapping) fn reserve_addresses(
    length: usize,
    placement: Placement,
) -> io::Result<NonNull<u8>> {
    let (address, exact) = place(placement);
    let call = MapCall {
        file: None,
        offset: 0,
        length,
        access: Access::NONE,
        visibility: Visibility::Private,
        placement,
        flags: MapFlags::EMPTY,
        huge_size: None,
    };
    map_exactly(
        &call,
        address,
        exact,
        libc::MAP_PRIVATE | super::MAP_NORESERVE,
    )
}

fn map_bits(call: &MapCall<'_>, address: usize, mut flags: c_int) -> io::Result<NonNull<u8>> {
    let descriptor = match call.file {
        Some(file) => file.as_raw_fd(),
        None => {
            flags |= libc::MAP_ANONYMOUS;
            -1
        }
    };
    let offset =
        libc::off_t::try_from(call.offset).map_err(|_| io::Error::from(Errno::OVERFLOW))?;
    // SAFETY: the kernel checks every argument. With MAP_FIXED the range either lies in a reservation of the
    // caller's own, which has no bytes, or has been seen to be free, and no other thread of this program
    // makes mappings at addresses it chose; without it nothing is replaced.
    let base = unsafe {
        libc::mmap(
            std::ptr::with_exposed_provenance_mut(address),
            call.length,
            access_bits(call.access),
            flags,
            descriptor,
            offset,
        )
    };
    if base == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    // Address 0 can be mapped by a privileged caller who demands it, and cannot be used from Rust.
    NonNull::new(base.cast()).ok_or_else(|| Errno::INVAL.into())
}

/// The bits of `PROT_*` for an access.
pub(super) fn access_bits(access: Access) -> c_int {
    let mut bits = libc::PROT_NONE;
    if access.reads() {
        bits |= libc::PROT_READ;
    }
    if access.writes() {
        bits |= libc::PROT_WRITE;
    }
    if access.execute {
        bits |= libc::PROT_EXEC;
    }
    bits
}

/// Removes a mapping (`munmap(2)`). It can only fail for arguments that no mapping has.
pub(in crate::mapping) fn unmap(base: NonNull<u8>, length: usize) {
    // SAFETY: the caller owns the mapping and gives it up with this call; no reference to its bytes
    // exists anywhere.
    unsafe { libc::munmap(base.as_ptr().cast(), length) };
}

/// Changes the access to a mapping (`mprotect(2)`).
pub(in crate::mapping) fn protect(base: *mut u8, length: usize, to: Protection) -> io::Result<()> {
    let extras = to.extras.iter().try_fold(0, |bits, extra| {
        super::protect_extra_bits(extra)
            .map(|bit| bits | bit)
            .ok_or(Errno::OPNOTSUPP)
    })?;
    // SAFETY: the range is a mapping that the caller owns, and its bytes are only reached by copies that
    // survive a lack of access.
    check(unsafe { libc::mprotect(base.cast(), length, access_bits(to.access) | extras) })
}

/// Locks a mapping into memory (`mlock(2)`, or `mlock2(2)` with MLOCK_ONFAULT).
pub(in crate::mapping) fn lock(base: *mut u8, length: usize, on_fault: bool) -> io::Result<()> {
    if on_fault {
        return super::lock_on_fault(base, length);
    }
    // SAFETY: locking changes no byte; the kernel checks the range.
    check(unsafe { libc::mlock(base.cast(), length) })
}

/// Flushes a mapping to its file (`msync(2)`): waiting for it or not, and with other mappings of the file
/// told to read it anew or not.
pub(in crate::mapping) fn msync(
    base: *mut u8,
    length: usize,
    wait: bool,
    invalidate: bool,
) -> io::Result<()> {
    let mode = if wait { libc::MS_SYNC } else { libc::MS_ASYNC };
    let more = if invalidate { libc::MS_INVALIDATE } else { 0 };
    loop {
        // SAFETY: the range is a mapping that the caller owns; flushing changes no byte of it.
        match check(unsafe { libc::msync(base.cast(), length, mode | more) }) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// Flushes the contents of a whole file, and what is needed to find them again (`fdatasync(2)`; on macOS
/// `fcntl(2)` with F_FULLFSYNC, where the file system has that). Says how far they came.
pub(in crate::mapping) fn flush_data(file: &File) -> io::Result<FlushLevel> {
    loop {
        match super::sync_contents(file) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// The outcome of a call that answers -1 and sets errno.
pub(super) fn check(answer: c_int) -> io::Result<()> {
    if answer == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// What a refusal of `mmap(2)` means.
pub(in crate::mapping) fn refusal_of(error: &io::Error) -> MapRefusal {
    match error.raw_os_error() {
        Some(libc::EEXIST) => MapRefusal::AddressInUse,
        Some(libc::ENOMEM) => MapRefusal::NoMemory,
        Some(libc::EACCES | libc::EPERM) => MapRefusal::Denied,
        Some(libc::EINVAL) => MapRefusal::Invalid,
        Some(libc::EOPNOTSUPP) => MapRefusal::NotSupported,
        Some(errno) if errno == libc::ENOTSUP => MapRefusal::NotSupported,
        Some(libc::ENODEV) => MapRefusal::NoSuchDevice,
        _ => MapRefusal::Other,
    }
}
