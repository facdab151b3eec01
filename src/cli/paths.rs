//! The arguments that name paths: files, block devices, and directories, which are walked.

use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::Args;

use super::number::number_in;
use super::range::RangeArgs;
use super::size::parse_length;
use super::source::{HandleArgs, file};
use crate::mapping::cache::walk::{Filters, Paths, check_glob, read_names};
use crate::mapping::error::{Error, Result};
use crate::mapping::source::SourceSpec;
use crate::mapping::types::{ByteLength, RangeRequest};

/// The depths of directories. Few systems allow longer paths.
pub(super) const DEPTHS: RangeInclusive<u64> = 0..=1_000_000;

/// Paths, or one source without a path.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Paths")]
#[group(id = "source", required = true, multiple = false)]
pub struct PathsArgs {
    /// Files, block devices and directories; - is standard input
    ///
    /// Everything below a directory counts, hidden files included. A file that is found twice counts once in the total.
    #[arg(group = "source", value_name = "PATH", display_order = 0, value_hint = clap::ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// A source without a path.
    #[command(flatten)]
    pub handle: HandleArgs,
    /// Read PATHs from a list: --files0-from list
    ///
    /// Each ends with a NUL byte, as find -print0 writes them; - is standard input.
    #[arg(long, group = "source", value_name = "FILE", value_hint = clap::ValueHint::FilePath, hide_short_help = true)]
    pub files0_from: Option<PathBuf>,
    /// Which files of directories.
    #[command(flatten)]
    pub walk: WalkArgs,
}

/// Paths of files and directories.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Paths")]
#[group(id = "source", required = true, multiple = false)]
pub struct TreesArgs {
    /// Files and directories
    ///
    /// Everything below a directory counts, hidden files included. A file that is found twice counts once.
    #[arg(group = "source", value_name = "PATH", display_order = 0, value_hint = clap::ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// Read PATHs from a list: --files0-from list
    ///
    /// Each ends with a NUL byte, as find -print0 writes them; - is standard input.
    #[arg(long, group = "source", value_name = "FILE", display_order = 1, value_hint = clap::ValueHint::FilePath, hide_short_help = true)]
    pub files0_from: Option<PathBuf>,
    /// Which files of directories.
    #[command(flatten)]
    pub walk: WalkArgs,
}

/// Which files are taken.
#[derive(Clone, Debug, Args)]
pub struct WalkArgs {
    /// Only files that match; '!GLOB' excludes: --glob '*.db'
    ///
    /// May be repeated; a later pattern takes precedence. '!GLOB' also excludes directories. A pattern with a slash
    /// applies to the path below PATH, and one without a slash to the name.
    #[arg(short, long, value_name = "GLOB", value_parser = parse_glob, allow_hyphen_values = true)]
    pub glob: Vec<String>,
    /// Only files of at least this size: --min-size 1M
    #[arg(long, value_name = "SIZE", value_parser = parse_length, hide_short_help = true)]
    pub min_size: Option<ByteLength>,
    /// Only files of at most this size: --max-size 1G
    #[arg(long, value_name = "SIZE", value_parser = parse_length, hide_short_help = true)]
    pub max_size: Option<ByteLength>,
    /// Walk directories to this depth: --max-depth 1
    #[arg(long, value_name = "N", value_parser = number_in::<usize>(DEPTHS), allow_hyphen_values = true, hide_short_help = true)]
    pub max_depth: Option<usize>,
    /// Stay on the file system of each PATH
    #[arg(short = 'x', long)]
    pub one_file_system: bool,
    /// Follow symbolic links
    ///
    /// A PATH that is a link is always followed.
    #[arg(short = 'L', long)]
    pub follow: bool,
    /// Number of threads: --jobs 1 [default: one per processor]
    #[arg(short, long, value_name = "N", value_parser = number_in::<usize>(1..=128), allow_hyphen_values = true, hide_short_help = true)]
    pub jobs: Option<usize>,
}

pub(super) fn parse_glob(text: &str) -> Result<String, String> {
    check_glob(text).map(|()| text.to_owned())
}

impl WalkArgs {
    /// These paths, with the files that are taken of them.
    fn paths(&self, specs: impl FnOnce() -> Result<Vec<SourceSpec>>) -> Result<Paths> {
        if self.min_size > self.max_size && self.max_size.is_some() {
            return Err(Error::usage("--min-size is greater than --max-size"));
        }
        Ok(Paths {
            paths: specs()?,
            filters: Filters {
                globs: self.glob.clone(),
                min_size: self.min_size,
                max_size: self.max_size,
                max_depth: self.max_depth,
                one_file_system: self.one_file_system,
                follow: self.follow,
                privileged: false,
            },
            jobs: self.jobs.and_then(NonZeroUsize::new),
            waits: false,
        })
    }
}

impl TreesArgs {
    /// As [`PathsArgs::paths`].
    ///
    /// # Errors
    /// Those of [`PathsArgs::paths`].
    pub fn paths(&self) -> Result<Paths> {
        self.walk.paths(|| match &self.files0_from {
            Some(list) => read_names(&file(list)),
            None => Ok(self.paths.iter().cloned().map(SourceSpec::File).collect()),
        })
    }
}

impl PathsArgs {
    /// The requested paths, in the order of the command line or of the list.
    ///
    /// # Errors
    /// Those of reading the list; `usage` for sizes that no file has.
    pub fn paths(&self) -> Result<Paths> {
        self.walk.paths(|| self.specs())
    }

    fn specs(&self) -> Result<Vec<SourceSpec>> {
        match (&self.files0_from, self.handle.spec()) {
            (Some(list), _) => read_names(&file(list)),
            (None, Some(spec)) => Ok(vec![spec]),
            (None, None) => Ok(self.paths.iter().map(|path| file(path)).collect()),
        }
    }
}

impl RangeArgs {
    /// The requested range; `None` without one.
    #[must_use]
    pub fn given(&self) -> Option<RangeRequest> {
        (!self.is_absent()).then(|| self.request())
    }
}
