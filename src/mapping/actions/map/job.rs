//! The request of `map`.

use crate::mapping::actions::short::Stores;
use crate::mapping::error::Result;
use crate::mapping::measure::expectation::Expectation;
use crate::mapping::measure::residency::Residency;
use crate::mapping::region::MapRequest;
use crate::mapping::source::OpenRequest;
use crate::mapping::types::{AccessMode, Advice, ByteLength, Protection, RangeRequest};

/// A mapping to make, and the changes to it.
#[derive(Clone, Copy, Debug)]
pub struct MapJob {
    /// The range of the source.
    pub range: RangeRequest,
    /// How to open the source.
    pub open: OpenRequest,
    /// The mapping. Its range is provisional: the range to map is resolved when the source is open.
    pub mapping: MapRequest,
    /// The changes to the mapping after it is made.
    pub after: AfterMapping,
    /// The expected residency at the end.
    pub expected: Option<Expectation>,
    /// Whether there are several sources, of which an empty one is no failure.
    pub several: bool,
}

/// The changes to a mapping after it is made, in this order.
#[derive(Clone, Copy, Debug, Default)]
pub struct AfterMapping {
    /// The new length.
    pub remap: Option<ByteLength>,
    /// The new protection.
    pub protect: Option<Protection>,
    /// The advice to give.
    pub advise: Option<Advice>,
    /// Whether to lock its pages in memory.
    pub lock: bool,
    /// Whether to try to read, write and execute a page.
    pub probe: bool,
}

impl MapJob {
    /// Compares the measured residency of a source with the expected one, if any is expected.
    ///
    /// # Errors
    /// `mismatch` when it differs or is unknown.
    pub fn expect(&self, seen: &Residency) -> Result<()> {
        match self.expected {
            Some(expected) => expected.check(seen),
            None => Ok(()),
        }
    }

    /// Whether stores reach the source. It is then created and extended.
    pub(super) fn writes(&self) -> bool {
        self.mapping.access.writes() && self.mapping.visibility.is_shared()
    }

    /// Whether stores reach the source.
    pub(super) fn stores(&self) -> Stores {
        match (self.writes(), self.could_write()) {
            (true, _) => Stores::Reach,
            (false, true) => Stores::CouldReach,
            (false, false) => Stores::Never,
        }
    }

    /// Whether write access alone would let stores reach the source. A mapping that was requested as private stays
    /// private.
    pub(super) fn could_write(&self) -> bool {
        let copies = self.mapping.access.mode == AccessMode::Copy;
        copies || self.mapping.visibility.is_shared()
    }
}
