//! The report of `why`: the memory of a file on one screen, and the sentences of both verdicts.

use std::io::{self, Write};

use super::human::Human;
use super::lines::Lines;
use super::name::printable;
use super::outcome::Report;
use super::view::View;
use super::words::{percent, size_or_none};
use crate::mapping::cache::why::{Bill, Storage};
use crate::mapping::measure::mappers::Mapper;
use crate::mapping::measure::openers::OpenedBy;
use crate::mapping::types::{
    ByteLength, Capability, FolioSize, Gap, GapReason, GroupShare, Hugeness, Keeper, Named,
    UnknownReason, count_text, pages_text,
};

/// The number of processes and groups that are listed without `--verbose`.
const LISTED: usize = 8;

impl Human for Report<'_, Bill> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let bill = self.outcome;
        let mut lines = Lines::new(out, view);
        lines.heading(self.source.0, &heading(view, bill))?;
        lines.line("size", &size(view, bill))?;
        lines.line("cached", &cached(view, bill))?;
        lines.line("in flight", &or_unknown(view, bill.in_flight))?;
        write_list(&mut lines, "folios", folios(view, bill))?;
        write_list(&mut lines, "cgroups", groups(view, bill))?;
        write_list(&mut lines, "NUMA", nodes(view, bill))?;
        write_list(&mut lines, "mapped by", mappers(view, bill))?;
        lines.line("mapped huge", &mapped_huge(view, bill))?;
        write_list(&mut lines, "open in", openers(view, bill))?;
        write_storage(&mut lines, &bill.storage)?;
        lines.line("kept by", &kept_by(view, bill))?;
        lines.line("huge", &huge(view, bill))
    }
}

/// "2 GiB, 50.0% in memory".
fn heading(view: &View, bill: &Bill) -> String {
    let size = view.size(bill.size);
    let counts = &bill.residency.counts;
    match counts.resident {
        _ if bill.size.is_zero() => "empty".to_owned(),
        Some(resident) => format!(
            "{size}, {}% in memory",
            percent(Some(resident), counts.pages)
        ),
        None => format!("{size}, amount in memory unknown"),
    }
}

fn size(view: &View, bill: &Bill) -> String {
    let mut text = view.size(bill.size).to_string();
    if let Some(allocated) = bill.allocated {
        text.push_str(&format!(", {} allocated", view.size(allocated)));
    }
    if let Some(unwritten) = bill.unwritten.filter(|bytes| !bytes.is_zero()) {
        text.push_str(&format!(", {} unwritten", view.size(unwritten)));
    }
    text + &match (bill.holes, bill.unwritten) {
        (Some(ByteLength::ZERO), _) => ", no holes".to_owned(),
        (Some(holes), Some(_)) => format!(", {} in holes", view.size(holes)),
        (Some(holes), None) => format!(", {} in holes or unwritten", view.size(holes)),
        (None, _) if bill.allocated.is_none() => String::new(),
        (None, _) => ", holes unknown".to_owned(),
    }
}

/// "2 GiB (524288 pages), 4 MiB dirty, none under writeback".
fn cached(view: &View, bill: &Bill) -> String {
    let seen = &bill.residency;
    let bytes = |pages: u64| seen.bytes(pages);
    let Some(held) = seen.counts.held() else {
        return match seen.unknown_reason {
            Some(UnknownReason::NotPermitted) => format!(
                "unknown (needs {}, or ownership of the file or permission to write it)",
                Capability::DacOverride.name()
            ),
            Some(reason) => format!("unknown ({})", reason.text()),
            None => "unknown".to_owned(),
        };
    };
    let mut text = format!("{} ({})", view.size(bytes(held)), pages_text(held));
    for (pages, word) in [
        (seen.counts.dirty, "dirty"),
        (seen.counts.writeback, "under writeback"),
    ] {
        let amount = pages.map(|pages| size_or_none(view, bytes(pages)));
        text.push_str(&match amount {
            Some(amount) => format!(", {amount} {word}"),
            None => format!(", {word} unknown"),
        });
    }
    match seen.dirty_unknown_reason {
        Some(reason) if held > 0 => format!("{text}: {}", reason.text()),
        _ => text,
    }
}

fn or_unknown(view: &View, bytes: Option<ByteLength>) -> String {
    bytes.map_or("unknown".to_owned(), |bytes| size_or_none(view, bytes))
}

