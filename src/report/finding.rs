//! The sentences for the findings about an advice, and for the changes that a failed action left. The reasons that name
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
        Finding::TouchedFirst(list) => format!("touching, before: {}", changes(list)),
        Finding::TouchedAfter(list) => format!("touching: {}", changes(list)),
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

/// "3 pages came into memory, 4 KiB (4096 bytes) were allocated".
pub(super) fn changes(changes: &[Change]) -> String {
    let texts: Vec<String> = changes.iter().map(change).collect();
    texts.join(", ")
}

fn change(change: &Change) -> String {
    let what = match change.kind {
        ChangeKind::CameIntoMemory => "came into memory",
        ChangeKind::CameIntoCache => "came into the page cache",
        ChangeKind::LeftMemory => "left memory",
        ChangeKind::BecameDirty => "became dirty",
        ChangeKind::Allocated => "were allocated",
        ChangeKind::Freed => "were freed",
        ChangeKind::CameIntoTables => "came into the page tables",
        ChangeKind::LeftTables => "left the page tables",
        ChangeKind::BecameHuge => "are in huge pages now",
        ChangeKind::NoLongerHuge => "are no longer in huge pages",
        ChangeKind::WentToSwap => "went to swap space",
        ChangeKind::CameFromSwap => "came back from swap space",
        ChangeKind::BecameLazyFree => "may be taken back when memory is short",
        ChangeKind::NoLongerLazyFree => "may no longer be taken back",
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
            return format!("the kernel does not report which pages are in memory{why}");
        }
        Unseen::Neighbours(outside) => {
            return format!(
                "the kernel counts it together with {} of neighbouring memory",
                amount(outside)
            );
        }
        Unseen::WholeMappings(outside) => {
            return format!(
                "the kernel counts whole mappings: {} of these lie outside the range",
                amount(outside)
            );
        }
        Unseen::Account => "the system shows no account of mappings here",
        Unseen::PendingReads => {
            "the kernel accepted it, and pages that are still being read are not shown"
        }
        Unseen::Reads => {
            "reading in from swap, or from files that may not be opened here, is not shown"
        }
        Unseen::Dirty => "which of its pages became dirty is not shown",
        Unseen::Marks => {
            "whether its pages are marked as used is shown only to a process with the capability \
             CAP_SYS_ADMIN, and of mapped pages"
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
            return format!("the mapping had the flag {} already", name(code));
        }
        FlagFinding::HasNow(code) => return format!("the mapping has the flag {} now", name(code)),
        FlagFinding::HasStill(code) => {
            return format!("the mapping still has the flag {}", name(code));
        }
        FlagFinding::HasNoLonger(code) => {
            return format!("the mapping no longer has the flag {}", name(code));
        }
        FlagFinding::ClearFromTheStart => "a new mapping is so from the start",
        FlagFinding::NotShown => "the kernel accepted it, and the mapping does not show it",
        FlagFinding::SharedIsNotMerged => "only private memory is merged: --access c",
        FlagFinding::MergingIsOff => "nothing is merged while /sys/kernel/mm/ksm/run is not 1",
        FlagFinding::NoNewHugePages => {
            "the kernel makes no new huge page here on access: transparent huge pages are off, or not \
             for memory of this sort or size"
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
            return format!("all of its pages were in {} already", place(how_far));
        }
        Arrival::AllDataThere(how_far) => {
            return format!("all of its data was in {} already", place(how_far));
        }
        Arrival::Missing(count) => return format!("still missing: {}", pages_text(count)),
        Arrival::NotUpToDate(count) => return format!("not up to date yet: {}", pages_text(count)),
        Arrival::HolesNotRead(bytes) => return format!("{} in holes were not read", amount(bytes)),
        Arrival::OwnMemory(bytes) => return format!("{} of memory are its own now", amount(bytes)),
        Arrival::InTables(came) => return table_pages(came),
        Arrival::OnlyInTables(came) => {
            return format!("every page was in memory already; {}", table_pages(came));
        }
        Arrival::HolesOnly => "it has only holes: nothing to read",
        Arrival::NothingCame => "the kernel accepted it, and no page came in",
        Arrival::NothingCached => "no page came into the page cache",
        Arrival::NoneInSwap => "none of its pages is in swap space",
        Arrival::NoSwap => "it could come from swap space only, and the system has none",
        Arrival::NoneCouldBeRead => "no missing page could be brought in",
        Arrival::NoData => "it has no data",
        Arrival::ZeroPage => {
            "its page tables point to the shared page of zeros; it takes no memory"
        }
        Arrival::EveryPageThere => "every page was there already",
        Arrival::EveryPageMapped => "every page was in memory and mapped already",
    };
    text.to_owned()
}

