//! The arguments of `pagesize`.

use clap::Args;

use super::size::{parse_length, parse_quantity};
use crate::mapping::actions::pagesize::{PagesizeRequest, Unit};
use crate::mapping::types::{ByteLength, Quantity};

/// Show the sizes of pages, and compute with them
///
/// Prints one number: the size of a page of memory in bytes.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Pages")]
pub struct PagesizeArgs {
    /// Take the granularity of mappings, which differs from the page size on Windows
    #[arg(short, long, conflicts_with_all = ["huge", "all"])]
    pub granularity: bool,
    /// Print the sizes of huge pages, one per line; with --verbose, the state of their pools
    #[arg(long, group = "what")]
    pub huge: bool,
    /// Print every size there is, by name
    #[arg(long, group = "what")]
    pub all: bool,
    /// Round this size or 0x address up to whole pages: --align 5000, --align 0x1fff
    #[arg(long, group = "what", value_name = "SIZE", value_parser = parse_quantity, allow_hyphen_values = true)]
    pub align: Option<Quantity>,
    /// With --align: round down
    #[arg(long, requires = "align")]
    pub down: bool,
    /// Print how many pages this many bytes need: --pages 1.5M
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
