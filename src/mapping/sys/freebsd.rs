//! Calls of FreeBSD alone.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use libc::c_int;
use rustix::fs::Advice;

use super::bsd::owns_or_writes;
use super::error::unsupported;
use super::unix::fadvise::advise_file;
use crate::mapping::types::SourceRange;

/// Whether the contents are in memory only: shared memory, which is on no file system (`fstatfs(2)`, EINVAL), and files
/// of tmpfs.
pub(in crate::mapping) fn is_memory_backed(file: &File) -> bool {
    match rustix::fs::fstatfs(file) {
        Ok(facts) => is_called(&facts.f_fstypename, b"tmpfs"),
        Err(error) => error == rustix::io::Errno::INVAL,
    }
}

/// Whether a field that is padded with zeros holds this name.
fn is_called(field: &[libc::c_char], name: &[u8]) -> bool {
    let found = field.iter().take_while(|&&byte| byte != 0);
    found
        .map(|byte| byte.cast_unsigned())
        .eq(name.iter().copied())
}

/// Reserving blocks sets the size.
pub(in crate::mapping) use self::reserve as reserve_beyond_end;

/// Reserves the blocks of a range and extends the file to its end (`posix_fallocate(2)`).
pub(in crate::mapping) fn reserve(file: &File, range: SourceRange) -> io::Result<()> {
    let overflow = |_| io::Error::from_raw_os_error(libc::EFBIG);
    let offset = libc::off_t::try_from(range.offset().0).map_err(overflow)?;
    let length = libc::off_t::try_from(range.length().0).map_err(overflow)?;
    loop {
        // SAFETY: the descriptor is open while `file` is borrowed; no memory is passed.
        match unsafe { libc::posix_fallocate(file.as_raw_fd(), offset, length) } {
            0 => return Ok(()),
            libc::EINTR => {}
            // ZFS and shared memory report invalid arguments for lack of support.
            libc::EINVAL | libc::ENODEV => return Err(unsupported()),
            error => return Err(io::Error::from_raw_os_error(error)),
        }
    }
}

/// Whether mincore reports on the page cache, not only on the mappings of this process (`mincore(2)`, the sysctl
/// `vm.mincore_mapped`).
pub(in crate::mapping) fn may_ask_mincore(file: &File) -> bool {
    owns_or_writes(file) && !tells_of_mapped_pages_only()
}

fn tells_of_mapped_pages_only() -> bool {
    let mut value: c_int = 1;
    let mut length = size_of::<c_int>();
    // SAFETY: the name ends in a NUL byte; the call writes at most `length` bytes, which `value` has.
    let answer = unsafe {
        libc::sysctlbyname(
            c"vm.mincore_mapped".as_ptr(),
            (&raw mut value).cast(),
            &raw mut length,
            std::ptr::null(),
            0,
        )
    };
    answer != 0 || value != 0
}

/// Drops the clean pages of a range that no process maps (`posix_fadvise(2)`, POSIX_FADV_DONTNEED).
pub(in crate::mapping) fn drop_cached(file: &File, range: SourceRange) -> io::Result<()> {
    advise_file(file, range, Advice::DontNeed)
}
