//! `unlink`: removes shared memory regions by name, or those that no process uses.

use super::details::describe_region;
use super::failure::{Failures, for_each_source};
use super::outcome::Outcome;
use super::tags::listed;
use crate::cli::UnlinkArgs;
use crate::mapping::actions::tags::{self, Unlinked, UnlinkedTotal};
use crate::mapping::error::Error;
use crate::mapping::source::SourceSpec;
use crate::mapping::types::{Kind, Tag};
use crate::report::{Console, Doubt, UnlinkReport, UnlinkTotalReport, unseen};

/// Carries out the command.
pub(super) fn run(args: &UnlinkArgs, console: &mut Console) -> Outcome {
    match args.filter.orphans {
        true => remove_orphans(args, console),
        false => remove_named(args, console),
    }
}

fn remove_named(args: &UnlinkArgs, console: &mut Console) -> Outcome {
    if args.filter.is_any() {
        return Err(Error::usage("--older, --match and --min-size need --orphans").into());
    }
    // The regions are inspected while they still have names.
    let regions: Vec<_> = args.names.iter().map(|tag| tags::find(tag).ok()).collect();
    let there: Vec<_> = regions.iter().flatten().collect();
    // A quiet command reports no users. If processes cannot be listed, names are removed regardless.
    let asks = !console.is_quiet() && !there.is_empty();
    let found = asks.then(|| tags::users(there).ok()).flatten();
    let is_complete = found
        .as_ref()
        .is_some_and(|found| found.search.is_complete());
    let mut users = found
        .map(|found| found.of_each)
        .unwrap_or_default()
        .into_iter();
    let specs: Vec<SourceSpec> = args.names.iter().cloned().map(SourceSpec::Tag).collect();
    let mut found = args.names.iter().zip(&regions);
    for_each_source(console, &specs, |console, spec| {
        let Some((tag, region)) = found.next() else {
            return Ok(());
        };
        let users = region.as_ref().and_then(|_| users.next());
        let exists = remove_name(tag, args)?;
        if let Some(region) = region {
            describe_region(console, region);
        }
        let outcome = Unlinked {
            removed: exists && !args.dry_run,
            dry_run: exists && args.dry_run,
            users: users.unwrap_or_default(),
            users_complete: is_complete,
            ..Unlinked::of(region.as_ref())
        };
        console.report(&UnlinkReport::new(&spec.name(), &outcome))?;
        Ok(())
    })
}

/// Removes a name, or only looks for it. Returns whether it existed.
fn remove_name(tag: &Tag, args: &UnlinkArgs) -> anyhow::Result<bool> {
    let outcome = match args.dry_run {
        true => tags::require(tag),
        false => tags::unlink(tag),
    };
    match outcome {
        Err(error) if error.kind() == Kind::NotFound && args.force => Ok(false),
        outcome => Ok(outcome.map(|()| true)?),
    }
}

fn remove_orphans(args: &UnlinkArgs, console: &mut Console) -> Outcome {
    let mut failures = Failures::default();
    let (filters, assumed) = (args.filter.filters()?, args.filter.assume_unseen);
    let (regions, _) = listed(&args.names, &filters, console, &mut failures)?;
    let orphans = tags::orphans(regions, assumed)?;
    let mut total = UnlinkedTotal {
        dry_run: args.dry_run,
        unknown_regions: if assumed { 0 } else { orphans.unknown },
        ..UnlinkedTotal::default()
    };
    for region in &orphans.regions {
        describe_region(console, region);
        let kept = match args.dry_run {
            true => Ok(None),
            false => tags::remove(region, &filters, assumed),
        };
        match kept {
            Ok(kept) => {
                let outcome = total.add(region, kept, orphans.unknown == 0);
                console.report(&UnlinkReport::new(&region.name, &outcome))?;
            }
            Err(error) => {
                total.failed_regions = total.failed_regions.saturating_add(1);
                failures.report(console, error.into(), Some(&region.name));
            }
        }
    }
    let doubt = Doubt::of_orphans(orphans.unknown, assumed);
    for (name, text) in unseen(&[], Some(orphans.search), doubt) {
        console.note(name, format_args!("{text}"));
    }
    console.report(&UnlinkTotalReport::new(
        &total,
        orphans.search,
        tags::space()?,
    ))?;
    Ok(failures.exit())
}
