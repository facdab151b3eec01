//! How the user wants results and diagnostics to be written.

/// When something that depends on the terminal is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// When the stream is a terminal that can do it and the environment does not say otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How much is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors, and what was asked for as such: bytes, numbers, lists. No reports, no notes.
    Quiet,
    /// Reports and notes.
    #[default]
    Normal,
    /// Details as well.
    Verbose,
}

/// How results and diagnostics are written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// JSON objects instead of text.
    pub json: bool,
    /// How much is told.
    pub verbosity: Verbosity,
    /// Whether to use colours.
    pub color: When,
    /// Whether to show progress.
    pub progress: When,
    /// Exact numbers of bytes instead of rounded ones.
    pub exact_sizes: bool,
}
