//! Advising the memory of another process, mapping by mapping, and measuring it in that process's own account.

use std::io;
use std::time::Instant;

use schemars::JsonSchema;
use serde::Serialize;

use super::evidence::{Evidence, Target};
use super::judge::judge;
use super::selection::{Selected, Selection, held, source_range};
use super::sight::{RemoteSight, Sight};
use crate::mapping::cache::effect::holes_not_read;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::proc_maps::{self, LOCKED, Vma};
use crate::mapping::platform::Feature;
use crate::mapping::region::advise::read_ahead_step;
use crate::mapping::source::data_runs::DataRuns;
use crate::mapping::sys;
use crate::mapping::types::json;
use crate::mapping::types::{
    AddressRange, Advice, ByteLength, Capability, Effect, Kind, Named, SourceName, nanoseconds,
};

/// The most that is advised with one call: the kernel takes no more than 2 GiB, less a page.
const PIECE: u64 = 1 << 30;

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

/// What was done to one mapping.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RemoteMapping {
    /// The address of the first byte that was advised.
    #[serde(serialize_with = "json::hexadecimal")]
    #[schemars(with = "String")]
    pub start: u64,
    /// The address just after the last.
    #[serde(serialize_with = "json::hexadecimal")]
    #[schemars(with = "String")]
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

/// What an advice did to another process.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RemoteAdvised {
    /// Its process ID.
    pub pid: u32,
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
    let selected = Selected::of(request.pid, &request.selection)?;
    let before = Sight::of_process(&selected, request.advice)?;
    let started = Instant::now();
    let mappings: Vec<RemoteMapping> = selected
        .parts
        .iter()
        .map(|(vma, part)| advise_mapping(&process, request, vma, *part))
        .collect();
    let duration = started.elapsed();
    let total = |bytes: fn(&RemoteMapping) -> ByteLength| {
        let bytes = mappings.iter().map(|mapping| bytes(mapping).0);
        ByteLength(bytes.fold(0, u64::saturating_add))
    };
    let advised = total(|mapping| mapping.advised);
    if advised.is_zero() && mappings.iter().any(|mapping| mapping.error.is_some()) {
        let locked = before.has_flag(LOCKED);
        return Err(refused(request.advice, &mappings, locked));
    }
    let after = Sight::of_process(&selected, request.advice)?;
    let effect = judge(&Evidence {
        advice: request.advice,
        target: Target::Process(&selected),
        before: &before,
        after: &after,
        untouched: None,
        touched_after: false,
        holes: None,
    })
    .note(holes_not_read(total(|mapping| mapping.holes)));
    let command = sys::command_name(request.pid).unwrap_or_default();
    Ok(RemoteAdvised {
        pid: request.pid,
        advice: request.advice,
        command: String::from_utf8_lossy(&command).into_owned(),
        length: selected.length(),
        advised,
        mappings,
        before: before.into(),
        after: after.into(),
        effect,
        duration_ns: nanoseconds(duration),
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
        _ => plain.details().reason.to_string(),
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

#[cfg(test)]
mod tests {
    use super::*;

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
