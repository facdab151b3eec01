//! Shared memory without a name: regions whose name was removed, and memfds. They live as long as a process maps them or
//! has them open.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;

use super::filters::TagFilters;
use super::regions::age;
use super::users::{RegionUser, Search, Use, inspect};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::proc_maps::Vma;
use crate::mapping::measure::users::{self, Myself};
use crate::mapping::platform::Feature;
use crate::mapping::sys;
use crate::mapping::types::{Device, FileIdentity, OpenRegion, TagFacts};

/// What a region without a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NamelessKind {
    /// A region of the shared memory file system whose name was removed.
    Deleted,
    /// A file of `memfd_create(2)`. It takes no space of the shared memory file system.
    Memfd,
}

/// Shared memory without a name.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NamelessRegion {
    /// What it is.
    pub kind: NamelessKind,
    /// The last name of a deleted region, or the name that a memfd was created with.
    #[serde(skip)]
    pub name: OsString,
    /// Its inode.
    pub inode: u64,
    /// Its facts; absent when it is only mapped, and the mapped files of the process may not be examined.
    #[serde(flatten)]
    pub facts: Option<TagFacts>,
    /// The name of the user who owns it; null when unknown, or when the user has no name.
    pub owner: Option<String>,
    /// The time in whole seconds since it was created, or else modified; null when unknown.
    pub age_seconds: Option<u64>,
    /// The visible processes that map it or have it open. Its memory is freed when all have released it.
    pub users: Vec<RegionUser>,
    /// A path that opens it.
    #[serde(skip)]
    pub place: Option<PathBuf>,
}

/// All shared memory without a name that visible processes use.
#[derive(Clone, Debug)]
pub struct Nameless {
    /// The regions, that with the most memory first.
    pub regions: Vec<NamelessRegion>,
    /// The extent of the search.
    pub search: Search,
}

/// Lists the regions without a name that pass the filters.
///
/// # Errors
/// `unsupported` where the system has no list of regions; those of `users::inspect_all`.
pub fn nameless(filters: &TagFilters) -> Result<Nameless> {
    const OPERATION: &str = "list the shared memory regions";
    Feature::Users.require(OPERATION)?;
    let device = sys::tag_device().map_err(|e| Error::os(OPERATION, &e))?;
    let mut found = Found {
        device,
        regions: HashMap::new(),
    };
    let inspected = users::inspect_all(Myself::Excluded, |pid| {
        inspect(pid, |what| match what {
            Use::Mapping(vma) => found.note_mapping(pid, vma),
            Use::Descriptor(open) => found.note_descriptor(pid, open),
        })
    })?;
    let mut regions: Vec<NamelessRegion> = found.regions.into_values().collect();
    regions.retain(|region| filters.take(&region.name, region.facts.as_ref()));
    let allocated = |region: &NamelessRegion| region.facts.as_ref().map(|facts| facts.allocated);
    regions.sort_unstable_by_key(|region| (Reverse(allocated(region)), region.inode));
    Ok(Nameless {
        regions,
        search: inspected.into(),
    })
}

/// The regions found so far.
struct Found {
    /// The device of the file system of regions.
    device: Device,
    regions: HashMap<FileIdentity, NamelessRegion>,
}

impl Found {
    fn note_mapping(&mut self, pid: u32, vma: &Vma) {
        if !vma.deleted {
            return;
        }
        let Some((kind, name)) = self.kind(&vma.path, vma.device) else {
            return;
        };
        let region = self.region(FileIdentity::shown(vma), kind, name);
        count(region, pid, |user| user.user.add(vma));
        if region.facts.is_none()
            && let Ok(open) = sys::region_of_mapping(pid, vma.range)
        {
            describe(region, open);
        }
    }

    fn note_descriptor(&mut self, pid: u32, open: OpenRegion) {
        let identity = open.facts.stat;
        if !open.removed {
            return;
        }
        let Ok(link) = sys::name_behind(&open.place) else {
            return;
        };
        let path = link.as_os_str().as_encoded_bytes();
        let path = path.strip_suffix(b" (deleted)").unwrap_or(path);
        let Some((kind, name)) = self.kind(path, identity.device) else {
            return;
        };
        let region = self.region(identity, kind, name);
        count(region, pid, RegionUser::add_descriptor);
        describe(region, open);
    }

    /// The kind and the name of a deleted file with this path; `None` if it is no shared memory.
    fn kind(&self, path: &[u8], device: Device) -> Option<(NamelessKind, OsString)> {
        let (kind, name) = if device == self.device {
            let name = path.rsplit(|byte| *byte == b'/').next();
            (NamelessKind::Deleted, name.unwrap_or_default())
        } else {
            // The kernel's own file system has no device of a disk.
            let name = path
                .strip_prefix(b"/memfd:")
                .filter(|_| device.major == 0)?;
            (NamelessKind::Memfd, name)
        };
        Some((kind, sys::name_of_bytes(name).unwrap_or_default()))
    }

    fn region(
        &mut self,
        identity: FileIdentity,
        kind: NamelessKind,
        name: OsString,
    ) -> &mut NamelessRegion {
        self.regions
            .entry(identity)
            .or_insert_with(|| NamelessRegion {
                kind,
                name,
                inode: identity.inode,
                facts: None,
                owner: None,
                age_seconds: None,
                users: Vec::new(),
                place: None,
            })
    }
}

/// Counts a use by a process, which has the last entry while it is inspected.
fn count(region: &mut NamelessRegion, pid: u32, add: impl FnOnce(&mut RegionUser)) {
    let users = &mut region.users;
    if users.last().is_none_or(|last| last.user.pid != pid) {
        users.push(RegionUser::new(pid));
    }
    if let Some(user) = users.last_mut() {
        add(user);
    }
}

fn describe(region: &mut NamelessRegion, open: OpenRegion) {
    if region.facts.is_none() {
        region.owner = sys::user_name(open.facts.uid);
        region.age_seconds = age(&open.facts).map(|age| age.as_secs());
        region.place = Some(open.place);
        region.facts = Some(open.facts);
    }
}
