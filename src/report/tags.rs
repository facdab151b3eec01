//! What `tags` and `unlink` found and did, for people and programs.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::human::Human;
use super::lines::span;
use super::name::{SourceFields, TagKeys, quoted};
use super::table::{Column, Table};
use super::view::View;
use crate::mapping::actions::tags::SharedRegion;
use crate::mapping::measure::residency::Residency;
use crate::mapping::types::{ByteLength, SourceName, TagSpace, User};

/// Regions and the room for them; the keys of the JSON object.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TagsReport<'a> {
    /// Each region, by name.
    pub tags: Vec<TagReport<'a>>,
    /// What else is where the regions are: directories, links. Only when all were listed.
    pub others: Option<u64>,
    /// How far the search for users could see, where it was made.
    #[serde(flatten)]
    pub search: Option<Search>,
    /// The room.
    #[serde(flatten)]
    pub space: TagSpace,
}

/// How far a search for users could see.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Search {
    /// The processes whose mappings were looked at.
    pub processes_seen: u64,
    /// The processes whose mappings may not be looked at.
    pub processes_unseen: u64,
    /// Whether there may be more processes, which are not even listed.
    pub processes_hidden: bool,
}

impl Search {
    /// Whether every process was looked at.
    #[must_use]
    pub const fn is_complete(self) -> bool {
        self.processes_unseen == 0 && !self.processes_hidden
    }
}

/// One region.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TagReport<'a> {
    /// Its name.
    #[serde(flatten)]
    #[schemars(with = "TagKeys")]
    pub source: SourceFields<'a>,
    /// What was seen of it.
    #[serde(flatten)]
    pub region: &'a SharedRegion,
    /// Who maps it, where that was searched for.
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
            Column::wrapping("NAME"),
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
            let bytes = ByteLength(pages.saturating_mul(seen.page_size));
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

/// "12 (cat), 40 (sh)"; and no more than can be known when there are none.
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

/// A name that was removed; the keys of the JSON object.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UnlinkReport<'a> {
    /// The name.
    #[serde(flatten)]
    #[schemars(with = "TagKeys")]
    pub source: SourceFields<'a>,
    /// Whether there was such a name.
    pub removed: bool,
    /// The size of the region in bytes, where it could be seen.
    pub size: Option<ByteLength>,
    /// The bytes of memory and swap that it took.
    pub allocated: Option<ByteLength>,
    /// Who has it mapped still, as far as can be seen: its memory stays until they unmap it.
    pub users: &'a [User],
    /// Whether every process could be looked at for that.
    pub users_complete: bool,
}

impl Human for UnlinkReport<'_> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let name = tag_name(self.source.0);
        if !self.removed {
            return writeln!(out, "{name}: was not there");
        }
        write!(out, "{name}: removed")?;
        let Some(allocated) = self.allocated.map(|bytes| view.size(bytes)) else {
            return writeln!(out, "; what it was could not be looked at");
        };
        if !self.users.is_empty() {
            let users = users(view, self.users, self.users_complete);
            return writeln!(out, "; {allocated} in use still, mapped by {users}");
        }
        let seen = if self.users_complete { "" } else { " seen" };
        writeln!(out, "; {allocated} in it, no process{seen} maps it")
    }
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
