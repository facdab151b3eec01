//! Looks at a range again and again, and finds the bytes that changed since the last look.

use std::time::{Duration, Instant};

use super::memory::{MemoryRange, MemoryRequest};
use crate::mapping::actions::runs::runs;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::memory;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::region::Readable;
use crate::mapping::region::stream::{Part, Stream};
use crate::mapping::source::{Source, SourceSpec};
use crate::mapping::types::{
    ByteLength, Kind, LengthText, OffsetRequest, RangeRequest, SourceName, SourceOffset,
    SourceRange,
};

/// The operation, in errors.
const OPERATION: &str = "watch";

/// The part of the range that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Its first 64 KiB: more than a screen shows.
    Screen,
    /// All of it, which must not be longer than [`Extent::MOST`]: two looks are in memory.
    Whole,
}

impl Extent {
    /// The longest range that is looked at as a whole.
    pub const MOST: ByteLength = ByteLength(16 << 20);

    /// The number of bytes to look at in a range of this length.
    fn of(self, length: ByteLength) -> Result<ByteLength> {
        match self {
            Self::Screen => Ok(length.min(ByteLength(64 << 10))),
            Self::Whole if length > Self::MOST => {
                let (length, most) = (LengthText(length), LengthText(Self::MOST));
                let reason = format!("the range is {length}, and at most {most} can be compared");
                Err(Error::new(Kind::Limit, OPERATION, reason).hint("select a shorter range"))
            }
            Self::Whole => Ok(length),
        }
    }
}

/// A range that is looked at again and again.
#[derive(Debug)]
pub struct WatchedRange {
    name: SourceName,
    subject: Subject,
    /// The last two looks.
    before: Option<Look>,
    now: Option<Look>,
    /// For each byte of the last look, the number of looks since it changed.
    ages: Vec<u8>,
}

/// The bytes to look at.
#[derive(Debug)]
enum Subject {
    Source(Box<Source>, RangeRequest),
    Process(MemoryRequest),
}

/// What one look saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The offset of the first byte.
    pub start: SourceOffset,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The end of the source, or of the selected memory of a process.
    pub end: SourceOffset,
    /// The number of bytes that could not be read, and are zeros here.
    pub unreadable: ByteLength,
}

/// Adjacent bytes that changed between two looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change<'a> {
    /// The offset of the first byte.
    pub offset: SourceOffset,
    /// The bytes before; empty if the source has grown by these bytes.
    pub old: &'a [u8],
    /// The bytes now; empty if the source has lost these bytes.
    pub new: &'a [u8],
}

/// The age of a byte that has not changed.
const NEVER: u8 = u8::MAX;

impl WatchedRange {
    /// Opens a source. Without an offset, the range starts at the position of the standard input, and at the start of any
    /// other source. The range is found anew at each look: it follows the end of a source that grows or is truncated.
    ///
    /// # Errors
    /// Those of [`Readable::open`] and [`Source::available`]; `unsupported` for a source that can be read only once.
    pub fn open(
        spec: &SourceSpec,
        offset: Option<OffsetRequest>,
        length: Option<ByteLength>,
    ) -> Result<Self> {
        let name = spec.name();
        let (source, position) = match Readable::open(spec)? {
            Readable::Source { source, position } => (source, position),
            Readable::Stream(_) => {
                let reason = "it can be read only once";
                let error = Error::new(Kind::Unsupported, OPERATION, reason).on(&name);
                return Err(error.hint("watch a file, a shared memory region or a process"));
            }
        };
        let request = RangeRequest {
            offset: offset.unwrap_or(OffsetRequest::FromStart(position)),
            length,
        };
        source.available(&request)?;
        Ok(Self::new(name, Subject::Source(source, request)))
    }

    /// The memory of a process. It is selected anew at each look.
    #[must_use]
    pub fn of_process(request: MemoryRequest) -> Self {
        let name = SourceName::Process(request.pid);
        Self::new(name, Subject::Process(request))
    }

    fn new(name: SourceName, subject: Subject) -> Self {
        Self {
            name,
            subject,
            before: None,
            now: None,
            ages: Vec::new(),
        }
    }

