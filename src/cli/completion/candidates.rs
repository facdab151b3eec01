//! What only the running system knows: its shared memory regions and its processes.

use clap_complete::engine::CompletionCandidate;

/// The shared memory regions there are.
pub(in crate::cli) fn tags() -> Vec<CompletionCandidate> {
    Vec::new()
}

/// The processes there are, each with its name.
pub(in crate::cli) fn processes() -> Vec<CompletionCandidate> {
    Vec::new()
}
