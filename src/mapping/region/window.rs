//! A window that slides along a range: a mapping of the part in use, which the next part replaces.
//!
//! Work from the start of a range to its end does not need the whole range mapped. The address space may be limited
//! (`getrlimit(2)`, RLIMIT_AS), and the longest files exceed it. [`Step`] chooses the next length, and maps less when
//! address space is short. [`Window`] keeps a mapping for as long as it holds the requested part. Work that uses each
//! mapping once takes the steps without a window: [`piecewise`](super::piecewise).

use std::sync::Arc;

use super::live::Region;
use crate::mapping::error::Result;
use crate::mapping::source::Source;
use crate::mapping::sys;
use crate::mapping::types::{
    Access, ByteLength, Kind, MAX_OFFSET, PageSize, SourceOffset, SourceRange,
};

/// The size of the parts that are mapped.
#[derive(Clone, Copy, Debug)]
pub(in crate::mapping) struct Step {
    size: PageSize,
    least: PageSize,
}

impl Step {
    /// Maps `size` bytes at a time, or less without room for them, but at least `least`.
    pub(in crate::mapping) fn new(size: PageSize, least: PageSize) -> Self {
        Self { size, least }
    }

    /// Maps the first part of a range with `map`. The part ends at a multiple of the size in the source, unless it
    /// would be shorter than `needed`.
    ///
    /// Without room for a part, this part and all later ones are half as long as the part that fits. The other half of
    /// the address space is left for other mappings.
    ///
    /// # Errors
    /// Those of `map`; `out_of_memory` only without room for the smallest part.
    pub(in crate::mapping) fn map(
        &mut self,
        range: SourceRange,
        needed: ByteLength,
        map: impl Fn(SourceRange) -> Result<Region>,
    ) -> Result<Region> {
        let mut is_tight = false;
        loop {
            let part = range.pieces(self.size).next().unwrap_or(range);
            let part = match part.length() < needed {
                true => SourceRange::new(range.offset(), needed).unwrap_or(part),
                false => part,
            };
            let can_shorten = self.size > self.least && part.length() > needed;
            match map(part) {
                Err(error) if error.kind() == Kind::OutOfMemory && can_shorten => {
                    is_tight = true;
                    self.shorten(part);
                }
                Ok(_) if is_tight && can_shorten => {
                    is_tight = false;
                    self.shorten(part);
                }
                outcome => return outcome,
            }
        }
    }

    /// Chooses the next smaller size that makes the part shorter.
    fn shorten(&mut self, part: SourceRange) {
        let half = self.size.bytes().div_euclid(2);
        let below = part.length().0.saturating_sub(1).checked_ilog2();
        let below = below.map_or(0, |power| 1 << power);
        self.size = PageSize::new(half.min(below)).map_or(self.least, |size| size.max(self.least));
    }
}

/// A mapping that slides along a source.
#[derive(Debug)]
pub(in crate::mapping) struct Window {
    access: Access,
    step: Step,
    end: SourceOffset,
    current: Option<Arc<Region>>,
}

impl Window {
    /// A window that is mapped on first use and never extends beyond `end`.
    pub(in crate::mapping) fn sliding(access: Access, end: SourceOffset, step: Step) -> Self {
        Self {
            access,
            step,
            end: end.min(SourceOffset(MAX_OFFSET)),
            current: None,
        }
    }

    /// A window that does not slide, because private copies exist in one mapping only.
    pub(in crate::mapping) fn fixed(region: Arc<Region>) -> Self {
        let size = sys::page_size();
        Self {
            access: region.access(),
            step: Step::new(size, size),
            end: region.range().end(),
            current: Some(region),
        }
    }

