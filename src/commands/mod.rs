//! One module per command: request → core → outcome → report.
//!
//! A command gets its arguments and a [`Console`], and gives back the exit status or the failure. What is
//! common to all of them is here: choosing the command, several sources, and telling of failures.

mod advise;
mod dump;
mod filesize;
mod fill;
mod generate;
mod hold;
mod map;
mod mirror;
mod pagesize;
mod sync;
mod tags;
mod unlink;

pub use crate::mapping::process::standard_output::prepare;

use crate::cli::{Answer, Cli, Command, GlobalArgs, Refusal, WhenName};
use crate::mapping::actions::tags::{SharedRegion, similar};
use crate::mapping::error::Error;
use crate::mapping::measure::residency::Residency;
use crate::mapping::source::description::Description;
use crate::mapping::source::{Source, SourceSpec};
use crate::mapping::types::{Kind, SourceName};
use crate::report::{Console, Options, Verbosity, When, description, is_standard_output_failure};

/// The exit status of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(u8);

impl Exit {
    /// All went well.
    pub const SUCCESS: Self = Self(0);

    /// The status of another program, handed on.
    #[must_use]
    pub const fn of_program(status: u8) -> Self {
        Self(status)
    }

    /// The number.
    #[must_use]
    pub const fn status(self) -> u8 {
        self.0
    }
}

impl From<Kind> for Exit {
    fn from(kind: Kind) -> Self {
        Self(kind.exit_status())
    }
}

/// What a command comes to. A failure that it gives back has not been told yet.
pub type Outcome = anyhow::Result<Exit>;

/// Carries out a command and tells of its failure.
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

/// Whether a command writes to standard output when all goes well. What runs a program leaves it to that.
fn writes_output(command: &Command, console: &Console) -> bool {
    let reports = !console.is_quiet();
    match command {
        Command::Pagesize(_) | Command::Tags(_) => true,
        Command::Generate(args) => args.own.into.is_none(),
        Command::Dump(args) => args.own.output.output.is_none() || console.json(),
        Command::Filesize(args) => reports || !args.own.request().changes(),
        Command::Fill(_) | Command::Sync(_) | Command::Unlink(_) => reports,
        Command::Map(args) => reports && !args.own.hold.runs_program(),
        Command::Mirror(args) => reports && !args.own.hold.runs_program(),
        Command::Advise(args) => reports && !args.own.hold.runs_program(),
    }
}

fn dispatch(command: &Command, console: &mut Console) -> Outcome {
    match command {
        Command::Generate(args) => generate::run(&args.own, console),
        Command::Map(args) => map::run(&args.own, console),
        Command::Dump(args) => dump::run(&args.own, console),
        Command::Fill(args) => fill::run(&args.own, console),
        Command::Pagesize(args) => pagesize::run(&args.own, console),
        Command::Filesize(args) => filesize::run(&args.own, console),
        Command::Sync(args) => sync::run(&args.own, console),
        Command::Advise(args) => advise::run(&args.own, console),
        Command::Mirror(args) => mirror::run(&args.own, console),
        Command::Tags(args) => tags::run(&args.own, console),
        Command::Unlink(args) => unlink::run(&args.own, console),
    }
}

/// Answers a command line that has no command to carry out.
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
    let told = match outcome {
        Ok(exit) => exit,
        // The last flush finds it again, and it is told once.
        Err(error) if is_output_failure(&error) => {
            return Exit::from(fail(console, error, None));
        }
        Err(error) => Exit::from(fail(console, error, None)),
    };
    match console.flush() {
        Ok(()) => told,
        Err(error) => Exit::from(console.fail(&error.into(), None)),
    }
}

fn is_output_failure(error: &anyhow::Error) -> bool {
    let core = error.downcast_ref::<Error>();
    core.is_some_and(|error| error.details().subject == Some(SourceName::StandardOutput))
}

/// Tells of a failure; of a tag that is not there with the one that may be meant.
fn fail(console: &mut Console, error: anyhow::Error, name: Option<&SourceName>) -> Kind {
    let error = match error.downcast::<Error>() {
        Ok(error) => with_similar_tag(error).into(),
        Err(other) => other,
    };
    console.fail(&error, name)
}

fn with_similar_tag(error: Error) -> Error {
    let details = error.details();
    let similar = match &details.subject {
        Some(SourceName::Tag(tag)) if details.kind == Kind::NotFound => similar(tag),
        _ => None,
    };
    match similar {
        Some(tag) => {
            let hint = format!("a similar tag exists: '{}'", tag.to_string_lossy());
            error.hint(hint)
        }
        None => error,
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

/// Tells, when details are wanted, what a source is and how its pages were counted.
fn describe(console: &mut Console, source: &Source, counted: Option<&Residency>) {
    if console.is_verbose() {
        tell_description(console, source.name(), &source.describe(), counted);
    }
}

/// The same of a region of shared memory that was only looked at.
fn describe_region(console: &mut Console, region: &SharedRegion) {
    if console.is_verbose() {
        tell_description(
            console,
            &region.name,
            &region.into(),
            Some(&region.residency),
        );
    }
}

fn tell_description(
    console: &mut Console,
    name: &SourceName,
    what: &Description,
    counted: Option<&Residency>,
) {
    let text = description(console.view(), what, counted);
    console.detail(Some(name), format_args!("{text}"));
}

/// Does the same work for each source. The rest go on after a failure, which is told at once; the exit
/// status is that of the failures.
///
/// # Errors
/// Stdout's failure, after which no source is worked on.
pub fn for_each_source(
    console: &mut Console,
    specs: &[SourceSpec],
    mut work: impl FnMut(&mut Console, &SourceSpec) -> anyhow::Result<()>,
) -> Outcome {
    let mut failed: Option<Kind> = None;
    for spec in specs {
        let Err(error) = work(console, spec) else {
            continue;
        };
        if is_standard_output_failure(&error) {
            return Err(error);
        }
        let kind = fail(console, error, Some(&spec.name()));
        failed = Some(failed.map_or(kind, |before| before.merge(kind)));
        if kind.is_request() {
            break;
        }
    }
    Ok(failed.map_or(Exit::SUCCESS, Exit::from))
}
