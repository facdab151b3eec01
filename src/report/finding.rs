//! The sentences for the findings about advice, and for the changes that a failed action left. The reasons that name
//! processes are in `holders`.

use super::holders::{self, STACKED};
use crate::mapping::measure::proc_maps::flag_meaning;
use crate::mapping::types::{
    Arrival, ByteLength, Change, ChangeKind, Departure, Extent, Finding, FlagFinding, Holders,
    HowFar, KeptMark, LengthText, Marking, NoPages, Opener, Owner, PageFinding, Stay, TablePages,
    Unseen, pages_text,
};

/// "4 MiB (4194304 bytes)".
const fn amount(bytes: u64) -> LengthText {
    LengthText(ByteLength(bytes))
}

/// The sentence for a finding.
pub(super) fn finding(finding: &Finding) -> String {
    match finding {
        Finding::Changes(list) => changes(list),
        Finding::TouchedFirst(list) => format!("touched before the advice: {}", changes(list)),
        Finding::TouchedAfter(list) => format!("touched after the advice: {}", changes(list)),
        Finding::Unseen(what) => unseen(*what),
        Finding::Flag(found) => flag(*found),
        Finding::Arrival(found) => arrival(found),
        Finding::Departure(found) => departure(found),
        Finding::NoPages(why) => no_pages(*why).to_owned(),
        Finding::Stay(why) => stay(why),
        Finding::Kept(kept) => holders::kept(kept),
        Finding::Marking(found) => marking(found),
        Finding::Page(found) => page(*found),
        Finding::Device(opener) => device(*opener),
        Finding::RestRefused(why) => format!("the kernel refused the rest: {why}"),
    }
}

/// "3 pages became resident, 4 KiB (4096 bytes) was allocated".
pub(super) fn changes(changes: &[Change]) -> String {
    let texts: Vec<String> = changes.iter().map(change).collect();
    texts.join(", ")
}

fn change(change: &Change) -> String {
    let what = match change.kind {
        ChangeKind::CameIntoMemory => "became resident",
        ChangeKind::CameIntoCache => "entered the page cache",
        ChangeKind::LeftMemory => "left memory",
        ChangeKind::BecameDirty => "became dirty",
        ChangeKind::Allocated => "was allocated",
        ChangeKind::Freed => "was freed",
        ChangeKind::CameIntoTables => "entered the page tables",
        ChangeKind::LeftTables => "left the page tables",
        ChangeKind::BecameHuge => "is now in huge pages",
        ChangeKind::NoLongerHuge => "is no longer in huge pages",
        ChangeKind::WentToSwap => "moved to swap space",
        ChangeKind::CameFromSwap => "returned from swap space",
        ChangeKind::BecameLazyFree => "can be reclaimed under memory pressure",
        ChangeKind::NoLongerLazyFree => "can no longer be reclaimed under memory pressure",
    };
    match change.extent {
        Extent::Pages(count) => format!("{} {what}", pages_text(count)),
        Extent::Bytes(bytes) => format!("{} {what}", amount(bytes)),
    }
}

fn unseen(what: Unseen) -> String {
    let text = match what {
        Unseen::Residency(why) => {
            let why = why.map_or_else(String::new, |why| format!(": {}", why.text()));
            return format!("the pages in memory are unknown{why}");
        }
        Unseen::Neighbours(outside) => {
            return format!(
                "the counts include {} of neighbouring memory",
                amount(outside)
            );
        }
        Unseen::WholeMappings(outside) => {
            return format!(
                "the counts are for whole mappings and include {} outside the range",
                amount(outside)
            );
        }
        Unseen::Account => "the system does not report the memory use of this mapping",
        Unseen::PendingReads => {
            "the kernel accepted the advice; pages that are still being read are not counted"
        }
        Unseen::Reads => {
            "reads from swap space, or from files that cannot be opened, are not counted"
        }
        Unseen::Dirty => "the number of pages that became dirty is unknown",
        Unseen::Marks => {
            "only a process with CAP_SYS_ADMIN can see which pages are marked as used, and only if they are \
             mapped"
        }
    };
    text.to_owned()
}

