//! `fill`: writes bytes to a range.

use std::hash::{BuildHasher, RandomState};

use super::{Exit, Outcome};
use crate::cli::{ContentArgs, FillArgs};
use crate::mapping::fill::{self, Control};
use crate::mapping::interrupt::Interrupts;
use crate::report::{Console, FillContent, FillProgress, FillReport, SourceFields};

/// Carries out the command.
pub(super) fn run(args: &FillArgs, console: &mut Console) -> Outcome {
    let spec = args.source.spec();
    let seed = draw_seed();
    let supply = args.content.supply(seed)?;
    let interrupts = Interrupts::new();
    let progress = FillProgress::new(console.shows_progress());
    let control = Control {
        interrupts: &interrupts,
        progress: &progress,
        threads: None,
    };
    let outcome = fill::fill(&spec, &args.request(), supply, &control);
    progress.finish();
    let (source, filled) = outcome?;
    console.report(&FillReport {
        source: SourceFields(source.name()),
        content: content_of(&args.content, seed),
        filled,
    })?;
    Ok(Exit::SUCCESS)
}

/// A number that nobody chose: the keys that hash maps are protected with are random.
fn draw_seed() -> u64 {
    RandomState::new().hash_one(0)
}

/// What was filled with, as it is reported.
fn content_of(args: &ContentArgs, seed: u64) -> FillContent {
    let typed = |name: &'static str| FillContent {
        content: name,
        seed: None,
    };
    match args {
        ContentArgs {
            pattern: Some(_), ..
        } => typed("pattern"),
        ContentArgs { text: Some(_), .. } => typed("text"),
        ContentArgs {
            counter: Some(_), ..
        } => typed("counter"),
        ContentArgs { from: Some(_), .. } => typed("input"),
        ContentArgs {
            random: Some(typed),
            ..
        } => FillContent {
            content: "random",
            seed: Some(typed.unwrap_or(seed)),
        },
        _ => typed("byte"),
    }
}
