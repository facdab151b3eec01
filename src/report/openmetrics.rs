//! What is cached as metrics: text that both OpenMetrics and the text format of Prometheus define.

use std::io::{self, Write};

use super::name::{Name, dollar_quoted};
use crate::mapping::cache::cached::{Cached, CachedSum, KeptRows};
use crate::mapping::cache::walk::{Row, RowKind, Walked};
use crate::mapping::types::{ByteLength, SourceName};

/// The rows of one look, by metric in the output.
#[derive(Debug)]
pub struct CachedMetrics<'a> {
    rows: KeptRows,
    walked: &'a Walked<Cached>,
    errors: u64,
}

/// A gauge: the end of its name, its unit, its help, and its value for a row, if that is known.
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

/// The only one without rows.
const ERRORS: Metric = number(
    "errors",
    "Failures to read or measure a file or directory.",
    |_| None,
);

fn known(amount: Option<ByteLength>) -> Option<u64> {
    amount.map(|bytes| bytes.0)
}

impl<'a> CachedMetrics<'a> {
    /// The metrics of rows, of the total, and of the number of failures.
    #[must_use]
    pub fn new(mut rows: KeptRows, walked: &'a Walked<Cached>, errors: u64) -> Self {
        // Rows with the same name follow each other.
        rows.sort_by_name();
        Self {
            rows,
            walked,
            errors,
        }
    }

    /// Writes all metrics, each with its rows. Of files that all failed, there is no total.
    ///
    /// # Errors
    /// Errors of the writer only.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let total = &self.walked.total.sum;
        for metric in &METRICS {
            let name = metric.write_head(out)?;
            let mut last = String::new();
            for row in self.rows.iter() {
                let labels = labels(&row);
                // A series may occur only once.
                if let Some(value) = (metric.value)(&row.sum.sum)
                    && labels != last
                {
                    writeln!(out, "{name}{{{labels}}} {value}")?;
                    last = labels;
                }
            }
            if let Some(value) = (metric.value)(total)
                && (total.files > 0 || self.errors == 0)
            {
                writeln!(out, "{name}{{kind=\"total\"}} {value}")?;
            }
        }
        let name = ERRORS.write_head(out)?;
        writeln!(out, "{name} {}", self.errors)?;
        writeln!(out, "# EOF")
    }
}

impl Metric {
    /// Writes the lines that describe it. Returns its name.
    fn write_head(&self, out: &mut dyn Write) -> io::Result<String> {
        let name = format!("mmapctl_cached_{}", self.name);
        writeln!(out, "# HELP {name} {}", self.help)?;
        writeln!(out, "# TYPE {name} gauge")?;
        if let Some(unit) = self.unit {
            writeln!(out, "# UNIT {name} {unit}")?;
        }
        Ok(name)
    }
}

/// The labels of a row. Different names have different labels.
fn labels(row: &Row<Cached>) -> String {
    /// Names that are no paths, and quoted ones, start with these.
    const OTHERS: [&str; 3] = ["$'", "tag ", "fd "];
    let kind = match row.kind {
        RowKind::File => "file",
        RowKind::Directory => "directory",
        RowKind::Total => "total",
    };
    let path = match &row.name {
        SourceName::File(path) => match path.to_str() {
            Some(text) if !OTHERS.iter().any(|start| text.starts_with(start)) => text.to_owned(),
            _ => dollar_quoted(path.as_os_str().as_encoded_bytes()),
        },
        other => Name(other).to_string(),
    };
    format!("path=\"{}\",kind=\"{kind}\"", escaped(&path))
}

/// The text of a label.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => safe.push_str("\\\\"),
            '"' => safe.push_str("\\\""),
            '\n' => safe.push_str("\\n"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: SourceName, cached: Option<u64>) -> Row<Cached> {
        Row {
            kind: RowKind::File,
            name,
            sum: Cached {
                sum: CachedSum {
                    files: 1,
                    cached: cached.map(ByteLength),
                    ..CachedSum::default()
                },
                ..Cached::default()
            },
        }
    }

    fn text(rows: impl IntoIterator<Item = Row<Cached>>, errors: u64) -> String {
        let mut kept = KeptRows::default();
        rows.into_iter().for_each(|row| kept.push(0, row));
        let mut text = Vec::new();
        let walked = Walked::default();
        CachedMetrics::new(kept, &walked, errors)
            .write(&mut text)
            .unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn each_metric_has_its_rows_and_each_row_occurs_once() {
        let row = |name: &str, cached| row(SourceName::File(name.into()), cached);
        let text = text([row("b", None), row("a\"\\\n", Some(7)), row("b", None)], 0);
        let start = "# HELP mmapctl_cached_bytes Bytes of files in the page cache.\n\
                     # TYPE mmapctl_cached_bytes gauge\n\
                     # UNIT mmapctl_cached_bytes bytes\n\
                     mmapctl_cached_bytes{path=\"a\\\"\\\\\\n\",kind=\"file\"} 7\n\
                     mmapctl_cached_bytes{kind=\"total\"} 0\n\
                     # HELP mmapctl_cached_dirty_bytes ";
        assert!(text.starts_with(start), "{text}");
        let end = "mmapctl_cached_unknown_files{path=\"b\",kind=\"file\"} 0\n\
                   mmapctl_cached_unknown_files{kind=\"total\"} 0\n\
                   # HELP mmapctl_cached_errors Failures to read or measure a file or directory.\n\
                   # TYPE mmapctl_cached_errors gauge\n\
                   mmapctl_cached_errors 0\n# EOF\n";
        assert!(text.ends_with(end), "{text}");
        assert_eq!(text.matches("{path=\"b\"").count(), 7);
    }

    #[test]
    fn files_that_all_failed_have_no_total() {
        let text = text([], 2);
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        assert!(samples.eq(["mmapctl_cached_errors 2"]), "{text}");
    }

    #[cfg(unix)]
    #[test]
    fn different_names_have_different_labels() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;

        let file = |bytes: &[u8]| SourceName::File(OsStr::from_bytes(bytes).into());
        let names = [
            (file(b"a\xff"), r"$'a\\xff'"),
            (file(br"a\xff"), r"a\\xff"),
            (file(br"$'a\xff'"), r"$'$\\'a\\\\xff\\''"),
            (file("é".as_bytes()), "é"),
            (file(b"fd 3"), "$'fd 3'"),
            (SourceName::Descriptor(3), "fd 3"),
            (file(b"tag t"), "$'tag t'"),
            (SourceName::Tag("t".into()), "tag t"),
        ];
        for (name, label) in names {
            let expected = format!("path=\"{label}\",kind=\"file\"");
            assert_eq!(labels(&row(name, None)), expected);
        }
    }
}
