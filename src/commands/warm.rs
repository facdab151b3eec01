//! `warm`: loads the missing pages of files into the page cache.

use super::details::describe;
use super::failure::for_each_source;
use super::outcome::Outcome;
use super::pin;
use crate::cli::WarmArgs;
use crate::mapping::cache::warm;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::source::{OpenRequest, Source};
use crate::report::{Console, Name, Progress, Report};

/// Carries out the command.
pub(super) fn run(args: &WarmArgs, console: &mut Console) -> Outcome {
    if args.pin.lock {
        return pin::run(&args.pin, args.paths.paths()?, console);
    }
    let interrupts = Interrupts::new();
    for_each_source(console, &args.paths.paths()?.paths, |console, spec| {
        let source = Source::open(spec, &OpenRequest::READ)?;
        // Watching opens a descriptor, which must not take the number that --fd names.
        interrupts.watch()?;
        let range = source.resolve(&args.range.request(), false)?;
        let what = format!("warm {}", Name(source.name()));
        let mut progress = Progress::new(console, what, range.length());
        let warming = warm::warm(&source, range, args.request(), &interrupts, &mut |done| {
            progress.at(done);
        })?;
        drop(progress);
        describe(console, &source, Some(&warming.warmed.after));
        console.report(&Report::new(source.name(), &warming.warmed))?;
        warming.failure.map_or(Ok(()), |error| Err(error.into()))
    })
}