    /// The name of the source.
    #[must_use]
    pub fn name(&self) -> &SourceName {
        &self.name
    }

    /// The source; `None` for a process.
    #[must_use]
    pub fn source(&self) -> Option<&Source> {
        match &self.subject {
            Subject::Source(source, _) => Some(source),
            Subject::Process(_) => None,
        }
    }

    /// The last look.
    #[must_use]
    pub fn last(&self) -> Option<&Look> {
        self.now.as_ref()
    }

    /// For each byte of the last look, the number of looks since it changed; 255 for none.
    #[must_use]
    pub fn ages(&self) -> &[u8] {
        &self.ages
    }

    /// The changes between the last two looks, in order of offset.
    pub fn changes(&self) -> impl Iterator<Item = Change<'_>> {
        let looks = self.before.as_ref().zip(self.now.as_ref());
        looks.into_iter().flat_map(|(old, new)| changes(old, new))
    }

    /// Looks at the range. `goes_on` is asked between parts whether to complete the look.
    ///
    /// # Errors
    /// `limit` for a range that is too long; `fault` when bytes cannot be read; for a process, those of
    /// `MemoryRange::open`. A source that is truncated meanwhile is no failure.
    pub fn look(
        &mut self,
        extent: Extent,
        goes_on: &mut dyn FnMut() -> Result<bool>,
    ) -> Result<()> {
        /// The time for which a failed look is repeated: the file may have been truncated and extended during the look.
        const PATIENCE: Duration = Duration::from_millis(200);
        // No more than two looks are in memory.
        self.before = None;
        let mut see = || match &self.subject {
            Subject::Source(source, request) => of_source(source, request, extent, goes_on),
            Subject::Process(request) => of_process(request, extent, goes_on),
        };
        let begun = Instant::now();
        let mut seen = see();
        while matches!(&seen, Err(error) if error.kind() == Kind::Fault)
            && begun.elapsed() < PATIENCE
        {
            seen = see();
        }
        let Some(seen) = seen.map_err(|error| error.on(&self.name))? else {
            return Ok(());
        };
        self.before = self.now.replace(seen);
        if extent == Extent::Screen {
            self.ages = self.next_ages();
        }
        Ok(())
    }

    /// The ages after the last look.
    fn next_ages(&self) -> Vec<u8> {
        let Some(now) = &self.now else {
            return Vec::new();
        };
        let mut ages = vec![NEVER; now.bytes.len()];
        let Some(before) = &self.before else {
            return ages;
        };
        let (kept, at, _) = shared(before, now);
        let older = self.ages.iter().skip(kept);
        for (age, last) in ages.iter_mut().skip(at).zip(older) {
            *age = last.saturating_add(1);
        }
        for change in changes(before, now) {
            let place = SourceOffset::from_to(now.start, change.offset).saturating_usize();
            let changed = ages.iter_mut().skip(place).take(change.new.len());
            changed.for_each(|age| *age = 0);
        }
        ages
    }
}

/// The bytes that two looks share: their place in each, and their number.
fn shared(old: &Look, new: &Look) -> (usize, usize, usize) {
    let start = old.start.max(new.start);
    let place = |look: &Look| SourceOffset::from_to(look.start, start).saturating_usize();
    let left = |look: &Look| look.bytes.len().saturating_sub(place(look));
    (place(old), place(new), left(old).min(left(new)))
}

/// The changes between two looks. Bytes that only one of them looked at count if the source did not have them at the
/// time of the other.
fn changes<'a>(old: &'a Look, new: &'a Look) -> impl Iterator<Item = Change<'a>> {
    let (old_place, new_place, length) = shared(old, new);
    let part = |look: &'a Look, place: usize| {
        let rest = look.bytes.get(place..).unwrap_or_default();
        rest.get(..length).unwrap_or(rest)
    };
    let (before, now) = (part(old, old_place), part(new, new_place));
    let start = new.start.plus(ByteLength::of(new_place));
    let replaced = runs(before, now).map(move |run| {
        let part = |bytes: &'a [u8]| bytes.get(run.start..run.end()).unwrap_or_default();
        Change {
            offset: start.plus(ByteLength::of(run.start)),
            old: part(before),
            new: part(now),
        }
    });
    let lost = beyond(old, new.end).map(|(offset, old)| Change {
        offset,
        old,
        new: &[],
    });
    let added = beyond(new, old.end).map(|(offset, new)| Change {
        offset,
        old: &[],
        new,
    });
    replaced.chain(lost).chain(added)
}

