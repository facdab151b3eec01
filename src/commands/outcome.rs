//! What a command comes to: an exit status, or a failure that has not been told yet.

use crate::mapping::types::Kind;

/// The exit status of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(u8);

impl Exit {
    /// All went well.
    pub const SUCCESS: Self = Self(0);

    /// The status of another program, handed on.
    #[must_use]
    pub const fn of_program(status: u8) -> Self {
        Self(status)
    }

    /// The number.
    #[must_use]
    pub const fn status(self) -> u8 {
        self.0
    }
}

impl From<Kind> for Exit {
    fn from(kind: Kind) -> Self {
        Self(kind.exit_status())
    }
}

/// What a command comes to. A failure that it gives back has not been told yet.
pub(super) type Outcome = anyhow::Result<Exit>;
