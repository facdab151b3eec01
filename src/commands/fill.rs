//! `fill`: writes bytes to a range.

use std::hash::{BuildHasher, RandomState};

use super::details::describe;
use super::outcome::{Exit, Outcome};
use crate::cli::{ContentArgs, FillArgs};
use crate::mapping::actions::fill::{self, Control};
use crate::mapping::process::interrupts::Interrupts;
use crate::report::{Console, FillContent, FillProgress, FillReport};

/// Carries out the command.
pub(super) fn run(args: &FillArgs, console: &mut Console) -> Outcome {
    let spec = args.source.spec();
    let seed = draw_seed();
    let supply = args.supply(seed)?;
    let interrupts = Interrupts::new();
    let progress = FillProgress::new(console);
    let control = Control {
        interrupts: &interrupts,
        progress: &progress,
        threads: None,
    };
    let outcome = fill::fill(&spec, &args.request()?, supply, &control);
    drop(progress);
    let (source, mut filled) = outcome?;
    let failure = filled.failure.take();
    describe(console, &source, None);
    let content = content_of(&args.content, seed);
    console.report(&FillReport::new(source.name(), content, filled))?;
    match failure {
        Some(error) => Err(error.into()),
        None => Ok(Exit::SUCCESS),
    }
}

/// A random seed. The standard library has no random numbers but the keys of its hash maps.
fn draw_seed() -> u64 {
    RandomState::new().hash_one(0)
}

/// The content as the report names it.
fn content_of(args: &ContentArgs, seed: u64) -> FillContent {
    let plain = |content, value: String| FillContent {
        content,
        value: Some(value),
        seed: None,
        length: args.typed_length(),
    };
    if let Some(input) = args.input() {
        let hex = args.from_hex.is_some();
        return FillContent {
            content: if hex { "dump" } else { "input" },
            value: input.name().to_text(),
            seed: None,
            length: None,
        };
    }
    if let Some(typed) = args.random {
        return FillContent {
            content: "random",
            value: None,
            seed: Some(typed.unwrap_or(seed)),
            length: None,
        };
    }
    if let Some(counter) = args.counter {
        return plain("counter", counter.to_string());
    }
    if let Some(text) = &args.text {
        return plain("text", text.to_string_lossy().into_owned());
    }
    match &args.pattern {
        Some(bytes) => plain("pattern", bytes.to_string()),
        None => plain("byte", format!("{:#04x}", args.byte.unwrap_or(0))),
    }
}
