//! `tags`: lists shared memory regions.

use super::details::describe_region;
use super::failure::Failures;
use super::outcome::Outcome;
use crate::cli::TagsArgs;
use crate::mapping::actions::tags::{self, Search, SharedRegion};
use crate::mapping::types::Tag;
use crate::report::{Console, SourceFields, TagReport, TagsReport, unseen};

/// Carries out the command.
pub(super) fn run(args: &TagsArgs, console: &mut Console) -> Outcome {
    let mut failures = Failures::default();
    let (mut regions, others) = if args.names.is_empty() {
        let listing = tags::list()?;
        (listing.regions, Some(listing.others))
    } else {
        (named(&args.names, console, &mut failures), None)
    };
    let census = if args.users || args.orphans {
        Some(tags::census(&regions)?)
    } else {
        None
    };
    let search = census.as_ref().map(Search::from);
    let mut users = census.map_or_else(Vec::new, |census| census.users);
    if args.orphans {
        // The census has the order of the regions.
        let mut orphan = users.iter().map(Vec::is_empty);
        regions.retain(|_| orphan.next().unwrap_or(false));
        users.retain(Vec::is_empty);
    }
    for region in &regions {
        describe_region(console, region);
    }
    for (name, text) in unseen(&regions, search, args.orphans) {
        console.note(name, format_args!("{text}"));
    }
    let tags = regions.iter().enumerate().map(|(index, region)| TagReport {
        source: SourceFields(&region.name),
        region,
        users: users.get(index).map(Vec::as_slice),
    });
    console.answer(&TagsReport {
        tags: tags.collect(),
        others,
        search,
        space: tags::space()?,
    })?;
    Ok(failures.exit())
}

/// The regions with these names, each once, ordered by name.
fn named(names: &[Tag], console: &mut Console, failures: &mut Failures) -> Vec<SharedRegion> {
    let mut names = names.to_vec();
    names.sort_unstable();
    names.dedup();
    let mut regions = Vec::new();
    for tag in &names {
        match tags::find(tag) {
            Ok(region) => regions.push(region),
            Err(error) => {
                failures.report(console, error.into(), None);
            }
        }
    }
    regions
}
