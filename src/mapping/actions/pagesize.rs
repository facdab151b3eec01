//! The sizes of pages, and arithmetic with them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::error::{Error, Result};
use crate::mapping::measure::page_sizes;
use crate::mapping::types::{ByteLength, HugePool, Kind, PageCount, PageSize, Quantity, Remedy};

/// A size that others are multiples of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// The page size.
    Page,
    /// The granularity of mappings.
    Granularity,
}

/// What is asked about pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PagesizeRequest {
    /// The size of a unit.
    Size(Unit),
    /// The sizes of huge pages.
    Huge,
    /// Every size.
    All,
    /// A multiple of the unit at or beside a number.
    Align {
        /// The number.
        quantity: Quantity,
        /// Whether to round down.
        down: bool,
        /// What it is to be a multiple of.
        unit: Unit,
    },
    /// How many units a length needs.
    Pages {
        /// The length.
        length: ByteLength,
        /// What to count.
        unit: Unit,
    },
}

/// The answer; each has its own keys in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum PagesizeOutcome {
    /// The size of a page.
    Page {
        /// The page size in bytes.
        page_size: ByteLength,
    },
    /// The granularity.
    Granularity {
        /// The granularity of mappings in bytes.
        granularity: ByteLength,
    },
    /// The pools of huge pages.
    Huge {
        /// Each pool: the size of its pages in bytes, and how many it has, has free, has promised, and has
        /// beyond the configured number.
        huge_pages: Vec<HugePool>,
    },
    /// Every size.
    All {
        /// The size of a page in bytes.
        page_size: ByteLength,
        /// What offsets and addresses of mappings are multiples of, in bytes.
        granularity: ByteLength,
        /// The size in bytes of the huge pages that the kernel makes by itself, or null.
        transparent_huge_page: Option<ByteLength>,
        /// The pools of huge pages.
        huge_pages: Vec<HugePool>,
    },
    /// A number and a multiple beside it.
    Aligned {
        /// The number that was given; as a string such as `"0x1fff"` when it was typed so.
        value: Quantity,
        /// The multiple, in the same notation.
        aligned: Quantity,
        /// What it is a multiple of, in bytes.
        unit: ByteLength,
    },
    /// How many pages a length needs.
    Pages {
        /// The length in bytes.
        length: ByteLength,
        /// How many pages it needs, a started one counting as one.
        pages: PageCount,
        /// The size of each in bytes.
        unit: ByteLength,
    },
}

impl Unit {
    /// The size that is meant.
    #[must_use]
    pub fn size(self) -> PageSize {
        match self {
            Self::Page => page_sizes::page_size(),
            Self::Granularity => page_sizes::granularity(),
        }
    }

    fn bytes(self) -> ByteLength {
        ByteLength(self.size().bytes())
    }
}

/// Answers what is asked about pages.
///
/// # Errors
/// `unsupported` where there are no pools of huge pages; `usage` when 64 bits do not hold a multiple; what
/// reading the files of the kernel answers.
pub fn pagesize(request: PagesizeRequest) -> Result<PagesizeOutcome> {
    let (page_size, granularity) = (Unit::Page.bytes(), Unit::Granularity.bytes());
    Ok(match request {
        PagesizeRequest::Size(Unit::Page) => PagesizeOutcome::Page { page_size },
        PagesizeRequest::Size(Unit::Granularity) => PagesizeOutcome::Granularity { granularity },
        PagesizeRequest::Huge => PagesizeOutcome::Huge {
            huge_pages: some_huge_pools()?,
        },
        PagesizeRequest::All => PagesizeOutcome::All {
            page_size,
            granularity,
            transparent_huge_page: page_sizes::read_transparent_huge_page()?,
            huge_pages: page_sizes::huge_pools()?,
        },
        PagesizeRequest::Align {
            quantity,
            down,
            unit,
        } => PagesizeOutcome::Aligned {
            value: quantity,
            aligned: Quantity {
                value: align(quantity.value, down, unit.size())?,
                ..quantity
            },
            unit: unit.bytes(),
        },
        PagesizeRequest::Pages { length, unit } => PagesizeOutcome::Pages {
            length,
            pages: unit.size().pages_for(length),
            unit: unit.bytes(),
        },
    })
}

fn some_huge_pools() -> Result<Vec<HugePool>> {
    let pools = page_sizes::huge_pools()?;
    if pools.is_empty() {
        let reason = "this system has no pools of huge pages";
        return Err(Error::new(Kind::Unsupported, "list huge pages", reason));
    }
    Ok(pools)
}

fn align(value: u64, down: bool, unit: PageSize) -> Result<u64> {
    if down {
        return Ok(unit.align_down(value));
    }
    unit.align_up(value).ok_or_else(|| {
        let reason = format!(
            "{value:#x} has no multiple of {} above it that 64 bits hold",
            unit.bytes()
        );
        Error::usage(reason).hint(Remedy::RoundDown)
    })
}
