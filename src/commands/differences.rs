//! Shows what differs: connects the comparison of the core with the lists and drawings of `hexview` and with the report.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::hexview::{ByteList, PairOptions, Pairs};
use crate::mapping::actions::diff::{Block, Diff, Digest, Run, SideName, Step};
use crate::mapping::types::SourceOffset;
use crate::report::DiffObject;

/// The number of bytes that are compared at a time. The texts of several blocks are in memory.
const BLOCK: usize = 512 << 10;

/// What is shown of a comparison.
pub(super) trait Sink {
    /// What is made of the bytes that differ, by several threads.
    type Digest: Digest;

    /// The digest, which the sink shares.
    fn digest(&self) -> Arc<Self::Digest>;

    /// Takes the next step.
    fn take(
        &mut self,
        step: Step<<Self::Digest as Digest>::Item>,
        out: &mut impl Write,
    ) -> io::Result<()>;

    /// Writes what is left.
    fn finish(&mut self, _out: &mut impl Write) -> io::Result<()> {
        Ok(())
    }
}

/// Whether there is any difference.
pub(super) struct Any;

impl Digest for Any {
    type Item = ();
    const BLOCK: usize = BLOCK;

    fn digest(&self, _: Block<'_>) {}
}

impl Any {
    /// Continues while both sides are the same.
    pub(super) fn is_equal(step: &Step<()>) -> ControlFlow<()> {
        match step {
            Step::Different(..) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

/// A list of the bytes that differ.
pub(super) struct List {
    digest: Arc<ListDigest>,
    max: Option<u64>,
    shown: u64,
}

/// Makes lines of the bytes that differ.
pub(super) struct ListDigest {
    list: ByteList,
    /// Buffers that were written.
    spare: Mutex<Vec<Vec<u8>>>,
    /// All lines are written that may be.
    is_full: AtomicBool,
}

/// Lines of a list.
pub(super) struct Lines {
    text: Vec<u8>,
    length: usize,
    count: u64,
}

impl List {
    /// A list of at most `max` bytes.
    pub(super) fn new(list: ByteList, max: Option<u64>) -> Self {
        let digest = Arc::new(ListDigest {
            list,
            spare: Mutex::default(),
            is_full: AtomicBool::new(false),
        });
        Self {
            digest,
            max,
            shown: 0,
        }
    }

    /// The number of bytes that were listed.
    pub(super) fn shown(&self) -> u64 {
        self.shown
    }
}

impl Digest for ListDigest {
    type Item = Lines;
    const BLOCK: usize = 256 << 10;

    fn digest(&self, block: Block<'_>) -> Lines {
        let spare = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = spare().pop().unwrap_or_default();
        let length = match self.is_full.load(Ordering::Relaxed) {
            true => 0,
            false => self.list.lines(block.at, block.a, block.b, &mut text),
        };
        Lines {
            text,
            length,
            count: block.runs.iter().map(|run| run.length as u64).sum(),
        }
    }
}

impl Sink for List {
    type Digest = ListDigest;

    fn digest(&self) -> Arc<ListDigest> {
        Arc::clone(&self.digest)
    }

    fn take(&mut self, step: Step<Lines>, out: &mut impl Write) -> io::Result<()> {
        let Step::Different(_, lines) = step else {
            return Ok(());
        };
        let left = self.max.map_or(u64::MAX, |max| max - self.shown);
        let text = &lines.text[..lines.length];
        if lines.count <= left {
            self.shown += lines.count;
            out.write_all(text)?;
        } else if left > 0 {
            let mut ends = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
            let end = usize::try_from(left - 1)
                .ok()
                .and_then(|skip| ends.nth(skip));
            out.write_all(&text[..end.map_or(text.len(), |(end, _)| end + 1)])?;
            self.shown += left;
        }
        if self.max == Some(self.shown) {
            self.digest.is_full.store(true, Ordering::Relaxed);
        }
        let spare = self.digest.spare.lock();
        spare
            .unwrap_or_else(PoisonError::into_inner)
            .push(lines.text);
        Ok(())
    }
}

/// Ranges of bytes that all differ, as text or in JSON.
pub(super) struct Ranges {
    start: SourceOffset,
    json: bool,
    max: Option<u64>,
    shown: u64,
    /// The number of bytes of each side so far.
    at: u64,
    /// The start and end of the last range, which may go on.
    last: Option<(u64, u64)>,
}

/// Keeps the runs.
pub(super) struct RangesDigest;

impl Digest for RangesDigest {
    type Item = Vec<Run>;
    const BLOCK: usize = BLOCK;

    fn digest(&self, block: Block<'_>) -> Vec<Run> {
        block.runs.to_vec()
    }
}

impl Ranges {
    /// A line for each range, at most `max`.
    pub(super) fn text(diff: &Diff, max: Option<u64>) -> Self {
        let [start, _] = diff.starts();
        Self {
            start,
            json: false,
            max,
            shown: 0,
            at: 0,
            last: None,
        }
    }

    /// The elements of an array in JSON.
    pub(super) fn json(diff: &Diff, max: Option<u64>) -> Self {
        Self {
            json: true,
            ..Self::text(diff, max)
        }
    }

    /// The number of ranges that were shown.
    pub(super) fn shown(&self) -> u64 {
        self.shown
    }

    fn write_last(&mut self, out: &mut impl Write) -> io::Result<()> {
        let Some((start, end)) = self.last.take() else {
            return Ok(());
        };
        if self.max == Some(self.shown) {
            return Ok(());
        }
        let is_first = self.shown == 0;
        self.shown += 1;
        let (offset, length) = (self.start.0 + start, end - start);
        match self.json {
            true => DiffObject::range(out, is_first, offset, length),
            false => writeln!(out, "{offset} {length}"),
        }
    }
}

impl Sink for Ranges {
    type Digest = RangesDigest;

    fn digest(&self) -> Arc<RangesDigest> {
        Arc::new(RangesDigest)
    }

    fn take(&mut self, step: Step<Vec<Run>>, out: &mut impl Write) -> io::Result<()> {
        if let Step::Different(_, runs) = &step {
            for run in runs {
                let (start, end) = (self.at + run.start as u64, self.at + run.end() as u64);
                match &mut self.last {
                    Some((_, last)) if *last == start => *last = end,
                    _ => {
                        self.write_last(out)?;
                        self.last = Some((start, end));
                    }
                }
            }
        }
        self.at += step.length();
        Ok(())
    }

    fn finish(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.write_last(out)
    }
}

/// Lines of bytes of both sides.
pub(super) struct Drawing {
    pairs: Pairs,
    digest: Arc<DrawingDigest>,
    /// The number of bytes on a line.
    line: u64,
    max: Option<u64>,
    shown: u64,
    /// The number of bytes of each side so far.
    at: u64,
    /// The end of the last run so far.
    end: Option<u64>,
    /// Where to stop.
    limit: u64,
}

/// Copies the bytes.
pub(super) struct DrawingDigest {
    margin: usize,
}

/// The bytes of both sides.
pub(super) struct Sides {
    a: Vec<u8>,
    b: Vec<u8>,
    runs: Vec<Run>,
}

impl Digest for DrawingDigest {
    type Item = Sides;
    const BLOCK: usize = BLOCK;

    fn margin(&self) -> usize {
        self.margin
    }

    fn digest(&self, block: Block<'_>) -> Sides {
        Sides {
            a: block.a.to_vec(),
            b: block.b.to_vec(),
            runs: block.runs.to_vec(),
        }
    }
}

impl Drawing {
    /// A drawing of at most `max` ranges, to the end of the line of the last one.
    pub(super) fn new(options: PairOptions, max: Option<u64>) -> Self {
        let pairs = Pairs::new(options);
        let margin = usize::try_from(pairs.reach()).unwrap_or(usize::MAX);
        Self {
            digest: Arc::new(DrawingDigest { margin }),
            pairs,
            line: u64::from(options.look.panels.get()) * 8,
            max,
            shown: 0,
            at: 0,
            end: None,
            limit: u64::MAX,
        }
    }

    /// The number of ranges that were shown.
    pub(super) fn shown(&self) -> u64 {
        self.shown
    }

    /// Counts the ranges that are shown, and finds out where to stop.
    fn count(&mut self, runs: &[Run]) {
        for run in runs {
            let (start, end) = (self.at + run.start as u64, self.at + run.end() as u64);
            if start >= self.limit {
                return;
            }
            if self.end != Some(start) {
                self.shown += 1;
            }
            self.end = Some(end);
            if self.max.is_some_and(|max| self.shown >= max) && self.limit == u64::MAX {
                self.limit = end.next_multiple_of(self.line);
            }
        }
    }
}

impl Sink for Drawing {
    type Digest = DrawingDigest;

    fn digest(&self) -> Arc<DrawingDigest> {
        Arc::clone(&self.digest)
    }

    fn take(&mut self, step: Step<Sides>, out: &mut impl Write) -> io::Result<()> {
        if let Step::Different(_, sides) = &step {
            self.count(&sides.runs);
        }
        let length = step.length();
        let left = self.limit - self.at.min(self.limit);
        let part = usize::try_from(left).unwrap_or(usize::MAX);
        let first = |bytes: &[u8]| bytes.len().min(part);
        self.at += length;
        match step {
            _ if part == 0 => Ok(()),
            Step::Same(length) => {
                self.pairs.skip(length.min(left));
                Ok(())
            }
            Step::Zeros(length) => self.pairs.zeros(length.min(left), out),
            Step::Edge(bytes) => self.pairs.equal(&bytes[..first(&bytes)], out),
            Step::Different(_, Sides { a, b, .. }) => {
                self.pairs.block(&a[..first(&a)], &b[..first(&b)], out)
            }
            Step::Rest(SideName::A, bytes) => self.pairs.block(&bytes[..first(&bytes)], &[], out),
            Step::Rest(SideName::B, bytes) => self.pairs.block(&[], &bytes[..first(&bytes)], out),
        }
    }

    fn finish(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.pairs.finish(out)
    }
}