/// The lines of a list; "none" for an empty one.
fn write_list(lines: &mut Lines<'_>, label: &str, list: Vec<String>) -> io::Result<()> {
    let mut list = list.iter();
    lines.line(label, list.next().map_or("none", String::as_str))?;
    list.try_for_each(|text| lines.more(text))
}

/// The first items of a list, and the number of the rest.
fn listed<T>(view: &View, items: &[T], text: impl Fn(&T) -> String) -> Vec<String> {
    let most = if view.is_verbose() {
        items.len()
    } else {
        LISTED
    };
    let mut list: Vec<String> = items.iter().take(most).map(text).collect();
    match items.len().saturating_sub(most) {
        0 => {}
        more => list.push(format!("and {more} more (--verbose lists all)")),
    }
    list
}

/// "unknown (needs CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH)". `source` is what a kernel that does not report it lacks.
fn unknown(gap: Option<&Gap>, source: &str) -> Vec<String> {
    let text = gap.map(|gap| match gap.reason {
        GapReason::NotPermitted => needs(&gap.needs),
        GapReason::NotReported => format!("this kernel has no {source}"),
        GapReason::PagesUnknown => "the pages in memory are unknown".to_owned(),
        GapReason::NoProcesses => "processes cannot be listed".to_owned(),
        GapReason::Failed => format!("{source} cannot be read"),
    });
    vec![format!("unknown ({})", text.unwrap_or_default())]
}

fn needs(capabilities: &[Capability]) -> String {
    let names: Vec<&str> = capabilities.iter().map(|each| each.name()).collect();
    match names.split_last() {
        Some((last, first)) if !first.is_empty() => {
            format!("needs {} and {last}", first.join(", "))
        }
        _ => format!("needs {}", names.concat()),
    }
}

fn folios(view: &View, bill: &Bill) -> Vec<String> {
    let Some(folios) = &bill.folios else {
        return unknown(bill.folios_unknown.as_ref(), "/proc/kpageflags");
    };
    let all: ByteLength = folios.iter().map(|folio| folio.bytes).sum();
    let line = |folio: &FolioSize| {
        format!(
            "{} of {}: {} ({}%)",
            folio.folios,
            view.size(folio.size),
            view.size(folio.bytes),
            percent(Some(folio.bytes.0), all.0)
        )
    };
    let mut list: Vec<String> = folios.iter().rev().map(line).collect();
    if list.len() > 1 {
        let large = bill.in_folios_from(ByteLength(bill.residency.page_size.saturating_add(1)));
        let share = percent(Some(large.0), all.0);
        list.push(format!("{share}% in large folios"));
    }
    list
}

fn groups(view: &View, bill: &Bill) -> Vec<String> {
    let Some(groups) = &bill.cgroups else {
        return unknown(bill.cgroups_unknown.as_ref(), "/proc/kpagecgroup");
    };
    let line = |group: &GroupShare| {
        let name = match (&group.path, group.inode) {
            (Some(path), _) => printable(path).into_owned(),
            (None, 0) => "no cgroup".to_owned(),
            (None, inode) => format!("inode {inode}, not visible under /sys/fs/cgroup"),
        };
        format!("{name}: {}", view.size(group.bytes))
    };
    listed(view, groups, line)
}

fn nodes(view: &View, bill: &Bill) -> Vec<String> {
    let Some(nodes) = &bill.nodes else {
        return unknown(bill.nodes_unknown.as_ref(), "NUMA nodes");
    };
    let line = |(node, bytes)| format!("node {node}: {}", view.size(bytes));
    let used = nodes.iter().filter(|share| !share.bytes.is_zero());
    used.map(|share| line((share.node, share.bytes))).collect()
}

/// What is not listed, because processes could not be inspected.
fn unseen(bill: &Bill) -> Option<String> {
    let count = bill.processes_unseen;
    match (bill.processes_hidden, count) {
        (true, _) => Some("unknown for processes that /proc does not list".to_owned()),
        (false, 0) => None,
        (false, _) => {
            let why = match Capability::SysPtrace.is_held() {
                Some(true) => "cannot be inspected".to_owned(),
                _ => needs(&[Capability::SysPtrace]),
            };
            Some(format!(
                "unknown for {} ({why})",
                count_text(count, "process")
            ))
        }
    }
}

