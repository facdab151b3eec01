//! Named shared memory regions. The directory shows the facts of all regions. The residency of a region is known only
//! where it may be read.

use std::ffi::{OsStr, OsString};
use std::io;
use std::time::{Duration, SystemTime};

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::error::{Error, Result};
use crate::mapping::measure::residency::{self, Residency};
use crate::mapping::platform::Feature;
use crate::mapping::source::OpenFile;
use crate::mapping::source::description::Description;
use crate::mapping::sys;
use crate::mapping::types::{
    FileIdentity, Kind, OpenFlag, OpenFlags, SourceKind, SourceName, SourceOffset, SourceRange,
    Tag, TagFacts, TagSpace, UnknownReason,
};

/// A named shared memory region.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SharedRegion {
    /// The name. The command line may not accept it as a tag.
    #[serde(skip)]
    pub name: SourceName,
    /// The facts of its directory entry.
    #[serde(flatten)]
    pub facts: TagFacts,
    /// The name of the user who owns the region; null when the user has no name.
    pub owner: Option<String>,
    /// The time since the region was created, in whole seconds. If the system does not report the creation time, the
    /// time since the region was last resized, or written to with `write(2)`. Null when neither is known.
    pub age_seconds: Option<u64>,
    /// The residency of the region. Pages that are not in memory are holes or in swap.
    pub residency: Residency,
}

impl SharedRegion {
    /// The name as a tag.
    #[must_use]
    pub fn name_of_tag(&self) -> &OsStr {
        match &self.name {
            SourceName::Tag(name) => name,
            _ => OsStr::new(""),
        }
    }
}

impl From<&SharedRegion> for Description {
    fn from(region: &SharedRegion) -> Self {
        let facts = &region.facts;
        Self {
            kind: SourceKind::Tag,
            file_system: None,
            device: None,
            inode: Some(facts.identity.inode),
            size: Some(facts.size),
            allocated: Some(facts.allocated),
        }
    }
}

/// All regions, by name, and the number of other entries of their directory.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The regions.
    pub regions: Vec<SharedRegion>,
    /// The number of other entries, such as directories and links.
    pub others: u64,
}

/// Lists all regions.
///
/// # Errors
/// `unsupported` where the system has no list of them; otherwise those of reading their directory.
pub fn list() -> Result<Listing> {
    Feature::Tags.require("list the shared memory regions")?;
    let fail = |e: &io::Error| Error::os("list the shared memory regions", e);
    let mut names = sys::tag_names().map_err(|e| fail(&e))?;
    names.sort_unstable();
    let mut listing = Listing::default();
    for name in names {
        match sys::tag_facts(&name) {
            Ok(Some(facts)) => listing.regions.push(examine(name, facts)),
            Ok(None) => listing.others = listing.others.saturating_add(1),
            // It was removed after its name was read.
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(fail(&e).on(&SourceName::Tag(name))),
        }
    }
    Ok(listing)
}

/// Finds one region.
///
/// # Errors
/// `not_found` when there is no such name; `unsupported` when the name is not that of a region.
pub fn find(tag: &Tag) -> Result<SharedRegion> {
    Feature::Tags.require("examine")?;
    let name = tag.as_os_str();
    let subject = SourceName::Tag(name.to_owned());
    let facts = sys::tag_facts(name).map_err(|e| Error::os("examine", &e).on(&subject))?;
    let facts = facts.ok_or_else(|| {
        let reason = "it is not a shared memory region";
        Error::new(Kind::Unsupported, "examine", reason).on(&subject)
    })?;
    Ok(examine(name.to_owned(), facts))
}

/// Whether there is a region of this name.
#[must_use]
pub fn exists(name: &OsStr) -> bool {
    sys::tag_names().is_ok_and(|names| names.iter().any(|region| region == name))
}

/// The name of the region that is most similar to a missing name, if any is similar and can be typed as a tag.
#[must_use]
pub fn similar(name: &OsStr) -> Option<OsString> {
    let wanted = name.to_string_lossy();
    let names = sys::tag_names().ok()?;
    let similarity = |name: &OsString| strsim::jaro(&wanted, &name.to_string_lossy());
    names
        .into_iter()
        .filter(|name| name.to_str().is_some() && Tag::new(name).is_ok())
        .map(|name| (similarity(&name), name))
        .filter(|(similarity, _)| *similarity > SIMILAR)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| name)
}

/// The least similarity, between 0 and 1, of a name and its misspelling.
const SIMILAR: f64 = 0.8;

