//! The reports of `unlink`.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::human::Human;
use super::name::{SourceFields, TagKeys};
use super::tags::{tag_name, users, write_space};
use super::view::View;
use crate::mapping::actions::tags::{Kept, Search, Unlinked, UnlinkedTotal};
use crate::mapping::types::{SourceName, TagSpace, count_text};

/// What an object is about.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum UnlinkKind {
    /// One region.
    Region,
    /// All orphans.
    Total,
}

/// The result for a region.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UnlinkReport<'a> {
    /// Always `region`.
    kind: UnlinkKind,
    /// The name.
    #[serde(flatten)]
    #[schemars(with = "TagKeys")]
    source: SourceFields<'a>,
    /// The result.
    #[serde(flatten)]
    unlinked: &'a Unlinked,
}

impl<'a> UnlinkReport<'a> {
    /// The report on a region.
    #[must_use]
    pub const fn new(name: &'a SourceName, unlinked: &'a Unlinked) -> Self {
        Self {
            kind: UnlinkKind::Region,
            source: SourceFields(name),
            unlinked,
        }
    }
}

/// The result for all orphans, and the space for regions.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UnlinkTotalReport<'a> {
    /// Always `total`.
    kind: UnlinkKind,
    /// The result.
    #[serde(flatten)]
    total: &'a UnlinkedTotal,
    /// The extent of the search for users.
    #[serde(flatten)]
    search: Search,
    /// The space.
    #[serde(flatten)]
    space: TagSpace,
}

impl<'a> UnlinkTotalReport<'a> {
    /// The report on a result.
    #[must_use]
    pub const fn new(total: &'a UnlinkedTotal, search: Search, space: TagSpace) -> Self {
        Self {
            kind: UnlinkKind::Total,
            total,
            search,
            space,
        }
    }
}

impl Human for UnlinkReport<'_> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let (name, unlinked) = (tag_name(self.source.0), self.unlinked);
        let found = users(view, &unlinked.users, unlinked.users_complete);
        if let Some(kept) = unlinked.kept {
            let by = match unlinked.users.is_empty() {
                true => String::new(),
                false => format!(": {found}"),
            };
            return writeln!(out, "{name}: kept; {}{by}", kept_text(kept));
        }
        let done = match (unlinked.removed, unlinked.dry_run) {
            (true, _) => "removed",
            (false, true) => "would be removed",
            (false, false) => return writeln!(out, "{name}: does not exist"),
        };
        write!(out, "{name}: {done}")?;
        let Some(allocated) = unlinked.allocated.map(|bytes| view.size(bytes)) else {
            return writeln!(out, "; it could not be inspected");
        };
        if !unlinked.users.is_empty() {
            return writeln!(out, " ({allocated}); still used by {found}");
        }
        let visible = match unlinked.users_complete {
            true => "",
            false => "visible ",
        };
        writeln!(out, " ({allocated}); no {visible}process uses it")
    }
}

const fn kept_text(kept: Kept) -> &'static str {
    match kept {
        Kept::InUse => "a process uses it now",
        Kept::Unknown => "a process that could not be inspected may use it",
        Kept::Changed => "it no longer passes the filters",
        Kept::Replaced => "another region has its name now",
        Kept::Gone => "its name was already removed",
    }
}

impl Human for UnlinkTotalReport<'_> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let total = self.total;
        let done = match total.dry_run {
            true => "would be removed",
            false => "removed",
        };
        let orphans = count_text(total.removed_regions, "orphan");
        write!(out, "total: {orphans} {done} ({})", view.size(total.freed))?;
        for (count, what) in [
            (total.kept_regions, "kept"),
            (total.failed_regions, "failed"),
            (total.unknown_regions, "may be in use"),
        ] {
            if count > 0 {
                write!(out, ", {count} {what}")?;
            }
        }
        writeln!(out)?;
        write_space(out, view, &self.space)
    }
}
