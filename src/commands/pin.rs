//! `warm --lock --hold`: keeps files and everything below directories in memory.

use super::failure::fail;
use super::outcome::{Exit, Outcome};
use super::service;
use crate::cli::PinArgs;
use crate::mapping::cache::pin::{PinEvent, pin};
use crate::mapping::cache::walk::Paths;
use crate::report::{Console, PinReport, Progress, pin_change};

/// Carries out the command.
pub(super) fn run(args: &PinArgs, paths: Paths, console: &mut Console) -> Outcome {
    let request = args.request(paths)?;
    let mut progress = None;
    let remaining = pin(&request, &mut |event| {
        match event {
            PinEvent::Failure(error) => {
                progress = None;
                fail(console, error.into(), None);
            }
            PinEvent::Progress { total, done } => progress
                .get_or_insert_with(|| Progress::new(console, "lock".to_owned(), total))
                .at(done),
            PinEvent::Change(change) => {
                let text = pin_change(&change, console.view());
                console.detail(Some(&change.name), format_args!("{text}"));
            }
            PinEvent::Ready(pinned) => {
                progress = None;
                let ready = PinReport::new(&pinned, request.time, console.view());
                console.answer(&ready)?;
                console.flush()?;
                service::ready(console, &ready.summary);
            }
            PinEvent::Now(pinned) => {
                let now = PinReport::new(&pinned, request.time, console.view());
                service::status(console, &now.summary);
            }
        }
        Ok(())
    })?;
    Ok(remaining.map_or(Exit::SUCCESS, Exit::from))
}