fn table_pages(came: TablePages) -> String {
    match came {
        TablePages::Copies(bytes) => {
            format!(
                "{} of memory are its own, as long as it is mapped",
                amount(bytes)
            )
        }
        TablePages::OfFile(bytes) => format!("{} are in its page tables now", amount(bytes)),
    }
}

fn departure(found: &Departure) -> String {
    const IN_CACHE: &str = "the page cache keeps the pages, which 'evict' drops";
    match found {
        Departure::GivenBack(bytes) => format!(
            "{} of its own memory were freed, with their contents",
            amount(*bytes)
        ),
        Departure::NoOwnPages => format!("a new mapping has no pages of its own; {IN_CACHE}"),
        Departure::LeftTables { bytes, cached } => {
            let elsewhere = match cached {
                true => IN_CACHE,
                false => "the memory itself stays",
            };
            format!("{} left its page tables; {elsewhere}", amount(*bytes))
        }
        Departure::NoneMarked => "the kernel accepted it, and marked none of its pages".to_owned(),
        Departure::NoneLeft => "no page left memory".to_owned(),
        Departure::StillInMemory { pages: count, why } => {
            format!("still in memory: {}: {}", pages_text(*count), stay(why))
        }
        Departure::UnmappedOnly { bytes, why } => {
            let fate = match why {
                Some(why) => format!(", and stay in memory: {}", stay(why)),
                None => "; whether they are in the page cache still is not shown".to_owned(),
            };
            format!("{} left the process's page tables{fate}", amount(*bytes))
        }
        Departure::NothingToEvict => "none of its pages was in memory".to_owned(),
        Departure::HoleAlready => "it was a hole already".to_owned(),
        Departure::HoleLeftMemory(count) => {
            format!(
                "it was a hole already; {} of it left memory",
                pages_text(*count)
            )
        }
        Departure::Zeroed(0) => {
            "the contents are gone and read as zeros; no block was freed".to_owned()
        }
        Departure::Zeroed(bytes) => format!(
            "the contents are gone and read as zeros: {} were freed",
            amount(*bytes)
        ),
    }
}

const fn no_pages(why: NoPages) -> &'static str {
    match why {
        NoPages::NewMapping => "a new mapping has no pages yet; --touch adds them first",
        NoPages::NotPermitted => {
            "nothing was advised: which pages are in memory is shown only to the owner of the file, or \
             who may write it"
        }
        NoPages::NotReadable => {
            "a mapping that may not be read has none of the pages in its page tables"
        }
        NoPages::NotInMemory => "none of its pages is in memory",
        NoPages::NotInTables => "the process has none of them in its page tables",
    }
}

