//! A file for the tests of the cache.

use crate::mapping::source::{OpenRequest, Source, SourceSpec};
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, SourceOffset, SourceRange};

/// A file on a real disk: the crate's own directory, as the system's temporary one may be in memory.
pub(super) fn on_disk(pages: u64) -> (tempfile::NamedTempFile, Source, SourceRange) {
    let file = tempfile::NamedTempFile::new_in(env!("CARGO_MANIFEST_DIR")).unwrap();
    let length = pages * sys::page_size().bytes();
    std::fs::write(file.path(), vec![7; length as usize]).unwrap();
    let spec = SourceSpec::File(file.path().to_owned());
    let source = Source::open(&spec, &OpenRequest::READ).unwrap();
    let range = SourceRange::new(SourceOffset(0), ByteLength(length)).unwrap();
    (file, source, range)
}
