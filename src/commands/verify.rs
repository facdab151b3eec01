//! `verify`: compares what is in memory of files with what is on their storage.

use super::outcome::Outcome;
use super::rows::{Step, finish, report_rows};
use crate::cli::VerifyArgs;
use crate::mapping::cache::verify::{Verified, Verifier};
use crate::mapping::cache::walk::{Done, Found};
use crate::mapping::platform::Feature;
use crate::mapping::process::interrupts::Interrupts;
use crate::report::{Console, Progress, incomparable_failure, paths_text, verify_failure};

/// Carries out the command.
pub(super) fn run(args: &VerifyArgs, console: &mut Console) -> Outcome {
    let paths = args.paths()?;
    let range = args.range.given();
    paths.check_range(range.as_ref())?;
    Feature::Verify.require("verify")?;
    let interrupts = Interrupts::new();
    interrupts.watch()?;
    let verifier = Verifier::new(args.request(), &interrupts);
    let job = |found: &Found| judge(args, verifier.verify(found, range.as_ref()));
    let what = format!("verify {}", paths_text(&paths));
    let mut progress = Progress::of_any_length(console, what, None);
    let mut step = |step| match step {
        Step::Writes => progress.erase(),
        Step::Waits => progress.at(verifier.compared()),
    };
    let (walked, failures) = report_rows(console, &paths, &interrupts, &job, &mut step)?;
    drop(progress);
    finish(console, &interrupts, &walked, &failures)
}

/// Makes failures of what was found.
fn judge(args: &VerifyArgs, mut done: Done<Verified>) -> Done<Verified> {
    let strict = args.strict.then(|| incomparable_failure(&done.sum));
    let found = [verify_failure(&done.sum), strict.flatten()];
    done.failures.extend(found.into_iter().flatten());
    done
}
