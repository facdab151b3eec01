//! One file whose pages are locked, and bringing its locks up to date with its contents.

use std::mem;
use std::time::{Duration, SystemTime};

use super::budget::Budget;
use super::plan::Plan;
use crate::mapping::cache::walk::Found;
use crate::mapping::error::{Error, Result};
use crate::mapping::region::LockedPages;
use crate::mapping::source::{Handle, OpenFile, Source};
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, FileFacts, Kind, SourceName, SourceOffset, SourceRange};

/// The age from which on a file has the same time of change only if it did not change. The clock of some file systems
/// advances once a second.
const SETTLED: Duration = Duration::from_secs(2);

/// How often a file that is truncated at the same time is tried.
const TRIES: u32 = 8;

/// A file whose pages are locked.
#[derive(Debug)]
pub(super) struct PinnedFile {
    /// The name under which it was found last.
    pub(super) name: SourceName,
    /// Its size.
    pub(super) size: ByteLength,
    /// The number of bytes in holes.
    pub(super) holes: ByteLength,
    /// In order.
    parts: Vec<LockedPages>,
    /// Its state when its pages were locked, if a later change would be seen.
    state: Option<State>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    size: ByteLength,
    changed: SystemTime,
}

impl State {
    fn of(file: &OpenFile, facts: &FileFacts) -> Option<Self> {
        let changed = sys::last_change(file).ok()?;
        let size = facts.size;
        Some(Self { size, changed })
    }

    /// The same if it is old enough.
    fn settled(self) -> Option<Self> {
        let age = SystemTime::now().duration_since(self.changed).ok()?;
        (age >= SETTLED).then_some(self)
    }
}

impl PinnedFile {
    /// A file of which nothing is locked yet.
    pub(super) fn new(name: SourceName) -> Self {
        Self {
            name,
            size: ByteLength::ZERO,
            holes: ByteLength::ZERO,
            parts: Vec::new(),
            state: None,
        }
    }

    /// The number of bytes that are locked.
    pub(super) fn locked(&self) -> ByteLength {
        self.parts.iter().map(LockedPages::length).sum()
    }

    /// Whether the file did not change since its pages were locked.
    pub(super) fn is_current(&self, found: &Found) -> bool {
        let handle = found.source.handle();
        let now = handle.and_then(|handle| State::of(handle.file(), &found.facts));
        self.state.is_some() && self.state == now
    }

    /// Locks all pages of the file that hold data, and unlocks those beyond its end.
    ///
    /// # Errors
    /// Those of locking; what was locked stays so.
    pub(super) fn renew(&mut self, source: &Source, budget: &Budget) -> Result<()> {
        let handle = source
            .handle()
            .ok_or_else(|| Error::usage("its pages are not in the page cache"))?;
        self.state = None;
        let mut tries = 1..TRIES;
        loop {
            let facts = handle.facts()?;
            let state = State::of(handle.file(), &facts);
            let outcome = self.lock(source, &facts, budget);
            match outcome {
                // The file was truncated while its pages were read.
                Err(error)
                    if error.kind() == Kind::Fault
                        && is_shorter(handle, &facts)
                        && tries.next().is_some() => {}
                Ok(()) => {
                    self.state = state.and_then(State::settled);
                    return Ok(());
                }
                failed => return failed,
            }
        }
    }

    fn lock(&mut self, source: &Source, facts: &FileFacts, budget: &Budget) -> Result<()> {
        let plan = Plan::of(source, facts.size)?;
        (self.size, self.holes) = (facts.size, plan.holes);
        let mut old = mem::take(&mut self.parts).into_iter().peekable();
        let mut work = Work {
            source,
            budget,
            parts: Vec::new(),
        };
        let mut outcome = Ok(());
        for run in plan.runs {
            outcome = work.run(run, &mut old);
            if outcome.is_err() {
                break;
            }
        }
        self.parts = work.parts;
        match outcome {
            Ok(()) => old.for_each(|part| budget.unlock(part.length())),
            Err(_) => self.parts.extend(old),
        }
        outcome.and_then(|()| self.cut(source, plan.end, budget))
    }

    /// Unlocks pages beyond the end of the file.
    fn cut(&mut self, source: &Source, end: SourceOffset, budget: &Budget) -> Result<()> {
        if let Some(last) = self
            .parts
            .last_mut()
            .filter(|last| last.range().end() > end)
        {
            budget.unlock(SourceOffset::from_to(end, last.range().end()));
            last.end_at(source, end)?;
        }
        Ok(())
    }
}

fn is_shorter(handle: &Handle, facts: &FileFacts) -> bool {
    handle.facts().is_ok_and(|now| now.size < facts.size)
}

/// The locking of one file.
struct Work<'a> {
    source: &'a Source,
    budget: &'a Budget,
    /// The parts up to the present place.
    parts: Vec<LockedPages>,
}

impl Work<'_> {
    /// Locks the pages of a run of data. `old` are the parts that were locked before, from here on.
    fn run(
        &mut self,
        run: SourceRange,
        old: &mut std::iter::Peekable<std::vec::IntoIter<LockedPages>>,
    ) -> Result<()> {
        let mut at = run.offset();
        if let Some(last) = self.parts.last_mut().filter(|last| last.range().end() > at) {
            // A hole was made inside it.
            last.bring_in(self.source, run, &mut |_| self.budget.check())?;
            at = last.range().end();
        }
        while let Some(part) = old.next_if(|part| part.range().offset() < run.end()) {
            let range = part.range();
            if range.end() <= at {
                self.budget.unlock(part.length());
                continue;
            }
            let before = SourceRange::between(at, range.offset());
            let filled = before.map_or(Ok(()), |gap| self.fill(gap));
            at = range.end();
            self.parts.push(part);
            filled?;
            if let Some(last) = self.parts.last_mut() {
                last.bring_in(self.source, run, &mut |_| self.budget.check())?;
            }
        }
        SourceRange::between(at, run.end()).map_or(Ok(()), |rest| self.fill(rest))
    }

    /// Locks pages that are not locked yet: as a part of those before them, or on their own.
    fn fill(&mut self, gap: SourceRange) -> Result<()> {
        if gap.is_empty() {
            return Ok(());
        }
        self.budget.lock(gap.length())?;
        let outcome = match self.parts.last_mut() {
            Some(last) if last.range().end() == gap.offset() => {
                last.end_at(self.source, gap.end()).and_then(|()| {
                    last.bring_in(self.source, gap, &mut |piece| {
                        self.budget.bring_in(piece.length())
                    })
                })
            }
            _ => {
                let mut before = |piece: SourceRange| self.budget.bring_in(piece.length());
                let locked = LockedPages::lock(self.source, gap, &mut before);
                locked.map(|part| self.parts.push(part))
            }
        };
        let covered = self.parts.last().map(|last| last.range().end());
        if outcome.is_err() && covered != Some(gap.end()) {
            self.budget.unlock(gap.length());
        }
        outcome
    }
}
