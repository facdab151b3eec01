//! The report on a failure, as a line or as a JSON object, and the kind of failure that decides the exit status.
//! Which reasons and hints there are is decided in the core.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::name::{Name, base64_of, printable};
use super::theme::{Painted, Theme};
use super::{finding, option_words};
use crate::mapping::error::Error;
use crate::mapping::types::{Kind, Named, SourceName};

/// A failure.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ErrorReport {
    #[serde(skip)]
    kind: Kind,
    /// The kind of failure: a name from the table under EXIT STATUS in mmapctl(1).
    code: &'static str,
    /// The operation that failed and the reason, without the subject.
    message: String,
    #[serde(skip)]
    name: Option<SourceName>,
    /// The source that the failure is about; null for a failure of the command line, and for a path that is not UTF-8.
    subject: Option<String>,
    /// In place of `subject`: the bytes of a path that is not UTF-8, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_base64: Option<String>,
    /// The error number of the operating system (errno); null when the system reported none.
    os_error: Option<i32>,
    /// The lowest offset in the source that failed, in bytes; absent unless the failure has an offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    /// A remedy; absent when none is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl ErrorReport {
    /// The report on a failure. Its kind is that of the core's error in the chain.
    #[must_use]
    pub fn new(error: &anyhow::Error) -> Self {
        let core = core_error(error).map(Error::details);
        let os_error = match core {
            Some(details) => details.os_error,
            None => error
                .chain()
                .find_map(|cause| cause.downcast_ref::<io::Error>())
                .and_then(io::Error::raw_os_error),
        };
        let kind = core.map_or(Kind::Failed, |details| details.kind);
        let report = Self {
            kind,
            code: kind.name(),
            message: chain_text(error),
            name: None,
            subject: None,
            subject_base64: None,
            os_error,
            offset: core.and_then(|details| details.offset).map(|at| at.0),
            hint: core
                .and_then(|details| details.hint.as_ref())
                .map(|hint| option_words::hint(hint).into_owned()),
        };
        match core.and_then(|details| details.subject.as_ref()) {
            Some(name) => report.on(name),
            None => report,
        }
    }

    /// Sets the subject, unless the failure has one.
    #[must_use]
    pub fn on(mut self, name: &SourceName) -> Self {
        if self.name.is_none() {
            self.subject = name.to_text();
            self.subject_base64 = name.raw_path().map(base64_of);
            self.name = Some(name.clone());
        }
        self
    }

    /// The kind of failure, which decides the exit status.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Writes `mmapctl: SUBJECT: OPERATION: REASON`, and a `hint:` line when a remedy is known.
    ///
    /// # Errors
    /// Errors of the writer only.
    pub fn write_human(&self, out: &mut dyn Write, theme: &Theme) -> io::Result<()> {
        write!(out, "{} ", Painted::new(theme.bad, "mmapctl:"))?;
        if let Some(name) = &self.name {
            write!(out, "{}: ", Name(name))?;
        }
        writeln!(out, "{}", printable(&self.message))?;
        if let Some(hint) = &self.hint {
            let label = Painted::new(theme.hint, "hint:");
            writeln!(out, "{label} {}", printable(hint))?;
        }
        Ok(())
    }
}

/// Whether standard output failed. Then no more work is done.
#[must_use]
pub fn is_standard_output_failure(error: &anyhow::Error) -> bool {
    core_error(error).is_some_and(|core| core.details().subject == Some(SourceName::StandardOutput))
}

fn core_error(error: &anyhow::Error) -> Option<&Error> {
    error
        .chain()
        .find_map(|cause| cause.downcast_ref::<Error>())
}

fn chain_text(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&match cause.downcast_ref::<Error>() {
            Some(error) => message(error),
            None => cause.to_string(),
        });
    }
    text
}

/// "cannot OPERATION: REASON" or "cannot OPERATION at offset N: REASON", or the reason alone when nothing was attempted.
/// The offsets of a process are addresses.
/// The subject is not part of it.
pub(super) fn message(error: &Error) -> String {
    let details = error.details();
    let mut reason = option_words::reason(&details.reason).into_owned();
    if !details.changes.is_empty() {
        reason.push_str(&format!("; {}", finding::changes(&details.changes)));
    }
    let operation = details.operation;
    let is_process = matches!(details.subject, Some(SourceName::Process(_)));
    match (operation, details.offset) {
        ("", _) => reason,
        (_, None) => format!("cannot {operation}: {reason}"),
        (_, Some(at)) if is_process => {
            format!("cannot {operation} at address {:#x}: {reason}", at.0)
        }
        (_, Some(at)) => format!("cannot {operation} at offset {}: {reason}", at.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::types::SourceOffset;
    use anyhow::Context;

    fn line(report: &ErrorReport) -> String {
        let mut out = Vec::new();
        report.write_human(&mut out, &Theme::plain()).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn sample() -> Error {
        Error::os("open", &io::Error::from_raw_os_error(2))
            .on(&SourceName::File("a\nb".into()))
            .hint("look elsewhere")
    }

    /// The text of the system for the error of the sample.
    fn reason() -> String {
        let text = std::io::Error::from_raw_os_error(2).to_string();
        text.replace(" (os error 2)", "")
    }

    #[test]
    fn a_failure_is_one_line_and_a_hint() {
        let report = ErrorReport::new(&sample().into());
        assert_eq!(
            line(&report),
            format!(
                "mmapctl: $'a\\nb': cannot open: {}\nhint: look elsewhere\n",
                reason()
            )
        );
    }

    #[test]
    fn context_is_between_the_subject_and_the_cause_and_keeps_the_kind() {
        let error = Err::<(), _>(sample()).context("counting").unwrap_err();
        let report = ErrorReport::new(&error);
        assert_eq!(report.kind(), Kind::NotFound);
        assert!(line(&report).starts_with("mmapctl: $'a\\nb': counting: cannot open: "));
    }

    #[test]
    fn json_has_the_keys_that_scripts_rely_on() {
        let error = sample().at(SourceOffset(4096));
        let json = serde_json::to_value(ErrorReport::new(&error.into())).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "code": "not_found",
                "message": format!("cannot open at offset 4096: {}", reason()),
                "subject": "a\nb",
                "os_error": 2,
                "offset": 4096,
                "hint": "look elsewhere",
            })
        );
        let json = serde_json::to_string(&ErrorReport::new(&Error::usage("no").into())).unwrap();
        assert_eq!(
            json,
            r#"{"code":"usage","message":"no","subject":null,"os_error":null}"#
        );
    }

    #[test]
    fn other_failures_have_the_kind_failed_and_their_error_number() {
        let report = ErrorReport::new(&io::Error::from_raw_os_error(5).into());
        assert_eq!((report.kind(), report.os_error), (Kind::Failed, Some(5)));
    }
}
