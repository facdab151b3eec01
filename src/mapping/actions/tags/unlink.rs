//! Removing the names of regions.

use std::ffi::OsStr;

use schemars::JsonSchema;
use serde::Serialize;

use super::regions::SharedRegion;
use super::users::{RegionUser, users};
use crate::mapping::error::{Error, Result};
use crate::mapping::platform::Feature;
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, Kind, SourceName, Tag};

/// The result of removing the name of a region.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Unlinked {
    /// Whether the name existed and was removed.
    pub removed: bool,
    /// Why an orphan was not removed after all; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<Kept>,
    /// Whether this is a dry run, and the name would have been removed.
    pub dry_run: bool,
    /// The size of the region in bytes; null when unknown.
    pub size: Option<ByteLength>,
    /// The memory and swap space of the region, in bytes; null when unknown.
    pub allocated: Option<ByteLength>,
    /// The visible processes that still map the region or have it open. Its memory stays until they release it.
    pub users: Vec<RegionUser>,
    /// Whether all processes could be inspected.
    pub users_complete: bool,
}

/// Why an orphan was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// A process uses it now.
    InUse,
    /// It is unknown whether a process uses it now.
    Unknown,
    /// It was resized, and no longer passes the filters.
    Changed,
    /// Another region has its name now.
    Replaced,
    /// Its name was already removed.
    Gone,
}

impl Unlinked {
    /// The result for a region that was not removed. It is `None` if it could not be inspected.
    #[must_use]
    pub fn of(region: Option<&SharedRegion>) -> Self {
        let facts = region.map(|region| &region.facts);
        Self {
            removed: false,
            kept: None,
            dry_run: false,
            size: facts.map(|facts| facts.size),
            allocated: facts.map(|facts| facts.allocated),
            users: Vec::new(),
            users_complete: true,
        }
    }
}

/// The result for all orphans.
#[derive(Clone, Copy, Debug, Default, Serialize, JsonSchema)]
pub struct UnlinkedTotal {
    /// Whether this is a dry run, which removes nothing.
    pub dry_run: bool,
    /// The number of names that were removed, or would have been.
    pub removed_regions: u64,
    /// The number of orphans that were kept because they changed, or a process began to use them.
    pub kept_regions: u64,
    /// The number of regions whose removal failed.
    pub failed_regions: u64,
    /// The number of regions that were kept because processes that could not be inspected may use them.
    pub unknown_regions: u64,
    /// The memory and swap space of these regions, in bytes.
    pub freed: ByteLength,
}

impl UnlinkedTotal {
    /// Adds an orphan, which was removed, or would be, unless it was kept. Returns the result for it.
    pub fn add(&mut self, region: &SharedRegion, kept: Option<Kept>, complete: bool) -> Unlinked {
        match kept {
            None => {
                self.removed_regions = self.removed_regions.saturating_add(1);
                self.freed = self.freed.plus(region.facts.allocated);
            }
            Some(_) => self.kept_regions = self.kept_regions.saturating_add(1),
        }
        let found = match kept {
            Some(Kept::InUse) => users([region]).ok(),
            _ => None,
        };
        Unlinked {
            removed: kept.is_none() && !self.dry_run,
            dry_run: kept.is_none() && self.dry_run,
            kept,
            users_complete: complete,
            users: found
                .and_then(|mut found| found.of_each.pop())
                .unwrap_or_default(),
            ..Unlinked::of(Some(region))
        }
    }
}

/// Refuses a name that does not exist, or cannot be removed.
///
/// # Errors
/// `not_found` when there is no such name.
pub fn require(tag: &Tag) -> Result<()> {
    Feature::Unlink.require("unlink")?;
    let name = tag.as_os_str();
    sys::tag_facts(name)
        .map(drop)
        .map_err(|e| Error::os("unlink", &e).on(&SourceName::Tag(name.to_owned())))
}

/// Removes a name. The region remains while a process has it open or mapped.
///
/// # Errors
/// `not_found` when there is no such name; `access_denied` when the region belongs to another user.
pub fn unlink(tag: &Tag) -> Result<()> {
    unlink_name(tag.as_os_str())
}

/// Removes a name that need not be valid as a tag.
///
/// # Errors
/// Those of [`unlink`].
pub(super) fn unlink_name(name: &OsStr) -> Result<()> {
    Feature::Unlink.require("unlink")?;
    sys::tag_unlink(name).map_err(|e| {
        let error = Error::os("unlink", &e).on(&SourceName::Tag(name.to_owned()));
        match error.kind() {
            Kind::AccessDenied => {
                error.hint("only the owner of a shared memory region may remove its name")
            }
            _ => error,
        }
    })
}
