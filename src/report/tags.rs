//! The reports of `tags` and `unlink`, and the remarks on facts that could not be determined.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::human::Human;
use super::lines::span;
use super::name::{SourceFields, TagKeys, quoted};
use super::outcome::Report;
use super::table::{Column, Table};
use super::view::View;
use crate::mapping::actions::tags::{Search, SharedRegion, Unlinked};
use crate::mapping::measure::residency::Residency;
use crate::mapping::types::{Capability, SourceName, TagSpace, UnknownReason, User, count_text};

/// The shared memory regions, and the space for them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TagsReport<'a> {
    /// The regions, ordered by name.
    pub tags: Vec<TagReport<'a>>,
    /// The number of directory entries that are not regions, such as directories and links; null
    /// when only named regions were requested.
    pub others: Option<u64>,
    /// The extent of the search for users, if there was one.
    #[serde(flatten)]
    pub search: Option<Search>,
    /// The space.
    #[serde(flatten)]
    pub space: TagSpace,
}

/// A shared memory region.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TagReport<'a> {
    /// The name.
    #[serde(flatten)]
    #[schemars(with = "TagKeys")]
    pub source: SourceFields<'a>,
    /// The facts.
    #[serde(flatten)]
    pub region: &'a SharedRegion,
    /// With --users or --orphans: the processes that map it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<&'a [User]>,
}

impl Human for TagsReport<'_> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let with_users = self.search.is_some();
        let mut columns = vec![
            Column::right("SIZE"),
            Column::right("ALLOCATED"),
            Column::right("RESIDENT").optional(),
            Column::left("MODE").optional(),
            Column::left("OWNER"),
            Column::right("AGE"),
            Column::left("NAME"),
        ];
        if with_users {
            columns.push(Column::wrapping("USERS"));
        }
        let mut table = Table::new(columns);
        for tag in &self.tags {
            table.row(self.row(tag, view));
        }
        if !table.is_empty() {
            table.write(out, view)?;
        }
        write_space(out, view, &self.space)
    }
}

impl TagsReport<'_> {
    fn row(&self, tag: &TagReport<'_>, view: &View) -> Vec<String> {
        let facts = &tag.region.facts;
        let mut row = vec![
            view.size(facts.size).to_string(),
            view.size(facts.allocated).to_string(),
            resident(&tag.region.residency, view),
            format!("{:04o}", facts.mode),
            owner(tag.region),
            tag.region.age_seconds.map_or("?".to_owned(), span),
            tag_name(tag.source.0),
        ];
        if let Some(found) = tag.users {
            let complete = self.search.is_some_and(Search::is_complete);
            row.push(users(view, found, complete));
        }
        row
    }
}

fn resident(seen: &Residency, view: &View) -> String {
    match seen.counts.resident {
        Some(pages) => {
            let bytes = seen.bytes(pages);
            view.size(bytes).to_string()
        }
        None => "?".to_owned(),
    }
}

fn owner(region: &SharedRegion) -> String {
    match &region.owner {
        Some(name) => format!("{} ({})", super::name::printable(name), region.facts.uid),
        None => region.facts.uid.to_string(),
    }
}

fn tag_name(name: &SourceName) -> String {
    match name {
        SourceName::Tag(tag) => quoted(tag).into_owned(),
        other => super::name::Name(other).to_string(),
    }
}

/// "12 (cat), 40 (sh)"; "none seen" when not every process could be inspected.
fn users(view: &View, users: &[User], complete: bool) -> String {
    if users.is_empty() {
        let none = if complete { "none" } else { "none seen" };
        return none.to_owned();
    }
    let each = users
        .iter()
        .map(|user| format!("{} ({})", user.pid, super::name::printable(&user.command)));
    let mut text = each.collect::<Vec<_>>().join(", ");
    if !complete {
        text.push_str(", ");
        text.push_str(view.ellipsis());
    }
    text
}

fn write_space(out: &mut dyn Write, view: &View, space: &TagSpace) -> io::Result<()> {
    match (space.free, space.total) {
        (Some(free), Some(total)) => writeln!(
            out,
            "{} of {} of shared memory free",
            view.size(free),
            view.size(total)
        ),
        _ => writeln!(out, "shared memory has no limit of its own"),
    }
}

impl Human for Report<'_, Unlinked> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let (name, unlinked) = (tag_name(self.source.0), self.outcome);
        if !unlinked.removed {
            return writeln!(out, "{name}: does not exist");
        }
        write!(out, "{name}: removed")?;
        let Some(allocated) = unlinked.allocated.map(|bytes| view.size(bytes)) else {
            return writeln!(out, "; it could not be inspected");
        };
        if !unlinked.users.is_empty() {
            let users = users(view, &unlinked.users, unlinked.users_complete);
            return writeln!(out, " ({allocated}); still mapped by {users}");
        }
        let visible = if unlinked.users_complete {
            ""
        } else {
            "visible "
        };
        writeln!(out, " ({allocated}); no {visible}process maps it")
    }
}

/// Remarks on facts that could not be determined. A remark may be on one region.
#[must_use]
pub fn unseen(
    regions: &[SharedRegion],
    search: Option<Search>,
    orphans: bool,
) -> Vec<(Option<&SourceName>, String)> {
    let residency = unseen_residency(regions).map(|(name, text)| (Some(name), text));
    let users = search.filter(|search| !search.is_complete());
    let users = users.map(|search| (None, unseen_users(search, orphans)));
    residency.into_iter().chain(users).collect()
}

fn unseen_residency(regions: &[SharedRegion]) -> Option<(&SourceName, String)> {
    let reason = UnknownReason::NotPermitted;
    let refused = |region: &&SharedRegion| region.residency.unknown_reason == Some(reason);
    let mut unknown = regions.iter().filter(refused);
    let first = unknown.next()?;
    let others = match unknown.count() as u64 {
        0 => String::new(),
        n => format!(", also for {}", count_text(n, "other region")),
    };
    let text = format!("residency is unknown{others}: {}", reason.text());
    Some((&first.name, text))
}

fn unseen_users(search: Search, orphans: bool) -> String {
    let unseen = match (search.processes_hidden, search.processes_unseen) {
        (true, _) => "processes that are not listed in /proc".to_owned(),
        (false, n) => count_text(n, "process"),
    };
    let doubt = match (orphans, search.processes_hidden, search.processes_unseen) {
        (false, ..) => "",
        (true, false, 1) => "; it may map a listed region",
        (true, ..) => "; one of them may map a listed region",
    };
    let want = match Capability::SysPtrace.is_held() {
        Some(true) => ", even with CAP_SYS_PTRACE",
        _ => " without CAP_SYS_PTRACE",
    };
    format!("{unseen} could not be inspected{want}{doubt}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_the_table() {
        assert_eq!(tag_name(&SourceName::Tag("a\nb".into())), r"$'a\nb'");
        assert_eq!(tag_name(&SourceName::Tag("plain".into())), "plain");
    }
}