/// The bytes of a look from an offset on, if there are some, and the offset of the first one.
fn beyond(look: &Look, end: SourceOffset) -> Option<(SourceOffset, &[u8])> {
    let start = end.max(look.start);
    let place = SourceOffset::from_to(look.start, start).saturating_usize();
    let bytes = look.bytes.get(place..).filter(|bytes| !bytes.is_empty())?;
    Some((start, bytes))
}

/// Looks at a range of a source; `None` if the user ended it.
fn of_source(
    source: &Source,
    request: &RangeRequest,
    extent: Extent,
    goes_on: &mut dyn FnMut() -> Result<bool>,
) -> Result<Option<Look>> {
    let size = source.size()?;
    // The start of a source that has become too short for an offset from its end.
    let start = request.start(size).unwrap_or_default();
    let end = SourceOffset::START.plus(size);
    let rest = SourceOffset::from_to(start, end);
    let length = extent.of(request.length.map_or(rest, |length| length.min(rest)))?;
    let range = SourceRange::new(start, length).unwrap_or_default();
    let mut stream = Stream::new(source, range);
    let mut bytes = space(length)?;
    let read = fill(&mut bytes, goes_on, |buffer| stream.next(buffer));
    let end = match read {
        Ok(Some(())) => end,
        Ok(None) => return Ok(None),
        Err(error) => {
            // The file may have been truncated meanwhile.
            let size = source.size()?;
            let kept = SourceOffset::from_to(start, SourceOffset::START.plus(size));
            if kept >= length {
                return Err(error);
            }
            bytes.truncate(kept.saturating_usize());
            SourceOffset::START.plus(size)
        }
    };
    Ok(Some(Look {
        start,
        bytes,
        end,
        unreadable: ByteLength::ZERO,
    }))
}

/// Looks at memory of a process; `None` if the user ended it.
fn of_process(
    request: &MemoryRequest,
    extent: Extent,
    goes_on: &mut dyn FnMut() -> Result<bool>,
) -> Result<Option<Look>> {
    let mut memory = MemoryRange::open(request)?;
    let (start, length) = (memory.start(), memory.length());
    let mut bytes = space(extent.of(length)?)?;
    let interrupts = Interrupts::new();
    let read = fill(&mut bytes, goes_on, |buffer| {
        memory.next(buffer, &interrupts)
    })?;
    let seen = start.plus(ByteLength::of(bytes.len()));
    let gaps = memory.gaps().iter();
    let unreadable =
        gaps.map(|gap| SourceOffset::from_to(gap.offset, gap.offset.plus(gap.length).min(seen)));
    Ok(read.map(|()| Look {
        start,
        bytes,
        end: start.plus(length),
        unreadable: unreadable.sum(),
    }))
}

/// Zeros for this number of bytes.
fn space(length: ByteLength) -> Result<Vec<u8>> {
    let length = length.saturating_usize();
    memory::buffer(length, length, OPERATION)
}

