//! What is cached as metrics: text that both OpenMetrics and the text format of Prometheus define.

use std::collections::HashSet;
use std::io::{self, Write};

use super::name::Name;
use crate::mapping::cache::cached::{Cached, CachedSum};
use crate::mapping::cache::walk::{Row, RowKind, Walked};
use crate::mapping::types::{ByteLength, SourceName};

/// The rows of one look, by metric in the output.
#[derive(Debug, Default)]
pub struct CachedMetrics {
    /// The labels of each row, and its amounts.
    rows: Vec<(String, CachedSum)>,
    /// Labels that are used: a series may occur only once.
    used: HashSet<String>,
}

/// A metric: the end of its name, its unit, its help, and its value for a row, if that is known.
struct Metric {
    name: &'static str,
    unit: Option<&'static str>,
    help: &'static str,
    value: fn(&CachedSum) -> Option<u64>,
}

const fn bytes(
    name: &'static str,
    help: &'static str,
    value: fn(&CachedSum) -> Option<u64>,
) -> Metric {
    Metric {
        name,
        unit: Some("bytes"),
        help,
        value,
    }
}

const fn number(
    name: &'static str,
    help: &'static str,
    value: fn(&CachedSum) -> Option<u64>,
) -> Metric {
    Metric {
        unit: None,
        ..bytes(name, help, value)
    }
}

const METRICS: [Metric; 8] = [
    bytes("bytes", "Bytes of files in the page cache.", |sum| {
        known(sum.cached)
    }),
    bytes("dirty_bytes", "Cached bytes not yet written back.", |sum| {
        known(sum.dirty)
    }),
    bytes(
        "writeback_bytes",
        "Cached bytes being written back.",
        |sum| known(sum.writeback),
    ),
    bytes(
        "evicted_bytes",
        "Bytes that left the page cache and that the kernel still remembers.",
        |sum| known(sum.evicted),
    ),
    bytes("size_bytes", "Size of the files.", |sum| Some(sum.size.0)),
    number("pages", "Pages of the files, cached or not.", |sum| {
        Some(sum.pages)
    }),
    number("files", "Number of files.", |sum| Some(sum.files)),
    number(
        "unknown_files",
        "Files whose cached amount is unknown.",
        |sum| Some(sum.unknown_files),
    ),
];

fn known(amount: Option<ByteLength>) -> Option<u64> {
    amount.map(|bytes| bytes.0)
}

impl CachedMetrics {
    /// Adds a row, unless there is one with the same kind and name.
    pub fn row(&mut self, row: &Row<Cached>) {
        let kind = match row.kind {
            RowKind::File => "file",
            RowKind::Directory => "directory",
            RowKind::Total => "total",
        };
        let path = match &row.name {
            SourceName::File(path) => path.to_str().map(str::to_owned),
            _ => None,
        };
        let path = path.unwrap_or_else(|| Name(&row.name).to_string());
        self.add(
            format!("path=\"{}\",kind=\"{kind}\"", escaped(&path)),
            &row.sum,
        );
    }

    /// All metrics, with the total.
    #[must_use]
    pub fn text(&mut self, walked: &Walked<Cached>) -> Vec<u8> {
        self.total(walked);
        let mut text = Vec::new();
        // Writing to memory cannot fail.
        let _ = self.write(&mut text);
        text
    }

    /// Adds the total.
    fn total(&mut self, walked: &Walked<Cached>) {
        self.add("kind=\"total\"".to_owned(), &walked.total);
    }

    fn add(&mut self, labels: String, cached: &Cached) {
        if self.used.insert(labels.clone()) {
            self.rows.push((labels, cached.sum));
        }
    }

    /// Writes all metrics, each with its rows.
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for metric in &METRICS {
            let name = format!("mmapctl_cached_{}", metric.name);
            writeln!(out, "# HELP {name} {}", metric.help)?;
            writeln!(out, "# TYPE {name} gauge")?;
            if let Some(unit) = metric.unit {
                writeln!(out, "# UNIT {name} {unit}")?;
            }
            for (labels, sum) in &self.rows {
                if let Some(value) = (metric.value)(sum) {
                    writeln!(out, "{name}{{{labels}}} {value}")?;
                }
            }
        }
        writeln!(out, "# EOF")
    }
}

/// The text of a label.
fn escaped(text: &str) -> String {
    let escape = |c| match c {
        '\\' => "\\\\".to_owned(),
        '"' => "\\\"".to_owned(),
        '\n' => "\\n".to_owned(),
        other => String::from(other),
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_metric_has_its_rows_and_each_row_occurs_once() {
        let row = |name: &str, cached: Option<u64>| Row {
            kind: RowKind::File,
            name: SourceName::File(name.into()),
            sum: Cached {
                sum: CachedSum {
                    files: 1,
                    cached: cached.map(ByteLength),
                    ..CachedSum::default()
                },
                ..Cached::default()
            },
        };
        let mut metrics = CachedMetrics::default();
        for row in [row("a\"\\\n", Some(7)), row("b", None), row("b", None)] {
            metrics.row(&row);
        }
        let text = String::from_utf8(metrics.text(&Walked::default())).unwrap();
        let start = "# HELP mmapctl_cached_bytes Bytes of files in the page cache.\n\
                     # TYPE mmapctl_cached_bytes gauge\n\
                     # UNIT mmapctl_cached_bytes bytes\n\
                     mmapctl_cached_bytes{path=\"a\\\"\\\\\\n\",kind=\"file\"} 7\n\
                     mmapctl_cached_bytes{kind=\"total\"} 0\n\
                     # HELP mmapctl_cached_dirty_bytes ";
        assert!(text.starts_with(start), "{text}");
        let end = "mmapctl_cached_unknown_files{path=\"b\",kind=\"file\"} 0\n\
                   mmapctl_cached_unknown_files{kind=\"total\"} 0\n# EOF\n";
        assert!(text.ends_with(end), "{text}");
        assert_eq!(text.matches("{path=\"b\"").count(), 7);
    }
}
