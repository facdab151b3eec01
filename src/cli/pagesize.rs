//! The arguments of `pagesize`.

use clap::Args;

use super::size::{parse_length, parse_quantity};
use crate::mapping::actions::pagesize::{PagesizeRequest, Unit};
use crate::mapping::types::{ByteLength, Quantity};

/// Show page sizes, and round sizes to pages
///
/// Without options, prints the size of a memory page in bytes.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Pages")]
pub struct PagesizeArgs {
    /// Use the allocation granularity instead of the page size
    #[arg(short, long, conflicts_with_all = ["huge", "all"])]
    pub granularity: bool,
    /// Print the huge page sizes, one per line; with --verbose, also the state of their pools
    #[arg(long, group = "what")]
    pub huge: bool,
    /// Print every page size with its name
    #[arg(long, group = "what")]
    pub all: bool,
    /// Round this size or address up to a page boundary: --align 5000, --align 0x1fff
    #[arg(long, group = "what", value_name = "SIZE", value_parser = parse_quantity, allow_hyphen_values = true)]
    pub align: Option<Quantity>,
    /// With --align: round down
    #[arg(long, requires = "align")]
    pub down: bool,
    /// Print the number of pages that this size needs: --pages 1.5M
    #[arg(long, group = "what", value_name = "SIZE", value_parser = parse_length, allow_hyphen_values = true)]
    pub pages: Option<ByteLength>,
}

impl PagesizeArgs {
    /// The request.
    #[must_use]
    pub fn request(&self) -> PagesizeRequest {
        let unit = if self.granularity {
            Unit::Granularity
        } else {
            Unit::Page
        };
        match (self.align, self.pages) {
            _ if self.huge => PagesizeRequest::Huge,
            _ if self.all => PagesizeRequest::All,
            (Some(quantity), _) => PagesizeRequest::Align {
                quantity,
                down: self.down,
                unit,
            },
            (None, Some(length)) => PagesizeRequest::Pages { length, unit },
            (None, None) => PagesizeRequest::Size(unit),
        }
    }
}
