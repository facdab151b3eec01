//! One comparison: the two open sides, and its outcome.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use super::block::{Digest, Step};
use super::side::{Side, SideName, SideSpec};
use super::tally::Tally;
use super::{ordered, parallel};
use crate::mapping::actions::dump::MemoryGap;
use crate::mapping::error::{Error, Result};
use crate::mapping::types::{ByteLength, OffsetRequest, SourceKind, SourceName, SourceOffset};

/// What to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffRequest {
    /// The two sides.
    pub sides: [SideSpec; 2],
    /// Where to start in each. The default is the position of the standard input, and the start of any other source.
    pub offsets: [Option<OffsetRequest>; 2],
    /// The number of bytes to compare at most.
    pub length: Option<ByteLength>,
}

/// Two open sides.
#[derive(Debug)]
pub struct Diff {
    a: Side,
    b: Side,
}

/// The outcome of a comparison.
#[derive(Debug)]
pub struct Compared {
    /// What was compared.
    pub tally: Tally,
    /// The end of the shorter side; `None` if both end together, or the comparison was stopped or failed.
    pub ending: Option<Ending>,
    /// Why not all was compared.
    pub failure: Option<Error>,
}

/// The end of the shorter side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The side.
    pub side: SideName,
    /// The offset in its source.
    pub offset: SourceOffset,
}

impl Compared {
    /// Whether a difference was found.
    #[must_use]
    pub fn differs(&self) -> bool {
        !self.tally.different.is_zero() || self.ending.is_some()
    }
}

impl Diff {
    /// Opens both sides.
    ///
    /// # Errors
    /// Those of opening each; `usage` when both read the same stream.
    pub fn open(request: &DiffRequest) -> Result<Self> {
        let [a, b] = &request.sides;
        let [offset_a, offset_b] = request.offsets;
        let diff = Self {
            a: Side::open(a, offset_a, request.length)?,
            b: Side::open(b, offset_b, request.length)?,
        };
        let reads_same = a.descriptor().is_some() && a.descriptor() == b.descriptor();
        if reads_same && diff.a.length().is_none() {
            let complaint = Error::usage("both sides read the same stream");
            return Err(complaint.on(diff.a.name()));
        }
        Ok(diff)
    }

    /// The names of the sides.
    #[must_use]
    pub fn names(&self) -> [&SourceName; 2] {
        [self.a.name(), self.b.name()]
    }

    /// The start offsets of the sides.
    #[must_use]
    pub fn starts(&self) -> [SourceOffset; 2] {
        [self.a.start(), self.b.start()]
    }

    /// The addresses that could not be read of sides that are memory of a process. They were compared as zeros.
    #[must_use]
    pub fn gaps(&self) -> [&[MemoryGap]; 2] {
        [self.a.gaps(), self.b.gaps()]
    }

    /// Whether a side is a stream, which may wait for more bytes.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.a.length().is_none() || self.b.length().is_none()
    }

    /// The greatest number of bytes that can be compared, as far as it is known from the sizes of files and tags: a device
    /// does not count.
    #[must_use]
    pub fn known_length(&self, limit: Option<ByteLength>) -> Option<ByteLength> {
        let sizes = [&self.a, &self.b].into_iter().filter_map(|side| {
            let (source, range) = side.mapped()?;
            (source.kind() != SourceKind::BlockDevice).then_some(range.length())
        });
        sizes.chain(limit).min()
    }

    /// Whether the sides are known to have different lengths.
    #[must_use]
    pub fn lengths_differ(&self) -> bool {
        let lengths = self.a.length().zip(self.b.length());
        lengths.is_some_and(|(a, b)| a != b)
    }

    /// Compares the sides, and passes the steps to `take`, which may stop the comparison.
    pub fn compare<D: Digest>(
        &mut self,
        digest: &D,
        take: &mut dyn FnMut(Step<D::Item>) -> ControlFlow<()>,
    ) -> Compared {
        let mut tally = Tally::default();
        let (shorter, failure) = match self.run(digest, &mut tally, take) {
            Ok(shorter) => (shorter, None),
            Err(error) => (None, Some(error)),
        };
        Compared {
            ending: shorter.map(|side| self.ending(side, tally.compared)),
            tally,
            failure,
        }
    }

    fn run<D: Digest>(
        &mut self,
        digest: &D,
        tally: &mut Tally,
        take: &mut dyn FnMut(Step<D::Item>) -> ControlFlow<()>,
    ) -> Result<Option<SideName>> {
        if let Some((a, b)) = self.a.mapped().zip(self.b.mapped()) {
            let flow = parallel::compare([a, b], digest, tally, take)?;
            let (shorter, longer) = match a.1.length().cmp(&b.1.length()) {
                _ if flow.is_break() => return Ok(None),
                Ordering::Equal => return Ok(None),
                Ordering::Less => (SideName::A, b),
                Ordering::Greater => (SideName::B, a),
            };
            let rest = parallel::rest(longer, tally.compared, digest.margin())?;
            let flow = take(Step::Rest(shorter.other(), rest));
            return Ok(Some(shorter).filter(|_| flow.is_continue()));
        }
        self.a.skip_to_start()?;
        self.b.skip_to_start()?;
        ordered::compare((&mut self.a, &mut self.b), digest, tally, take)
    }

    fn ending(&self, side: SideName, compared: ByteLength) -> Ending {
        let start = match side {
            SideName::A => self.a.start(),
            SideName::B => self.b.start(),
        };
        let offset = start.plus(compared);
        Ending { side, offset }
    }
}