fn flag(found: FlagFinding) -> String {
    let name = |code: &str| match flag_meaning(code) {
        Some(meaning) => format!("{code} ({meaning})"),
        None => code.to_owned(),
    };
    let text = match found {
        FlagFinding::HadAlready(code) => {
            return format!("the mapping already had the flag {}", name(code));
        }
        FlagFinding::HasNow(code) => return format!("the mapping now has the flag {}", name(code)),
        FlagFinding::HasStill(code) => {
            return format!("the mapping still has the flag {}", name(code));
        }
        FlagFinding::HasNoLonger(code) => {
            return format!("the mapping no longer has the flag {}", name(code));
        }
        FlagFinding::ClearFromTheStart => "this is the default for a new mapping",
        FlagFinding::NotShown => {
            "the kernel accepted the advice, but the mapping does not have the flag"
        }
        FlagFinding::SharedIsNotMerged => "the kernel merges only private memory; use --access c",
        FlagFinding::MergingIsOff => {
            "the kernel merges no pages unless /sys/kernel/mm/ksm/run is 1"
        }
        FlagFinding::NoNewHugePages => {
            "the kernel creates no huge pages here on access: transparent huge pages are disabled, or \
             not available for memory of this kind or size"
        }
    };
    text.to_owned()
}

fn arrival(found: &Arrival) -> String {
    let place = |how_far: HowFar| match how_far {
        HowFar::InMemory => "memory",
        HowFar::InCache => "the page cache",
    };
    let text = match *found {
        Arrival::AllPagesThere(how_far) => {
            return format!("all pages were already in {}", place(how_far));
        }
        Arrival::AllDataThere(how_far) => {
            return format!("all data was already in {}", place(how_far));
        }
        Arrival::Missing(count) => return format!("still missing: {}", pages_text(count)),
        Arrival::NotUpToDate(count) => return format!("not up to date yet: {}", pages_text(count)),
        Arrival::HolesNotRead(bytes) => {
            return format!("{} without data was not read", amount(bytes));
        }
        Arrival::OwnMemory(bytes) => return format!("{} of memory was allocated", amount(bytes)),
        Arrival::InTables(came) => return table_pages(came),
        Arrival::OnlyInTables(came) => {
            return format!("all pages were already in memory; {}", table_pages(came));
        }
        Arrival::HolesOnly => "the range has no data",
        Arrival::NothingCame => "the kernel accepted the advice, but read no pages",
        Arrival::NothingCached => "no pages entered the page cache",
        Arrival::NoneInSwap => "no pages are in swap space",
        Arrival::NoSwap => "this memory can be read only from swap space, and the system has none",
        Arrival::NoneCouldBeRead => "none of the missing pages could be read",
        Arrival::LimitReached => "--max-memory allows no more",
        Arrival::Interrupted => "interrupted before anything was loaded",
        Arrival::NoData => "the range has no data",
        Arrival::ZeroPage => {
            "the page tables point to the shared zero page; no memory was allocated"
        }
        Arrival::EveryPageThere => "all pages were already present",
        Arrival::EveryPageMapped => "all pages were already in memory and mapped",
    };
    text.to_owned()
}

fn table_pages(came: TablePages) -> String {
    match came {
        TablePages::Copies(bytes) => {
            format!(
                "{} of private copies, which last as long as the mapping",
                amount(bytes)
            )
        }
        TablePages::OfFile(bytes) => format!("{} is now in the page tables", amount(bytes)),
    }
}

fn departure(found: &Departure) -> String {
    match found {
        Departure::GivenBack(bytes) => format!(
            "{} of private memory was freed, and its contents are lost",
            amount(*bytes)
        ),
        Departure::NoOwnPages => {
            "a new mapping has no private pages; use 'evict' to drop pages from the page cache"
                .to_owned()
        }
        Departure::LeftTables { bytes, cached } => {
            let elsewhere = match cached {
                true => ", but stayed in the page cache; use 'evict' to drop the pages",
                false => ", but the memory was not freed",
            };
            format!("{} left the page tables{elsewhere}", amount(*bytes))
        }
        Departure::NoneMarked => "the kernel accepted the advice, but marked no pages".to_owned(),
        Departure::NoneLeft => "no pages left memory".to_owned(),
        Departure::StillInMemory { pages: count, why } => {
            format!("{} still in memory: {}", pages_text(*count), stay(why))
        }
        Departure::UnmappedOnly { bytes, why } => {
            let fate = match why {
                Some(why) => format!(", but stayed in memory: {}", stay(why)),
                None => "; whether the pages are still in the page cache is unknown".to_owned(),
            };
            format!("{} left the process's page tables{fate}", amount(*bytes))
        }
        Departure::NothingToEvict => "no pages were in memory".to_owned(),
        Departure::HoleAlready => "the range was already a hole".to_owned(),
        Departure::HoleLeftMemory(count) => {
            format!(
                "the range was already a hole; {} left memory",
                pages_text(*count)
            )
        }
        Departure::Zeroed(0) => {
            "the contents were removed and read as zeros; no block was freed".to_owned()
        }
        Departure::Zeroed(bytes) => format!(
            "the contents were removed and read as zeros; {} was freed",
            amount(*bytes)
        ),
    }
}

