//! What may be typed for `mirror`.

use clap::Args;

use super::access::{OpenArgs, PlacementArgs};
use super::hold::HoldArgs;
use super::range::RangeArgs;
use super::size::parse_address;
use super::source::SourceArgs;
use crate::mapping::actions::mirror::MirrorRequest;
use crate::mapping::source::{Creation, OpenRequest};
use crate::mapping::types::{Access, AccessMode, SourceRange};

/// Map the same bytes several times in a row
///
/// What is written at the end of one window is seen at the beginning of the next: a ring buffer without a
/// seam. The length is widened to whole pages; with write access, --length creates or extends the file.
#[derive(Clone, Debug, Args)]
#[command(override_usage = "\
mmapctl mirror [OPTIONS] <FILE|--fd <N>|--tag <NAME>|--anon>
       [-- <CMD>...]")]
pub struct MirrorArgs {
    /// What to map.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Which bytes of it.
    #[command(flatten)]
    pub range: RangeArgs,
    /// What may be done with the bytes: r, w, rx or wx
    ///
    /// Copies cannot be mirrored: --access r.
    #[arg(
        short,
        long,
        value_name = "ACCESS",
        default_value = "w",
        hide_possible_values = true,
        help_heading = "Access"
    )]
    pub access: Access,
    /// How it is opened.
    #[command(flatten)]
    pub open: OpenArgs,
    /// Where the first window goes.
    #[command(flatten)]
    pub placement: PlacementArgs,
    /// Map so many windows: --times 3
    ///
    /// Up to the limit of mappings (vm.max_map_count).
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = parse_times, help_heading = "Windows")]
    pub times: u64,
    /// Prove that every window shows the same bytes
    ///
    /// The kernel's memory map must show each window as a shared mapping of the same bytes, and the first and
    /// the last byte must read the same through all windows. Nothing is written.
    #[arg(long, help_heading = "Windows")]
    pub verify: bool,
    /// Lock the pages in memory
    ///
    /// They are locked on fault and then populated. The lock ends with the mapping: see --hold.
    #[arg(long, help_heading = "Windows")]
    pub lock: bool,
    /// How long it stays mapped.
    #[command(flatten)]
    pub hold: HoldArgs,
}

fn parse_times(text: &str) -> Result<u64, String> {
    let times = parse_address(text).ok().filter(|times| *times >= 2);
    times.ok_or_else(|| "it is no number from 2 on".to_owned())
}

impl MirrorArgs {
    /// Whether stores reach the source.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.access.mode == AccessMode::Write
    }

    /// How to open the source.
    #[must_use]
    pub fn open_request(&self) -> OpenRequest {
        let creation = match (self.writes(), self.range.length) {
            (true, Some(_)) => Creation::IfMissing,
            _ => Creation::Never,
        };
        self.open.request(self.writes(), creation)
    }

    /// The mirror of that range.
    #[must_use]
    pub fn mirror_request(&self, range: SourceRange) -> MirrorRequest {
        MirrorRequest {
            range,
            access: self.access,
            times: self.times,
            placement: self.placement.placement(),
        }
    }
}
