//! From the request to its end: checks, locks, waits, and follows changes meanwhile.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::limits::Needs;
use super::outcome::{PinEvent, PinRequest, Pinned};
use super::pass::{Files, Passed, directory, pass, rows};
use super::watch::Watcher;
use crate::mapping::cache::walk::{Done, Event, Found, each_file};
use crate::mapping::error::{Error, Result};
use crate::mapping::platform::Feature;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::process::service;
use crate::mapping::process::signals::{Ended, Signals};
use crate::mapping::source::{OpenRequest, Source, SourceSpec};
use crate::mapping::types::{ByteLength, Kind};

/// A pause is so many times as long as the work before it: continual changes cost a tenth of the time.
const PAUSES: u32 = 9;

/// The longest pause. Work that takes longer mostly waits for the storage.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Keeps the files of the paths in memory until a signal arrives or the time elapses. `report` receives what happens.
/// Returns the kind of the failures that remained.
///
/// # Errors
/// `unsupported` and `usage` for an impossible request; the kind of a signal that arrived before everything
/// was locked; those of `report`. Other failures are reported.
pub fn pin(
    request: &PinRequest,
    report: &mut dyn FnMut(PinEvent) -> Result<()>,
) -> Result<Option<Kind>> {
    check(request)?;
    let mut pinning = Pinning {
        request,
        signals: Signals::watch()?,
        watcher: request.follow.then(Watcher::new).transpose()?,
        files: Files::new(),
        seen: HashSet::new(),
        remaining: None,
    };
    let needs = pinning.measure()?;
    let refusals = needs.refusals()?;
    if !refusals.is_empty() {
        pinning.failed(refusals, report)?;
        return Ok(pinning.remaining);
    }
    let passed = pinning.pass(Some(needs.bytes), report)?;
    let pinned = passed.pinned;
    let more = pinning.watch(&passed)?;
    pinning.failed(passed.failures, report)?;
    if pinned.totals.files == 0 && pinning.remaining.is_some() {
        return Ok(pinning.remaining);
    }
    report(PinEvent::Ready(pinned))?;
    // A time beyond the range of the clock is no limit.
    let until = request
        .time
        .and_then(|time| Instant::now().checked_add(time));
    pinning.hold(until, pinned, more, report)?;
    service::stopping();
    Ok(pinning.remaining)
}

fn check(request: &PinRequest) -> Result<()> {
    Feature::Pin.require("lock")?;
    let mut paths = request.paths.paths.iter();
    if request.follow {
        Feature::FollowChanges.require("follow changes")?;
        if !paths.any(|spec| matches!(spec, SourceSpec::File(_))) {
            return Err(Error::usage(
                "only changes of files with a path can be followed",
            ));
        }
    }
    // Signals are watched by a descriptor, which must not take the number of one that was not inherited.
    match request.paths.paths.as_slice() {
        [spec @ SourceSpec::Descriptor(_)] => Source::open(spec, &OpenRequest::PAGES).map(drop),
        _ => Ok(()),
    }
}

/// Files that are kept in memory.
struct Pinning<'a> {
    request: &'a PinRequest,
    signals: Signals,
    watcher: Option<Watcher>,
    files: Files,
    /// The failures of the last pass, in words.
    seen: HashSet<String>,
    /// The kind of these failures.
    remaining: Option<Kind>,
}

