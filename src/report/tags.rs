//! The report of `tags`, and the remarks on facts that could not be determined.

use std::io::{self, Write};
use std::path::Path;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::human::Human;
use super::lines::span;
use super::name::{SourceFields, TagKeys, base64_of, quoted};
use super::table::{Column, Table};
use super::view::View;
use crate::mapping::actions::tags::{
    NamelessKind, NamelessRegion, RegionUser, Search, SharedRegion,
};
use crate::mapping::measure::residency::Residency;
use crate::mapping::types::{
    ByteLength, Capability, SourceName, TagFacts, TagSpace, UnknownReason, count_text,
};

/// The shared memory regions, and the space for them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TagsReport<'a> {
    /// The regions, ordered by name.
    pub tags: Vec<TagReport<'a>>,
    /// The number of directory entries that are not regions, such as directories and links; null
    /// when only named regions were requested.
    pub others: Option<u64>,
    /// With --deleted or --where: the shared memory without a name, that with the most memory first.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "nameless")]
    #[schemars(with = "Option<Vec<NamelessReport<'_>>>")]
    pub deleted: Option<Vec<NamelessRegion>>,
    /// The memory and swap space of the regions in `tags`, in bytes.
    pub allocated: ByteLength,
    /// The regions that may be orphans.
    #[serde(flatten)]
    pub doubt: Doubt,
    /// The extent of the search for users, if there was one.
    #[serde(flatten)]
    pub search: Option<Search>,
    /// The space.
    #[serde(flatten)]
    pub space: TagSpace,
    /// Whether the paths of regions are shown.
    #[serde(skip)]
    pub places: bool,
    /// Whether regions were left out.
    #[serde(skip)]
    pub filtered: bool,
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
    /// With --users, --orphans or --where: the processes that map it or have it open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<Vec<RegionUser>>,
}

/// Shared memory without a name.
#[derive(Debug, Serialize, JsonSchema)]
struct NamelessReport<'a> {
    /// The last name of a deleted region, or the name that a memfd was created with; absent when it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    /// In place of `name`: the bytes of a name that is not UTF-8, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    name_base64: Option<String>,
    /// The region.
    #[serde(flatten)]
    region: &'a NamelessRegion,
    /// A path in `/proc` that opens it; null when unknown.
    path: Option<&'a Path>,
}

impl<'a> From<&'a NamelessRegion> for NamelessReport<'a> {
    fn from(region: &'a NamelessRegion) -> Self {
        let name = region.name.to_str();
        Self {
            name,
            name_base64: name.is_none().then(|| base64_of(&region.name)),
            region,
            path: region.place.as_deref(),
        }
    }
}

fn nameless<S: Serializer>(
    regions: &Option<Vec<NamelessRegion>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(regions.iter().flatten().map(NamelessReport::from))
}

/// The regions of which it is unknown whether they are orphans.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Doubt {
    /// With --orphans: the number of regions that processes may use which could not be inspected. With --assume-unseen
    /// they are listed nevertheless.
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown_regions: Option<u64>,
    #[serde(skip)]
    assumed: bool,
}

impl Doubt {
    /// No orphans were searched.
    pub const NONE: Self = Self {
        unknown_regions: None,
        assumed: false,
    };

    /// A search for orphans left this number of regions in doubt, which are taken for orphans if `assumed`.
    #[must_use]
    pub const fn of_orphans(unknown: u64, assumed: bool) -> Self {
        Self {
            unknown_regions: Some(unknown),
            assumed,
        }
    }
}

impl Human for TagsReport<'_> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let mut columns = vec![
            Column::right("SIZE"),
            Column::right("ALLOCATED"),
            Column::right("RESIDENT").optional(),
            Column::left("MODE").optional(),
            Column::left("OWNER"),
            Column::right("AGE"),
            Column::left("NAME"),
        ];
        if self.search.is_some() {
            columns.push(Column::wrapping("USERS"));
        }
        if self.deleted.is_some() {
            columns.push(Column::left("PATH"));
        }
        let mut table = Table::new(columns);
        for tag in &self.tags {
            table.row(self.row(tag, view));
        }
        for region in self.deleted.iter().flatten() {
            table.row(self.nameless_row(region, view));
        }
        if !table.is_empty() {
            table.write(out, view)?;
        }
        if self.places {
            self.write_places(out, view)?;
        } else if let Some(deleted) = &self.deleted {
            let (count, sum) = (deleted.len() as u64, total(deleted, |_| true));
            let regions = count_text(count, "region");
            writeln!(out, "{regions} without a name, {}", view.size(sum))?;
        } else if self.doubt.unknown_regions.is_some() {
            let orphans = count_text(self.tags.len() as u64, "orphan");
            let freed = view.size(self.allocated);
            writeln!(out, "{orphans}; removing all would free {freed}")?;
        } else if self.filtered {
            let regions = count_text(self.tags.len() as u64, "region");
            writeln!(out, "{regions}, {}", view.size(self.allocated))?;
        }
        write_space(out, view, &self.space)
    }
}

