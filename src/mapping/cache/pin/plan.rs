//! Which pages of a file to lock: those that hold data.

use crate::mapping::error::{Error, Result};
use crate::mapping::source::Source;
use crate::mapping::source::data_runs::DataRuns;
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, Kind, SourceOffset, SourceRange};

/// The pages of a file to lock.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Ranges of whole pages, in order, with a gap between two of them.
    pub(super) runs: Vec<SourceRange>,
    /// The number of bytes in holes.
    pub(super) holes: ByteLength,
    /// The end of the last page.
    pub(super) end: SourceOffset,
}

impl Plan {
    /// The pages of a file of this size.
    pub(super) fn of(source: &Source, size: ByteLength) -> Result<Self> {
        let too_large = || Error::new(Kind::Failed, "lock", "it exceeds the maximum size");
        let unit = sys::allocation_granularity();
        let whole = SourceRange::new(SourceOffset::START, size).ok_or_else(too_large)?;
        let end = match sys::MAPS_BEYOND_END {
            true => whole.widen(unit).ok_or_else(too_large)?.end(),
            false => whole.end(),
        };
        let mut data = DataRuns::of_source(source, whole);
        let mut runs: Vec<SourceRange> = Vec::new();
        for run in data.by_ref() {
            let run = run.widen(unit).unwrap_or(run).clamp_to(ByteLength(end.0));
            // Two runs may share a page, and long runs come in parts.
            let joined = runs.pop_if(|last| last.end() >= run.offset());
            let start = joined.map_or(run.offset(), SourceRange::offset);
            runs.extend(SourceRange::between(start, run.end()));
        }
        Ok(Self {
            runs,
            holes: data.holes(),
            end,
        })
    }

    /// The number of bytes to lock.
    pub(super) fn length(&self) -> ByteLength {
        self.runs.iter().map(|run| run.length()).sum()
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::mapping::source::{OpenRequest, SourceSpec};
    use std::os::unix::fs::FileExt;

    #[test]
    fn only_data_is_locked_in_whole_pages() {
        let page = sys::page_size().bytes();
        let file = tempfile::NamedTempFile::new_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        file.as_file().set_len(100 * page + 1).unwrap();
        file.as_file().write_all_at(b"x", 0).unwrap();
        file.as_file().write_all_at(b"x", 50 * page + 7).unwrap();
        file.as_file().write_all_at(b"x", 100 * page).unwrap();
        let spec = SourceSpec::File(file.path().to_owned());
        let source = Source::open(&spec, &OpenRequest::READ).unwrap();
        let plan = Plan::of(&source, source.size().unwrap()).unwrap();
        let starts: Vec<u64> = plan.runs.iter().map(|run| run.offset().0 / page).collect();
        assert_eq!(starts, [0, 50, 100]);
        assert_eq!(plan.length(), ByteLength(3 * page));
        assert_eq!(plan.holes, ByteLength(98 * page));
        let empty = Plan::of(&source, ByteLength::ZERO).unwrap();
        assert!(empty.runs.is_empty());
    }
}
