//! The arguments of `verify`.

use clap::Args;

use super::paths::PathsArgs;
use super::range::RangeArgs;
use crate::mapping::cache::verify::VerifyRequest;
use crate::mapping::cache::walk::Paths;
use crate::mapping::error::Result;

/// Compare what is in memory of files with what is on their storage
///
/// Reads the clean cached pages of each PATH from the storage, past the page cache, and compares. Finds pages that were
/// altered in memory only, which every program then sees and checksum tools do not find. Nothing is loaded or written.
#[derive(Clone, Debug, Args)]
pub struct VerifyArgs {
    /// The paths.
    #[command(flatten)]
    pub paths: PathsArgs,
    /// The range.
    #[command(flatten)]
    pub range: RangeArgs,
    /// Only files that are set-user-ID or set-group-ID, or have capabilities
    ///
    /// A quick check of the programs that give privileges: mmapctl verify --setuid -x /usr
    #[arg(long, help_heading = "Paths")]
    pub setuid: bool,
    /// Drop pages that differ, and verify them again
    ///
    /// Programs then read what the storage holds. The status is 10 all the same: pages differed.
    #[arg(long, help_heading = "Verification")]
    pub evict: bool,
    /// Show all differences, and all their bytes
    ///
    /// Without it, the first 16 differences of each file are shown, each with at most four lines.
    #[arg(long, help_heading = "Verification")]
    pub all: bool,
    /// Fail if pages cannot be compared
    ///
    /// Without it, they are counted and do not affect the status.
    #[arg(long, help_heading = "Verification")]
    pub strict: bool,
}

impl VerifyArgs {
    /// The requested paths.
    ///
    /// # Errors
    /// Those of [`PathsArgs::paths`].
    pub fn paths(&self) -> Result<Paths> {
        let mut paths = self.paths.paths()?;
        paths.filters.privileged = self.setuid;
        paths.waits = true;
        Ok(paths)
    }

    /// What to do about differences.
    #[must_use]
    pub fn request(&self) -> VerifyRequest {
        VerifyRequest {
            evict: self.evict,
            all: self.all,
        }
    }
}
