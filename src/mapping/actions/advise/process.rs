//! Advising the memory of another process, mapping by mapping, and measuring it in that process's own account.

use std::io;
use std::time::Instant;

use serde::{Serialize, Serializer};

use super::cooling::{Cooled, cooled};
use super::judge::{MARKS_NOT_SHOWN, cooled_text};
use crate::mapping::actions::advise::changes;
use crate::mapping::cache::reasons::{amount, hole_note, in_use, unsettled_text};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::holders::{Holders, UNTOLD, holders_of};
use crate::mapping::measure::proc_maps;
use crate::mapping::measure::proc_maps::{LOCKED, MemoryUse, Vma};
use crate::mapping::measure::residency;
use crate::mapping::platform::Feature;
use crate::mapping::region::advise::read_ahead_step;
use crate::mapping::region::marks;
use crate::mapping::source::data_runs::DataRuns;
use crate::mapping::sys;
use crate::mapping::types::{
    AddressRange, Advice, ByteLength, Capability, Counts, Effect, FileIdentity, Kind, Lasts, Marks,
    Named, PageSize, Process, SourceName, SourceOffset, SourceRange, pages,
};

/// The most that is advised with one call: the kernel takes no more than 2 GiB, less a page.
const PIECE: u64 = 1 << 30;

/// Which mappings of a process are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Those with these addresses, and of them only these, widened to whole pages.
    Range(AddressRange),
    /// Those whose path, or name in brackets, has these texts in this order, one after the other.
    Pattern(Vec<String>),
}

impl Selection {
    /// The mappings that match a pattern: a text that stands in the path, with `*` for any text.
    #[must_use]
    pub fn pattern(text: &str) -> Self {
        Self::Pattern(text.split('*').map(str::to_owned).collect())
    }

    /// The part of a mapping that is meant.
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

/// An advice for another process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteRequest {
    /// Its process ID.
    pub pid: u32,
    /// The advice.
    pub advice: Advice,
    /// Which of its mappings.
    pub selection: Selection,
}

/// What was seen of the selected mappings at one moment.
#[derive(Clone, Debug, Serialize)]
pub struct RemoteSight {
    /// How many pages of the files behind them are in the page cache; absent where those cannot be opened.
    pub cached: Option<u64>,
    /// Memory behind huge pages, of any sort, in bytes.
    pub huge: ByteLength,
    /// The process's own account of them.
    pub memory: MemoryUse,
    /// With [`Advice::Cold`]: the marks of use on the pages that it has in its page tables; absent where they may not be
    /// seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marks: Option<Marks>,
}

/// What was done to one mapping.
#[derive(Clone, Debug, Serialize)]
pub struct RemoteMapping {
    /// The address of the first byte that was advised.
    #[serde(serialize_with = "hexadecimal")]
    pub start: u64,
    /// The address just after the last.
    #[serde(serialize_with = "hexadecimal")]
    pub end: u64,
    /// The path of its file, or its name in brackets; bytes that are not UTF-8 are replaced.
    pub path: String,
    /// How many bytes the kernel took the advice for.
    pub advised: ByteLength,
    /// Why it took it for no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(skip)]
    refusal: Option<i32>,
    #[serde(skip)]
    holes: ByteLength,
}

