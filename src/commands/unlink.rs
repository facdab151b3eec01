//! `unlink`: removes shared memory regions by name.

use super::details::describe_region;
use super::failure::for_each_source;
use super::outcome::Outcome;
use crate::cli::UnlinkArgs;
use crate::mapping::actions::tags::{self, Search, Unlinked};
use crate::mapping::source::SourceSpec;
use crate::mapping::types::Kind;
use crate::report::{Console, Report};

/// Carries out the command.
pub(super) fn run(args: &UnlinkArgs, console: &mut Console) -> Outcome {
    // The regions are inspected while they still have names.
    let regions: Vec<_> = args.names.iter().map(|tag| tags::find(tag).ok()).collect();
    let there: Vec<_> = regions.iter().flatten().collect();
    // A quiet command reports no users. If processes cannot be listed, names are removed regardless.
    let asks = !console.is_quiet() && !there.is_empty();
    let census = asks
        .then(|| tags::census(there.iter().copied()).ok())
        .flatten();
    let mut users = census.iter().flat_map(|census| census.users.iter());
    let specs: Vec<SourceSpec> = args.names.iter().cloned().map(SourceSpec::Tag).collect();
    let mut found = args.names.iter().zip(&regions);
    for_each_source(console, &specs, |console, spec| {
        let Some((tag, region)) = found.next() else {
            return Ok(());
        };
        let users = region.as_ref().and_then(|_| users.next());
        let removed = match tags::unlink(tag) {
            Err(error) if error.kind() == Kind::NotFound && args.force => false,
            outcome => outcome.map(|()| true)?,
        };
        if let Some(region) = &region {
            describe_region(console, region);
        }
        let facts = region.as_ref().map(|region| &region.facts);
        let outcome = Unlinked {
            removed,
            size: facts.map(|facts| facts.size),
            allocated: facts.map(|facts| facts.allocated),
            users: users.cloned().unwrap_or_default(),
            users_complete: census
                .as_ref()
                .is_some_and(|c| Search::from(c).is_complete()),
        };
        console.report(&Report::new(&spec.name(), &outcome))?;
        Ok(())
    })
}
