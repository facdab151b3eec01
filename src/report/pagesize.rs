//! The text of `pagesize`.

use std::io::{self, Write};

use super::human::Human;
use super::theme::Painted;
use super::view::View;
use crate::mapping::actions::pagesize::PagesizeOutcome;
use crate::mapping::types::{ByteLength, HugePool};

impl Human for PagesizeOutcome {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        match self {
            Self::Page { page_size: bytes } | Self::Granularity { granularity: bytes } => {
                writeln!(out, "{}", bytes.0)
            }
            Self::Huge { huge_pages } => write_pools(out, view, huge_pages),
            Self::All {
                page_size,
                granularity,
                transparent_huge_page,
                huge_pages,
            } => {
                let sizes = [*page_size, *granularity];
                write_all(out, view, sizes, *transparent_huge_page, huge_pages)
            }
            Self::Aligned { aligned, .. } => writeln!(out, "{aligned}"),
            Self::Pages { pages, .. } => writeln!(out, "{}", pages.0),
        }
    }
}

fn write_pools(out: &mut dyn Write, view: &View, pools: &[HugePool]) -> io::Result<()> {
    pools.iter().try_for_each(|pool| match view.is_verbose() {
        true => writeln!(out, "{}\t{}", pool.size.0, pool_state(pool)),
        false => writeln!(out, "{}", pool.size.0),
    })
}

fn write_all(
    out: &mut dyn Write,
    view: &View,
    [page_size, granularity]: [ByteLength; 2],
    transparent: Option<ByteLength>,
    pools: &[HugePool],
) -> io::Result<()> {
    let mut line = |label: &str, value: String| {
        let label = Painted::new(view.theme().heading, format!("{label:<21}"));
        writeln!(out, "{label}  {value}")
    };
    let size = |bytes| view.size(bytes).to_string();
    line("page", size(page_size))?;
    line("granularity", size(granularity))?;
    line(
        "transparent huge page",
        transparent.map_or("none".to_owned(), size),
    )?;
    if pools.is_empty() {
        line("huge page", "none".to_owned())?;
    }
    pools.iter().try_for_each(|pool| {
        let state = pool_state(pool);
        line("huge page", format!("{} ({state})", size(pool.size)))
    })
}

fn pool_state(pool: &HugePool) -> String {
    format!(
        "{} total, {} free, {} reserved, {} surplus",
        pool.total.0, pool.free.0, pool.reserved.0, pool.surplus.0
    )
}
