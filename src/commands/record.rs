//! `record`: keeps the last bytes of standard input in a ring.

use super::outcome::{Exit, Outcome};
use crate::cli::RecordArgs;
use crate::mapping::actions::ring::{RecordRequest, record};
use crate::mapping::process::interrupts::Interrupts;
use crate::report::{Console, Report};

/// Carries out the command.
pub(super) fn run(args: &RecordArgs, console: &mut Console) -> Outcome {
    let spec = args.ring.spec()?;
    let mut output = args.tee.then(|| console.bulk()).transpose()?;
    if let Some(output) = &mut output {
        output.widen();
        console.cede_output()?;
    }
    let interrupts = Interrupts::new();
    interrupts.watch()?;
    let request = RecordRequest {
        length: args.length,
        tee: output.as_ref().and_then(|output| output.file()),
    };
    let recording = record(&spec, request, &interrupts)?;
    // Standard output has the data, so only if details or JSON are wanted.
    if !args.tee || console.is_verbose() || console.json() {
        console.report(&Report::new(&recording.name, &recording.recorded))?;
    }
    console.bulk_outcome(recording.passed_on)?;
    match (recording.failure, recording.ended_by) {
        (Some(error), _) => Err(error.into()),
        (None, Some(signal)) => Ok(signal.into()),
        (None, None) => Ok(Exit::SUCCESS),
    }
}
