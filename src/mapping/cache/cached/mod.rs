//! Measures what the page cache holds of files and of everything below directories.

mod column;
mod order;
mod sum;

use std::num::NonZeroUsize;

pub use column::CachedColumn;
pub use order::{Order, SortKey};
pub use sum::{Cached, CachedSum};

use super::walk::{Done, Event, Found, Paths, Rows, Walked, each_file};
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
    /// Whether to find out which of the cached pages are up to date, which takes longer.
    pub exact: bool,
    /// The number of spans of the picture of each file.
    pub spans: Option<NonZeroUsize>,
}

/// Measures the files of the paths, and passes each row to `report`.
///
/// # Errors
/// `usage` for a range of a directory or of several paths; those of [`each_file`]. The failure to measure a file goes to
/// `report`.
pub fn cached(
    request: &CachedRequest,
    interrupts: &Interrupts,
    report: &mut dyn FnMut(Event<Cached>) -> Result<()>,
) -> Result<Walked<Cached>> {
    Feature::Cached.require("measure the page cache")?;
    request.paths.check_range(request.range.as_ref())?;
    let job = |found: &Found| Done::from(measure(request, found));
    let order = &request.order;
    if order.streams() {
        return each_file(
            &request.paths,
            request.rows,
            interrupts,
            &job,
            &mut |event| match event {
                Event::Row(row) if !order.takes(&row) => Ok(()),
                other => report(other),
            },
        );
    }
    let mut rows = Vec::new();
    let walked = each_file(
        &request.paths,
        request.rows,
        interrupts,
        &job,
        &mut |event| match event {
            Event::Row(row) => {
                order.collect(&mut rows, row);
                Ok(())
            }
            other => report(other),
        },
    )?;
    for row in order.sorted(rows) {
        report(Event::Row(row))?;
    }
    Ok(walked)
}

fn measure(request: &CachedRequest, found: &Found) -> Result<Cached> {
    let Some(handle) = found.source.handle() else {
        return Err(Error::usage("its pages are not in the page cache"));
    };
    let page = sys::page_size();
    let range = match &request.range {
        Some(range) => found.source.resolve(range, false)?,
        None => found.whole()?,
    };
    let picture = match request.spans {
        Some(spans) if !range.is_empty() => Some(picture_of_file(
            handle.file(),
            range,
            page,
            spans.get() as u64,
        )),
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
        picture,
    })
}