const fn no_pages(why: NoPages) -> &'static str {
    match why {
        NoPages::NewMapping => "a new mapping has no pages yet; use --touch to access them first",
        NoPages::NotPermitted => {
            "the advice reached no pages: only the file's owner or a writer may see which pages are in \
             memory"
        }
        NoPages::NotReadable => "a mapping without read access has no pages in its page tables",
        NoPages::NotInMemory => "no pages are in memory",
        NoPages::NotInTables => "the process has none of these pages in its page tables",
    }
}

fn stay(why: &Stay) -> String {
    let text = match why {
        Stay::NotPermitted => "only the file's owner or a writer may page it out",
        Stay::NoPages(why) => no_pages(*why),
        Stay::NoSwap => "this memory can move only to swap space, and the system has none",
        Stay::InSwapToo => {
            "the pages are also in swap space, and stay in memory until memory is short"
        }
        Stay::Held(by) => return known(by),
        Stay::DirtyOrWriteback { pages, owner } => {
            let remedy = match owner {
                Owner::ThisProcess => "run 'sync' first, or use 'evict'",
                Owner::OtherProcess => "run 'sync' first",
            };
            return format!("{} ({remedy})", unwritten(*pages));
        }
        Stay::Stacked => STACKED,
        Stay::NotCounted => {
            "the pages are dirty, locked, or belong to a file that may not be written"
        }
        Stay::InUse(others) => {
            let other = "the pages may be in use elsewhere, for example in a pipe";
            return match holders::doubt(others) {
                Some(doubt) => format!("{other}; {doubt}"),
                None => other.to_owned(),
            };
        }
    };
    text.to_owned()
}

fn known(by: &Holders) -> String {
    holders::known(by).unwrap_or_default()
}

fn unwritten(count: u64) -> String {
    format!("{} dirty or under writeback", pages_text(count))
}

fn marking(found: &Marking) -> String {
    match found {
        Marking::Cooled(bytes) => format!(
            "{} is marked as not recently used, and will be reclaimed first",
            amount(*bytes)
        ),
        Marking::StillUsed(bytes) => format!("{} is still marked as used", amount(*bytes)),
        Marking::NoneUsed => "no pages were marked as used".to_owned(),
        Marking::AllStillUsed(None) => {
            "the kernel accepted the advice, but the pages are still marked as used".to_owned()
        }
        Marking::AllStillUsed(Some(why)) => {
            let why = match why {
                KeptMark::Held(by) => known(by),
                KeptMark::DirtyOrWriteback(count) => format!(
                    "{}, and the kernel does not split a large folio in that state (run 'sync' first)",
                    unwritten(*count)
                ),
                KeptMark::MayBeHeld(others) => holders::doubt(others).unwrap_or_default(),
                KeptMark::PassedOver => {
                    "they are mapped more than once, locked, or shared".to_owned()
                }
            };
            format!("the pages are still marked as used: {why}")
        }
    }
}

fn page(found: PageFinding) -> String {
    let text = match found {
        PageFinding::Retired(bytes) => {
            return format!("{} of memory is retired until the next boot", amount(bytes));
        }
        PageFinding::HugeAlready => "the pages were already huge",
        PageFinding::NoHugePage => "the kernel accepted the advice, but created no huge pages",
        PageFinding::NoneRetired => {
            "the kernel accepted the advice, but reports no more corrupted memory than before"
        }
        PageFinding::Guarded => "a test access to the first page faulted",
        PageFinding::NotGuarded => "the first page can still be read",
        PageFinding::GuardNotTried => "access to the pages was not tested",
        PageFinding::NoGuards => "a new mapping has no guards to remove",
    };
    text.to_owned()
}