/// Fills a buffer of zeros with the parts that `next` reads; `None` if the user ended it.
fn fill(
    bytes: &mut [u8],
    goes_on: &mut dyn FnMut() -> Result<bool>,
    mut next: impl FnMut(&mut [u8]) -> Result<Part>,
) -> Result<Option<()>> {
    /// The greatest number of bytes to read before the user is asked.
    const MOST: usize = 256 << 10;
    let mut rest = bytes;
    while !rest.is_empty() {
        if !goes_on()? {
            return Ok(None);
        }
        let most = rest.len().min(MOST);
        let part = next(rest.get_mut(..most).unwrap_or_default())?;
        let done = match part {
            Part::Bytes(count) => count.get(),
            Part::Hole(count) => ByteLength(count.get()).saturating_usize(),
            Part::End => break,
        };
        rest = rest.get_mut(done..).unwrap_or_default();
    }
    Ok(Some(()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn look(start: u64, bytes: &[u8], end: u64) -> Look {
        Look {
            start: SourceOffset(start),
            bytes: bytes.to_vec(),
            end: SourceOffset(end),
            unreadable: ByteLength::ZERO,
        }
    }

    fn found(old: &Look, new: &Look) -> Vec<(u64, Vec<u8>, Vec<u8>)> {
        changes(old, new)
            .map(|change| (change.offset.0, change.old.to_vec(), change.new.to_vec()))
            .collect()
    }

    #[test]
    fn bytes_that_only_one_look_saw_count_if_the_source_gained_or_lost_them() {
        let bytes = |text: &str| text.as_bytes().to_vec();
        let change = |at, old, new| (at, bytes(old), bytes(new));
        let abcd = look(4, b"abcd", 8);
        assert_eq!(found(&abcd, &look(4, b"abcd", 8)), []);
        assert_eq!(
            found(&abcd, &look(4, b"aBCdef", 10)),
            [change(5, "bc", "BC"), change(8, "", "ef")]
        );
        assert_eq!(found(&abcd, &look(4, b"a", 5)), [change(5, "bcd", "")]);
        assert_eq!(found(&abcd, &look(4, b"", 2)), [change(4, "abcd", "")]);
        assert_eq!(found(&look(4, b"", 4), &abcd), [change(4, "", "abcd")]);
        // The window moved, or became larger or smaller; the source did not.
        assert_eq!(
            found(&abcd, &look(6, b"cDe", 9)),
            [change(7, "d", "D"), change(8, "", "e")]
        );
        assert_eq!(found(&abcd, &look(2, b"xxab", 8)), []);
        assert_eq!(found(&look(4, b"ab", 8), &abcd), []);
        assert_eq!(found(&abcd, &look(4, b"ab", 8)), []);
        assert_eq!(
            found(&abcd, &look(100, b"new", 103)),
            [change(100, "", "new")]
        );
    }

    #[test]
    fn a_byte_ages_with_each_look_and_keeps_its_age_when_the_range_moves() {
        let mut watched = WatchedRange::of_process(MemoryRequest {
            pid: 1,
            part: super::super::MemoryPart::From(0),
            strict: false,
        });
        let mut ages = |start, bytes: &[u8]| {
            watched.before = watched.now.replace(look(start, bytes, 99));
            watched.ages = watched.next_ages();
            watched.ages.clone()
        };
        assert_eq!(ages(10, b"abc"), [NEVER; 3]);
        assert_eq!(ages(10, b"aBc"), [NEVER, 0, NEVER]);
        assert_eq!(ages(10, b"aBC"), [NEVER, 1, 0]);
        assert_eq!(ages(11, b"BCd"), [2, 1, NEVER]);
        assert_eq!(ages(9, b"-aB"), [NEVER, NEVER, 3]);
    }

    proptest! {
        #[test]
        fn changes_turn_the_old_bytes_into_the_new_ones(
            old in proptest::collection::vec(0..3_u8, 0..2000),
            edits in proptest::collection::vec((0..2000_usize, any::<u8>()), 0..20),
            length in 0..2000_usize,
        ) {
            let mut new = old.clone();
            new.resize(length, 7);
            for (at, value) in edits {
                if let Some(byte) = new.get_mut(at) {
                    *byte = value;
                }
            }
            let (before, now) = (look(5, &old, 5 + old.len() as u64), look(5, &new, 5 + length as u64));
            let mut made = old;
            let mut last = 0;
            for change in changes(&before, &now) {
                // Runs have a byte between them, except before the bytes that were added or lost.
                prop_assert!(change.offset.0 > last || change.old.len() != change.new.len());
                let at = change.offset.0 as usize - 5;
                prop_assert!(change.old.iter().zip(change.new).all(|(a, b)| a != b));
                made.splice(at..at + change.old.len(), change.new.iter().copied());
                last = change.offset.0 + change.new.len() as u64;
            }
            prop_assert_eq!(made, new);
        }
    }
}
