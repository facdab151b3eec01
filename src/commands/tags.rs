//! `tags`: lists shared memory regions.

use super::details::describe_region;
use super::failure::Failures;
use super::outcome::Outcome;
use crate::cli::TagsArgs;
use crate::mapping::actions::tags::{self, SharedRegion, TagFilters};
use crate::mapping::error::Result;
use crate::mapping::types::Tag;
use crate::report::{Console, Doubt, SourceFields, TagReport, TagsReport, unseen};

/// Carries out the command.
pub(super) fn run(args: &TagsArgs, console: &mut Console) -> Outcome {
    let mut failures = Failures::default();
    let filters = args.filter.filters()?;
    let (mut regions, others) = match args.deleted {
        true => (Vec::new(), None),
        false => listed(&args.names, &filters, console, &mut failures)?,
    };
    let (mut users, mut search, mut doubt) = (None, None, Doubt::NONE);
    if args.filter.orphans {
        let found = tags::orphans(regions, args.filter.assume_unseen)?;
        regions = found.regions;
        users = Some(vec![Vec::new(); regions.len()]);
        search = Some(found.search);
        doubt = Doubt::of_orphans(found.unknown, args.filter.assume_unseen);
    } else if args.users || args.places {
        let found = tags::users(&regions)?;
        (users, search) = (Some(found.of_each), Some(found.search));
    }
    let mut deleted = None;
    if args.deleted || args.places {
        let found = tags::nameless(&filters)?;
        (deleted, search) = (Some(found.regions), Some(found.search));
    }
    for region in &regions {
        describe_region(console, region);
    }
    for (name, text) in unseen(&regions, search, doubt) {
        console.note(name, format_args!("{text}"));
    }
    let mut users = users.map(Vec::into_iter);
    let tags = regions.iter().map(|region| TagReport {
        source: SourceFields(&region.name),
        region,
        users: users.as_mut().and_then(Iterator::next),
    });
    console.answer(&TagsReport {
        tags: tags.collect(),
        others,
        deleted,
        allocated: regions.iter().map(|region| region.facts.allocated).sum(),
        doubt,
        search,
        space: tags::space()?,
        places: args.places,
        filtered: args.filter.is_any(),
    })?;
    Ok(failures.exit())
}

/// The regions with these names, or all regions, that pass the filters, ordered by name; for all regions, also the
/// number of entries that are not regions.
pub(super) fn listed(
    names: &[Tag],
    filters: &TagFilters,
    console: &mut Console,
    failures: &mut Failures,
) -> Result<(Vec<SharedRegion>, Option<u64>)> {
    let (mut regions, others) = if names.is_empty() {
        let listing = tags::list()?;
        (listing.regions, Some(listing.others))
    } else {
        (named(names, console, failures), None)
    };
    regions.retain(|region| filters.take(region.name_of_tag(), Some(&region.facts)));
    Ok((regions, others))
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
