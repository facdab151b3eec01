//! `dump`: shows the bytes of a range.
use super::Outcome;
use crate::cli::DumpArgs;
use crate::report::Console;
pub(super) fn run(_args: &DumpArgs, _console: &mut Console) -> Outcome {
    Ok(super::Exit::SUCCESS)
}
