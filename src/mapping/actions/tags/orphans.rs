//! Regions that no process uses, and their removal.
//!
//! The kernel grants a write lease on a file only if it is open and mapped nowhere else. It counts all processes, visible
//! or not, and descriptors on their way through sockets. The owner of a region may ask for it. Other regions are orphans
//! only if every process was inspected and none uses them.

use std::ffi::OsStr;
use std::io;
use std::thread;
use std::time::Duration;

use super::filters::TagFilters;
use super::regions::{self, SharedRegion};
use super::unlink::{Kept, unlink_name};
use super::users::{Search, users};
use crate::mapping::error::{Error, Result};
use crate::mapping::source::OpenFile;
use crate::mapping::sys;
use crate::mapping::types::Kind;

/// The regions that no process uses.
#[derive(Clone, Debug)]
pub struct Orphans {
    /// The regions.
    pub regions: Vec<SharedRegion>,
    /// The number of regions that processes may use which could not be inspected. They are left out unless
    /// `assume_unseen` was set.
    pub unknown: u64,
    /// The extent of the search.
    pub search: Search,
}

/// The kernel's answer on the uses of a region.
enum Answer {
    /// There are none while this file is open.
    Unused(OpenFile),
    /// There are some.
    Used,
    /// There is no answer.
    None,
}

/// The pauses before a region that no visible process uses is asked for again: a program that lists regions may have it
/// open for a moment.
const PAUSES: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_millis(1),
    Duration::from_millis(10),
];

/// Finds the orphans among these regions. `assume_unseen` takes regions for orphans that only processes may use that
/// could not be inspected.
///
/// # Errors
/// Those of [`users`].
pub fn orphans(regions: Vec<SharedRegion>, assume_unseen: bool) -> Result<Orphans> {
    let found = users(&regions)?;
    let search = found.search;
    let unused = regions.into_iter().zip(found.of_each);
    let unused = unused.filter(|(_, users)| users.is_empty());
    let mut left: Vec<SharedRegion> = unused.map(|(region, _)| region).collect();
    let (mut regions, mut unknown) = (Vec::with_capacity(left.len()), 0_u64);
    for pause in PAUSES {
        thread::sleep(pause);
        for region in std::mem::take(&mut left) {
            match ask(region.name_of_tag()) {
                Answer::Used => left.push(region),
                Answer::Unused(_) => regions.push(region),
                Answer::None => {
                    unknown = unknown.saturating_add(u64::from(!search.is_complete()));
                    if assume_unseen || search.is_complete() {
                        regions.push(region);
                    }
                }
            }
        }
        if left.is_empty() {
            break;
        }
    }
    regions.sort_by(|a, b| a.name_of_tag().cmp(b.name_of_tag()));
    Ok(Orphans {
        regions,
        unknown,
        search,
    })
}

/// Removes the name of an orphan, unless it was replaced, no longer passes the filters, or a process began to use it.
/// Whoever opens it meanwhile waits.
///
/// # Errors
/// Those of `unlink` and [`users`].
pub fn remove(
    region: &SharedRegion,
    filters: &TagFilters,
    assume_unseen: bool,
) -> Result<Option<Kept>> {
    let mut kept = None;
    for pause in PAUSES {
        thread::sleep(pause);
        kept = remove_now(region, filters, assume_unseen)?;
        if kept != Some(Kept::InUse) {
            break;
        }
    }
    Ok(kept)
}

fn remove_now(
    region: &SharedRegion,
    filters: &TagFilters,
    assume_unseen: bool,
) -> Result<Option<Kept>> {
    let name = region.name_of_tag();
    // The lease is held to the end of this function.
    let answer = ask(name);
    if let Some(kept) = changed(region, filters)? {
        return Ok(Some(kept));
    }
    let kept = match &answer {
        Answer::Unused(file) if !is_of(file, region) => Some(Kept::Replaced),
        Answer::Unused(file) if sys::holds_lease(file) => None,
        Answer::Unused(_) | Answer::Used => Some(Kept::InUse),
        Answer::None => unseen_use(region, assume_unseen)?,
    };
    if kept.is_some() {
        return Ok(kept);
    }
    match unlink_name(name) {
        Ok(()) => Ok(None),
        Err(error) if error.kind() == Kind::NotFound => Ok(Some(Kept::Gone)),
        Err(error) => Err(error),
    }
}

/// Why a region may be in use on whose uses the kernel gives no answer.
fn unseen_use(region: &SharedRegion, assume_unseen: bool) -> Result<Option<Kept>> {
    let found = users([region])?;
    Ok(if found.of_each.iter().any(|users| !users.is_empty()) {
        Some(Kept::InUse)
    } else if !assume_unseen && !found.search.is_complete() {
        Some(Kept::Unknown)
    } else {
        None
    })
}

fn is_of(file: &OpenFile, region: &SharedRegion) -> bool {
    let facts = sys::facts_of_regular(file).ok().flatten();
    facts.is_some_and(|facts| facts.identity.inode == region.facts.stat.inode)
}

/// Why a region is not the orphan that was found, if so.
fn changed(region: &SharedRegion, filters: &TagFilters) -> Result<Option<Kept>> {
    let name = region.name_of_tag();
    let facts = match sys::tag_facts(name) {
        Ok(Some(facts)) => facts,
        Ok(None) => return Ok(Some(Kept::Replaced)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Some(Kept::Gone)),
        Err(e) => return Err(Error::os("examine", &e).on(&region.name)),
    };
    let was = &region.facts;
    Ok(if (facts.stat, facts.created) != (was.stat, was.created) {
        Some(Kept::Replaced)
    } else if !filters.take(name, Some(&facts)) {
        Some(Kept::Changed)
    } else {
        None
    })
}

fn ask(name: &OsStr) -> Answer {
    let file = match regions::open(name) {
        Ok(file) => file,
        // Another process holds a lease.
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Answer::Used,
        Err(_) => return Answer::None,
    };
    match sys::take_lease(&file) {
        Ok(true) => Answer::Unused(file),
        Ok(false) => Answer::Used,
        Err(_) => Answer::None,
    }
}