impl Pinning<'_> {
    /// What locking the files needs. Directories are watched from here on, so that no change after it is missed.
    fn measure(&mut self) -> Result<Needs> {
        let signals = &self.signals;
        let mut directories = Vec::new();
        let job = |found: &Found| Done::from(Needs::of(found));
        let paths = &self.request.paths;
        let walked = each_file(
            paths,
            rows(self.request),
            &Interrupts::new(),
            &job,
            &mut |event| {
                if let Event::Row(row) = event {
                    directories.extend(directory(row));
                }
                end_if_signalled(signals)
            },
        )?;
        if let Some(watcher) = &mut self.watcher {
            watcher.paths(&paths.paths)?;
            watcher.found(&directories, &[])?;
        }
        Ok(walked.total)
    }

    /// Brings the locks up to date. `total` is the amount that the first pass brings in.
    fn pass(
        &mut self,
        total: Option<ByteLength>,
        report: &mut dyn FnMut(PinEvent) -> Result<()>,
    ) -> Result<Passed> {
        let signals = &self.signals;
        let report = std::cell::RefCell::new(report);
        pass(
            self.request,
            &mut self.files,
            &mut |change| (report.borrow_mut())(PinEvent::Change(change)),
            &mut |done| {
                if let Some(total) = total {
                    (report.borrow_mut())(PinEvent::Progress { total, done })?;
                }
                end_if_signalled(signals)
            },
        )
    }

    /// Watches what a pass has found. Returns whether another pass is needed: what was not watched may have changed
    /// unnoticed.
    fn watch(&mut self, passed: &Passed) -> Result<bool> {
        match &mut self.watcher {
            Some(watcher) => watcher.after(passed, &self.request.paths.paths),
            None => Ok(false),
        }
    }

    /// Reports the failures of a pass that the one before did not have.
    fn failed(
        &mut self,
        failures: Vec<Error>,
        report: &mut dyn FnMut(PinEvent) -> Result<()>,
    ) -> Result<()> {
        let kinds = failures.iter().map(Error::kind);
        self.remaining = kinds.reduce(Kind::merge);
        let mut now = HashSet::new();
        for failure in failures {
            let words = format!("{:?}: {failure}", failure.details().subject);
            if !self.seen.contains(&words) {
                report(PinEvent::Failure(failure))?;
            }
            now.insert(words);
        }
        self.seen = now;
        Ok(())
    }

    /// Waits for the end, and follows changes if that is wanted. `pending` says that a pass is due.
    fn hold(
        &mut self,
        until: Option<Instant>,
        mut last: Pinned,
        mut pending: bool,
        report: &mut dyn FnMut(PinEvent) -> Result<()>,
    ) -> Result<()> {
        let left = || until.map(|end| end.saturating_duration_since(Instant::now()));
        loop {
            let Some(watcher) = &mut self.watcher else {
                return self.signals.wait(left()).map(drop);
            };
            if !pending {
                let ended = self.signals.wait_for_change(watcher.changes(), until)?;
                if ended.is_some() {
                    return Ok(());
                }
            }
            let started = Instant::now();
            if watcher.is_changed()? || pending {
                let passed = match self.pass(None, report) {
                    Err(error) if error.kind().is_request() => return Ok(()),
                    other => other?,
                };
                pending = self.settle(passed, &mut last, report)?;
            }
            let pause = started.elapsed().saturating_mul(PAUSES).min(LONGEST_PAUSE);
            let time = left().map_or(pause, |left| left.min(pause));
            let ended = self.signals.wait(Some(time))?;
            if ended != Ended::Elapsed || left() == Some(Duration::ZERO) {
                return Ok(());
            }
        }
    }

    /// Reports what a later pass has changed. Returns whether another one is needed.
    fn settle(
        &mut self,
        mut passed: Passed,
        last: &mut Pinned,
        report: &mut dyn FnMut(PinEvent) -> Result<()>,
    ) -> Result<bool> {
        let more = match self.watch(&passed) {
            Ok(more) => more,
            Err(error) => {
                passed.failures.push(error);
                false
            }
        };
        if passed.is_incomplete {
            return Ok(true);
        }
        // A path that no longer exists is unlocked. It may come back.
        passed
            .failures
            .retain(|error| error.kind() != Kind::NotFound);
        passed.pinned.failures = passed.failures.len() as u64;
        self.failed(passed.failures, report)?;
        if passed.pinned != *last {
            *last = passed.pinned;
            report(PinEvent::Now(passed.pinned))?;
        }
        Ok(more)
    }
}

fn end_if_signalled(signals: &Signals) -> Result<()> {
    match signals.arrived()? {
        Some(signal) => Err(Error::interrupted(signal.kind(), "lock")),
        None => Ok(()),
    }
}