fn hexadecimal<S: Serializer>(address: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{address:#x}"))
}

/// What an advice did to another process.
#[derive(Clone, Debug, Serialize)]
pub struct RemoteAdvised {
    /// The advice.
    pub advice: Advice,
    /// The name of the process's command.
    pub command: String,
    /// How many bytes were meant.
    pub length: ByteLength,
    /// For how many the kernel took the advice.
    pub advised: ByteLength,
    /// What was done to each mapping.
    pub mappings: Vec<RemoteMapping>,
    /// Before.
    pub before: RemoteSight,
    /// After.
    pub after: RemoteSight,
    /// The difference, judged.
    pub effect: Effect,
    /// How long the advice took, in nanoseconds.
    pub duration_ns: u64,
}

/// Gives an advice on memory of another process (`process_madvise(2)`).
///
/// # Errors
/// `unsupported` for advice that the kernel takes only for a process's own memory, and where every selected
/// mapping refuses it; `not_found` when there is no such process, or it has no such mapping; `access_denied`
/// when it may not be looked at or advised, naming the capability.
pub fn advise(request: &RemoteRequest) -> Result<RemoteAdvised> {
    let name = SourceName::Process(request.pid);
    advise_unnamed(request).map_err(|error| error.on(&name))
}

fn advise_unnamed(request: &RemoteRequest) -> Result<RemoteAdvised> {
    Feature::AdviseProcess.require("advise")?;
    check(request.advice)?;
    proc_maps::require_processes("advise")?;
    let process = sys::ProcessHandle::open(request.pid)
        .map_err(|e| Error::os("find the process", &e).because("there is no such process"))?;
    let selected = select(request)?;
    let ranges: Vec<AddressRange> = selected.iter().map(|(_, part)| *part).collect();
    let before = RemoteSight::of(request, &selected, &ranges)?;
    let started = Instant::now();
    let mappings: Vec<RemoteMapping> = selected
        .iter()
        .map(|(vma, part)| advise_mapping(&process, request, vma, *part))
        .collect();
    let duration = started.elapsed();
    let advised = mappings
        .iter()
        .fold(0, |sum: u64, mapping| sum.saturating_add(mapping.advised.0));
    if advised == 0 && mappings.iter().any(|mapping| mapping.error.is_some()) {
        let locked = before.memory.has_flag(LOCKED);
        return Err(refused(request.advice, &mappings, locked));
    }
    let after = RemoteSight::of(request, &selected, &ranges)?;
    let change = Change {
        request,
        selected: &selected,
        before: &before,
        after: &after,
    };
    let holes = mappings
        .iter()
        .fold(0, |sum: u64, mapping| sum.saturating_add(mapping.holes.0));
    let effect = change.judge().note(hole_note(ByteLength(holes)));
    let command = sys::command_name(request.pid).unwrap_or_default();
    Ok(RemoteAdvised {
        advice: request.advice,
        command: String::from_utf8_lossy(&command).into_owned(),
        length: ByteLength(
            ranges
                .iter()
                .fold(0, |sum: u64, range| sum.saturating_add(range.length())),
        ),
        advised: ByteLength(advised),
        mappings,
        before,
        after,
        effect,
        duration_ns: u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX),
    })
}

fn check(advice: Advice) -> Result<()> {
    match advice {
        Advice::Cold | Advice::Pageout | Advice::Willneed | Advice::Collapse => Ok(()),
        _ => Err(Error::new(
            Kind::Unsupported,
            "advise",
            format!(
                "the kernel takes '{}' only for a process's own memory; for another's it takes cold, \
                 pageout, willneed and collapse",
                advice.name()
            ),
        )),
    }
}

fn select(request: &RemoteRequest) -> Result<Vec<(Vma, AddressRange)>> {
    let page = sys::page_size();
    let mut selected = Vec::new();
    let looked = proc_maps::visit(Process::Id(request.pid), AddressRange::ALL, |vma| {
        if let Some(part) = request.selection.part(&vma, page) {
            selected.push((vma, part));
        }
    });
    looked.map_err(|error| may_not_look(request.pid, error))?;
    if selected.is_empty() {
        let reason = match request.selection {
            Selection::Range(_) => "it has nothing mapped in that range",
            Selection::Pattern(_) => "none of its mappings has such a name",
        };
        let error = Error::new(Kind::NotFound, "advise", reason);
        return Err(error.hint(format!(
            "its mappings and their names are in /proc/{}/maps",
            request.pid
        )));
    }
    Ok(selected)
}

fn may_not_look(pid: u32, error: Error) -> Error {
    // A process that can be found, and is not listed, is hidden from us (`proc(5)`, hidepid).
    let hidden = error.kind() == Kind::NotFound && sys::ProcessHandle::open(pid).is_ok();
    let error = match hidden {
        true => Error::new(
            Kind::AccessDenied,
            "look at the process",
            "/proc lists only processes of your own here (hidepid)",
        ),
        false => error,
    };
    if error.kind() != Kind::AccessDenied {
        return error;
    }
    let state = held(Capability::SysPtrace);
    error.hint(format!(
        "another user's process, or one that does not let itself be looked at, needs the capability \
         CAP_SYS_PTRACE, which is {state}"
    ))
}

fn held(capability: Capability) -> &'static str {
    match capability.is_held() {
        Some(true) => "held",
        Some(false) => "not held",
        None => "not known to be held",
    }
}

