//! The result of a command: an exit status, or a failure that is not reported yet.

use crate::mapping::types::Kind;

/// The exit status of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(u8);

impl Exit {
    /// Success.
    pub const SUCCESS: Self = Self(0);

    /// The exit status of a program that the command ran.
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

/// The result of a command. The failure is not reported yet.
pub(super) type Outcome = anyhow::Result<Exit>;
