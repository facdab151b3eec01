//! `pagesize`: the sizes of pages, and arithmetic with them.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::outcome::{Exit, Outcome};
use crate::cli::{PagesizeArgs, PagesizeRequest, Quantity, Unit};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::page_sizes;
use crate::mapping::types::{ByteLength, HugePool, Kind, PageCount, PageSize};
use crate::report::{Console, Human, Painted, Verbosity, View};

/// Carries out the command.
pub(super) fn run(args: &PagesizeArgs, console: &mut Console) -> Outcome {
    let request = args.request();
    if !matches!(request, PagesizeRequest::Huge | PagesizeRequest::All) {
        let [page, granularity] =
            [Unit::Page, Unit::Granularity].map(|unit| bytes_of(unit).bytes());
        let text = format_args!("a page has {page} bytes, and the granularity is {granularity}");
        console.detail(None, text);
    }
    match request {
        PagesizeRequest::Size(unit) => console.answer(&SizeReport::of(unit))?,
        PagesizeRequest::Huge => console.answer(&huge(console)?)?,
        PagesizeRequest::All => console.answer(&AllReport::measure()?)?,
        PagesizeRequest::Align {
            quantity,
            down,
            unit,
        } => console.answer(&align(quantity, down, unit)?)?,
        PagesizeRequest::Pages { length, unit } => {
            console.answer(&CountReport::of(length, unit))?
        }
    }
    Ok(Exit::SUCCESS)
}

fn bytes_of(unit: Unit) -> PageSize {
    match unit {
        Unit::Page => page_sizes::page_size(),
        Unit::Granularity => page_sizes::granularity(),
    }
}

/// The size of one unit, under the key that names it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum SizeReport {
    /// The page size in bytes.
    PageSize(ByteLength),
    /// The granularity of mappings in bytes.
    Granularity(ByteLength),
}

impl SizeReport {
    fn of(unit: Unit) -> Self {
        let bytes = ByteLength(bytes_of(unit).bytes());
        match unit {
            Unit::Page => Self::PageSize(bytes),
            Unit::Granularity => Self::Granularity(bytes),
        }
    }
}

impl Human for SizeReport {
    fn write_human(&self, out: &mut dyn Write, _: &View) -> io::Result<()> {
        let (Self::PageSize(bytes) | Self::Granularity(bytes)) = self;
        writeln!(out, "{}", bytes.0)
    }
}

/// The pools of huge pages.
#[derive(Debug, Serialize)]
struct HugeReport {
    /// Each pool: the size of its pages in bytes, and how many it has, has free, has promised, and has
    /// beyond the configured number.
    huge_pages: Vec<HugePool>,
    #[serde(skip)]
    verbose: bool,
}

fn huge(console: &Console) -> Result<HugeReport> {
    let huge_pages = page_sizes::huge_pools()?;
    if huge_pages.is_empty() {
        let reason = "this system has no pools of huge pages";
        return Err(Error::new(Kind::Unsupported, "list huge pages", reason));
    }
    Ok(HugeReport {
        huge_pages,
        verbose: console.options().verbosity == Verbosity::Verbose,
    })
}

impl Human for HugeReport {
    fn write_human(&self, out: &mut dyn Write, _: &View) -> io::Result<()> {
        for pool in &self.huge_pages {
            write!(out, "{}", pool.size.0)?;
            if self.verbose {
                write!(out, "\t{}", pool_state(pool))?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}

fn pool_state(pool: &HugePool) -> String {
    format!(
        "{} total, {} free, {} reserved, {} surplus",
        pool.total.0, pool.free.0, pool.reserved.0, pool.surplus.0
    )
}

/// Every size of pages.
#[derive(Debug, Serialize)]
struct AllReport {
    /// The size of a page in bytes.
    page_size: ByteLength,
    /// What offsets and addresses of mappings are multiples of, in bytes.
    granularity: ByteLength,
    /// The size in bytes of the huge pages that the kernel makes by itself, or null.
    transparent_huge_page: Option<ByteLength>,
    /// The pools of huge pages, as for `--huge`.
    huge_pages: Vec<HugePool>,
}

impl AllReport {
    fn measure() -> Result<Self> {
        Ok(Self {
            page_size: ByteLength(page_sizes::page_size().bytes()),
            granularity: ByteLength(page_sizes::granularity().bytes()),
            transparent_huge_page: page_sizes::read_transparent_huge_page()?,
            huge_pages: page_sizes::huge_pools()?,
        })
    }
}

impl Human for AllReport {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let mut line = |label: &str, value: String| {
            let label = Painted::new(view.theme().heading, format!("{label:<21}"));
            writeln!(out, "{label}  {value}")
        };
        line("page", view.size(self.page_size).to_string())?;
        line("granularity", view.size(self.granularity).to_string())?;
        let transparent = match self.transparent_huge_page {
            Some(size) => view.size(size).to_string(),
            None => "none".to_owned(),
        };
        line("transparent huge page", transparent)?;
        if self.huge_pages.is_empty() {
            line("huge page", "none".to_owned())?;
        }
        for pool in &self.huge_pages {
            let state = pool_state(pool);
            line("huge page", format!("{} ({state})", view.size(pool.size)))?;
        }
        Ok(())
    }
}

/// A number in the notation it was typed in: a JSON number, or a string such as `"0x1000"`.
#[derive(Debug)]
struct Notated(Quantity);

impl Serialize for Notated {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        if self.0.hexadecimal {
            serializer.collect_str(&format_args!("{:#x}", self.0.value))
        } else {
            serializer.serialize_u64(self.0.value)
        }
    }
}

/// A number and a multiple of the page size beside it.
#[derive(Debug, Serialize)]
struct AlignReport {
    /// The number that was given; as a string such as `"0x1fff"` when it was typed so.
    value: Notated,
    /// The multiple, in the same notation.
    aligned: Notated,
    /// What it is a multiple of, in bytes.
    unit: ByteLength,
}

fn align(quantity: Quantity, down: bool, unit: Unit) -> Result<AlignReport> {
    let page = bytes_of(unit);
    let aligned = if down {
        Some(page.align_down(quantity.value))
    } else {
        page.align_up(quantity.value)
    };
    let value = aligned.ok_or_else(|| {
        Error::usage(format!(
            "{:#x} has no multiple of {} above it that 64 bits hold",
            quantity.value,
            page.bytes()
        ))
        .hint("--down rounds down")
    })?;
    Ok(AlignReport {
        value: Notated(quantity),
        aligned: Notated(Quantity { value, ..quantity }),
        unit: ByteLength(page.bytes()),
    })
}

impl Human for AlignReport {
    fn write_human(&self, out: &mut dyn Write, _: &View) -> io::Result<()> {
        let Quantity { value, hexadecimal } = self.aligned.0;
        if hexadecimal {
            writeln!(out, "{value:#x}")
        } else {
            writeln!(out, "{value}")
        }
    }
}

/// How many pages a length needs.
#[derive(Debug, Serialize)]
struct CountReport {
    /// The length in bytes.
    length: ByteLength,
    /// How many pages it needs, a started one counting as one.
    pages: PageCount,
    /// The size of each in bytes.
    unit: ByteLength,
}

impl CountReport {
    fn of(length: ByteLength, unit: Unit) -> Self {
        let page = bytes_of(unit);
        Self {
            length,
            pages: page.pages_for(length),
            unit: ByteLength(page.bytes()),
        }
    }
}

impl Human for CountReport {
    fn write_human(&self, out: &mut dyn Write, _: &View) -> io::Result<()> {
        writeln!(out, "{}", self.pages.0)
    }
}
