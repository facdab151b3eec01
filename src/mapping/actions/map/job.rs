//! The request of `map`.

use crate::mapping::actions::short::Stores;
use crate::mapping::error::Result;
use crate::mapping::measure::expectation::Expectation;
use crate::mapping::measure::residency::Residency;
use crate::mapping::region::MapRequest;
use crate::mapping::source::OpenRequest;
use crate::mapping::types::{AccessMode, Action, ByteLength, RangeRequest, SourceRange, Step};

/// A mapping to make, and the changes to it.
#[derive(Clone, Debug)]
pub struct MapJob {
    /// The range of the source.
    pub range: RangeRequest,
    /// How to open the source.
    pub open: OpenRequest,
    /// The mapping. Its range is provisional: the range to map is resolved when the source is open.
    pub mapping: MapRequest,
    /// The changes to the mapping after it is made, in order.
    pub steps: Vec<Step>,
    /// Whether the steps are reported one by one, for several sources too.
    pub detailed: bool,
    /// The expected residency at the end.
    pub expected: Option<Expectation>,
    /// Whether there are several sources, of which an empty one is no failure.
    pub several: bool,
}

impl MapJob {
    /// Whether a step locks pages.
    #[must_use]
    pub fn locks(&self) -> bool {
        let locks = |step: &Step| matches!(step.action, Action::Lock(_));
        self.steps.iter().any(locks)
    }

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

    /// The steps that change the length, and for each the range of the source that is mapped afterwards, if all of
    /// `range` is mapped before.
    pub(super) fn remapped(&self, range: SourceRange) -> impl Iterator<Item = Option<SourceRange>> {
        self.steps.iter().filter_map(move |step| match step.action {
            Action::Remap(length, _) => {
                let part = step.part.unwrap_or_default();
                let start = part.start(range.length()).unwrap_or_default();
                let offset = range.offset().plus(ByteLength(start.0));
                Some(SourceRange::new(offset, length))
            }
            _ => None,
        })
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
