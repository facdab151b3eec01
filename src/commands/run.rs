//! From a parsed command line to the exit status: selects the command and reports its failure.

use super::failure::fail;
use super::outcome::{Exit, Outcome};
use super::{
    advise, cached, diff, dump, evict, filesize, fill, generate, map, mirror, pagesize, pmap,
    record, replay, restore, snapshot, sync, tags, unlink, verify, warm, why,
};
use crate::cli::{Answer, Cli, Command, GlobalArgs, Refusal, WhenName};
use crate::mapping::types::Kind;
use crate::report::{Console, Options, Verbosity, When, is_standard_output_failure};

/// Carries out a command and reports its failure.
#[must_use]
pub fn run(cli: &Cli) -> Exit {
    let mut console = Console::standard(options(&cli.global()));
    let outcome = match writes_output(&cli.command, &console) {
        true => console.require_output().map_err(anyhow::Error::from),
        false => Ok(()),
    };
    let outcome = outcome.and_then(|()| dispatch(&cli.command, &mut console));
    finish(outcome, &mut console)
}

/// Whether a command writes to standard output on success. A command that runs a program leaves it to the program.
fn writes_output(command: &Command, console: &Console) -> bool {
    let reports = !console.is_quiet();
    match command {
        Command::Pagesize(_)
        | Command::Pmap(_)
        | Command::Replay(_)
        | Command::Tags(_)
        | Command::Why(_)
        | Command::Verify(_) => true,
        Command::Cached(args) => args.own.output.is_none(),
        Command::Generate(args) => reports || args.own.into.is_none(),
        Command::Dump(args) => args.own.output.output.is_none() || console.json(),
        Command::Filesize(args) => {
            reports || args.own.request().is_ok_and(|request| !request.changes())
        }
        Command::Diff(_)
        | Command::Fill(_)
        | Command::Sync(_)
        | Command::Evict(_)
        | Command::Restore(_)
        | Command::Unlink(_) => reports,
        Command::Snapshot(args) => {
            args.own.output.is_none() || reports && args.own.program.is_empty()
        }
        Command::Record(args) => reports || args.own.tee,
        Command::Warm(args) => reports || args.own.pin.hold.is_some(),
        Command::Map(args) => args.own.hold.writes_output(reports),
        Command::Mirror(args) => args.own.hold.writes_output(reports),
        Command::Advise(args) => args.own.hold.writes_output(reports),
    }
}

fn dispatch(command: &Command, console: &mut Console) -> Outcome {
    match command {
        Command::Generate(args) => generate::run(&args.own, console),
        Command::Map(args) => map::run(&args.own, console),
        Command::Mirror(args) => mirror::run(&args.own, console),
        Command::Advise(args) => advise::run(&args.own, console),
        Command::Sync(args) => sync::run(&args.own, console),
        Command::Dump(args) => dump::run(&args.own, console),
        Command::Diff(args) => diff::run(&args.own, console),
        Command::Fill(args) => fill::run(&args.own, console),
        Command::Cached(args) => cached::run(&args.own, console),
        Command::Warm(args) => warm::run(&args.own, console),
        Command::Evict(args) => evict::run(&args.own, console),
        Command::Snapshot(args) => snapshot::run(&args.own, console),
        Command::Restore(args) => restore::run(&args.own, console),
        Command::Why(args) => why::run(&args.own, console),
        Command::Verify(args) => verify::run(&args.own, console),
        Command::Tags(args) => tags::run(&args.own, console),
        Command::Unlink(args) => unlink::run(&args.own, console),
        Command::Record(args) => record::run(&args.own, console),
        Command::Replay(args) => replay::run(&args.own, console),
        Command::Pmap(args) => pmap::run(&args.own, console),
        Command::Pagesize(args) => pagesize::run(&args.own, console),
        Command::Filesize(args) => filesize::run(&args.own, console),
    }
}

/// Answers a command line without a command to carry out.
#[must_use]
pub fn refuse(refusal: Refusal) -> Exit {
    let mut console = Console::standard(options(&refusal.global));
    let outcome = match refusal.answer {
        Answer::Page(page) => console
            .write_page(&page.ansi().to_string())
            .map(|()| Exit::SUCCESS)
            .map_err(anyhow::Error::from),
        Answer::Completion(text) => console
            .write_text(|out, _| out.write_all(&text))
            .map(|()| Exit::SUCCESS)
            .map_err(anyhow::Error::from),
        Answer::Reminder(page) => {
            console.remind(&page.ansi().to_string());
            Ok(Exit::from(Kind::Usage))
        }
        Answer::Wrong(error) => Err(error.into()),
    };
    finish(outcome, &mut console)
}

fn finish(outcome: Outcome, console: &mut Console) -> Exit {
    let exit = match outcome {
        Ok(exit) => exit,
        Err(error) if is_standard_output_failure(&error) => {
            // Another flush would report the same failure again.
            return Exit::from(fail(console, error, None));
        }
        Err(error) => Exit::from(fail(console, error, None)),
    };
    match console.flush() {
        Ok(()) => exit,
        Err(error) => Exit::from(console.fail(&error.into(), None)),
    }
}

fn options(global: &GlobalArgs) -> Options {
    Options {
        json: global.json,
        verbosity: match (global.quiet, global.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        },
        color: when(global.color),
        progress: when(global.progress),
        exact_sizes: global.bytes,
    }
}

fn when(name: Option<WhenName>) -> When {
    match name {
        None | Some(WhenName::Auto) => When::Auto,
        Some(WhenName::Always) => When::Always,
        Some(WhenName::Never) => When::Never,
    }
}