fn advise_mapping(
    process: &sys::ProcessHandle,
    request: &RemoteRequest,
    vma: &Vma,
    part: AddressRange,
) -> RemoteMapping {
    let reads_file = request.advice == Advice::Willneed && vma.inode != 0;
    let file = reads_file
        .then(|| sys::open_mapped_file(request.pid, vma.range).ok())
        .flatten();
    let piece = match reads_file {
        true => read_ahead_step(file.as_ref(), sys::page_size()).0,
        false => PIECE,
    };
    let mut advised = 0_u64;
    let mut advise = |asked| {
        let (done, failure) = advise_addresses(process, request.advice, asked, piece);
        advised = advised.saturating_add(done);
        failure
    };
    let (failure, holes) = match file.as_ref().zip(source_range(vma, part)) {
        Some((file, range)) => {
            let mut runs = DataRuns::new(Some(file), range);
            let failure = runs
                .by_ref()
                .find_map(|run| advise(part.of_part(range, run, sys::page_size())));
            (failure, runs.holes())
        }
        None => (advise(part), ByteLength::ZERO),
    };
    RemoteMapping {
        start: part.start(),
        end: part.end(),
        path: String::from_utf8_lossy(&vma.path).into_owned(),
        advised: ByteLength(advised),
        refusal: failure.as_ref().and_then(io::Error::raw_os_error),
        error: failure.map(|error| why_refused(request.advice, &error)),
        holes,
    }
}

/// Advises on addresses piece by piece. Answers for how many bytes the kernel took the advice, and why for no more.
fn advise_addresses(
    process: &sys::ProcessHandle,
    advice: Advice,
    asked: AddressRange,
    piece: u64,
) -> (u64, Option<io::Error>) {
    let mut at = asked.start();
    let done = |at: u64| at.saturating_sub(asked.start());
    while at < asked.end() {
        let end = at.saturating_add(piece).min(asked.end());
        let next = AddressRange::between(at, end).unwrap_or_default();
        match process.advise(next, advice) {
            Ok(0) => return (done(at), Some(io::ErrorKind::WriteZero.into())),
            // Fewer than asked for: the next call begins where it stopped, and tells why.
            Ok(more) => at = at.saturating_add(more),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (done(at), Some(error)),
        }
    }
    (done(at), None)
}

/// The range of its file that a part of a mapping shows.
fn source_range(vma: &Vma, part: AddressRange) -> Option<SourceRange> {
    let inner = part.start().saturating_sub(vma.range.start());
    let offset = SourceOffset(vma.offset.saturating_add(inner));
    SourceRange::new(offset, ByteLength(part.length()))
}

fn why_refused(advice: Advice, error: &io::Error) -> String {
    let plain = Error::os("advise", error);
    match (error.kind(), advice) {
        (io::ErrorKind::InvalidInput, Advice::Collapse) => {
            "there are no pages to gather into a huge one".to_owned()
        }
        (io::ErrorKind::InvalidInput, _) => {
            "its pages are locked, huge, or not ordinary memory".to_owned()
        }
        _ if plain.kind() == Kind::Fault => "it is not ordinary memory".to_owned(),
        (io::ErrorKind::WriteZero, _) => "the kernel took the advice for none of it".to_owned(),
        _ => plain.details().reason.clone(),
    }
}

/// The error for an advice that was taken for no mapping; all of them may be locked.
fn refused(advice: Advice, mappings: &[RemoteMapping], locked: bool) -> Error {
    let first = mappings.iter().find_map(|mapping| mapping.refusal);
    let os_error = io::Error::from_raw_os_error(first.unwrap_or(0));
    let error = Error::os("advise", &os_error);
    let reason = mappings.iter().find_map(|mapping| mapping.error.clone());
    match error.kind() {
        Kind::AccessDenied => error
            .because(format!(
                "advising another process needs the capability CAP_SYS_NICE, which is {}",
                held(Capability::SysNice)
            ))
            .hint("run it as root, or grant the capability"),
        Kind::NotFound => error.because("the process has ended"),
        // So the kernel says that addresses are not mapped.
        Kind::OutOfMemory => Error::os_as(Kind::NotFound, "advise", &os_error)
            .because("its memory map has changed meanwhile"),
        Kind::Failed | Kind::Fault => Error::new(
            if locked {
                Kind::Busy
            } else {
                Kind::Unsupported
            },
            "advise",
            format!(
                "none of the mappings takes '{}': {}",
                advice.name(),
                reason.unwrap_or_default()
            ),
        ),
        _ => error,
    }
}

impl RemoteSight {
    fn of(
        request: &RemoteRequest,
        selected: &[(Vma, AddressRange)],
        ranges: &[AddressRange],
    ) -> Result<Self> {
        let pid = request.pid;
        let marks = match request.advice {
            Advice::Cold => marks::of_memory(Process::Id(pid), ranges),
            _ => None,
        };
        let memory = proc_maps::memory_use_of(Process::Id(pid), ranges)
            .map_err(|error| may_not_look(pid, error))?;
        Ok(Self {
            cached: file_counts(pid, selected).and_then(|counts| counts.held()),
            huge: memory.huge(),
            memory,
            marks,
        })
    }
}

