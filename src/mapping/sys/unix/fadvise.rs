//! `posix_fadvise(2)`, which macOS lacks.

use std::fs::File;
use std::io;
use std::num::NonZeroU64;

use rustix::fs::{Advice, fadvise};

use crate::mapping::types::SourceRange;

/// Gives advice on a range of a file.
pub(in crate::mapping::sys) fn advise_file(
    file: &File,
    range: SourceRange,
    advice: Advice,
) -> io::Result<()> {
    // A length of 0 means "to the end of the file".
    let Some(length) = NonZeroU64::new(range.length().0) else {
        return Ok(());
    };
    Ok(fadvise(file, range.offset().0, Some(length), advice)?)
}

/// Starts reading a range into the page cache (POSIX_FADV_WILLNEED). On Linux one call reads no more than the device
/// reads ahead.
pub(in crate::mapping) fn will_need(file: &File, range: SourceRange) -> io::Result<()> {
    advise_file(file, range, Advice::WillNeed)
}
