//! `unlink`: removes shared memory regions by name.

use super::details::describe_region;
use super::failure::for_each_source;
use super::outcome::Outcome;
use super::tags::search;
use crate::cli::UnlinkArgs;
use crate::mapping::actions::tags::{self, SharedRegion};
use crate::mapping::measure::users::{self, Census, Myself, User};
use crate::mapping::source::SourceSpec;
use crate::mapping::types::{FileIdentity, Kind, Tag};
use crate::report::{Console, SourceFields, UnlinkReport};

/// Carries out the command.
pub(super) fn run(args: &UnlinkArgs, console: &mut Console) -> Outcome {
    let regions: Vec<(Tag, Option<SharedRegion>)> = args
        .names
        .iter()
        .map(|tag| (tag.clone(), tags::find(tag).ok()))
        .collect();
    let (files, census) = who_maps(&regions, console);
    let specs: Vec<SourceSpec> = args.names.iter().cloned().map(SourceSpec::Tag).collect();
    let mut found = regions.iter();
    for_each_source(console, &specs, |console, spec| {
        let (SourceSpec::Tag(tag), Some((_, region))) = (spec, found.next()) else {
            return Ok(());
        };
        let removed = match tags::unlink(tag) {
            Err(error) if error.kind() == Kind::NotFound && args.force => false,
            outcome => outcome.map(|()| true)?,
        };
        if let Some(region) = &region {
            describe_region(console, region);
        }
        let facts = region.as_ref().map(|region| &region.facts);
        let users = facts.and_then(|facts| users_of(facts.identity, &files, census.as_ref()?));
        console.report(&UnlinkReport {
            source: SourceFields(&spec.name()),
            removed,
            size: facts.map(|facts| facts.size),
            allocated: facts.map(|facts| facts.allocated),
            users: users.unwrap_or_default(),
            users_complete: census.as_ref().is_some_and(|c| search(c).is_complete()),
        })?;
        Ok(())
    })
}

/// Who maps the regions that are there, asked while they have names; not when nobody reads the answer.
fn who_maps(
    regions: &[(Tag, Option<SharedRegion>)],
    console: &Console,
) -> (Vec<FileIdentity>, Option<Census>) {
    let there = regions.iter().filter_map(|(_, region)| region.as_ref());
    let files: Vec<FileIdentity> = there.map(|region| region.facts.identity).collect();
    if console.is_quiet() || files.is_empty() {
        return (files, None);
    }
    // Names are removed all the same where processes cannot be listed.
    let census = users::census(&files, Myself::Excluded).ok();
    (files, census)
}

fn users_of<'a>(
    file: FileIdentity,
    files: &[FileIdentity],
    census: &'a Census,
) -> Option<&'a [User]> {
    let index = files.iter().position(|other| *other == file)?;
    census.users.get(index).map(Vec::as_slice)
}