fn device(opener: Opener) -> String {
    let text = match opener {
        Opener::Process(pid) => {
            return format!(
                "process {pid} has the device open; its pages leave memory when the last process closes it"
            );
        }
        Opener::System => "the system has the device open",
        Opener::Nobody { all_seen: true } => {
            "no other process has the device open; its pages leave memory when this command exits"
        }
        Opener::Nobody { all_seen: false } => {
            "the device's pages leave memory when the last process closes it; a process that is not \
             listed or cannot be inspected may have it open"
        }
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::types::User;

    fn held_by(pids: &[u32], locked_by: &[u32]) -> Holders {
        let user = |pid: &u32| User {
            pid: *pid,
            command: String::new(),
            mappings: 1,
            mapped: 4096,
            read: true,
            write: false,
            execute: false,
            shared: true,
        };
        Holders {
            mapped_by: pids.iter().map(user).collect(),
            locked_by: locked_by.to_vec(),
            unseen: 0,
            hidden: false,
        }
    }

    fn said(found: impl Into<Finding>) -> String {
        finding(&found.into())
    }

    #[test]
    fn changes_are_a_list_of_amounts() {
        let list = vec![
            Change {
                extent: Extent::Pages(1),
                kind: ChangeKind::CameIntoMemory,
            },
            Change {
                extent: Extent::Bytes(4096),
                kind: ChangeKind::Allocated,
            },
        ];
        let text = "1 page became resident, 4 KiB (4096 bytes) was allocated";
        assert_eq!(
            finding(&Finding::TouchedAfter(list.clone())),
            format!("touched after the advice: {text}")
        );
        assert_eq!(said(list), text);
    }

    #[test]
    fn a_flag_is_explained_where_its_meaning_is_known() {
        assert_eq!(
            said(FlagFinding::HasNow("dd")),
            "the mapping now has the flag dd (left out of core dumps)"
        );
        assert_eq!(
            said(FlagFinding::HadAlready("zz")),
            "the mapping already had the flag zz"
        );
    }

    #[test]
    fn pages_that_stay_have_a_reason() {
        let still = |why| said(Departure::StillInMemory { pages: 2, why });
        assert_eq!(
            still(Stay::Held(held_by(&[7, 8, 9], &[7]))),
            "2 pages still in memory: locked by process 7; mapped by processes 8, 9"
        );
        let unwritten = |owner| still(Stay::DirtyOrWriteback { pages: 1, owner });
        assert_eq!(
            unwritten(Owner::ThisProcess),
            "2 pages still in memory: 1 page dirty or under writeback (run 'sync' first, or use 'evict')"
        );
        assert_eq!(
            unwritten(Owner::OtherProcess),
            "2 pages still in memory: 1 page dirty or under writeback (run 'sync' first)"
        );
        let hidden = Holders {
            hidden: true,
            ..Holders::default()
        };
        assert_eq!(
            said(Stay::InUse(hidden)),
            "the pages may be in use elsewhere, for example in a pipe; they may be mapped or locked by a \
             process that /proc does not list"
        );
    }

    #[test]
    fn leaving_the_page_tables_differs_from_leaving_memory() {
        let unmapped = |why| said(Departure::UnmappedOnly { bytes: 4096, why });
        assert_eq!(
            unmapped(None),
            "4 KiB (4096 bytes) left the process's page tables; whether the pages are still in the page \
             cache is unknown"
        );
        assert_eq!(
            unmapped(Some(Stay::NoSwap)),
            "4 KiB (4096 bytes) left the process's page tables, but stayed in memory: this memory can \
             move only to swap space, and the system has none"
        );
    }

    #[test]
    fn marks_that_stay_have_a_reason_where_one_is_known() {
        let kept = |why| said(Marking::AllStillUsed(why));
        assert_eq!(
            kept(None),
            "the kernel accepted the advice, but the pages are still marked as used"
        );
        assert_eq!(
            kept(Some(KeptMark::Held(held_by(&[7], &[])))),
            "the pages are still marked as used: mapped by process 7"
        );
        assert_eq!(
            kept(Some(KeptMark::DirtyOrWriteback(3))),
            "the pages are still marked as used: 3 pages dirty or under writeback, and the kernel does \
             not split a large folio in that state (run 'sync' first)"
        );
    }
}
