//! The one error type of the core and the one table of exit statuses.
//!
//! An error carries what a person or a program needs to act on it: its kind, the operation that failed,
//! the source it failed on, the range or offset, the operating system's error number, the reason, and a
//! remedy where one is known. It carries no formatting: `report` renders it as a line or as JSON.

use std::fmt;
use std::io;

use super::sys;
use super::types::{Change, Hint, Kind, Reason, SourceName, SourceOffset, SourceRange};

/// A failure of the core.
#[derive(Debug)]
pub struct Error(Box<Details>);

/// What an [`Error`] knows.
#[derive(Debug)]
pub struct Details {
    /// What sort of failure it was.
    pub kind: Kind,
    /// The verb phrase of what was attempted: "open", "map", "reserve blocks for". Empty when nothing was:
    /// the command line itself is wrong.
    pub operation: &'static str,
    /// The source it was attempted on.
    pub subject: Option<SourceName>,
    /// The range it was attempted on, in the source's own coordinates.
    pub range: Option<SourceRange>,
    /// The lowest offset that failed, where one is known.
    pub offset: Option<SourceOffset>,
    /// The operating system's error number (errno, or `GetLastError`).
    pub os_error: Option<i32>,
    /// Why it failed.
    pub reason: Reason,
    /// What it changed all the same.
    pub changes: Vec<Change>,
    /// What the user can do about it, where something is known to help.
    pub hint: Option<Hint>,
}

/// The result of an operation of the core.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure found by our own checks.
    #[must_use]
    pub fn new(kind: Kind, operation: &'static str, reason: impl Into<Reason>) -> Self {
        Self(Box::new(Details {
            kind,
            operation,
            subject: None,
            range: None,
            offset: None,
            os_error: None,
            reason: reason.into(),
            changes: Vec::new(),
            hint: None,
        }))
    }

    /// A command line that says what cannot be meant; nothing was attempted.
    #[must_use]
    pub fn usage(reason: impl Into<Reason>) -> Self {
        Self::new(Kind::Usage, "", reason)
    }

    /// A failure that the operating system reported; its kind follows from the error number.
    #[must_use]
    pub fn os(operation: &'static str, error: &io::Error) -> Self {
        let kind = match error.raw_os_error() {
            Some(number) => sys::kind_of_os_error(number),
            // What the standard library found without a call, as a program that is nowhere in PATH.
            None if error.kind() == io::ErrorKind::NotFound => Kind::NotFound,
            None if error.kind() == io::ErrorKind::OutOfMemory => Kind::OutOfMemory,
            None => Kind::Failed,
        };
        Self::os_as(kind, operation, error)
    }

    /// A failure that the operating system reported, whose kind the caller knows better than the number
    /// tells.
    #[must_use]
    pub fn os_as(kind: Kind, operation: &'static str, error: &io::Error) -> Self {
        let mut failure = Self::new(kind, operation, os_reason(error));
        failure.0.os_error = error.raw_os_error();
        failure
    }

    /// Whether the operating system answered EPERM: not for want of rights on the file, but for what it is.
    #[must_use]
    pub(super) fn is_not_permitted(&self) -> bool {
        const EPERM: i32 = 1;
        self.0.kind == Kind::AccessDenied && self.0.os_error == Some(EPERM)
    }

    /// Names the source. The innermost name stays: it was the closest to the failure.
    #[must_use]
    pub fn on(mut self, subject: &SourceName) -> Self {
        self.0.subject.get_or_insert_with(|| subject.clone());
        self
    }

    /// Names the range.
    #[must_use]
    pub fn over(mut self, range: SourceRange) -> Self {
        self.0.range.get_or_insert(range);
        self
    }

    /// Names the lowest offset that failed.
    #[must_use]
    pub fn at(mut self, offset: SourceOffset) -> Self {
        self.0.offset = Some(offset);
        self
    }

    /// Replaces the reason by one that says more than the operating system's.
    #[must_use]
    pub fn because(mut self, reason: impl Into<Reason>) -> Self {
        self.0.reason = reason.into();
        self
    }

    /// Adds what it changed all the same.
    #[must_use]
    pub(super) fn with_changes(mut self, changes: Vec<Change>) -> Self {
        self.0.changes = changes;
        self
    }

    /// Adds a remedy.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Hint>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Whether it is a failure of that source, or names none.
    #[must_use]
    pub fn concerns(&self, name: &SourceName) -> bool {
        let subject = self.0.subject.as_ref();
        subject.is_none_or(|subject| subject == name)
    }

    /// What sort of failure it was.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Everything known about it.
    #[must_use]
    pub fn details(&self) -> &Details {
        &self.0
    }
}

/// The operating system's text for an error, without the `(os error N)` that [`io::Error`] appends.
fn os_reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(cut) => text.get(..cut).unwrap_or(&text).to_owned(),
        None => text,
    }
}

/// "cannot OPERATION: REASON" or "cannot OPERATION at offset N: REASON", or the reason alone when nothing
/// was attempted; without the subject, which stands before it in every message.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.operation.is_empty() {
            write!(f, "cannot {}", self.0.operation)?;
            if let Some(offset) = self.0.offset {
                write!(f, " at offset {}", offset.0)?;
            }
            f.write_str(": ")?;
        }
        write!(f, "{}", self.0.reason)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operating_systems_text_loses_its_number() {
        let error = Error::os("open", &io::Error::from_raw_os_error(2));
        assert!(!error.to_string().contains("os error"), "{error}");
        assert_eq!(error.details().os_error, Some(2));
    }
}
