//! Reports failures, and continues with the other sources after one.

use super::outcome::{Exit, Outcome};
use crate::mapping::actions::tags::similar;
use crate::mapping::error::Error;
use crate::mapping::source::SourceSpec;
use crate::mapping::types::{Kind, SourceName};
use crate::report::{Console, is_standard_output_failure};

/// Reports a failure. For a missing tag, the hint names an existing one that is similar.
pub(super) fn fail(console: &mut Console, error: anyhow::Error, name: Option<&SourceName>) -> Kind {
    let error = match error.downcast::<Error>() {
        Ok(error) => with_similar_tag(error).into(),
        Err(other) => other,
    };
    console.fail(&error, name)
}

fn with_similar_tag(error: Error) -> Error {
    let details = error.details();
    let similar = match &details.subject {
        Some(SourceName::Tag(tag)) if details.kind == Kind::NotFound => similar(tag),
        _ => None,
    };
    match similar {
        Some(tag) => {
            let hint = format!("a similar tag exists: '{}'", tag.to_string_lossy());
            error.hint(hint)
        }
        None => error,
    }
}

/// The failures of a command on several sources or paths, which are reported as they come.
#[derive(Debug, Default)]
pub(super) struct Failures(Option<Kind>);

impl Failures {
    /// Reports a failure. Returns its kind.
    pub(super) fn report(
        &mut self,
        console: &mut Console,
        error: anyhow::Error,
        name: Option<&SourceName>,
    ) -> Kind {
        let kind = fail(console, error, name);
        self.0 = Some(self.0.map_or(kind, |before| before.merge(kind)));
        kind
    }

    /// Whether there are none.
    pub(super) const fn are_none(&self) -> bool {
        self.0.is_none()
    }

    /// The exit status, which combines all failures.
    pub(super) fn exit(&self) -> Exit {
        self.0.map_or(Exit::SUCCESS, Exit::from)
    }
}

/// Does the same work for each source. A failure is reported immediately, and work continues with the other
/// sources unless the request itself is at fault. The exit status combines all failures.
///
/// # Errors
/// A failure of standard output, which ends the work.
pub(super) fn for_each_source(
    console: &mut Console,
    specs: &[SourceSpec],
    mut work: impl FnMut(&mut Console, &SourceSpec) -> anyhow::Result<()>,
) -> Outcome {
    let mut failures = Failures::default();
    for spec in specs {
        let Err(error) = work(console, spec) else {
            continue;
        };
        if is_standard_output_failure(&error) {
            return Err(error);
        }
        let kind = failures.report(console, error, Some(&spec.name()));
        if kind.is_request() {
            break;
        }
    }
    Ok(failures.exit())
}
