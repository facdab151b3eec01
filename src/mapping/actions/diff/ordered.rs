//! Comparing two sides of which at least one can only be read in order.

use std::ops::ControlFlow;

use super::block::{Digest, Step, Steps, block_size};
use super::side::{Side, SideName};
use super::tally::Tally;
use crate::mapping::actions::dump::Reading;
use crate::mapping::error::Result;
use crate::mapping::measure::memory;
use crate::mapping::region::stream::Part;
use crate::mapping::types::ByteLength;

/// The least number of bytes that are read at a time, where memory is short.
const LEAST: usize = 4 << 10;

/// A side that is read in order.
struct Reader<'a> {
    reading: Reading<'a>,
    buffer: Vec<u8>,
    /// The number of bytes of the buffer that were compared, and of those that were read.
    used: usize,
    filled: usize,
    /// The number of zeros that follow them: those of a hole.
    zeros: u64,
    /// The number of bytes to read at most.
    left: Option<ByteLength>,
    is_ended: bool,
}

impl<'a> Reader<'a> {
    fn new(side: &'a mut Side, size: usize) -> Result<Self> {
        Ok(Self {
            left: side.limit(),
            reading: side.reading(),
            buffer: memory::buffer(size, LEAST, "compare")?,
            used: 0,
            filled: 0,
            zeros: 0,
            is_ended: false,
        })
    }

    /// The bytes that were read and not compared.
    fn ready(&self) -> &[u8] {
        self.buffer.get(self.used..self.filled).unwrap_or_default()
    }

    /// Reads more unless there are bytes that were not compared. Returns the number of bytes that can be compared at once.
    fn fill(&mut self) -> Result<u64> {
        while self.ready().is_empty() && self.zeros == 0 && !self.is_ended {
            let size = self.buffer.len();
            let wanted = self
                .left
                .map_or(size, |left| left.saturating_usize().min(size));
            if wanted == 0 {
                self.is_ended = true;
                break;
            }
            let part = self
                .reading
                .next(self.buffer.get_mut(..wanted).unwrap_or_default())?;
            let length = match part {
                Part::End => {
                    self.is_ended = true;
                    break;
                }
                Part::Bytes(count) => {
                    (self.used, self.filled) = (0, count.get());
                    ByteLength::of(count.get())
                }
                Part::Hole(count) => {
                    let length = ByteLength(count.get());
                    let length = self.left.map_or(length, |left| left.min(length));
                    self.zeros = length.0;
                    length
                }
            };
            self.left = self.left.map(|left| left.minus(length));
        }
        Ok(match self.zeros {
            0 => self.ready().len() as u64,
            zeros => zeros,
        })
    }

    /// The next bytes, of which `zero` has as many zeros.
    fn bytes<'b>(&'b self, zero: &'b [u8], length: usize) -> &'b [u8] {
        let bytes = match self.zeros {
            0 => self.ready(),
            _ => zero,
        };
        bytes.get(..length).unwrap_or_default()
    }

    fn advance(&mut self, length: u64) {
        match self.zeros {
            0 => {
                self.used = self
                    .used
                    .saturating_add(ByteLength(length).saturating_usize())
            }
            zeros => self.zeros = zeros.saturating_sub(length),
        }
    }
}

/// Compares two sides in order, and passes the steps to `take`. Returns the sum, and the side that ends first.
///
/// # Errors
/// The failure of a side, after the steps before it; `out_of_memory`.
pub(super) fn compare<D: Digest>(
    (a, b): (&mut Side, &mut Side),
    digest: &D,
    tally: &mut Tally,
    take: &mut dyn FnMut(Step<D::Item>) -> ControlFlow<()>,
) -> Result<Option<SideName>> {
    let size = block_size::<D>();
    let mut a = Reader::new(a, size)?;
    let mut b = Reader::new(b, size)?;
    let zero = memory::buffer(size, size, "compare")?;
    let mut runs = Vec::new();
    loop {
        let (one, other) = (a.fill()?, b.fill()?);
        let both = one.min(other);
        if both == 0 {
            let (shorter, longer, rest) = match (one, other) {
                (0, 0) => return Ok(None),
                (0, rest) => (SideName::A, &b, rest),
                (rest, _) => (SideName::B, &a, rest),
            };
            let margin = digest.margin().min(ByteLength(rest).saturating_usize());
            let bytes = longer.bytes(&zero, margin.min(zero.len())).to_vec();
            let flow = take(Step::Rest(shorter.other(), bytes));
            return Ok(Some(shorter).filter(|_| flow.is_continue()));
        }
        let mut steps = Steps::default();
        let length = match a.zeros > 0 && b.zeros > 0 {
            true => {
                steps.add_zeros(both);
                both
            }
            false => {
                let length = ByteLength(both).saturating_usize().min(zero.len());
                let bytes = (
                    tally.compared.0,
                    a.bytes(&zero, length),
                    b.bytes(&zero, length),
                );
                steps.add_bytes(digest, bytes, &mut runs);
                length as u64
            }
        };
        a.advance(length);
        b.advance(length);
        if steps.pass_on(tally, take).is_break() {
            return Ok(None);
        }
    }
}
