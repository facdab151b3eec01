//! The selection of mappings of another process.

use crate::mapping::error::{Error, Result};
use crate::mapping::measure::proc_maps::{self, Vma};
use crate::mapping::sys;
use crate::mapping::types::{AddressRange, Capability, Kind, PageSize, Process};

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

    /// The addresses that it can select.
    pub(super) fn within(&self) -> AddressRange {
        match self {
            Self::Range(range) => *range,
            Self::Pattern(_) => AddressRange::ALL,
        }
    }

    /// The selected part of a mapping.
    pub(super) fn part(&self, vma: &Vma, page: PageSize) -> Option<AddressRange> {
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

/// The selected mappings of a process, each with its selected part, in order of address.
///
/// # Errors
/// `not_found` when there is no such process or mapping; `access_denied` when the process may not be inspected.
pub(super) fn select(
    pid: u32,
    selection: &Selection,
    operation: &'static str,
) -> Result<Vec<(Vma, AddressRange)>> {
    let page = sys::page_size();
    let mut parts = Vec::new();
    let looked = proc_maps::visit(Process::Id(pid), AddressRange::ALL, |vma| {
        if let Some(part) = selection.part(&vma, page) {
            parts.push((vma, part));
        }
    });
    looked.map_err(|error| no_access(pid, error))?;
    match parts.is_empty() {
        true => Err(none_selected(pid, Some(selection), operation)),
        false => Ok(parts),
    }
}

/// The reason for a process without mappings.
const NO_MEMORY: &str = "it has no mappings: it is a kernel thread, or it has ended";

/// The failure for a process without such a mapping, or without any.
pub(super) fn none_selected(
    pid: u32,
    selection: Option<&Selection>,
    operation: &'static str,
) -> Error {
    let reason = match selection {
        Some(Selection::Range(_)) => "the process has no mapping in that range",
        Some(Selection::Pattern(_)) => "no mapping of the process matches that name",
        None => {
            return Error::new(Kind::NotFound, operation, NO_MEMORY);
        }
    };
    let error = Error::new(Kind::NotFound, operation, reason);
    error.hint(format!(
        "see /proc/{pid}/maps for the mappings and their names"
    ))
}

/// The failure to read the mappings of a process, with its cause.
pub(super) fn no_access(pid: u32, error: Error) -> Error {
    let error = match error.kind() {
        Kind::NotFound if sys::command_name(pid).is_ok() => error.because(NO_MEMORY),
        // A process that exists but is not listed is hidden (`proc(5)`, hidepid).
        Kind::NotFound if sys::ProcessHandle::open(pid).is_ok() => Error::new(
            Kind::AccessDenied,
            "inspect the process",
            "/proc lists only your own processes (hidepid)",
        ),
        Kind::NotFound => error.because("there is no such process"),
        _ => error,
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
