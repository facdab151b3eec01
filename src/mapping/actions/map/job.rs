//! What `map` is to do.

use super::expectation::Expectation;
use crate::mapping::region::MapRequest;
use crate::mapping::source::OpenRequest;
use crate::mapping::types::{Advice, ByteLength, Protection, RangeRequest};

/// A mapping to make, and what is to be done with it.
#[derive(Clone, Copy, Debug)]
pub struct MapJob {
    /// Which bytes of the source.
    pub range: RangeRequest,
    /// How the source is opened.
    pub open: OpenRequest,
    /// The mapping. Its range is one that the source may have; the one to map is found when the source is open.
    pub mapping: MapRequest,
    /// What is done to the mapping once it is made.
    pub after: AfterMapping,
    /// How much of it is to be in memory in the end.
    pub expected: Option<Expectation>,
}

/// What is done to a mapping once it is made, in this order.
#[derive(Clone, Copy, Debug, Default)]
pub struct AfterMapping {
    /// The length to give it.
    pub remap: Option<ByteLength>,
    /// The protection to give it.
    pub protect: Option<Protection>,
    /// An advice.
    pub advise: Option<Advice>,
    /// Whether to lock its pages in memory.
    pub lock: bool,
    /// Whether to try to read, write and execute a page.
    pub probe: bool,
}

impl MapJob {
    /// Whether stores reach the source, which is created and extended then.
    pub(super) fn writes(&self) -> bool {
        self.mapping.access.writes() && self.mapping.visibility.is_shared()
    }
}
