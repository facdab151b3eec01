//! `snapshot`: writes down which ranges of files are in the page cache.

use std::io::BufWriter;
use std::path::Path;

use super::evict::{evict_found, report_stayed};
use super::failure::Failures;
use super::outcome::{Exit, Outcome};
use super::recording::{BUFFER, to_output};
use crate::cli::SnapshotArgs;
use crate::mapping::cache::evict::Evicting;
use crate::mapping::cache::snapshot::{Known, Recorder, Root};
use crate::mapping::cache::walk::{Event, Found, Job, Paths, Rows, Tally, Walked, each_file};
use crate::mapping::error::{Error, Result};
use crate::mapping::platform::Feature;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::process::signals::{Program, Signals};
use crate::mapping::types::Kind;
use crate::report::{Console, TotalReport};

/// Carries out the command.
pub(super) fn run(args: &SnapshotArgs, console: &mut Console) -> Outcome {
    let paths = args.paths()?;
    Feature::Snapshot.require("save")?;
    let mut failures = Failures::default();
    let Some(output) = &args.output else {
        return to_stdout(&paths, &mut failures, console);
    };
    let root = Root::of(&paths)?;
    let Some((name, arguments)) = args.program.split_first() else {
        return to_file(output, &paths, root, None, &mut failures, console);
    };
    Program::find(name)?;
    console.cede_output()?;
    let known = before(args.evict_first, &paths, &mut failures, console)?;
    let signals = Signals::watch()?;
    let program = Program {
        name: name.clone(),
        arguments: arguments.to_vec(),
        environment: Vec::new(),
    };
    let end = signals.start(&program)?.finish()?;
    drop(signals);
    let outcome = to_file(output, &paths, root, Some(&known), &mut failures, console)?;
    match end.status() {
        0 => Ok(outcome),
        status => Ok(Exit::of_program(status)),
    }
}

/// Drops the files if that is wanted, and returns what is cached of them.
fn before(
    evicts: bool,
    paths: &Paths,
    failures: &mut Failures,
    console: &mut Console,
) -> Result<Known> {
    let interrupts = Interrupts::new();
    interrupts.watch()?;
    if evicts {
        let evicting = Evicting::new(paths, &interrupts);
        let job = |found: &Found| evict_found(&evicting, None, found);
        let mut walked = walk(paths, &interrupts, &job, failures, console, &|| false)?;
        report_stayed(evicting, &mut walked.total, failures, console);
    }
    let known = Known::new();
    let job = |found: &Found| known.note(found);
    walk(paths, &interrupts, &job, failures, console, &|| false)?;
    interrupts.check("save")?;
    Ok(known)
}

/// Does a job for each file, and reports failures, until `is_lost` says that more work would be lost.
fn walk<S: Tally, J: Job<S>>(
    paths: &Paths,
    interrupts: &Interrupts,
    job: &J,
    failures: &mut Failures,
    console: &mut Console,
    is_lost: &dyn Fn() -> bool,
) -> Result<Walked<S>> {
    let mut sink = |event| {
        if let Event::Failure(error) = event {
            failures.report(console, error.into(), None);
        }
        match is_lost() {
            true => Err(Error::new(Kind::Failed, "write", "it could not be written")),
            false => Ok(()),
        }
    };
    each_file(paths, Rows::default(), interrupts, job, &mut sink)
}

fn to_stdout(paths: &Paths, failures: &mut Failures, console: &mut Console) -> Outcome {
    let root = Root::of(paths)?;
    let mut out = BufWriter::with_capacity(BUFFER, console.bulk()?);
    let interrupts = Interrupts::new();
    interrupts.watch()?;
    let recorder = Recorder::new(root, None, &mut out);
    let job = |found: &Found| recorder.save(found);
    let walked = walk(paths, &interrupts, &job, failures, console, &|| {
        recorder.has_failed()
    });
    if !recorder.has_failed() {
        walked?;
        interrupts.check("save")?;
    }
    console.bulk_outcome(recorder.finish().map(drop))?;
    Ok(failures.exit())
}

fn to_file(
    path: &Path,
    paths: &Paths,
    root: Root,
    known: Option<&Known>,
    failures: &mut Failures,
    console: &mut Console,
) -> Outcome {
    let interrupts = Interrupts::new();
    interrupts.watch()?;
    let walked = to_output(path, root, known, |recorder| {
        let job = |found: &Found| recorder.save(found);
        let is_lost = || recorder.has_failed();
        let walked = walk(paths, &interrupts, &job, failures, console, &is_lost)?;
        interrupts.check("save")?;
        Ok(walked)
    })?;
    // After a program, only if details or JSON are wanted.
    if known.is_none() || console.is_verbose() || console.json() {
        console.report(&TotalReport::new(&walked.total, walked.duration))?;
    }
    Ok(failures.exit())
}
