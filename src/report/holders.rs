//! The words for why pages stay in memory, and which processes hold them.

use crate::mapping::types::{Holders, Kept, pages_text};

/// Why pages of a stacked file system may stay.
pub(super) const STACKED: &str = "they may be dirty or in use through the underlying file, and this file system does not report it";

/// Why pages that exist only in memory stay.
const MEMORY_ONLY: &str = "the contents have no backing storage";

/// "locked by process 7; mapped by processes 8, 9", and `None` when there are none.
pub(super) fn known(holders: &Holders) -> Option<String> {
    let mapping: Vec<u32> = holders
        .mapped_by
        .iter()
        .map(|user| user.pid)
        .filter(|pid| !holders.locked_by.contains(pid))
        .collect();
    let parts: Vec<String> = [("locked", &holders.locked_by), ("mapped", &mapping)]
        .into_iter()
        .filter(|(_, pids)| !pids.is_empty())
        .map(|(how, pids)| format!("{how} by {}", process_list(pids)))
        .collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Which processes may hold the pages, of those that could not be inspected; `None` if all were.
pub(super) fn doubt(holders: &Holders) -> Option<String> {
    let unseen = match (holders.hidden, holders.unseen) {
        (true, _) => "a process that /proc does not list".to_owned(),
        (false, 0) => return None,
        (false, 1) => "1 process that cannot be inspected".to_owned(),
        (false, count) => format!("one of {count} processes that cannot be inspected"),
    };
    Some(format!("they may be mapped or locked by {unseen}"))
}

/// Why pages of a file were not evicted.
pub(super) fn kept(kept: &Kept) -> String {
    let mut reasons = Vec::new();
    if kept.memory_only {
        reasons.push(MEMORY_ONLY.to_owned());
    } else {
        reasons.extend(known(&kept.holders));
    }
    reasons.extend(motion(kept));
    if reasons.is_empty() && kept.dirty.is_none() {
        reasons.push(STACKED.to_owned());
    }
    let doubt = doubt(&kept.holders);
    if reasons.is_empty() {
        let verb = if doubt.is_some() { "may be" } else { "are" };
        reasons.push(format!(
            "they {verb} in use elsewhere, for example in a pipe"
        ));
        reasons.extend(doubt);
    } else if kept.dirty.is_none() {
        reasons.extend(doubt);
    }
    reasons.join("; ")
}

/// The pages that are dirty again, or under I/O.
fn motion(kept: &Kept) -> Vec<String> {
    let some = |count: Option<u64>| count.filter(|count| *count > 0).map(pages_text);
    let mut reasons = Vec::new();
    match (some(kept.dirty), some(kept.writeback)) {
        (Some(dirty), _) => {
            reasons.push(format!("{dirty} dirty again (a process keeps writing)"));
        }
        (None, Some(count)) => reasons.push(format!("{count} still under writeback")),
        (None, None) => {}
    }
    reasons.extend(some(kept.in_flight).map(|count| format!("{count} still being read")));
    reasons
}

/// "process 7", "processes 7, 8"; the first ten of many, and the number of the rest.
fn process_list(pids: &[u32]) -> String {
    const NAMED: usize = 10;
    let mut numbers: Vec<String> = pids.iter().take(NAMED).map(u32::to_string).collect();
    match pids.len().saturating_sub(NAMED) {
        0 => {}
        more => numbers.push(format!("and {more} more")),
    }
    let noun = if pids.len() == 1 {
        "process"
    } else {
        "processes"
    };
    format!("{noun} {}", numbers.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_of_processes_names_the_first() {
        let list = |count| process_list(&(1..=count).collect::<Vec<_>>());
        assert_eq!(list(1), "process 1");
        assert_eq!(list(2), "processes 1, 2");
        assert_eq!(list(10), "processes 1, 2, 3, 4, 5, 6, 7, 8, 9, 10");
        assert_eq!(
            list(12),
            "processes 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, and 2 more"
        );
    }

    #[test]
    fn pages_that_stay_have_every_known_reason() {
        let stayed = Kept {
            pages: 3,
            dirty: Some(1),
            writeback: Some(2),
            in_flight: Some(1),
            ..Kept::default()
        };
        assert_eq!(
            kept(&stayed),
            "1 page dirty again (a process keeps writing); 1 page still being read"
        );
        let quiet = Kept {
            dirty: Some(0),
            writeback: Some(0),
            in_flight: Some(0),
            ..stayed.clone()
        };
        assert_eq!(
            kept(&quiet),
            "they are in use elsewhere, for example in a pipe"
        );
        let hidden = Kept {
            dirty: None,
            holders: Holders {
                unseen: 2,
                ..Holders::default()
            },
            ..quiet
        };
        assert_eq!(
            kept(&hidden),
            format!(
                "{STACKED}; they may be mapped or locked by one of 2 processes that cannot be inspected"
            )
        );
    }
}
