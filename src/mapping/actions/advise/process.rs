//! Advice on memory of another process (`process_madvise(2)`), mapping by mapping, measured before and after.

use std::io;
use std::time::Instant;

use schemars::JsonSchema;
use serde::Serialize;

use super::evidence::{Evidence, Target};
use super::judge::judge;
use super::selection::{Selected, held, source_range};
use super::sight::{RemoteSight, Sight};
use crate::mapping::actions::selection::Selection;
use crate::mapping::cache::effect::holes_not_read;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::proc_maps::{self, LOCKED, Vma};
use crate::mapping::measure::users;
use crate::mapping::platform::Feature;
use crate::mapping::region::advise::read_ahead_step;
use crate::mapping::source::data_runs::DataRuns;
use crate::mapping::sys;
use crate::mapping::types::json;
use crate::mapping::types::{
    AddressRange, Advice, ByteLength, Capability, Effect, Kind, Named, SourceName, nanoseconds,
};

/// The maximum number of bytes to advise with one call. The kernel accepts no more than 2 GiB less a page.
const PIECE: u64 = 1 << 30;

/// Advice for another process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteRequest {
    /// Its process ID.
    pub pid: u32,
    /// The advice.
    pub advice: Advice,
    /// The mappings to advise.
    pub selection: Selection,
}

/// A mapping of another process, and the part of it that was advised.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RemoteMapping {
    /// The address of the first byte to advise.
    #[serde(serialize_with = "json::hexadecimal")]
    #[schemars(with = "String")]
    pub start: u64,
    /// The address after the last byte.
    #[serde(serialize_with = "json::hexadecimal")]
    #[schemars(with = "String")]
    pub end: u64,
    /// The path of the mapped file, or the name of the mapping in brackets. Bytes that are not UTF-8 are replaced.
    pub path: String,
    /// The number of bytes for which the kernel accepted the advice.
    pub advised: ByteLength,
    /// Why the kernel refused the advice for the other bytes; absent when it accepted all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(skip)]
    refusal: Option<i32>,
    #[serde(skip)]
    holes: ByteLength,
}

/// The effect of advice on another process.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RemoteAdvised {
    /// The process ID.
    pub pid: u32,
    /// The advice.
    pub advice: Advice,
    /// The command name of the process.
    pub command: String,
    /// The length of the selected parts of all mappings, in bytes.
    pub length: ByteLength,
    /// The number of bytes for which the kernel accepted the advice.
    pub advised: ByteLength,
    /// The selected mappings.
    pub mappings: Vec<RemoteMapping>,
    /// The state of the mappings before the advice.
    pub before: RemoteSight,
    /// The state of the mappings after the advice.
    pub after: RemoteSight,
    /// The effect of the advice.
    pub effect: Effect,
    /// The time that the advice took, in nanoseconds.
    pub duration_ns: u64,
}

/// Applies advice to memory of another process (`process_madvise(2)`).
///
/// # Errors
/// `unsupported` for advice that the kernel accepts only for a process's own memory, and when it refuses the advice for
/// all selected mappings; `not_found` when there is no such process or mapping; `access_denied` when the process may not
/// be inspected or advised, with the capability that is needed.
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
    let total =
        |bytes: fn(&RemoteMapping) -> ByteLength| mappings.iter().map(bytes).sum::<ByteLength>();
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
    Ok(RemoteAdvised {
        pid: request.pid,
        advice: request.advice,
        command: users::command(request.pid),
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
                "the kernel accepts '{}' only for a process's own memory; for another process it accepts \
                 cold, pageout, willneed and collapse",
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
    let mut advised = ByteLength::ZERO;
    let mut advise = |asked| {
        let (done, failure) = advise_addresses(process, request.advice, asked, piece);
        advised = advised.plus(done);
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
        advised,
        refusal: failure.as_ref().and_then(io::Error::raw_os_error),
        error: failure.map(|error| why_refused(request.advice, &error)),
        holes,
    }
}

/// Advises on addresses piece by piece. Returns the number of bytes for which the kernel accepted the advice, and the
/// error that stopped it.
fn advise_addresses(
    process: &sys::ProcessHandle,
    advice: Advice,
    asked: AddressRange,
    piece: u64,
) -> (ByteLength, Option<io::Error>) {
    let mut at = asked.start();
    let done = |at: u64| asked.length_before(at);
    while at < asked.end() {
        let end = at.saturating_add(piece).min(asked.end());
        let next = AddressRange::between(at, end).unwrap_or_default();
        match process.advise(next, advice) {
            Ok(0) => return (done(at), Some(io::ErrorKind::WriteZero.into())),
            // After a short call, the next one starts where it stopped and reports the error.
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
            "there are no pages to collapse into a huge page".to_owned()
        }
        (io::ErrorKind::InvalidInput, _) => {
            "its pages are locked, huge, or not ordinary memory".to_owned()
        }
        _ if plain.kind() == Kind::Fault => "it is not ordinary memory".to_owned(),
        (io::ErrorKind::WriteZero, _) => "the kernel applied the advice to no page".to_owned(),
        _ => plain.details().reason.to_string(),
    }
}

/// The error for advice that the kernel accepted for no mapping; all of them may be locked.
fn refused(advice: Advice, mappings: &[RemoteMapping], locked: bool) -> Error {
    let first = mappings.iter().find_map(|mapping| mapping.refusal);
    let os_error = io::Error::from_raw_os_error(first.unwrap_or(0));
    let error = Error::os("advise", &os_error);
    let reason = mappings.iter().find_map(|mapping| mapping.error.clone());
    match error.kind() {
        Kind::AccessDenied => error
            .because(format!(
                "advising another process needs the capability CAP_SYS_NICE ({})",
                held(Capability::SysNice)
            ))
            .hint("run as root, or grant the capability"),
        Kind::NotFound => error.because("the process has ended"),
        // The kernel reports unmapped addresses with ENOMEM.
        Kind::OutOfMemory => Error::os_as(Kind::NotFound, "advise", &os_error)
            .because("its memory map changed during the operation"),
        Kind::Failed | Kind::Fault => Error::new(
            if locked {
                Kind::Busy
            } else {
                Kind::Unsupported
            },
            "advise",
            format!(
                "no mapping accepts '{}': {}",
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
    fn only_advice_that_the_kernel_accepts_for_other_processes_is_applied() {
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
