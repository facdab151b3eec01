//! The report of `diff`: the ranges that differ as text or JSON, and the failure that says how much differs.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::json;
use super::name::{Name, SourceFields};
use crate::mapping::actions::diff::{Compared, Diff, SideName};
use crate::mapping::actions::dump::MemoryGap;
use crate::mapping::error::Error;
use crate::mapping::types::{ByteLength, Kind, SourceName, SourceOffset, count_text};

/// A comparison.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "the object is written piece by piece")]
pub struct DiffObject {
    #[serde(flatten)]
    head: Head<'static>,
    /// The ranges of bytes that all differ, in order; only the first ones with --max.
    ranges: Vec<RangeObject>,
    #[serde(flatten)]
    sum: Sum,
}

/// A range of bytes that all differ.
#[derive(Debug, Serialize, JsonSchema)]
struct RangeObject {
    /// The offset in the first side, in bytes.
    offset: u64,
    /// The length in bytes.
    length: u64,
}

/// One side.
#[derive(Serialize, JsonSchema)]
struct SideObject<'a> {
    #[serde(flatten)]
    source: SourceFields<'a>,
    /// The process ID; absent for other sources.
    #[serde(skip_serializing_if = "Option::is_none")]
    pid: Option<u32>,
    /// The start offset, in bytes.
    offset: SourceOffset,
}

#[derive(Serialize, JsonSchema)]
struct Head<'a> {
    /// The first side.
    a: SideObject<'a>,
    /// The second side.
    b: SideObject<'a>,
}

#[derive(Serialize, JsonSchema)]
struct Sum {
    /// Whether both sides are the same.
    equal: bool,
    /// The number of bytes of each side that were compared, holes included.
    compared: ByteLength,
    /// The number of bytes that differ.
    different: ByteLength,
    /// The number of ranges of bytes that differ.
    differences: u64,
    /// The end of the shorter side; absent if both have the same length.
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<EndObject>,
    /// Whether all bytes were compared. If not, the failure is reported on standard error.
    complete: bool,
    /// The addresses of processes that could not be read, and count as zeros.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gaps: Vec<GapObject>,
}

/// The end of the shorter side.
#[derive(Serialize, JsonSchema)]
struct EndObject {
    /// `a` or `b`.
    side: SideName,
    /// The offset of its end in its source.
    offset: SourceOffset,
}

/// Addresses of a process that could not be read.
#[derive(Serialize, JsonSchema)]
struct GapObject {
    /// `a` or `b`.
    side: SideName,
    #[serde(flatten)]
    gap: MemoryGap,
}

impl<'a> SideObject<'a> {
    fn new(name: &'a SourceName, offset: SourceOffset) -> Self {
        let pid = match name {
            SourceName::Process(pid) => Some(*pid),
            _ => None,
        };
        Self {
            source: SourceFields(name),
            pid,
            offset,
        }
    }
}

impl DiffObject {
    /// Writes the part before the ranges.
    ///
    /// # Errors
    /// Errors of the writer only.
    pub fn begin(out: &mut dyn Write, diff: &Diff) -> io::Result<()> {
        let ([a, b], [start_a, start_b]) = (diff.names(), diff.starts());
        let head = json::text(&Head {
            a: SideObject::new(a, start_a),
            b: SideObject::new(b, start_b),
        })?;
        out.write_all(head.strip_suffix(b"}").unwrap_or(&head))?;
        write!(out, ",\"ranges\":[")
    }

    /// Writes a range; a comma precedes all but the first.
    ///
    /// # Errors
    /// Errors of the writer only.
    pub fn range(out: &mut dyn Write, is_first: bool, offset: u64, length: u64) -> io::Result<()> {
        let comma = if is_first { "" } else { "," };
        write!(out, "{comma}{{\"offset\":{offset},\"length\":{length}}}")
    }

    /// Writes the part after the ranges.
    ///
    /// # Errors
    /// Errors of the writer only.
    pub fn end(out: &mut dyn Write, diff: &Diff, compared: &Compared) -> io::Result<()> {
        let gaps = [SideName::A, SideName::B].into_iter().zip(diff.gaps());
        let gaps = gaps.flat_map(|(side, gaps)| gaps.iter().map(move |gap| (side, *gap)));
        let tally = &compared.tally;
        let sum = json::text(&Sum {
            equal: !compared.differs() && compared.failure.is_none(),
            compared: tally.compared,
            different: tally.different,
            differences: tally.differences,
            end: compared.ending.map(|end| EndObject {
                side: end.side,
                offset: end.offset,
            }),
            complete: compared.failure.is_none(),
            gaps: gaps.map(|(side, gap)| GapObject { side, gap }).collect(),
        })?;
        out.write_all(b"],")?;
        out.write_all(sum.strip_prefix(b"{").unwrap_or(&sum))?;
        writeln!(out)
    }
}

/// The failure of two sides that differ; `None` when they do not.
#[must_use]
pub fn diff_failure(diff: &Diff, compared: &Compared) -> Option<Error> {
    if !compared.differs() {
        return None;
    }
    let ([a, b], [start, _]) = (diff.names(), diff.starts());
    let tally = &compared.tally;
    let first = tally.first.map(|first| start.plus(ByteLength(first)));
    let mut parts = Vec::new();
    if let Some(first) = first {
        let verb = if tally.different == ByteLength(1) {
            "differs"
        } else {
            "differ"
        };
        let bytes = count_text(tally.different.0, "byte");
        parts.push(match tally.differences {
            1 => format!("{bytes} {verb} at offset {}", first.0),
            ranges => format!(
                "{bytes} {verb} in {ranges} ranges, the first at offset {}",
                first.0
            ),
        });
    }
    if let Some(end) = compared.ending {
        let name = match end.side {
            SideName::A => a,
            SideName::B => b,
        };
        parts.push(format!("{} ends at offset {}", Name(name), end.offset.0));
    }
    let reason = format!("differs from {}: {}", Name(b), parts.join("; "));
    let error = Error::new(Kind::Mismatch, "", reason).on(a);
    Some(match first {
        Some(first) => error.at(first),
        None => error,
    })
}

/// The number of differences that are not shown; `None` when all are.
#[must_use]
pub fn rest_text(rest: u64) -> Option<String> {
    (rest > 0).then(|| format!("{} not shown", count_text(rest, "more difference")))
}
