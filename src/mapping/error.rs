//! The one error type of the core.
//!
//! An error has a kind, the operation that failed, the source, the range or offset, the error number of the operating
//! system, the reason, and a hint if a remedy is known. `report` renders it as a line or as JSON. [`Kind`] is the
//! table of kinds and exit statuses.

use std::fmt;
use std::io;

use super::sys;
use super::types::{Change, Hint, Kind, Reason, SourceName, SourceOffset, SourceRange};

/// A failure of the core.
#[derive(Debug)]
pub struct Error(Box<Details>);

/// The contents of an [`Error`].
#[derive(Debug)]
pub struct Details {
    /// The kind of failure.
    pub kind: Kind,
    /// The operation that failed, as a verb phrase: "open", "map", "reserve blocks for". Empty when the command line is
    /// invalid and nothing was attempted.
    pub operation: &'static str,
    /// The source on which it failed.
    pub subject: Option<SourceName>,
    /// The range of the source on which it failed.
    pub range: Option<SourceRange>,
    /// The lowest offset that failed, if it is known.
    pub offset: Option<SourceOffset>,
    /// The error number of the operating system (`errno(3)`, or `GetLastError` on Windows).
    pub os_error: Option<i32>,
    /// Why it failed.
    pub reason: Reason,
    /// The changes made before it failed.
    pub changes: Vec<Change>,
    /// The hint, if a remedy is known.
    pub hint: Option<Hint>,
}

/// The result of an operation of the core.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure that this program detected.
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

    /// An invalid command line. Nothing was attempted.
    #[must_use]
    pub fn usage(reason: impl Into<Reason>) -> Self {
        Self::new(Kind::Usage, "", reason)
    }

    /// The end of an operation by a signal, whose kind this is.
    #[must_use]
    pub fn interrupted(kind: Kind, operation: &'static str) -> Self {
        Self::new(kind, operation, kind.interruption())
    }

    /// A failure that the operating system reported. The error number determines its kind.
    #[must_use]
    pub fn os(operation: &'static str, error: &io::Error) -> Self {
        let kind = match error.raw_os_error() {
            Some(number) => sys::kind_of_os_error(number),
            // The standard library detected it without a system call, such as a program that is not in PATH.
            None if error.kind() == io::ErrorKind::NotFound => Kind::NotFound,
            None if error.kind() == io::ErrorKind::OutOfMemory => Kind::OutOfMemory,
            None => Kind::Failed,
        };
        let failure = Self::os_as(kind, operation, error);
        match sys::is_descriptor_limit(error) {
            true => failure.hint("raise RLIMIT_NOFILE (ulimit -n)"),
            false => failure,
        }
    }

    /// A failure that the operating system reported, with the kind given by the caller.
    #[must_use]
    pub fn os_as(kind: Kind, operation: &'static str, error: &io::Error) -> Self {
        let mut failure = Self::new(kind, operation, os_reason(error));
        failure.0.os_error = error.raw_os_error();
        failure
    }

    /// Whether the error number is EPERM, which depends on the file itself and not on its permissions (EACCES).
    #[must_use]
    pub(super) fn is_not_permitted(&self) -> bool {
        const EPERM: i32 = 1;
        self.0.kind == Kind::AccessDenied && self.0.os_error == Some(EPERM)
    }

    /// Names the operation of which the failed one was a part.
    #[must_use]
    pub(super) fn during(mut self, operation: &'static str) -> Self {
        self.0.operation = operation;
        self
    }

    /// Sets the source, unless it is set already.
    #[must_use]
    pub fn on(mut self, subject: &SourceName) -> Self {
        self.0.subject.get_or_insert_with(|| subject.clone());
        self
    }

    /// Sets the range, unless it is set already.
    #[must_use]
    pub fn over(mut self, range: SourceRange) -> Self {
        self.0.range.get_or_insert(range);
        self
    }

    /// Sets the lowest offset that failed.
    #[must_use]
    pub fn at(mut self, offset: SourceOffset) -> Self {
        self.0.offset = Some(offset);
        self
    }

    /// Replaces the reason.
    #[must_use]
    pub fn because(mut self, reason: impl Into<Reason>) -> Self {
        self.0.reason = reason.into();
        self
    }

    /// Sets the changes made before the failure.
    #[must_use]
    pub(super) fn with_changes(mut self, changes: Vec<Change>) -> Self {
        self.0.changes = changes;
        self
    }

    /// Sets the hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Hint>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Whether it failed on this source, or on no particular source.
    #[must_use]
    pub fn concerns(&self, name: &SourceName) -> bool {
        let subject = self.0.subject.as_ref();
        subject.is_none_or(|subject| subject == name)
    }

    /// The kind of failure.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Its contents.
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

/// "cannot OPERATION: REASON" or "cannot OPERATION at offset N: REASON", or the reason alone when nothing was attempted.
/// The name of the source is not part of it.
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
    fn the_error_number_is_removed_from_the_text_of_the_operating_system() {
        let error = Error::os("open", &io::Error::from_raw_os_error(2));
        assert!(!error.to_string().contains("os error"), "{error}");
        assert_eq!(error.details().os_error, Some(2));
    }
}