/// The space for regions.
///
/// # Errors
/// `unsupported` where they have no file system; otherwise those of `statvfs(3)`.
pub fn space() -> Result<TagSpace> {
    sys::tag_space().map_err(|e| Error::os("examine the file system of shared memory", &e))
}

fn examine(name: OsString, mut facts: TagFacts) -> SharedRegion {
    let page = sys::page_size();
    let whole = SourceRange::new(SourceOffset::START, facts.size);
    let whole = whole.unwrap_or_default();
    let residency = match open(&name) {
        Ok(file) => {
            // Mapping the region reveals its identity, but other processes may count this one as a user meanwhile.
            if !sys::maps_show_device_of_tags()
                && let Ok(shown) = FileIdentity::of(&file, page)
            {
                facts.identity = shown;
            }
            residency::of_file(&file, whole, page)
        }
        Err(e) => residency::unknown(whole, page, why_not_open(&e)),
    };
    SharedRegion {
        name: SourceName::Tag(name),
        owner: sys::user_name(facts.uid),
        age_seconds: age(&facts).map(|age| age.as_secs()),
        facts,
        residency,
    }
}

/// The time since a region was created, or else modified.
pub(super) fn age(facts: &TagFacts) -> Option<Duration> {
    let since = facts.created.or(facts.modified);
    since.and_then(|time| SystemTime::now().duration_since(time).ok())
}

/// Opens a region for reading. A lease of another process, or a fifo in its place, does not block.
pub(super) fn open(name: &OsStr) -> io::Result<OpenFile> {
    sys::tag_open(
        name,
        &sys::OpenHow {
            writable: false,
            create: false,
            flags: OpenFlags::EMPTY.with(OpenFlag::Nonblock),
            mode: None,
        },
    )
}

fn why_not_open(error: &io::Error) -> UnknownReason {
    match error.kind() {
        io::ErrorKind::PermissionDenied => UnknownReason::NotPermitted,
        _ => UnknownReason::Failed(error.raw_os_error().unwrap_or(0)),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::super::unlink::unlink;
    use super::*;
    use crate::mapping::source::{Creation, OpenRequest, Source, SourceSpec};
    use crate::mapping::types::{ByteLength, NewSize};
    use crate::skip::skip;

    struct Named(Tag);

    impl Named {
        /// A name, or a skip where there is no shared memory.
        fn new(label: &str) -> Option<Self> {
            if space().is_err() {
                skip("/dev/shm");
                return None;
            }
            let name = format!("mmapctl-unit-{}-{label}", std::process::id());
            Some(Self(Tag::new(name).unwrap()))
        }

        fn create(&self, size: u64) -> Source {
            let how = OpenRequest {
                creation: Creation::Must,
                ..OpenRequest::WRITE
            };
            let mut source = Source::open(&SourceSpec::Tag(self.0.clone()), &how).unwrap();
            source
                .set_size(NewSize::Exactly(ByteLength(size)), None, None)
                .unwrap();
            source.commit().unwrap();
            source
        }
    }

    impl Drop for Named {
        fn drop(&mut self) {
            let _ = unlink(&self.0);
        }
    }

    #[test]
    fn a_region_is_listed_with_its_facts_and_gone_after_unlinking() {
        let Some(tag) = Named::new("facts\n") else {
            return;
        };
        let page = sys::page_size().bytes();
        let source = tag.create(3 * page);
        std::os::unix::fs::FileExt::write_all_at(source.handle().unwrap().file(), b"x", page)
            .unwrap();
        let found = find(&tag.0).unwrap();
        assert_eq!(found.facts.size.0, 3 * page);
        assert_eq!(found.facts.allocated.0, page);
        assert_eq!(found.residency.counts.resident, Some(1));
        assert_eq!(found.facts.mode & 0o077, 0);
        assert!(found.age_seconds.unwrap() < 60);
        let mut all = list().unwrap().regions;
        assert!(all.iter().any(|region| region.name == found.name));
        assert!(all.is_sorted_by_key(|region| match &region.name {
            SourceName::Tag(name) => name.clone(),
            _ => OsString::new(),
        }));
        all.clear();
        unlink(&tag.0).unwrap();
        assert_eq!(find(&tag.0).unwrap_err().kind(), Kind::NotFound);
        assert_eq!(unlink(&tag.0).unwrap_err().kind(), Kind::NotFound);
    }

    #[test]
    fn the_owner_has_a_name_and_space_is_reported() {
        assert_eq!(sys::user_name(0).as_deref(), Some("root"));
        assert_eq!(sys::user_name(u32::MAX - 7), None);
        match space() {
            Ok(space) => assert!(space.free <= space.total),
            Err(_) => skip("/dev/shm"),
        }
    }
}
