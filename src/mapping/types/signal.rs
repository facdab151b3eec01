//! The signals that end a wait, and how a child program ended.

use super::kind::Kind;

/// A signal that ends a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The terminal was closed (SIGHUP).
    Hangup,
    /// Ctrl-C (SIGINT).
    Interrupt,
    /// Ctrl-\ (SIGQUIT).
    Quit,
    /// A request to terminate (SIGTERM).
    Terminate,
}

impl Signal {
    /// The kind of failure of an operation that the signal ended.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Hangup => Kind::HungUp,
            Self::Interrupt => Kind::Interrupted,
            Self::Quit => Kind::Quit,
            Self::Terminate => Kind::Terminated,
        }
    }
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgramEnd {
    /// It exited with this status.
    Exited(u8),
    /// The signal with this number killed it.
    Killed(u8),
}

impl ProgramEnd {
    /// The exit status as in a shell: 128 plus the signal number for a program that was killed.
    #[must_use]
    pub const fn status(self) -> u8 {
        match self {
            Self::Exited(status) => status,
            Self::Killed(number) => number.saturating_add(128),
        }
    }
}
