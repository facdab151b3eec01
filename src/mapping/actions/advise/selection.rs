//! The selection of mappings of another process, and facts about them and their files.

use crate::mapping::error::{Error, Result};
use crate::mapping::measure::holders::holders_of;
use crate::mapping::measure::proc_maps::{self, Vma};
use crate::mapping::measure::residency;
use crate::mapping::sys;
use crate::mapping::types::{
    AddressRange, ByteLength, Capability, Counts, FileIdentity, Holders, Kind, PageSize, Process,
    SourceOffset, SourceRange,
};

/// The mappings of a process to select.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// The parts of mappings in this range of addresses, widened to whole pages.
    Range(AddressRange),
    /// The mappings whose path, or name in brackets, contains these texts in this order.
    Pattern(Vec<String>),
}

impl Selection {
    /// The mappings that match a pattern: a part of the path, with `*` for any text.
    #[must_use]
    pub fn pattern(text: &str) -> Self {
        Self::Pattern(text.split('*').map(str::to_owned).collect())
    }

    /// The selected part of a mapping.
    fn part(&self, vma: &Vma, page: PageSize) -> Option<AddressRange> {
        match self {
            Self::Range(range) => {
                let end = page.align_up(range.end()).unwrap_or(u64::MAX);
                let whole = AddressRange::between(page.align_down(range.start()), end)?;
                Some(vma.range.intersection(whole)).filter(|part| !part.is_empty())
            }
            Self::Pattern(texts) => has_in_order(&vma.path, texts).then_some(vma.range),
        }
    }
}

fn has_in_order(path: &[u8], texts: &[String]) -> bool {
    let mut rest = path;
    texts.iter().map(String::as_bytes).all(|text| {
        if text.is_empty() {
            return true;
        }
        let found = rest.windows(text.len()).position(|window| window == text);
        let after = found.and_then(|at| rest.get(at.checked_add(text.len())?..));
        after.is_some_and(|after| {
            rest = after;
            true
        })
    })
}

/// The selected mappings of a process.
pub(super) struct Selected {
    pub(super) pid: u32,
    /// The mappings, each with its selected part.
    pub(super) parts: Vec<(Vma, AddressRange)>,
    /// The selected parts without their mappings.
    pub(super) ranges: Vec<AddressRange>,
}

impl Selected {
    /// Selects mappings of a process.
    pub(super) fn of(pid: u32, selection: &Selection) -> Result<Self> {
        let page = sys::page_size();
        let mut parts = Vec::new();
        let looked = proc_maps::visit(Process::Id(pid), AddressRange::ALL, |vma| {
            if let Some(part) = selection.part(&vma, page) {
                parts.push((vma, part));
            }
        });
        looked.map_err(|error| no_access(pid, error))?;
        if parts.is_empty() {
            let reason = match selection {
                Selection::Range(_) => "the process has no mapping in that range",
                Selection::Pattern(_) => "no mapping of the process matches that name",
            };
            let error = Error::new(Kind::NotFound, "advise", reason);
            return Err(error.hint(format!(
                "see /proc/{pid}/maps for the mappings and their names"
            )));
        }
        let ranges = parts.iter().map(|(_, part)| *part).collect();
        Ok(Self { pid, parts, ranges })
    }

    /// The length of the selected parts in bytes.
    pub(super) fn length(&self) -> ByteLength {
        let lengths = self.ranges.iter().map(|range| range.length());
        lengths.map(ByteLength).sum()
    }

    /// The mappings of files.
    fn of_files(&self) -> impl Iterator<Item = &(Vma, AddressRange)> {
        self.parts.iter().filter(|(vma, _)| vma.inode != 0)
    }

    pub(super) fn has_files(&self) -> bool {
        self.of_files().next().is_some()
    }

    /// The residency of the mapped files; `None` where there are none, or where one cannot be opened.
    pub(super) fn counts(&self) -> Option<Counts> {
        let page = sys::page_size();
        let mut total: Option<Counts> = None;
        for (vma, part) in self.of_files() {
            let file = sys::open_mapped_file(self.pid, vma.range).ok()?;
            let counts = residency::of_file(&file, source_range(vma, *part)?, page).counts;
            total = Some(total.map_or(counts, |total| total.plus(counts)));
        }
        total
    }

    /// Whether no mapped file has storage behind it.
    pub(super) fn is_memory_only(&self) -> bool {
        self.of_files().all(|(vma, _)| {
            sys::open_mapped_file(self.pid, vma.range)
                .is_ok_and(|file| sys::is_memory_backed(&file))
        })
    }

    /// The other holders of pages of the mapped files.
    pub(super) fn holders(&self) -> Holders {
        let mut files: Vec<FileIdentity> = self
            .of_files()
            .map(|(vma, _)| FileIdentity::shown(vma))
            .collect();
        files.dedup();
        holders_of(&files).without(self.pid)
    }
}

/// The range of its file that a part of a mapping shows.
pub(super) fn source_range(vma: &Vma, part: AddressRange) -> Option<SourceRange> {
    let inner = vma.range.length_before(part.start());
    let offset = SourceOffset(vma.offset).plus(inner);
    SourceRange::new(offset, ByteLength(part.length()))
}

pub(super) fn no_access(pid: u32, error: Error) -> Error {
    // A process that exists but is not listed is hidden (`proc(5)`, hidepid).
    let hidden = error.kind() == Kind::NotFound && sys::ProcessHandle::open(pid).is_ok();
    let error = match hidden {
        true => Error::new(
            Kind::AccessDenied,
            "inspect the process",
            "/proc lists only your own processes (hidepid)",
        ),
        false => error,
    };
    if error.kind() != Kind::AccessDenied {
        return error;
    }
    match Capability::SysPtrace.is_held() {
        Some(true) => error,
        _ => error.hint(
            "run as root, or grant the capability CAP_SYS_PTRACE, to inspect another user's process",
        ),
    }
}

pub(super) fn held(capability: Capability) -> &'static str {
    match capability.is_held() {
        Some(true) => "held",
        Some(false) => "not held",
        None => "not known to be held",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_texts_in_order() {
        let matches = |pattern: &str, path: &str| {
            let Selection::Pattern(texts) = Selection::pattern(pattern) else {
                unreachable!()
            };
            has_in_order(path.as_bytes(), &texts)
        };
        assert!(matches("libc", "/usr/lib/libc.so.6"));
        assert!(matches("lib*so", "/usr/lib/libc.so.6"));
        assert!(matches("[heap]", "[heap]"));
        assert!(matches("*", "") && matches("", "/any"));
        assert!(!matches("so*lib", "/usr/lib/libc.so.6"));
        assert!(!matches("lib", ""));
    }
}
