//! Measures what the page cache holds of files and of everything below directories.

mod changes;
mod column;
mod kept;
mod order;
mod packed;
mod sum;

pub use changes::Changes;
pub use column::CachedColumn;
pub use kept::KeptRows;
pub use order::{Order, SortKey};
pub use sum::{Cached, CachedSum};

use super::walk::{Done, Event, Found, Paths, Row, RowKind, Rows, Walked, each_file};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::residency::{cached_of_file, of_file, picture_of_file};
use crate::mapping::platform::Feature;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::sys;
use crate::mapping::types::RangeRequest;

/// What to measure, and the rows to report.
#[derive(Clone, Debug, Default)]
pub struct CachedRequest {
    /// The paths.
    pub paths: Paths,
    /// The part of the only path, which is no directory.
    pub range: Option<RangeRequest>,
    /// The rows.
    pub rows: Rows,
    /// The choice and the order of the rows.
    pub order: Order,
    /// Whether the rows are returned together even if they could be reported as they come.
    pub keep: bool,
    /// Whether to find out which of the cached pages are up to date, which takes longer.
    pub exact: bool,
    /// The pictures of files.
    pub pictures: Pictures,
}

/// The files of which there is a picture, and the number of its spans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pictures {
    /// None.
    #[default]
    Nothing,
    /// The only path, if it is no directory.
    OfOnlyFile(u64),
    /// Each file.
    OfEach(u64),
}

impl Pictures {
    fn spans(self, paths: &Paths) -> Option<u64> {
        match self {
            Self::OfEach(spans) => Some(spans),
            Self::OfOnlyFile(spans) => paths.only_file().map(|_| spans),
            Self::Nothing => None,
        }
    }
}

/// Measures the files of the paths. Passes each row to `report`, or returns all rows in order if they must be sorted or
/// are to be kept. With `changes`, the rows have what came and went since the last look; a file that cannot be measured
/// has no row.
///
/// # Errors
/// `usage` for a range of a directory or of several paths; those of [`each_file`]. The failure to measure a file goes to
/// `report`.
pub fn cached(
    request: &CachedRequest,
    interrupts: &Interrupts,
    mut changes: Option<&mut Changes>,
    report: &mut dyn FnMut(Event<Cached>) -> Result<()>,
) -> Result<(Walked<Cached>, KeptRows)> {
    Feature::Cached.require("measure the page cache")?;
    request.paths.check_range(request.range.as_ref())?;
    let spans = request.pictures.spans(&request.paths);
    let job = |found: &Found| Done::from(measure(request, spans, found));
    let order = &request.order;
    let keep = request.keep || !order.streams();
    let mut rows = KeptRows::default();
    if let Some(changes) = &mut changes {
        changes.next();
    }
    let mut sink = |event| match event {
        Event::Row(row) if is_of_no_file(&row) => Ok(()),
        Event::Row(mut row) => {
            row.sum.keep_resident(request.exact);
            if let Some(changes) = &mut changes {
                changes.note(&mut row);
            }
            match order.takes(&row) {
                true if keep => {
                    order.keep(&mut rows, row);
                    report(Event::Tick)
                }
                true => report(Event::Row(row)),
                false => report(Event::Tick),
            }
        }
        other => report(other),
    };
    let mut walked = each_file(&request.paths, request.rows, interrupts, &job, &mut sink)?;
    walked.total.keep_resident(request.exact);
    if let Some(changes) = &mut changes {
        changes.note_total(&mut walked.total);
    }
    order.finish(&mut rows);
    Ok((walked, rows))
}

/// Whether a row is that of a file that could not be measured.
fn is_of_no_file(row: &Row<Cached>) -> bool {
    row.kind == RowKind::File && row.sum.sum.files == 0
}

fn measure(request: &CachedRequest, spans: Option<u64>, found: &Found) -> Result<Cached> {
    let Some(handle) = found.source.handle() else {
        return Err(Error::usage("its pages are not in the page cache"));
    };
    let page = sys::page_size();
    let range = match &request.range {
        Some(range) => found.source.resolve(range, false)?,
        None => found.whole()?,
    };
    let picture = match spans {
        Some(spans) if !range.is_empty() => {
            Some(picture_of_file(handle.file(), range, page, spans))
        }
        _ => None,
    };
    let seen = match &picture {
        Some(picture) => picture.total(),
        None if range.is_empty() => return Ok(Cached::default().with_file(range.length())),
        None if request.exact => of_file(handle.file(), range, page),
        None => cached_of_file(handle.file(), range, page),
    };
    Ok(Cached {
        sum: CachedSum::of_file(range.length(), &seen),
        unknown: seen.unknown_reason.filter(|_| seen.counts.held().is_none()),
        picture: picture.map(Box::new),
        change: None,
    })
}