    /// A mapping that holds a part of the source: the current one if it does, otherwise a new one. A caller may keep a
    /// clone of the current one.
    ///
    /// # Errors
    /// As [`Region::window`].
    pub(in crate::mapping) fn covering(
        &mut self,
        source: &Source,
        part: SourceRange,
    ) -> Result<&Arc<Region>> {
        let holds = |region: &Arc<Region>| {
            let range = region.range();
            range.offset() <= part.offset() && part.end() <= range.end()
        };
        // The current one is dropped before the next one is mapped: address space may be short.
        let region = match self.current.take().filter(holds) {
            Some(region) => region,
            None => Arc::new(self.next(source, part)?),
        };
        Ok(self.current.insert(region))
    }

    fn next(&mut self, source: &Source, part: SourceRange) -> Result<Region> {
        let end = match sys::MAPS_BEYOND_END {
            true => self.end,
            false => self.end.min(SourceOffset(source.size()?.0)),
        };
        let length = SourceOffset::from_to(part.offset(), end).max(part.length());
        let rest = SourceRange::new(part.offset(), length).unwrap_or(part);
        let access = self.access;
        let map = |range| Region::window(source, range, access);
        self.step.map(rest, part.length(), map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::error::Error;
    use crate::mapping::source::{OpenRequest, SourceSpec};

    const MIB: u64 = 1 << 20;

    fn range(offset: u64, length: u64) -> SourceRange {
        SourceRange::new(SourceOffset(offset), ByteLength(length)).unwrap()
    }

    fn mib(count: u64) -> PageSize {
        PageSize::new(count * MIB).unwrap()
    }

    fn file(size: u64) -> (tempfile::NamedTempFile, Source) {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(size).unwrap();
        let spec = SourceSpec::File(file.path().to_owned());
        let source = Source::open(&spec, &OpenRequest::READ).unwrap();
        (file, source)
    }

    #[test]
    fn a_window_stays_while_it_holds_the_part_and_ends_at_multiples_of_its_size() {
        let (_file, source) = file(10 * MIB);
        let step = Step::new(mib(4), mib(1));
        let mut window = Window::sliding(Access::READ, SourceOffset(9 * MIB), step);
        let mut shown = |part| window.covering(&source, part).unwrap().range();
        assert_eq!(shown(range(MIB, 10)), range(MIB, 3 * MIB));
        assert_eq!(shown(range(4 * MIB - 10, 10)), range(MIB, 3 * MIB));
        assert_eq!(shown(range(4 * MIB, 10)), range(4 * MIB, 4 * MIB));
        // Across a multiple of the size, and at the end.
        assert_eq!(shown(range(7 * MIB, 2 * MIB)), range(7 * MIB, 2 * MIB));
        assert_eq!(shown(range(8 * MIB, MIB)), range(7 * MIB, 2 * MIB));
    }

    #[test]
    fn a_fixed_window_does_not_slide() {
        let (_file, source) = file(10 * MIB);
        let region = Region::window(&source, range(0, 10 * MIB), Access::COPY).unwrap();
        let mut window = Window::fixed(Arc::new(region));
        for part in [range(0, 1), range(5 * MIB, MIB), range(0, 10 * MIB)] {
            let region = window.covering(&source, part).unwrap();
            assert_eq!(region.range(), range(0, 10 * MIB));
            assert_eq!(region.access(), Access::COPY);
        }
    }

    #[test]
    fn a_step_never_maps_less_than_is_needed() {
        let (_file, source) = file(64 * MIB);
        let map = |most: u64| {
            let source = &source;
            move |part: SourceRange| match part.length().0 <= most {
                true => Region::window(source, part, Access::READ),
                false => Err(Error::new(Kind::OutOfMemory, "map", "no room")),
            }
        };
        let mut step = Step::new(mib(64), mib(1));
        let whole = range(0, 64 * MIB);
        let needed = ByteLength(2 * MIB);
        let region = step.map(whole, needed, map(3 * MIB)).unwrap();
        assert_eq!(region.range(), range(0, 2 * MIB));
        let error = step.map(whole, needed, map(MIB)).unwrap_err();
        assert_eq!(error.kind(), Kind::OutOfMemory);
        let region = step.map(whole, ByteLength::ZERO, map(MIB)).unwrap();
        assert_eq!(region.range(), range(0, MIB));
    }
}