fn stay(why: &Stay) -> String {
    let text = match why {
        Stay::NotPermitted => "the kernel pages a file out only for its owner, or who may write it",
        Stay::NoPages(why) => no_pages(*why),
        Stay::NoSwap(Owner::ThisProcess) => {
            "it could go to swap space only, and the system has none"
        }
        Stay::NoSwap(Owner::OtherProcess) => {
            "they could go to swap space only, and the system has none"
        }
        Stay::InSwapToo => "they are in swap space, and stay in memory as well until it is short",
        Stay::Held(by) => return known(by),
        Stay::DirtyOrWriteback { pages, owner } => {
            let remedy = match owner {
                Owner::ThisProcess => "'sync' first; 'evict' does both",
                Owner::OtherProcess => "'sync' first",
            };
            return format!("{} ({remedy})", unwritten(*pages));
        }
        Stay::Stacked => STACKED,
        Stay::NotCounted => "they are dirty, locked, or of a file that may not be written",
        Stay::InUse(others) => {
            let other = "something else may refer to them, for example a pipe";
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
    format!("dirty or being written: {}", pages_text(count))
}

fn marking(found: &Marking) -> String {
    match found {
        Marking::Cooled(bytes) => format!(
            "{} are marked as not recently used, and are reclaimed first",
            amount(*bytes)
        ),
        Marking::StillUsed(bytes) => format!("{} are still marked as used", amount(*bytes)),
        Marking::NoneUsed => "none of its pages was marked as used".to_owned(),
        Marking::AllStillUsed(None) => {
            "the kernel accepted it, and its pages are still marked as used".to_owned()
        }
        Marking::AllStillUsed(Some(why)) => {
            let why = match why {
                KeptMark::Held(by) => known(by),
                KeptMark::DirtyOrWriteback(count) => format!(
                    "{}, and the kernel splits no large folio that is ('sync' first)",
                    unwritten(*count)
                ),
                KeptMark::MayBeHeld(others) => holders::doubt(others).unwrap_or_default(),
                KeptMark::PassedOver => {
                    "they are mapped more than once, locked or shared".to_owned()
                }
            };
            format!("its pages are still marked as used: {why}")
        }
    }
}

fn page(found: PageFinding) -> String {
    let text = match found {
        PageFinding::Retired(bytes) => {
            return format!(
                "{} of memory are retired until the next boot",
                amount(bytes)
            );
        }
        PageFinding::HugeAlready => "its pages were huge already",
        PageFinding::NoHugePage => "the kernel accepted it, and made no huge page",
        PageFinding::NoneRetired => {
            "the kernel accepted it, and counts no more broken memory than before"
        }
        PageFinding::Guarded => "its first page was tried, and faults on access",
        PageFinding::NotGuarded => "its first page can still be read",
        PageFinding::GuardNotTried => "its pages fault on access",
        PageFinding::NoGuards => "a new mapping has no guards to remove",
    };
    text.to_owned()
}

fn device(opener: Opener) -> String {
    let text = match opener {
        Opener::Process(pid) => {
            return format!(
                "process {pid} has the device open: its pages leave memory when the last one closes it"
            );
        }
        Opener::System => "the system has the device open",
        Opener::Nobody { all_seen: true } => {
            "nobody else has the device open: its pages leave memory when this command ends"
        }
        Opener::Nobody { all_seen: false } => {
            "its pages leave memory when the last one closes the device, and a process that is not \
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
        let text = "1 page came into memory, 4 KiB (4096 bytes) were allocated";
        assert_eq!(
            finding(&Finding::TouchedAfter(list.clone())),
            format!("touching: {text}")
        );
        assert_eq!(said(list), text);
    }

    #[test]
    fn a_flag_is_explained_where_its_meaning_is_known() {
        assert_eq!(
            said(FlagFinding::HasNow("dd")),
            "the mapping has the flag dd (left out of core dumps) now"
        );
        assert_eq!(
            said(FlagFinding::HadAlready("zz")),
            "the mapping had the flag zz already"
        );
    }

    #[test]
    fn what_stays_is_told_with_the_reason() {
        let still = |why| said(Departure::StillInMemory { pages: 2, why });
        assert_eq!(
            still(Stay::Held(held_by(&[7, 8, 9], &[7]))),
            "still in memory: 2 pages: locked by process 7; mapped by processes 8, 9"
        );
        let unwritten = |owner| still(Stay::DirtyOrWriteback { pages: 1, owner });
        assert_eq!(
            unwritten(Owner::ThisProcess),
            "still in memory: 2 pages: dirty or being written: 1 page ('sync' first; 'evict' does both)"
        );
        assert_eq!(
            unwritten(Owner::OtherProcess),
            "still in memory: 2 pages: dirty or being written: 1 page ('sync' first)"
        );
        let hidden = Holders {
            hidden: true,
            ..Holders::default()
        };
        assert_eq!(
            said(Stay::InUse(hidden)),
            "something else may refer to them, for example a pipe; they may be mapped or locked by a \
             process that is not listed here"
        );
    }

    #[test]
    fn pages_that_left_the_page_tables_alone_are_told_from_those_that_may_have_left_memory() {
        let unmapped = |why| said(Departure::UnmappedOnly { bytes: 4096, why });
        assert_eq!(
            unmapped(None),
            "4 KiB (4096 bytes) left the process's page tables; whether they are in the page cache \
             still is not shown"
        );
        assert_eq!(
            unmapped(Some(Stay::NoSwap(Owner::OtherProcess))),
            "4 KiB (4096 bytes) left the process's page tables, and stay in memory: they could go to \
             swap space only, and the system has none"
        );
    }

    #[test]
    fn marks_that_stay_have_a_reason_where_one_is_known() {
        let kept = |why| said(Marking::AllStillUsed(why));
        assert_eq!(
            kept(None),
            "the kernel accepted it, and its pages are still marked as used"
        );
        assert_eq!(
            kept(Some(KeptMark::Held(held_by(&[7], &[])))),
            "its pages are still marked as used: mapped by process 7"
        );
        assert_eq!(
            kept(Some(KeptMark::DirtyOrWriteback(3))),
            "its pages are still marked as used: dirty or being written: 3 pages, and the kernel splits \
             no large folio that is ('sync' first)"
        );
    }
}