/// The pages of the files behind some mappings; `None` where there are none, or where they cannot be opened.
fn file_counts(pid: u32, selected: &[(Vma, AddressRange)]) -> Option<Counts> {
    let page = sys::page_size();
    let mut total: Option<Counts> = None;
    for (vma, part) in selected.iter().filter(|(vma, _)| vma.inode != 0) {
        let file = sys::open_mapped_file(pid, vma.range).ok()?;
        let counts = residency::of_file(&file, source_range(vma, *part)?, page).counts;
        total = Some(total.map_or(counts, |total| total.plus(counts)));
    }
    total
}

/// An advice, and what was seen before and after it.
struct Change<'a> {
    request: &'a RemoteRequest,
    selected: &'a [(Vma, AddressRange)],
    before: &'a RemoteSight,
    after: &'a RemoteSight,
}

impl Change<'_> {
    fn judge(&self) -> Effect {
        let effect = self.look_again(self.judge_advice());
        let outside = self.before.memory.outside.max(self.after.memory.outside);
        let note = format!(
            "the kernel counts whole mappings: {} of these lie outside the range",
            amount(outside)
        );
        effect.note((outside > 0).then_some(note))
    }

    /// "No effect" stands only where every counter is as it was.
    fn look_again(&self, effect: Effect) -> Effect {
        let changes = changes::of_memory(&self.before.memory, &self.after.memory);
        if effect.lasts != Lasts::NoEffect || changes.is_empty() {
            return effect;
        }
        let seen = outlives(changes.join(", ")).note(Some(effect.reason));
        effect
            .notes
            .into_iter()
            .fold(seen, |seen, note| seen.note(Some(note)))
    }

    fn judge_cooling(&self) -> Effect {
        let cooled = cooled(
            [self.before.marks, self.after.marks],
            [&self.before.memory, &self.after.memory],
            true,
            sys::page_size().bytes(),
        );
        match cooled {
            Cooled::Bytes { cooled, still } => {
                let note = format!("{} are still marked as used", amount(still));
                outlives(cooled_text(cooled)).note((still > 0).then_some(note))
            }
            Cooled::NoneWasUsed => Effect::none("none of its pages was marked as used"),
            Cooled::Kept => Effect::none(format!(
                "its pages are still marked as used: {}",
                self.why_passed_over()
            )),
            Cooled::Unknown => Effect::unmeasured(Lasts::OutlivesCommand, MARKS_NOT_SHOWN),
        }
    }

    fn judge_advice(&self) -> Effect {
        match self.request.advice {
            Advice::Cold => self.judge_cooling(),
            Advice::Pageout => self.judge_paging_out(),
            Advice::Collapse => match self.after.huge.0.saturating_sub(self.before.huge.0) {
                0 if self.before.huge.0 > 0 => Effect::none("its pages were huge already"),
                0 => Effect::none("the kernel accepted it, and no huge page came of it"),
                bytes => outlives(format!("{} are in huge pages now", amount(bytes))),
            },
            _ => self.judge_reading_in(),
        }
    }

    /// By how much a figure of the process's own account fell.
    fn fall(&self, figure: fn(&MemoryUse) -> u64) -> u64 {
        figure(&self.before.memory).saturating_sub(figure(&self.after.memory))
    }

    fn judge_reading_in(&self) -> Effect {
        match (self.before.cached, self.after.cached) {
            (Some(before), Some(after)) if after > before => outlives(format!(
                "{} came into the page cache",
                pages(after.saturating_sub(before))
            )),
            (Some(_), Some(_)) if !self.shows_reads() => Effect::unmeasured(
                Lasts::OutlivesCommand,
                "the kernel accepted it, and pages that are still being read are not shown",
            ),
            (Some(_), Some(_)) => Effect::none("no page came into the page cache"),
            _ if !self.has_files() && !sys::has_swap() => {
                Effect::none("it could come from swap space only, and the system has none")
            }
            _ => Effect::unmeasured(
                Lasts::OutlivesCommand,
                "reading in from swap, or from files that may not be opened here, is not shown",
            ),
        }
    }

    /// Whether pages that are still being read are counted.
    fn shows_reads(&self) -> bool {
        let counts = file_counts(self.request.pid, self.selected);
        counts.is_some_and(|counts| counts.cached.is_some())
    }

    /// Pages of files may leave the process's page tables and stay in the page cache, which is no gain.
    fn judge_paging_out(&self) -> Effect {
        let unmapped = self.fall(|memory| memory.rss);
        match (self.gone(), unmapped) {
            (None, 0) | (Some(0), 0) => Effect::none(self.why_not_paged_out()),
            (None, _) => Effect::unmeasured(
                Lasts::OutlivesCommand,
                format!(
                    "{} left the process's page tables; whether they are in the page cache still is not shown",
                    amount(unmapped)
                ),
            ),
            (Some(0), _) => outlives(format!(
                "{} left the process's page tables, and stay in memory: {}",
                amount(unmapped),
                self.why_kept()
            )),
            (Some(gone), _) => {
                let stay = self.after.cached.unwrap_or(0);
                let note = (stay > 0)
                    .then(|| format!("still in memory: {}: {}", pages(stay), self.why_kept()));
                outlives(format!("{} left memory", amount(gone))).note(note)
            }
        }
    }

    /// How many bytes left memory, to storage or swap space; `None` where it cannot be seen what became of the
    /// pages of files.
    fn gone(&self) -> Option<u64> {
        let own = self.fall(|memory| memory.anonymous);
        if !self.has_files() {
            return Some(own);
        }
        let pages = self.before.cached?.saturating_sub(self.after.cached?);
        let cached = pages.saturating_mul(sys::page_size().bytes());
        Some(cached.saturating_add(own))
    }

    fn has_files(&self) -> bool {
        self.selected.iter().any(|(vma, _)| vma.inode != 0)
    }

    fn why_not_paged_out(&self) -> String {
        if self.before.memory.rss == 0 {
            return "the process has none of them in its page tables".to_owned();
        }
        self.why_kept()
    }

    /// Why pages keep their marks: the kernel passes over those that are mapped more than once.
    fn why_passed_over(&self) -> String {
        let known = self.holders().text();
        known.unwrap_or_else(|| "they are mapped more than once, locked or shared".to_owned())
    }

    /// Who else keeps the pages of the files behind the mappings.
    fn holders(&self) -> Holders {
        let mut files: Vec<FileIdentity> = self
            .selected
            .iter()
            .filter(|(vma, _)| vma.inode != 0)
            .map(|(vma, _)| FileIdentity::shown(vma))
            .collect();
        files.dedup();
        holders_of(&files).without(self.request.pid)
    }

    /// Why pages stay in memory.
    fn why_kept(&self) -> String {
        if !sys::has_swap() && self.lives_in_memory() {
            return "they could go to swap space only, and the system has none".to_owned();
        }
        let holders = self.holders();
        if let Some(others) = holders.text() {
            return others;
        }
        let counts = file_counts(self.request.pid, self.selected);
        if let Some(dirty) = counts.as_ref().and_then(unsettled_text) {
            return format!("{dirty} ('sync' first)");
        }
        if counts.is_some_and(|counts| counts.dirty.is_none()) {
            return UNTOLD.to_owned();
        }
        match holders.doubt() {
            None if counts.is_none() => {
                "they are dirty, locked, or of a file that may not be written".to_owned()
            }
            doubt => in_use(doubt),
        }
    }

    /// Whether none of the memory has storage behind it.
    fn lives_in_memory(&self) -> bool {
        self.selected.iter().all(|(vma, _)| {
            vma.inode == 0
                || sys::open_mapped_file(self.request.pid, vma.range)
                    .is_ok_and(|file| sys::is_memory_backed(&file))
        })
    }
}

fn outlives(reason: String) -> Effect {
    Effect::seen(Lasts::OutlivesCommand, reason)
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

    #[test]
    fn only_advice_that_the_kernel_takes_for_others_is_given() {
        use crate::mapping::types::Named;
        let request = |advice, pid| RemoteRequest {
            pid,
            advice,
            selection: Selection::pattern("*"),
        };
        let allowed = ["willneed", "cold", "pageout", "collapse"];
        for advice in Advice::ALL {
            if !allowed.contains(&advice.name()) {
                let error = advise(&request(*advice, std::process::id())).unwrap_err();
                assert_eq!(error.kind(), Kind::Unsupported, "{}", advice.name());
            }
        }
        let error = advise(&request(Advice::Cold, u32::MAX)).unwrap_err();
        assert_eq!(error.kind(), Kind::NotFound);
    }
}