fn mappers(view: &View, bill: &Bill) -> Vec<String> {
    let Some(mappers) = &bill.mapped_by else {
        return unknown(bill.mapped_by_unknown.as_ref(), "/proc");
    };
    let line = |mapper: &Mapper| {
        let user = &mapper.user;
        let mut text = format!(
            "{} ({}): {} in page tables",
            user.pid,
            printable(&user.command),
            or_unknown(view, mapper.resident)
        );
        for (bytes, word) in [(mapper.locked, "locked"), (mapper.huge, "in huge pages")] {
            if let Some(bytes) = bytes.filter(|bytes| !bytes.is_zero()) {
                text.push_str(&format!(", {} {word}", view.size(bytes)));
            }
        }
        text
    };
    let mut list = listed(view, mappers, line);
    list.extend(unseen(bill));
    list
}

fn mapped_huge(view: &View, bill: &Bill) -> String {
    match &bill.mapped_by {
        None => "unknown".to_owned(),
        Some(_) => {
            let huge = bill.mapped(|mapper| mapper.huge);
            let all_seen = bill.processes_unseen == 0 && !bill.processes_hidden;
            match huge.is_zero() && !all_seen {
                true => "none visible".to_owned(),
                false => size_or_none(view, huge),
            }
        }
    }
}

fn openers(view: &View, bill: &Bill) -> Vec<String> {
    let Some(openers) = &bill.opened_by else {
        return unknown(bill.opened_by_unknown.as_ref(), "/proc");
    };
    let line = |opener: &OpenedBy| {
        let access = match (opener.read, opener.write) {
            (true, true) => "read and write",
            (false, true) => "write",
            (true, false) => "read",
            (false, false) => "no access",
        };
        let name = printable(&opener.command);
        let text = format!("{} ({name}): {access}", opener.pid);
        match opener.descriptors {
            1 => text,
            count => format!("{text}, {count} descriptors"),
        }
    };
    let mut list = listed(view, openers, line);
    list.extend(unseen(bill));
    list
}

fn write_storage(lines: &mut Lines<'_>, storage: &Storage) -> io::Result<()> {
    let device = storage.device.as_ref().map(|device| {
        let number = format!("{}:{}", device.major, device.minor);
        let text = match &device.name {
            Some(name) => format!("{} ({number})", printable(name)),
            None => format!("{number}, not a block device"),
        };
        match device.rotational {
            Some(true) => format!("{text}, rotational"),
            Some(false) => format!("{text}, not rotational"),
            None => text,
        }
    });
    lines.line("device", &device.unwrap_or("unknown".to_owned()))?;
    let place = storage.file_system.as_ref().map(|name| {
        let mut text = printable(name).into_owned();
        if let Some(point) = &storage.mount_point {
            text.push_str(&format!(", mounted on {}", printable(point)));
        }
        if let Some(other) = &storage.pages_on {
            text.push_str(&format!(
                "; the pages belong to a file on {}",
                printable(other)
            ));
        }
        text
    });
    lines.line("file system", &place.unwrap_or("none visible".to_owned()))?;
    lines.line("read-ahead", &or_unknown(lines.view, storage.read_ahead))
}

fn kept_by(view: &View, bill: &Bill) -> String {
    let seen = &bill.residency;
    let bytes = |pages: Option<u64>| {
        let pages = pages.unwrap_or(0);
        view.size(seen.bytes(pages))
    };
    let sentence = |keeper: &Keeper| match keeper {
        Keeper::NotCached => "nothing: no pages are in memory".to_owned(),
        Keeper::MemoryOnly => {
            "the lack of backing storage: the file exists only in memory".to_owned()
        }
        Keeper::Dirty => format!(
            "dirty pages ({}), which 'mmapctl evict' writes first",
            bytes(seen.counts.dirty)
        ),
        Keeper::Writeback => format!("writeback of {}", bytes(seen.counts.writeback)),
        Keeper::InFlight => format!("pages in flight ({})", bytes(seen.counts.not_up_to_date())),
        Keeper::Mapped => {
            let is_mapped = |mapper: &&Mapper| mapper.resident != Some(ByteLength::ZERO);
            let count = bill.mappers().iter().filter(is_mapped).count();
            format!("mappings of {}", count_text(count as u64, "process"))
        }
        Keeper::Locked => {
            let locked = bill.mapped(|mapper| mapper.locked);
            format!("locks on {}", view.size(locked))
        }
        Keeper::Unseen => {
            let unseen = match (bill.processes_hidden, bill.processes_unseen) {
                (false, count) if count > 0 => {
                    format!("{} that cannot be inspected", count_text(count, "process"))
                }
                _ => "processes that /proc does not list".to_owned(),
            };
            let alone = if bill.kept_by.len() == 1 {
                "nothing visible; "
            } else {
                ""
            };
            format!("{alone}possibly mappings of {unseen}")
        }
        Keeper::Unknown => "possibly dirty pages".to_owned(),
        Keeper::Nothing => "nothing: 'mmapctl evict' would free all of it".to_owned(),
    };
    let list: Vec<String> = bill.kept_by.iter().map(sentence).collect();
    list.join("; ")
}

