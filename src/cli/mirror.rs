//! The arguments of `mirror`.

use clap::Args;

use super::access::{OpenArgs, PlacementArgs};
use super::hold::HoldArgs;
use super::range::RangeArgs;
use super::size::{SizeError, parse_address};
use super::source::SourceArgs;
use crate::mapping::actions::mirror::MirrorJob;
use crate::mapping::error::{Error, Result};
use crate::mapping::region::MirrorRequest;
use crate::mapping::source::{Creation, SourceSpec};
use crate::mapping::types::{Access, AccessMode, Kind};

/// Map the same bytes several times in a row
///
/// An access that runs past the end of one window continues at the start of the same bytes, so a ring buffer needs no
/// code for the wrap-around. The length is rounded up to whole pages.
#[derive(Clone, Debug, Args)]
pub struct MirrorArgs {
    /// The source.
    #[command(flatten)]
    pub source: SourceArgs,
    /// The range.
    #[command(flatten)]
    pub range: RangeArgs,
    /// Access to the bytes: r, w, rx or wx [default: r; w for --tag and --anon]
    ///
    /// With --access w or wx, --length creates or extends the file.
    #[arg(
        short,
        long,
        value_name = "ACCESS",
        hide_possible_values = true,
        help_heading = "Access"
    )]
    pub access: Option<Access>,
    /// How to open the source.
    #[command(flatten)]
    pub open: OpenArgs,
    /// Where to place the first window.
    #[command(flatten)]
    pub placement: PlacementArgs,
    /// Number of windows: --times 3
    ///
    /// The kernel limits the number of mappings (vm.max_map_count).
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = parse_times, help_heading = "Windows")]
    pub times: u64,
    /// Verify that all windows show the same bytes
    ///
    /// The kernel's memory map must list each window as a shared mapping of the same bytes, and the first and the
    /// last byte must be the same in all windows. Nothing is written. Without /proc, only the bytes are compared, and
    /// the report says so.
    #[arg(long, help_heading = "Windows")]
    pub verify: bool,
    /// Load the pages and lock them in memory
    ///
    /// The lock ends with the mapping: see --hold.
    #[arg(long, help_heading = "Windows")]
    pub lock: bool,
    /// How long to keep the mapping.
    #[command(flatten)]
    pub hold: HoldArgs,
}

fn parse_times(text: &str) -> Result<u64, String> {
    match parse_address(text) {
        Ok(times) if times >= 2 => Ok(times),
        Ok(_) | Err(SizeError::Negative) => Err("must be at least 2".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

impl MirrorArgs {
    /// The requested windows, independent of the source.
    ///
    /// # Errors
    /// `usage` for a request that no source can satisfy, before anything is opened, created or truncated.
    pub fn job(&self) -> Result<MirrorJob> {
        self.open.check_truncation(&self.range)?;
        let name = self.source.spec().name();
        self.job_unnamed().map_err(|error| error.on(&name))
    }

    /// The access. The default for a source that may be a file is for reading.
    fn access(&self) -> Access {
        self.access.unwrap_or(match self.source.spec() {
            SourceSpec::File(_) | SourceSpec::StandardInput | SourceSpec::Descriptor(_) => {
                Access::READ
            }
            SourceSpec::Tag(_) | SourceSpec::Anonymous => Access::WRITE,
        })
    }

    fn job_unnamed(&self) -> Result<MirrorJob> {
        let access = self.access();
        let windows = MirrorRequest {
            range: self.range.smallest()?,
            access,
            times: self.times,
            placement: self.placement.placement(),
        };
        check_access(access)?;
        windows.check()?;
        let writable = access.mode == AccessMode::Write;
        let creation = match (writable, self.range.length) {
            (true, Some(_)) => Creation::IfMissing,
            _ => Creation::Never,
        };
        Ok(MirrorJob {
            range: self.range.request(),
            open: self.open.request(writable, creation),
            windows,
            lock: self.lock,
            verify: self.verify,
        })
    }
}

/// Refuses an access with which the windows would not share writes, or could not be read.
fn check_access(access: Access) -> Result<()> {
    let reason = match access.mode {
        AccessMode::Read | AccessMode::Write => return Ok(()),
        AccessMode::Copy => "windows with private copies do not share writes; use --access w",
        AccessMode::None | AccessMode::WriteOnly => {
            "windows without read access cannot be read; use --access r"
        }
    };
    Err(Error::new(Kind::Usage, "mirror", reason))
}
