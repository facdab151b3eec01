//! The bytes of both sides that were read together, and what becomes of them.

use std::ops::ControlFlow;

use super::side::SideName;
use super::tally::Tally;
use crate::mapping::actions::runs::{self, Run};
use crate::mapping::process::privileges::is_memory_scarce;

/// Bytes of both sides of which some differ.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// Its place, counted from the start of the range.
    pub at: u64,
    /// The bytes of the first side.
    pub a: &'a [u8],
    /// As many bytes of the second side.
    pub b: &'a [u8],
    /// The runs of bytes that differ, in order; at least one.
    pub runs: &'a [Run],
}

/// What a caller makes of the bytes that differ. Several threads call it.
pub trait Digest: Sync {
    /// The result for one block.
    type Item: Send;

    /// The maximum length of a block in bytes. Blocks are shorter where memory is scarce.
    const BLOCK: usize;

    /// The number of bytes at both ends of equal bytes that the caller needs.
    fn margin(&self) -> usize {
        0
    }

    /// Digests a block.
    fn digest(&self, block: Block<'_>) -> Self::Item;
}

/// The maximum length of a block where memory is scarce.
const SMALL: usize = 16 << 10;

/// The maximum length of a block now.
pub(super) fn block_size<D: Digest>() -> usize {
    match is_memory_scarce() {
        true => D::BLOCK.min(SMALL),
        false => D::BLOCK,
    }
}

/// The next bytes of both sides. The steps follow each other without a gap.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<T> {
    /// This number of equal bytes.
    Same(u64),
    /// This number of zeros, in holes of both sides.
    Zeros(u64),
    /// Equal bytes, at most a margin before or after bytes that were not equal or not looked at yet.
    Edge(Vec<u8>),
    /// This number of bytes of which some differ, digested.
    Different(u64, T),
    /// The side that does not end here, and its next bytes: at most a margin.
    Rest(SideName, Vec<u8>),
}

impl<T> Step<T> {
    /// The number of bytes that both sides have.
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            Self::Same(length) | Self::Zeros(length) | Self::Different(length, _) => *length,
            Self::Edge(bytes) => bytes.len() as u64,
            Self::Rest(..) => 0,
        }
    }
}

/// The steps of some bytes, and their sum.
#[derive(Debug)]
pub(super) struct Steps<T> {
    pub(super) steps: Vec<Step<T>>,
    pub(super) tally: Tally,
}

impl<T> Default for Steps<T> {
    fn default() -> Self {
        Self {
            steps: Vec::new(),
            tally: Tally::default(),
        }
    }
}

impl<T> Steps<T> {
    /// Adds equal bytes that are not needed.
    pub(super) fn add_equal(&mut self, length: u64) {
        if length == 0 {
            return;
        }
        self.tally.add_equal(length);
        match self.steps.last_mut() {
            Some(Step::Same(before)) => *before = before.saturating_add(length),
            _ => self.steps.push(Step::Same(length)),
        }
    }

    /// Adds holes on both sides.
    pub(super) fn add_zeros(&mut self, length: u64) {
        if length > 0 {
            self.tally.add_equal(length);
            self.steps.push(Step::Zeros(length));
        }
    }

    /// Adds equal bytes that are needed.
    pub(super) fn add_edge(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.tally.add_equal(bytes.len() as u64);
            self.steps.push(Step::Edge(bytes.to_vec()));
        }
    }

    /// Adds them to a sum, and passes them on.
    pub(super) fn pass_on(
        self,
        tally: &mut Tally,
        take: &mut dyn FnMut(Step<T>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        tally.append(self.tally);
        self.steps.into_iter().try_for_each(take)
    }

    /// Adds as many bytes of each side, which may differ.
    pub(super) fn add_bytes<D: Digest<Item = T>>(
        &mut self,
        digest: &D,
        (at, a, b): (u64, &[u8], &[u8]),
        runs: &mut Vec<Run>,
    ) {
        runs.clear();
        runs.extend(runs::runs(a, b));
        if runs.is_empty() {
            let margin = digest.margin().min(a.len());
            let tail = a.len().saturating_sub(margin).max(margin);
            self.add_edge(a.get(..margin).unwrap_or_default());
            self.add_equal(tail.saturating_sub(margin) as u64);
            self.add_edge(a.get(tail..).unwrap_or_default());
            return;
        }
        self.tally.add(at, a.len(), runs);
        let item = digest.digest(Block { at, a, b, runs });
        self.steps.push(Step::Different(a.len() as u64, item));
    }
}
