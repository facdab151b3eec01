//! The user's options for results and diagnostics, as plain data.

/// When a feature that depends on the terminal is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// If the stream is a terminal that supports it, unless the environment says otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The amount of output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors, and requested data: bytes, numbers, lists. No reports, no notes.
    Quiet,
    /// Reports and notes.
    #[default]
    Normal,
    /// Reports, notes and details.
    Verbose,
}

/// The options for results and diagnostics.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// JSON objects instead of text.
    pub json: bool,
    /// The amount of output.
    pub verbosity: Verbosity,
    /// Whether to use colours.
    pub color: When,
    /// Whether to show progress.
    pub progress: When,
    /// Exact numbers of bytes instead of rounded ones.
    pub exact_sizes: bool,
}