impl TagsReport<'_> {
    fn row(&self, tag: &TagReport<'_>, view: &View) -> Vec<String> {
        let name = tag_name(tag.source.0);
        let facts = Some(&tag.region.facts);
        let owner = tag.region.owner.as_deref();
        let (resident, age) = (
            resident(&tag.region.residency, view),
            tag.region.age_seconds,
        );
        let mut row = cells(facts, resident, owner, age, view);
        row.push(name.clone());
        if let Some(found) = &tag.users {
            let complete = self.search.is_some_and(Search::is_complete);
            // The kernel reported that there is none, or processes that were not seen are assumed to be none.
            let complete = complete || self.doubt.unknown_regions == Some(0);
            row.push(users(view, found, complete));
        }
        if self.places {
            row.push(format!("/dev/shm/{name}"));
        }
        row
    }

    fn nameless_row(&self, region: &NamelessRegion, view: &View) -> Vec<String> {
        let (facts, owner) = (region.facts.as_ref(), region.owner.as_deref());
        let mut row = cells(facts, "?".to_owned(), owner, region.age_seconds, view);
        let name = quoted(&region.name);
        row.push(match region.kind {
            NamelessKind::Deleted => format!("{name} (deleted)"),
            NamelessKind::Memfd => format!("{name} (memfd)"),
        });
        let complete = self.search.is_some_and(Search::is_complete);
        row.push(users(view, &region.users, complete));
        let path = region.place.as_ref().map(|path| path.display().to_string());
        row.push(path.unwrap_or_else(|| "?".to_owned()));
        row
    }

    /// The parts of the used space.
    fn write_places(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let deleted = self.deleted.as_deref().unwrap_or_default();
        let of_kind = |kind| total(deleted, |region| region.kind == kind);
        let (nameless, memfds) = (of_kind(NamelessKind::Deleted), of_kind(NamelessKind::Memfd));
        let named = self.allocated;
        write!(
            out,
            "{} in regions with a name, {} in deleted regions",
            view.size(named),
            view.size(nameless)
        )?;
        if let (Some(free), Some(all)) = (self.space.free, self.space.total) {
            let rest = all.minus(free).minus(named).minus(nameless);
            write!(out, ", {} elsewhere", view.size(rest))?;
        }
        writeln!(out, "; {} in memfds", view.size(memfds))
    }
}

/// The memory of regions without a name.
fn total(regions: &[NamelessRegion], counts: impl Fn(&NamelessRegion) -> bool) -> ByteLength {
    let facts = regions.iter().filter(|region| counts(region));
    let facts = facts.filter_map(|region| region.facts.as_ref());
    facts.map(|facts| facts.allocated).sum()
}

/// The cells before the name.
fn cells(
    facts: Option<&TagFacts>,
    resident: String,
    owner: Option<&str>,
    age: Option<u64>,
    view: &View,
) -> Vec<String> {
    let shown = |text: Option<String>| text.unwrap_or_else(|| "?".to_owned());
    vec![
        shown(facts.map(|facts| view.size(facts.size).to_string())),
        shown(facts.map(|facts| view.size(facts.allocated).to_string())),
        resident,
        shown(facts.map(|facts| format!("{:04o}", facts.mode))),
        shown(facts.map(|facts| match owner {
            Some(name) => format!("{} ({})", super::name::printable(name), facts.uid),
            None => facts.uid.to_string(),
        })),
        shown(age.map(span)),
    ]
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

pub(super) fn tag_name(name: &SourceName) -> String {
    match name {
        SourceName::Tag(tag) => quoted(tag).into_owned(),
        other => super::name::Name(other).to_string(),
    }
}

/// "12 (cat), 40 (sh)"; "none seen" when not every process could be inspected.
pub(super) fn users(view: &View, users: &[RegionUser], complete: bool) -> String {
    if users.is_empty() {
        let none = if complete { "none" } else { "none seen" };
        return none.to_owned();
    }
    let each = users.iter().map(|RegionUser { user, .. }| {
        format!("{} ({})", user.pid, super::name::printable(&user.command))
    });
    let mut text = each.collect::<Vec<_>>().join(", ");
    if !complete {
        text.push_str(", ");
        text.push_str(view.ellipsis());
    }
    text
}

pub(super) fn write_space(out: &mut dyn Write, view: &View, space: &TagSpace) -> io::Result<()> {
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

/// Remarks on facts that could not be determined. A remark may be on one region.
#[must_use]
pub fn unseen(
    regions: &[SharedRegion],
    search: Option<Search>,
    doubt: Doubt,
) -> Vec<(Option<&SourceName>, String)> {
    let residency = unseen_residency(regions).map(|(name, text)| (Some(name), text));
    let users = search.filter(|search| !search.is_complete() && doubt.unknown_regions != Some(0));
    let users = users.map(|search| (None, unseen_users(search, doubt)));
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

fn unseen_users(search: Search, doubt: Doubt) -> String {
    let unseen = match (search.processes_hidden, search.processes_unseen) {
        (true, _) => "processes that are not listed in /proc".to_owned(),
        (false, n) => count_text(n, "process"),
    };
    let want = match Capability::SysPtrace.is_held() {
        Some(true) => ", even with CAP_SYS_PTRACE",
        _ => " without CAP_SYS_PTRACE",
    };
    let doubt = match doubt.unknown_regions {
        None => String::new(),
        Some(n) => {
            let regions = count_text(n, "region");
            let (are, an_orphan) = match n {
                1 => ("is", "an orphan"),
                _ => ("are", "orphans"),
            };
            match doubt.assumed {
                true => format!("; {regions} that {are} taken for {an_orphan} may be in use"),
                false => format!("; {regions} that may be in use {are} not taken for {an_orphan}"),
            }
        }
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
