//! Filling with the pieces of a text, each of which has its own offset. The text is parsed in `input`.

use super::job::{CHUNK, Job};
use super::outcome::{Expected, Reach, Written};
use super::placed::{Placed, place};
use super::progress::Phase;
use super::sweep;
use super::text::Text;
use crate::mapping::error::Result;
use crate::mapping::region::Region;
use crate::mapping::source::size::Reserve;
use crate::mapping::types::{
    Access, ByteLength, NewSize, OffsetRequest, RangeRequest, SourceOffset, SourceRange,
};

/// Writes the pieces of a text. Zeros beyond the end of a source that grows stay a hole.
pub(super) fn fill(job: &mut Job<'_>, text: Text) -> Result<Written> {
    let start = job.range(Some(ByteLength::ZERO))?;
    let mut stored = place(text.pieces, start.offset())?;
    let mut written = Written {
        range: hull(&stored).unwrap_or(start),
        length: total_length(&stored),
        reserved: false,
        input_length: None,
        expected: Expected::Unknown,
        failure: text.failure,
    };
    let mut holes = Vec::new();
    if stored.is_empty() {
        job.rehearse_truncation(start, ByteLength::ZERO)?;
    } else {
        let progress = job.control.progress;
        progress.begin(Phase::Filling, Some(written.length));
        job.resolve(&RangeRequest {
            offset: OffsetRequest::FromStart(written.range.offset()),
            length: Some(written.range.length()),
        })?;
        let old_size = job.old_size;
        let is_hole = |piece: &mut Placed| piece.range.offset().0 >= old_size.0 && piece.is_zero();
        holes = stored.extract_if(.., is_hole).collect();
        written.reserved = make_room(job, written.range, &stored)? && holes.is_empty();
        store(job, &stored, written.range)?;
        job.check_size(written.range)?;
    }
    written.expected = Expected::Pieces { stored, holes };
    Ok(written)
}

/// The range from the first piece to the end of the last.
fn hull(pieces: &[Placed]) -> Option<SourceRange> {
    let (first, last) = (pieces.first()?.range, pieces.last()?.range);
    SourceRange::between(first.offset(), last.end())
}

/// The number of bytes of all pieces.
fn total_length(pieces: &[Placed]) -> ByteLength {
    pieces.iter().map(|piece| piece.range.length()).sum()
}

/// Extends the source to the end of the hull and reserves blocks for the pieces.
fn make_room(job: &mut Job<'_>, hull: SourceRange, pieces: &[Placed]) -> Result<bool> {
    if job.request.private {
        return job.prepare(hull);
    }
    job.rehearse_truncation(hull, total_length(pieces))?;
    if hull.end().0 > job.old_size.0 {
        let size = NewSize::AtLeast(ByteLength(hull.end().0));
        job.source.set_size(size, None, None)?;
    }
    let first = resized(hull, ByteLength(1));
    Region::window(&job.source, first, Access::WRITE)?;
    let mut reserved = true;
    let mut pieces = pieces.iter().map(|piece| piece.range).peekable();
    while let Some(mut range) = pieces.next() {
        while let Some(next) = pieces.next_if(|next| next.offset() == range.end()) {
            range = resized(range, range.length().plus(next.length()));
        }
        reserved &= job.source.provide(range, Reserve::Range)?.reserved;
    }
    Ok(reserved)
}

/// The range with another length. A length beyond the largest offset changes nothing.
fn resized(range: SourceRange, length: ByteLength) -> SourceRange {
    SourceRange::new(range.offset(), length).unwrap_or(range)
}

/// The bytes of a piece that is stored and compared in one step: one that is short and does not repeat.
fn in_one_step(piece: &Placed) -> Option<&[u8]> {
    let bytes = piece.plain()?;
    (bytes.len() as u64 <= CHUNK.bytes()).then_some(bytes)
}

fn store(job: &Job<'_>, pieces: &[Placed], hull: SourceRange) -> Result<()> {
    let mut window = job.storing_window(hull.end());
    let mut reach = Reach::exactly(hull.offset(), hull.offset());
    for piece in pieces {
        let range = piece.range;
        let has_gaps = reach.has_gaps || reach.done < range.offset();
        reach = Reach {
            has_gaps,
            ..Reach::exactly(hull.offset(), range.offset())
        };
        if let Some(kind) = job.control.interrupts.requested() {
            return Err(job.stop(kind, reach, None));
        }
        match in_one_step(piece) {
            Some(bytes) => job.put(&mut window, range, bytes, reach)?,
            None => sweep::store(job, &piece.content()?, range, range.offset(), reach)?,
        }
        reach.done = range.end();
    }
    Ok(())
}

/// Reads pieces back and compares them. The window reaches no further than `end`.
///
/// # Errors
/// `mismatch` at the first byte that differs.
pub(super) fn compare<'a>(
    job: &Job<'_>,
    pieces: impl Iterator<Item = &'a Placed>,
    end: SourceOffset,
) -> Result<()> {
    let mut window = job.reading_window(end);
    for piece in pieces {
        let range = piece.range;
        let Some(bytes) = in_one_step(piece) else {
            sweep::compare(job, &piece.content()?, range)?;
            continue;
        };
        let region = window.covering(&job.source, range)?;
        if let Some(at) = region.compare(range.offset(), bytes)? {
            return Err(sweep::mismatch(region, &piece.content()?, range, at));
        }
    }
    Ok(())
}
