//! The processes that use regions: they map them or have them open.

use std::collections::BTreeMap;
use std::io;

use schemars::JsonSchema;
use serde::Serialize;

use super::regions::SharedRegion;
use crate::mapping::error::Result;
use crate::mapping::measure::proc_maps::Vma;
use crate::mapping::measure::users::{self, Inspected, Myself, Places};
use crate::mapping::platform::Feature;
use crate::mapping::sys;
use crate::mapping::types::{OpenRegion, User};

/// A process that uses a region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RegionUser {
    /// The process and its mappings of the region; it has none if it only has the region open.
    #[serde(flatten)]
    pub user: User,
    /// The number of its descriptors of the region.
    pub descriptors: u64,
}

impl RegionUser {
    pub(super) fn new(pid: u32) -> Self {
        Self {
            user: User::new(pid),
            descriptors: 0,
        }
    }

    pub(super) fn add_descriptor(&mut self) {
        self.descriptors = self.descriptors.saturating_add(1);
    }
}

/// The processes that were searched for uses of the regions.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Search {
    /// The number of processes that were inspected.
    pub processes_seen: u64,
    /// The number of processes whose mappings or descriptors may not be inspected.
    pub processes_unseen: u64,
    /// Whether there may be more processes, which are not listed (hidepid, or a PID namespace as in a container).
    pub processes_hidden: bool,
}

impl Search {
    /// Whether all processes were inspected.
    #[must_use]
    pub const fn is_complete(self) -> bool {
        self.processes_unseen == 0 && !self.processes_hidden
    }
}

impl From<Inspected> for Search {
    fn from(inspected: Inspected) -> Self {
        Self {
            processes_seen: inspected.seen,
            processes_unseen: inspected.unseen,
            processes_hidden: inspected.hidden,
        }
    }
}

/// The processes that use regions.
#[derive(Clone, Debug)]
pub struct Users {
    /// Those of each region, in the order of the regions, and by process ID.
    pub of_each: Vec<Vec<RegionUser>>,
    /// The extent of the search.
    pub search: Search,
}

/// Finds the other processes that use each of these regions, in one pass over all processes.
///
/// # Errors
/// Those of `users::inspect_all`.
pub fn users<'a>(regions: impl IntoIterator<Item = &'a SharedRegion>) -> Result<Users> {
    Feature::Users.require("find the processes that use the regions")?;
    let facts: Vec<_> = regions.into_iter().map(|region| &region.facts).collect();
    let identities = facts.iter().enumerate().flat_map(|(place, facts)| {
        let other = (facts.stat != facts.identity).then_some(facts.stat);
        let all = std::iter::once(facts.identity).chain(other);
        all.map(move |identity| (identity, place))
    });
    let places = Places::new(identities);
    let mut of_each = vec![Vec::new(); facts.len()];
    let inspected = users::inspect_all(Myself::Excluded, |pid| {
        let mut found = BTreeMap::new();
        let mut note = |places: &[usize], count: &dyn Fn(&mut RegionUser)| {
            for place in places {
                count(found.entry(*place).or_insert_with(|| RegionUser::new(pid)));
            }
        };
        let inspected = inspect(pid, |what| match what {
            Use::Mapping(vma) => note(places.of(vma), &|user| user.user.add(vma)),
            Use::Descriptor(open) => note(places.at(open.facts.stat), &RegionUser::add_descriptor),
        });
        for (place, user) in found {
            if let Some(users) = of_each.get_mut(place) {
                users.push(user);
            }
        }
        inspected
    })?;
    let search = inspected.into();
    Ok(Users { of_each, search })
}

/// A use of a file by a process.
pub(super) enum Use<'a> {
    Mapping(&'a Vma),
    Descriptor(OpenRegion),
}

/// Visits the mappings of a process, and then the regular files that it has open. A process without mappings, which is a
/// thread of the kernel or has ended, has none open.
pub(super) fn inspect(pid: u32, mut visit: impl FnMut(Use<'_>)) -> io::Result<()> {
    let mut maps_any = false;
    users::visit_mappings(pid, |vma| {
        maps_any = true;
        visit(Use::Mapping(&vma));
    })?;
    match maps_any {
        true => sys::visit_open_regions(pid, |open| visit(Use::Descriptor(open))),
        false => Ok(()),
    }
}
