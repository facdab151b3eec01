//! Candidates from the running system: shared memory regions and processes.

use std::any::TypeId;

use clap::{Arg, Command};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};

use crate::mapping::actions::tags;
use crate::mapping::measure::users;
use crate::mapping::types::{SourceName, Tag};

/// Adds candidates to every argument that takes a tag or a process.
pub(super) fn add_candidates(command: Command) -> Command {
    command.mut_subcommands(|command| command.mut_args(with_candidates))
}

fn with_candidates(arg: Arg) -> Arg {
    if arg.get_value_parser().type_id() == TypeId::of::<Tag>() {
        arg.add(ArgValueCandidates::new(tag_candidates))
    } else if arg.get_id() == "pid" {
        arg.add(ArgValueCandidates::new(process_candidates))
    } else {
        arg
    }
}

/// The shared memory regions whose names are tags; none if they cannot be listed.
fn tag_candidates() -> Vec<CompletionCandidate> {
    let regions = tags::list().unwrap_or_default().regions;
    let names = regions.into_iter().filter_map(|region| match region.name {
        SourceName::Tag(name) if Tag::new(&name).is_ok() => Some((name, region.facts.size)),
        _ => None,
    });
    names
        .map(|(name, size)| {
            CompletionCandidate::new(name).help(Some(format!("{} bytes", size.0).into()))
        })
        .collect()
}

/// The running processes, each with its name.
fn process_candidates() -> Vec<CompletionCandidate> {
    let processes = users::processes().unwrap_or_default().into_iter();
    processes
        .map(|(pid, name)| CompletionCandidate::new(pid.to_string()).help(Some(name.into())))
        .collect()
}