fn huge(view: &View, bill: &Bill) -> String {
    let size = bill.huge_page_size.unwrap_or_default();
    let sentence = |reason: &Hugeness| match reason {
        Hugeness::MappedHuge => {
            let bytes = bill.mapped(|mapper| mapper.huge);
            format!("{} mapped with huge pages", view.size(bytes))
        }
        Hugeness::HugeFolios => {
            let bytes = bill.in_folios_from(size);
            format!("{} in folios of {}", view.size(bytes), view.size(size))
        }
        Hugeness::HugetlbFile => "the file consists of huge pages".to_owned(),
        Hugeness::NoHugePages => "this kernel has no transparent huge pages".to_owned(),
        Hugeness::NotCached => "no pages are in memory".to_owned(),
        Hugeness::Short => format!("the file is smaller than a huge page ({})", view.size(size)),
        Hugeness::FileSystem => format!(
            "{} does not use large folios in this kernel",
            pages_on(bill)
        ),
        Hugeness::SinglePages => format!(
            "the file was read or written in small pieces, or {} does not use large folios",
            pages_on(bill)
        ),
        Hugeness::SmallPieces => "the file was read or written in small pieces".to_owned(),
        Hugeness::ShmemSetting => {
            let setting = bill.shmem_huge.map(Named::name).unwrap_or_default();
            format!("huge pages are disabled for this memory (huge={setting})")
        }
        Hugeness::NotAdvised => "no mapping requests huge pages (MADV_HUGEPAGE)".to_owned(),
        Hugeness::AdvisedAgainst => {
            "a mapping advises against huge pages (MADV_NOHUGEPAGE)".to_owned()
        }
        Hugeness::Unaligned => "no mapping is aligned to the huge page size".to_owned(),
        Hugeness::NotMapped => "no other process has its pages in page tables".to_owned(),
        Hugeness::PageByPage => "processes map it with small pages".to_owned(),
        Hugeness::Unknown => "folio sizes are unknown".to_owned(),
    };
    let is_huge = |reason: &Hugeness| {
        matches!(
            reason,
            Hugeness::MappedHuge | Hugeness::HugeFolios | Hugeness::HugetlbFile
        )
    };
    let answer = match bill.huge.as_slice() {
        [Hugeness::Unknown] => "unknown",
        all if !all.iter().any(is_huge) => "no",
        all if all.iter().any(is_small) => "partly",
        _ => "yes",
    };
    let list: Vec<String> = bill.huge.iter().map(sentence).collect();
    format!("{answer}: {}", list.join("; "))
}

/// Whether it is a reason why folios are small.
fn is_small(reason: &Hugeness) -> bool {
    matches!(
        reason,
        Hugeness::FileSystem
            | Hugeness::SinglePages
            | Hugeness::SmallPieces
            | Hugeness::ShmemSetting
    )
}

