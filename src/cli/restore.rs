//! The arguments of `restore`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::number::number_in;
use super::source::file;
use super::warm::LoadingArgs;
use crate::mapping::cache::restore::RestoreRequest;
use crate::mapping::source::SourceSpec;

/// Load what a snapshot says into the page cache
///
/// Loads the ranges of a snapshot (`mmapctl snapshot`) that are missing, and reports how much was loaded. Files that have
/// changed since the snapshot are skipped. More than fits in memory is refused. The files are not changed.
#[derive(Clone, Debug, Args)]
pub struct RestoreArgs {
    /// The snapshot; - is standard input
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub snapshot: PathBuf,
    /// The directory of the files: --root /srv/data [default: that in the snapshot]
    ///
    /// Only files below this directory are opened. Use this option for a snapshot that you did not write yourself, or to
    /// load a copy of the files in another place.
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath, help_heading = "Files")]
    pub root: Option<PathBuf>,
    /// Load files that have changed, as far as the ranges still exist
    #[arg(long, help_heading = "Files")]
    pub force: bool,
    /// Also drop what is cached of these files and not in the snapshot
    ///
    /// Dirty pages are flushed first. Memory then holds of these files what it held when the snapshot was written.
    #[arg(long, help_heading = "Files")]
    pub exact: bool,
    /// The limits of loading.
    #[command(flatten)]
    pub loading: LoadingArgs,
    /// Number of threads: --jobs 1 [default: 16, or 1 for a rotating disk]
    #[arg(short, long, value_name = "N", value_parser = number_in::<usize>(1..=128), allow_hyphen_values = true, help_heading = "Loading")]
    pub jobs: Option<usize>,
    /// Fail unless memory is as in the snapshot
    ///
    /// If a file was skipped, or a part of a range is not in memory or not known to be, the exit status is 10.
    #[arg(long, help_heading = "Checks")]
    pub strict: bool,
}

impl RestoreArgs {
    /// The file of the snapshot.
    #[must_use]
    pub fn snapshot(&self) -> SourceSpec {
        file(&self.snapshot)
    }

    /// The request.
    #[must_use]
    pub fn request(&self) -> RestoreRequest {
        RestoreRequest {
            root: self.root.clone(),
            force: self.force,
            exact: self.exact,
            load: self.loading.request(),
            jobs: self.jobs.and_then(NonZeroUsize::new),
        }
    }
}
