//! The arguments of `cached`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::expectation::parse_expectation;
use super::number::number_in;
use super::paths::{DEPTHS, PathsArgs};
use super::range::RangeArgs;
use super::size::parse_length;
use super::watch::WatchArgs;
use crate::mapping::cache::cached::{CachedColumn, CachedRequest, Order, Pictures, SortKey};
use crate::mapping::cache::walk::Rows;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::expectation::Expectation;
use crate::mapping::types::ByteLength;

/// Show how much of files and directories is in the page cache
///
/// Prints a row for each PATH and a total: how much is cached, its share of the size, and how much is dirty. Nothing is
/// loaded and nothing is evicted.
#[derive(Clone, Debug, Args)]
pub struct CachedArgs {
    /// The paths.
    #[command(flatten)]
    pub paths: PathsArgs,
    /// The range.
    #[command(flatten)]
    pub range: RangeArgs,
    /// The rows and columns.
    #[command(flatten)]
    pub table: CachedTableArgs,
    /// Print the rows as metrics, for monitoring
    ///
    /// The text is valid OpenMetrics and valid in the text format of Prometheus. Amounts that are unknown are left out.
    #[arg(long, conflicts_with_all = ["json", "watch", "no_header", "columns"], help_heading = "Rows", hide_short_help = true)]
    pub openmetrics: bool,
    /// With --openmetrics: write to this file
    ///
    /// The file gets its name, or replaces an older one, when it is complete: --openmetrics --output mmapctl.prom
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, requires = "openmetrics", help_heading = "Rows", hide_short_help = true)]
    pub output: Option<PathBuf>,
    /// Whether to look again.
    #[command(flatten)]
    pub watch: WatchArgs,
    /// Fail unless this much is resident: --expect 90%
    ///
    /// Each row is checked; with --total, the total is. If less is resident, the exit status is 10. The amount is a
    /// percentage with at most three decimals, or a size. A comparison may precede it (<= >= == < >): '==100%', '<1G'.
    #[arg(long, value_name = "SHARE", value_parser = parse_expectation, conflicts_with = "watch", help_heading = "Checks")]
    pub expect: Option<Expectation>,
}

/// The rows and columns of the table.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Rows")]
pub struct CachedTableArgs {
    /// A row for each file
    #[arg(short, long, conflicts_with = "total")]
    pub all: bool,
    /// A row for each directory down to this depth: --depth 2
    #[arg(short, long, value_name = "N", value_parser = number_in::<usize>(DEPTHS), allow_hyphen_values = true, conflicts_with = "total")]
    pub depth: Option<usize>,
    /// Only the total
    #[arg(long)]
    pub total: bool,
    /// Only the first rows by --sort: --top 20
    ///
    /// Without --depth, this implies --all.
    #[arg(long, value_name = "N", value_parser = number_in::<usize>(1..=1_000_000_000), allow_hyphen_values = true, conflicts_with = "total")]
    pub top: Option<usize>,
    /// Sort the rows [default with --top: cached]
    #[arg(long, value_name = "KEY", conflicts_with = "total")]
    pub sort: Option<SortKey>,
    /// Only rows with at least this much cached: --min-cached 1M
    #[arg(long, value_name = "SIZE", value_parser = parse_length, conflicts_with = "total", hide_short_help = true)]
    pub min_cached: Option<ByteLength>,
    /// The columns: --columns cached,percent,name
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        conflicts_with = "json",
        hide_short_help = true
    )]
    pub columns: Vec<CachedColumn>,
    /// Print only rows: no header, no total; with tabs in a pipe
    #[arg(long, conflicts_with = "json", hide_short_help = true)]
    pub no_header: bool,
}

impl CachedArgs {
    /// Fails if JSON is requested, by an option before the command, together with an option for another form.
    ///
    /// # Errors
    /// `usage`.
    pub fn check_json(&self) -> Result<()> {
        let others = [
            (self.openmetrics, "--openmetrics"),
            (!self.table.columns.is_empty(), "--columns"),
            (self.table.no_header, "--no-header"),
        ];
        match others.iter().find(|(given, _)| *given) {
            Some((_, name)) => Err(Error::usage(format!("{name} cannot be used with --json"))),
            None => Ok(()),
        }
    }

    /// The request.
    ///
    /// # Errors
    /// Those of reading a list of paths; `usage` for a column of changes without a watch, and for an output that is no
    /// file of its own.
    pub fn request(&self) -> Result<CachedRequest> {
        if self.watch.watch.is_none() && self.table.columns.contains(&CachedColumn::Change) {
            return Err(Error::usage("the column 'change' needs --watch"));
        }
        let output = self.output.as_deref();
        output.map_or(Ok(()), |path| check_output("--output", path))?;
        Ok(CachedRequest {
            paths: self.paths.paths()?,
            range: self.range.given(),
            rows: self.table.rows(),
            order: self.table.order(),
            keep: false,
            exact: self.expect.is_some(),
            pictures: Pictures::Nothing,
        })
    }
}

/// Refuses a name of standard output or of another descriptor: replacing what it leads to would destroy it.
pub(super) fn check_output(option: &str, path: &Path) -> Result<()> {
    let leads_to_descriptor = ["/dev/fd", "/dev/stdout", "/dev/stderr", "/proc"]
        .iter()
        .any(|name| path.starts_with(name));
    match path == Path::new("-") || leads_to_descriptor {
        false => Ok(()),
        true => {
            let path = path.display();
            let reason = format!("{option} takes the name of a file, and '{path}' is not one");
            let error = Error::usage(reason);
            Err(match option {
                "--output" => error.hint("omit --output to write to standard output"),
                _ => error,
            })
        }
    }
}

impl CachedTableArgs {
    /// The rows.
    #[must_use]
    pub fn rows(&self) -> Rows {
        let files = self.all || self.top.is_some() && self.depth.is_none();
        let depth = match self.depth {
            None if files || self.total => None,
            depth => depth.or(Some(0)),
        };
        Rows { files, depth }
    }

    /// The choice and the order of the rows.
    #[must_use]
    pub const fn order(&self) -> Order {
        Order {
            sort: self.sort,
            top: self.top,
            min_cached: self.min_cached,
        }
    }
}
