//! The ready line of `--hold`, for which people and programs wait. The reports on the mappings are not here.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::human::Human;
use super::name::Name;
use super::view::View;
use crate::mapping::actions::hold::{HoldTime, Live};
use crate::mapping::types::{ByteLength, count_text};

/// An outcome that has a summary for the ready line.
pub trait Summary: Serialize {
    /// The summary: "4 KiB at 0x7f0000000000".
    fn summary(&self, view: &View) -> String;

    /// Whether memory is locked.
    fn is_locked(&self) -> bool {
        false
    }
}

/// The ready object of --hold, printed when everything is mapped.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{R}Ready")]
pub struct ReadyReport<'a, R> {
    /// Always true.
    pub ready: bool,
    /// The process ID of the command, which holds the mappings.
    pub pid: u32,
    /// The time until the command ends by itself, in seconds; null when only a signal ends it.
    pub seconds: Option<f64>,
    /// The mapping, if there is only one.
    #[serde(flatten)]
    pub one: Option<&'a R>,
    /// With several mappings: an object for each, with the fields above; absent with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mappings: Option<&'a [R]>,
    /// The summary for people.
    #[serde(skip)]
    pub summary: String,
}

impl<'a, R> ReadyReport<'a, R> {
    /// The report on the mappings that this process holds for `time`, and the report on each of them.
    #[must_use]
    pub fn new<M, O: Summary>(
        time: HoldTime,
        kept: &[Live<M, O>],
        reports: &'a [R],
        view: &View,
    ) -> Self {
        let summary = match kept {
            [live] => format!(
                "{}: {}",
                Name(live.source.name()),
                live.outcome.summary(view)
            ),
            _ => {
                let all: ByteLength = kept.iter().map(|live| live.range.length()).sum();
                let locked = kept.iter().all(|live| live.outcome.is_locked());
                let mapped = kept.iter().filter(|live| !live.range.is_empty());
                total(mapped.count(), all, locked, view)
            }
        };
        let seconds = time.limit().map(|limit| limit.as_secs_f64());
        Self::of(reports, seconds, summary)
    }
}

impl<'a, R> ReadyReport<'a, R> {
    fn of(reports: &'a [R], seconds: Option<f64>, summary: String) -> Self {
        let (one, mappings) = match reports {
            [one] => (Some(one), None),
            several => (None, Some(several)),
        };
        Self {
            ready: true,
            pid: std::process::id(),
            seconds,
            one,
            mappings,
            summary,
        }
    }
}

/// "2 mappings, 32 MiB total, locked".
fn total(count: usize, all: ByteLength, locked: bool, view: &View) -> String {
    let locked = if locked { ", locked" } else { "" };
    let mappings = count_text(count as u64, "mapping");
    format!("{mappings}, {} total{locked}", view.size(all))
}

impl<R> Human for ReadyReport<'_, R> {
    fn write_human(&self, out: &mut dyn Write, _: &View) -> io::Result<()> {
        writeln!(out, "ready: {}, held by process {}", self.summary, self.pid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Report {
        length: u64,
    }

    fn ready(reports: &[Report]) -> ReadyReport<'_, Report> {
        ReadyReport {
            pid: 7,
            ..ReadyReport::of(reports, Some(1.5), "all".to_owned())
        }
    }

    #[test]
    fn one_mapping_is_in_the_object_itself_and_several_are_in_a_list() {
        let json = |reports: &[Report]| serde_json::to_string(&ready(reports)).unwrap();
        assert_eq!(
            json(&[Report { length: 1 }]),
            r#"{"ready":true,"pid":7,"seconds":1.5,"length":1}"#
        );
        assert_eq!(
            json(&[Report { length: 1 }, Report { length: 2 }]),
            r#"{"ready":true,"pid":7,"seconds":1.5,"mappings":[{"length":1},{"length":2}]}"#
        );
    }

    #[test]
    fn several_mappings_are_summed_up() {
        let text = |locked| total(2, ByteLength(8192), locked, &View::plain());
        assert_eq!(text(false), "2 mappings, 8 KiB total");
        assert_eq!(text(true), "2 mappings, 8 KiB total, locked");
    }

    #[test]
    fn the_line_starts_with_ready_and_names_the_process() {
        let mut out = Vec::new();
        let view = View::plain();
        ready(&[]).write_human(&mut out, &view).unwrap();
        assert_eq!(out, b"ready: all, held by process 7\n");
    }
}
