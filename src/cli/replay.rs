//! The arguments of `replay`.

use clap::Args;

use super::number::number_in;
use super::ring::RingArgs;
use crate::mapping::actions::ring::ReplayRequest;

/// Show the last bytes that were recorded
///
/// Writes the bytes that a ring keeps to standard output, oldest first. If the writer is faster than the reader of
/// standard output, bytes are lost; their number is written to standard error.
#[derive(Clone, Debug, Args)]
pub struct ReplayArgs {
    /// The ring.
    #[command(flatten)]
    pub ring: RingArgs,
    /// Go on with what is recorded from now on, until a signal
    #[arg(short, long, help_heading = "Bytes")]
    pub follow: bool,
    /// Only whole lines, the last N to start with: --lines 20
    ///
    /// A line whose start was overwritten is left out, and so is a last line that is not complete.
    #[arg(long, value_name = "N", value_parser = number_in::<u64>(0..=u64::MAX), allow_hyphen_values = true, help_heading = "Bytes")]
    pub lines: Option<u64>,
}

impl ReplayArgs {
    /// The request.
    #[must_use]
    pub fn request(&self) -> ReplayRequest {
        ReplayRequest {
            lines: self.lines,
            follow: self.follow,
        }
    }
}
