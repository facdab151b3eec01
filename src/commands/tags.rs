//! `tags`: lists shared memory regions.

use super::details::describe_region;
use super::failure::fail;
use super::outcome::{Exit, Outcome};
use crate::cli::TagsArgs;
use crate::mapping::actions::tags::{self, SharedRegion};
use crate::mapping::measure::users::{self, Census, Myself};
use crate::mapping::types::{
    Capability, FileIdentity, Kind, SourceName, Tag, UnknownReason, count,
};
use crate::report::{Console, Search, SourceFields, TagReport, TagsReport};

/// Carries out the command.
pub(super) fn run(args: &TagsArgs, console: &mut Console) -> Outcome {
    let mut failed: Option<Kind> = None;
    let (mut regions, others) = if args.names.is_empty() {
        let listing = tags::list()?;
        (listing.regions, Some(listing.others))
    } else {
        (named(&args.names, console, &mut failed), None)
    };
    let census = if args.users || args.orphans {
        Some(census(&regions)?)
    } else {
        None
    };
    let search = census.as_ref().map(search);
    let mut users = census.map_or_else(Vec::new, |census| census.users);
    if args.orphans {
        // Both have the same order.
        let mut orphan = users.iter().map(Vec::is_empty);
        regions.retain(|_| orphan.next().unwrap_or(false));
        users.retain(Vec::is_empty);
    }
    for region in &regions {
        describe_region(console, region);
    }
    tell_what_was_not_seen(console, &regions, search, args.orphans);
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
    Ok(failed.map_or(Exit::SUCCESS, Exit::from))
}

/// The regions of those names, each once and in the order of their names.
fn named(names: &[Tag], console: &mut Console, failed: &mut Option<Kind>) -> Vec<SharedRegion> {
    let mut names = names.to_vec();
    names.sort_unstable();
    names.dedup();
    let mut regions = Vec::new();
    for tag in &names {
        match tags::find(tag) {
            Ok(region) => regions.push(region),
            Err(error) => {
                let kind = fail(console, error.into(), None);
                *failed = Some(failed.map_or(kind, |before| before.merge(kind)));
            }
        }
    }
    regions
}

fn census(regions: &[SharedRegion]) -> crate::mapping::error::Result<Census> {
    let files: Vec<FileIdentity> = regions.iter().map(|r| r.facts.identity).collect();
    users::census(&files, Myself::Excluded)
}

/// How far a census could see.
pub(super) fn search(census: &Census) -> Search {
    Search {
        processes_seen: census.seen,
        processes_unseen: census.unseen,
        processes_hidden: census.hidden,
    }
}

fn tell_what_was_not_seen(
    console: &mut Console,
    regions: &[SharedRegion],
    search: Option<Search>,
    orphans: bool,
) {
    let refused = |region: &&SharedRegion| {
        region.residency.unknown_reason == Some(UnknownReason::NotPermitted)
    };
    let unknown: Vec<&SourceName> = regions.iter().filter(refused).map(|r| &r.name).collect();
    if let [first, others @ ..] = unknown.as_slice() {
        let others = match others.len() as u64 {
            0 => String::new(),
            n => format!(", nor of {}", count(n, "other")),
        };
        console.note(
            Some(*first),
            format_args!(
                "it is not known what of it is resident{others}: {}",
                UnknownReason::NotPermitted.text()
            ),
        );
    }
    if let Some(search) = search.filter(|search| !search.is_complete()) {
        let unseen = match (search.processes_hidden, search.processes_unseen) {
            (true, _) => "processes that are not listed here".to_owned(),
            (false, n) => count(n, "process"),
        };
        let doubt = match (orphans, search.processes_hidden, search.processes_unseen) {
            (false, ..) => "",
            (true, false, 1) => "; it may map what is listed",
            (true, ..) => "; one of them may map what is listed",
        };
        let want = match Capability::SysPtrace.is_held() {
            Some(true) => "; CAP_SYS_PTRACE, which is held, does not suffice",
            _ => " for want of permission (CAP_SYS_PTRACE)",
        };
        console.note(
            None,
            format_args!("{unseen} could not be looked at{want}{doubt}"),
        );
    }
}
