//! `why`: shows the memory of a file, what keeps it there, and why it is not huge.

use super::details::describe;
use super::outcome::{Exit, Outcome};
use crate::cli::WhyArgs;
use crate::mapping::cache::why::why;
use crate::mapping::source::{OpenRequest, Source};
use crate::report::{Console, FileReport};

/// Carries out the command.
pub(super) fn run(args: &WhyArgs, console: &mut Console) -> Outcome {
    let source = Source::open(&args.source.spec(), &OpenRequest::PAGES)?;
    let bill = why(&source)?;
    describe(console, &source, Some(&bill.residency));
    console.answer(&FileReport::new(source.name(), &bill))?;
    Ok(Exit::SUCCESS)
}
