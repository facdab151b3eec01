//! The action `pagesize`: the sizes of pages, and arithmetic with them. The sizes are measured in `measure::page_sizes`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::error::{Error, Result};
use crate::mapping::measure::page_sizes;
use crate::mapping::types::{ByteLength, HugePool, Kind, PageCount, PageSize, Quantity, Remedy};

/// A unit of sizes and offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// The page size.
    Page,
    /// The granularity of mappings.
    Granularity,
}

/// A request about pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PagesizeRequest {
    /// The size of a unit.
    Size(Unit),
    /// The sizes of huge pages.
    Huge,
    /// All sizes.
    All,
    /// A number, rounded to a multiple of the unit.
    Align {
        /// The number.
        quantity: Quantity,
        /// Whether to round down.
        down: bool,
        /// The unit.
        unit: Unit,
    },
    /// The number of units that a length needs.
    Pages {
        /// The length.
        length: ByteLength,
        /// The unit.
        unit: Unit,
    },
}

/// The requested sizes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum PagesizeOutcome {
    /// The page size.
    Page {
        /// The page size in bytes.
        page_size: ByteLength,
    },
    /// The granularity of mappings (`--granularity`).
    Granularity {
        /// The granularity of mappings in bytes: their offsets and addresses are multiples of it.
        granularity: ByteLength,
    },
    /// The pools of huge pages (`--huge`).
    Huge {
        /// The pools of huge pages.
        huge_pages: Vec<HugePool>,
    },
    /// All sizes (`--all`).
    All {
        /// The page size in bytes.
        page_size: ByteLength,
        /// The granularity of mappings in bytes: their offsets and addresses are multiples of it.
        granularity: ByteLength,
        /// The size of transparent huge pages in bytes; null when the system has none.
        transparent_huge_page: Option<ByteLength>,
        /// The pools of huge pages.
        huge_pages: Vec<HugePool>,
    },
    /// A number, rounded up or down to a multiple (`--align`).
    Aligned {
        /// The given number; a string such as `"0x1fff"` when it was given in hexadecimal.
        value: Quantity,
        /// The multiple, in the same notation.
        aligned: Quantity,
        /// The unit of the multiple, in bytes.
        unit: ByteLength,
    },
    /// The number of pages that a length needs (`--pages`).
    Pages {
        /// The length in bytes.
        length: ByteLength,
        /// The number of pages that hold the length. A partial page counts as one.
        pages: PageCount,
        /// The size of each page in bytes.
        unit: ByteLength,
    },
}

impl Unit {
    /// The size of the unit.
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

/// Answers a request about pages.
///
/// # Errors
/// `unsupported` where there are no pools of huge pages; `usage` when a multiple exceeds 64 bits; those of reading the
/// kernel's files.
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
            "the next multiple of {} above {value:#x} exceeds 64 bits",
            unit.bytes()
        );
        Error::usage(reason).hint(Remedy::RoundDown)
    })
}