/// The file system to which the pages belong.
fn pages_on(bill: &Bill) -> String {
    let storage = &bill.storage;
    let name = storage.pages_on.as_ref().or(storage.file_system.as_ref());
    name.map_or("the file system".to_owned(), |name| {
        printable(name).into_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::cache::why::sample::{MIB, bill, large, mapper, small};
    use crate::mapping::types::{ShmemHuge, SourceName};

    fn written(bill: &Bill) -> String {
        let name = SourceName::File("f".into());
        let mut out = Vec::new();
        let report = Report::new(&name, bill);
        report.write_human(&mut out, &View::plain()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_report_is_a_screen_of_lines() {
        let mut bill = bill(&[(4096, 256), (65536, 48), (2 * MIB, 2)]);
        bill.allocated = Some(ByteLength(8 * MIB));
        bill.holes = Some(ByteLength::ZERO);
        bill.cgroups = Some(vec![GroupShare {
            path: Some("/a\nb".to_owned()),
            inode: 5,
            bytes: ByteLength(8 * MIB),
        }]);
        bill.opened_by = Some(Vec::new());
        bill.nodes_unknown = Some(GapReason::NotReported.into());
        bill.mapped_by = Some(vec![mapper()]);
        bill.kept_by = vec![Keeper::Mapped];
        bill.huge = vec![Hugeness::HugeFolios, Hugeness::SmallPieces];
        assert_eq!(
            written(&bill),
            "f: 8 MiB, 100.0% in memory\n\
             \u{20} size        8 MiB, 8 MiB allocated, no holes\n\
             \u{20} cached      8 MiB (2048 pages), none dirty, none under writeback\n\
             \u{20} in flight   none\n\
             \u{20} folios      2 of 2 MiB: 4 MiB (50.0%)\n\
             \u{20}             48 of 64 KiB: 3 MiB (37.5%)\n\
             \u{20}             256 of 4 KiB: 1 MiB (12.5%)\n\
             \u{20}             87.5% in large folios\n\
             \u{20} cgroups     /a\\nb: 8 MiB\n\
             \u{20} NUMA        unknown (this kernel has no NUMA nodes)\n\
             \u{20} mapped by   7 (x): 1 MiB in page tables\n\
             \u{20} mapped huge none\n\
             \u{20} open in     none\n\
             \u{20} device      unknown\n\
             \u{20} file system ext4\n\
             \u{20} read-ahead  unknown\n\
             \u{20} kept by     mappings of 1 process\n\
             \u{20} huge        partly: 4 MiB in folios of 2 MiB; the file was read or \
             written in small pieces\n"
        );
    }

    #[test]
    fn what_is_unknown_has_its_reason() {
        let gap = |reason: GapReason| unknown(Some(&reason.into()), "/proc/kpagecgroup").concat();
        let missing = "unknown (this kernel has no /proc/kpagecgroup)";
        assert_eq!(gap(GapReason::NotReported), missing);
        assert_eq!(
            gap(GapReason::Failed),
            "unknown (/proc/kpagecgroup cannot be read)"
        );
        let needed = [
            Capability::DacOverride,
            Capability::SysAdmin,
            Capability::SysPtrace,
        ];
        assert_eq!(needs(&needed[..1]), "needs CAP_DAC_OVERRIDE");
        assert_eq!(
            needs(&needed[..2]),
            "needs CAP_DAC_OVERRIDE and CAP_SYS_ADMIN"
        );
        assert_eq!(
            needs(&needed),
            "needs CAP_DAC_OVERRIDE, CAP_SYS_ADMIN and CAP_SYS_PTRACE"
        );
    }

    #[test]
    fn groups_that_are_not_visible_have_a_number() {
        let mut bill = small();
        let share = |inode| GroupShare {
            path: None,
            inode,
            bytes: ByteLength(4096),
        };
        bill.cgroups = Some(vec![share(12), share(0)]);
        let expected = [
            "inode 12, not visible under /sys/fs/cgroup: 4 KiB",
            "no cgroup: 4 KiB",
        ];
        assert_eq!(groups(&View::plain(), &bill), expected);
    }

    #[test]
    fn processes_that_were_not_inspected_are_mentioned() {
        let mut bill = small();
        bill.processes_unseen = 3;
        bill.kept_by = vec![Keeper::Unseen];
        let text = "nothing visible; possibly mappings of 3 processes that cannot be inspected";
        assert_eq!(kept_by(&View::plain(), &bill), text);
        bill.processes_hidden = true;
        let text = "nothing visible; possibly mappings of processes that /proc does not list";
        assert_eq!(kept_by(&View::plain(), &bill), text);
        let more = "unknown for processes that /proc does not list";
        assert_eq!(mappers(&View::plain(), &bill), [more]);
    }

    #[test]
    fn the_verdict_on_huge_pages_is_one_word_and_its_reasons() {
        let text = |bill: Bill, reasons: &[Hugeness]| {
            let huge = reasons.to_vec();
            super::huge(&View::plain(), &Bill { huge, ..bill })
        };
        assert_eq!(
            text(large(), &[Hugeness::HugeFolios, Hugeness::NotMapped]),
            "yes: 8 MiB in folios of 2 MiB; no other process has its pages in page tables"
        );
        assert_eq!(
            text(small(), &[Hugeness::SinglePages]),
            "no: the file was read or written in small pieces, or ext4 does not use large folios"
        );
        assert_eq!(
            text(small(), &[Hugeness::Unknown]),
            "unknown: folio sizes are unknown"
        );
        let mut shmem = small();
        shmem.shmem_huge = Some(ShmemHuge::Never);
        assert_eq!(
            text(shmem, &[Hugeness::ShmemSetting]),
            "no: huge pages are disabled for this memory (huge=never)"
        );
    }
}
