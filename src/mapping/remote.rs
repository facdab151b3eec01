//! Advising the memory of another process, mapping by mapping, and measuring it in that process's own account.

use std::io;
use std::time::Instant;

use serde::{Serialize, Serializer};

use super::access::Flag;
use super::advice::{Advice, COMMON_READ_AHEAD, read_ahead_step};
use super::effect::{Effect, Lasts, amount, pages};
use super::error::{Error, Kind, Result};
use super::name::SourceName;
use super::observe::huge_bytes;
use super::platform::Feature;
use super::privileges::Capability;
use super::range::{ByteLength, PageSize, SourceOffset, SourceRange};
use super::residency;
use super::sys;
use super::vmas::{self, AddressRange, MemoryUse, Process, Vma};

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
    let process = sys::ProcessHandle::open(request.pid)
        .map_err(|e| Error::os("find the process", &e).because("there is no such process"))?;
    let selected = select(request)?;
    let ranges: Vec<AddressRange> = selected.iter().map(|(_, part)| *part).collect();
    let before = RemoteSight::of(request.pid, &selected, &ranges)?;
    let started = Instant::now();
    let mappings: Vec<RemoteMapping> = selected
        .iter()
        .map(|(vma, part)| advise_mapping(&process, request, vma, *part))
        .collect();
    let duration = started.elapsed();
    let advised = mappings
        .iter()
        .fold(0, |sum: u64, mapping| sum.saturating_add(mapping.advised.0));
    if advised == 0 {
        return Err(refused(request.advice, &mappings));
    }
    let after = RemoteSight::of(request.pid, &selected, &ranges)?;
    let effect = judge(request.advice, &before, &after);
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
    let looked = vmas::visit(Process::Id(request.pid), AddressRange::ALL, |vma| {
        if let Some(part) = request.selection.part(&vma, page) {
            selected.push((vma, part));
        }
    });
    looked.map_err(may_not_look)?;
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

fn may_not_look(error: Error) -> Error {
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
    let piece = piece_for(request, vma);
    let mut at = part.start();
    let mut failure = None;
    while at < part.end() && failure.is_none() {
        let end = at.saturating_add(piece).min(part.end());
        let asked = AddressRange::between(at, end).unwrap_or_default();
        match process.advise(asked, request.advice) {
            Ok(0) => failure = Some(io::ErrorKind::WriteZero.into()),
            // Fewer than asked for: the next call begins where it stopped, and tells why.
            Ok(done) => at = at.saturating_add(done),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => failure = Some(error),
        }
    }
    RemoteMapping {
        start: part.start(),
        end: part.end(),
        path: String::from_utf8_lossy(&vma.path).into_owned(),
        advised: ByteLength(at.saturating_sub(part.start())),
        refusal: failure.as_ref().and_then(io::Error::raw_os_error),
        error: failure.map(|error| why_refused(request.advice, &error)),
    }
}

/// How much to advise with one call.
fn piece_for(request: &RemoteRequest, vma: &Vma) -> u64 {
    match request.advice {
        Advice::Willneed if vma.inode != 0 => {
            let file = sys::open_mapped_file(request.pid, vma.range).ok();
            match file {
                Some(file) => read_ahead_step(Some(&file), sys::page_size()).0,
                None => COMMON_READ_AHEAD.0,
            }
        }
        _ => PIECE,
    }
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
        (io::ErrorKind::WriteZero, _) => "the kernel took the advice for none of it".to_owned(),
        _ => plain.details().reason.clone(),
    }
}

/// The error for an advice that was taken for no mapping.
fn refused(advice: Advice, mappings: &[RemoteMapping]) -> Error {
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
        Kind::Failed => Error::new(
            Kind::Unsupported,
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
    fn of(pid: u32, selected: &[(Vma, AddressRange)], ranges: &[AddressRange]) -> Result<Self> {
        let memory = vmas::memory_use_of(Process::Id(pid), ranges).map_err(may_not_look)?;
        Ok(Self {
            cached: cached_pages(pid, selected),
            huge: huge_bytes(&memory),
            memory,
        })
    }
}

/// How many pages of the files behind some mappings are in the page cache.
fn cached_pages(pid: u32, selected: &[(Vma, AddressRange)]) -> Option<u64> {
    let page = sys::page_size();
    let mut total: Option<u64> = None;
    for (vma, part) in selected.iter().filter(|(vma, _)| vma.inode != 0) {
        let file = sys::open_mapped_file(pid, vma.range).ok()?;
        let inner = part.start().saturating_sub(vma.range.start());
        let offset = SourceOffset(vma.offset.saturating_add(inner));
        let range = SourceRange::new(offset, ByteLength(part.length()))?;
        let counts = residency::of_file(&file, range, page).counts;
        total = Some(total.unwrap_or(0).saturating_add(counts.resident?));
    }
    total
}

fn judge(advice: Advice, before: &RemoteSight, after: &RemoteSight) -> Effect {
    let fell = |figure: fn(&MemoryUse) -> u64| {
        figure(&before.memory).saturating_sub(figure(&after.memory))
    };
    let seen = |reason: String| Effect::seen(Lasts::OutlivesCommand, reason);
    match advice {
        Advice::Cold => match fell(|memory| memory.referenced) {
            0 => Effect::none("none of its pages was marked as used"),
            bytes => seen(format!(
                "{} are marked as not used lately, and leave memory first",
                amount(bytes)
            )),
        },
        Advice::Pageout => match fell(|memory| memory.rss) {
            0 => Effect::none(why_not_paged_out(before)),
            bytes => seen(format!("{} left the process's memory", amount(bytes))),
        },
        Advice::Collapse => match after.huge.0.saturating_sub(before.huge.0) {
            0 => Effect::none("the kernel accepted it, and no huge page came of it"),
            bytes => seen(format!("{} are in huge pages now", amount(bytes))),
        },
        _ => match (before.cached, after.cached) {
            (Some(before), Some(after)) if after > before => seen(format!(
                "{} came into the page cache",
                pages(after.saturating_sub(before))
            )),
            (Some(_), Some(_)) => Effect::none("no page came into the page cache"),
            _ => Effect::unmeasured(
                Lasts::OutlivesCommand,
                "reading in from swap, or from files that may not be opened here, is not shown",
            ),
        },
    }
}

fn why_not_paged_out(before: &RemoteSight) -> String {
    if before.memory.rss == 0 {
        return "none of its pages is in memory".to_owned();
    }
    if before.memory.anonymous == before.memory.rss && !sys::has_swap() {
        return "it could go to swap space only, and the system has none".to_owned();
    }
    "its pages are dirty, mapped by other processes as well, or of a file that may not be written"
        .to_owned()
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
        use crate::mapping::access::Flag;
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
