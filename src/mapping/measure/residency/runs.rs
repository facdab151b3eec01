//! The runs of pages of a file that are in memory.

use super::of_file::cached_of_file;
use crate::mapping::sys;
use crate::mapping::sys::OpenFile;
use crate::mapping::types::{ByteLength, PageSize, SourceOffset, SourceRange, UnknownReason};

/// The length of a part of a file whose pages are inspected although few of them are cached.
const INSPECTED: ByteLength = ByteLength(64 << 20);

/// Calls `visit` for each run of pages of a range that are in memory and up to date, in order; each is as long as it can
/// be. The range is widened to whole pages. Pages may come and go meanwhile.
///
/// # Errors
/// Why the pages cannot be seen. Some runs may have been visited.
pub fn runs_of_file(
    file: &OpenFile,
    range: SourceRange,
    page: PageSize,
    visit: &mut dyn FnMut(SourceRange),
) -> Result<(), UnknownReason> {
    let range = range.widen(page).unwrap_or(range);
    if !sys::may_ask_mincore(file) {
        return Err(UnknownReason::NotPermitted);
    }
    let mut finder = Finder {
        file,
        page,
        incore: sys::Incore::new(file, range.end().0, page),
        run: SourceRange::default(),
        visit,
    };
    finder.find(range)?;
    finder.end_run();
    Ok(())
}

struct Finder<'a> {
    file: &'a OpenFile,
    page: PageSize,
    incore: sys::Incore<'a>,
    /// The last run, which may go on.
    run: SourceRange,
    visit: &'a mut dyn FnMut(SourceRange),
}

impl Finder<'_> {
    /// Finds the runs of a part. The kernel counts pages faster than it tells which they are.
    fn find(&mut self, part: SourceRange) -> Result<(), UnknownReason> {
        let seen = cached_of_file(self.file, part, self.page);
        let held = seen.counts.held();
        match (held, seen.unknown_reason) {
            (Some(0), _) => return Ok(()),
            (None, Some(reason)) => return Err(reason),
            _ => {}
        }
        let middle = part
            .offset()
            .plus(ByteLength(part.length().0.div_euclid(2)));
        let middle = SourceOffset(self.page.align_down(middle.0));
        let halves = SourceRange::between(part.offset(), middle)
            .zip(SourceRange::between(middle, part.end()))
            .filter(|_| held != Some(seen.counts.pages) && part.length() > INSPECTED);
        if let Some((first, second)) = halves {
            self.find(first)?;
            return self.find(second);
        }
        let (last, visit) = (&mut self.run, &mut self.visit);
        let found = self.incore.runs(part, |run| {
            match SourceRange::between(last.offset(), run.end()) {
                Some(joined) if last.end() == run.offset() && !last.is_empty() => *last = joined,
                _ => {
                    if !last.is_empty() {
                        visit(*last);
                    }
                    *last = run;
                }
            }
        });
        found.map_err(UnknownReason::from)
    }

    fn end_run(&mut self) {
        if !self.run.is_empty() {
            (self.visit)(self.run);
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::FileExt;

    #[test]
    fn runs_are_the_pages_that_were_read_and_are_as_long_as_they_can_be() {
        let page = sys::page_size();
        let file = tempfile::NamedTempFile::new_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let file = file.as_file();
        let far = 3 << 30;
        file.set_len(far + 3 * page.bytes() - 1).unwrap();
        // Dirty pages stay in memory.
        let write = |pages: u64, at: u64| {
            let bytes = vec![1; usize::try_from(pages * page.bytes()).unwrap()];
            file.write_all_at(&bytes, at).unwrap();
        };
        write(1, 0);
        write(2, 3 * page.bytes());
        write(2, (1 << 30) - page.bytes());
        write(2, far);
        let whole = SourceRange::between(
            SourceOffset(0),
            SourceOffset(file.metadata().unwrap().len()),
        );
        let mut found = Vec::new();
        runs_of_file(file, whole.unwrap(), page, &mut |run| {
            found.push((run.offset().0, run.length().0 / page.bytes()));
        })
        .unwrap();
        let expected = [
            (0, 1),
            (3 * page.bytes(), 2),
            ((1 << 30) - page.bytes(), 2),
            (far, 2),
        ];
        assert_eq!(found, expected);
    }
}
