//! `replay`: shows the last bytes of a ring.

use std::io::Write;

use super::details::describe;
use super::outcome::{Exit, Outcome};
use crate::cli::ReplayArgs;
use crate::mapping::actions::ring::Replay;
use crate::mapping::process::interrupts::Interrupts;
use crate::report::{Console, PieceReport, Report, lost_text, ring_text};

/// Carries out the command.
pub(super) fn run(args: &ReplayArgs, console: &mut Console) -> Outcome {
    let mut replay = Replay::open(&args.ring.spec()?)?;
    let name = replay.name().clone();
    describe(console, replay.source(), None);
    let interrupts = Interrupts::new();
    interrupts.watch()?;
    let mut out = console.bulk()?;
    let ended = replay.run(args.request(), &interrupts, &mut |piece| {
        if console.json() {
            console.write_json(&PieceReport::new(&name, &piece))?;
            console.flush()?;
            return Ok(!console.is_closed());
        }
        if !piece.lost.is_zero() {
            let text = lost_text(piece.lost);
            console.note(Some(&name), format_args!("{text}"));
        }
        let written = out.write_all(piece.bytes);
        console.bulk_outcome(written)?;
        Ok(!console.is_closed())
    });
    ended?;
    let outcome = replay.outcome()?;
    if console.json() {
        console.write_json(&Report::new(&name, &outcome))?;
    }
    let text = ring_text(&outcome, console.view());
    console.detail(Some(&name), format_args!("{text}"));
    Ok(interrupts.requested().map_or(Exit::SUCCESS, Exit::from))
}
