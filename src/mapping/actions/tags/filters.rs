//! Which regions are taken: by name, age and size.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use ignore::overrides::Override;

use super::regions::age;
use crate::mapping::cache::walk::matcher;
use crate::mapping::error::Result;
use crate::mapping::types::{ByteLength, TagFacts};

/// Which regions are taken.
#[derive(Clone, Debug)]
pub struct TagFilters {
    names: Override,
    older: Option<Duration>,
    min_size: Option<ByteLength>,
}

impl TagFilters {
    /// Takes the regions whose name matches a pattern, if there are any, that are at least this old and this large. A
    /// pattern that begins with `!` excludes names; a later one takes precedence.
    ///
    /// # Errors
    /// `usage` for a pattern that is invalid.
    pub fn new(
        patterns: &[String],
        older: Option<Duration>,
        min_size: Option<ByteLength>,
    ) -> Result<Self> {
        Ok(Self {
            names: matcher(patterns, Path::new(""))?,
            older,
            min_size,
        })
    }

    /// Whether a region is taken now. One whose age or size is unknown is never old or large enough.
    #[must_use]
    pub fn take(&self, name: &OsStr, facts: Option<&TagFacts>) -> bool {
        let (age, size) = (facts.and_then(age), facts.map(|facts| facts.size));
        let is_old = self.older.is_none_or(|least| age >= Some(least));
        let is_large = self.min_size.is_none_or(|least| size >= Some(least));
        is_old && is_large && !self.names.matched(name, false).is_ignore()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::types::FileIdentity;
    use std::time::SystemTime;

    fn facts(size: u64, age: Option<u64>) -> TagFacts {
        let file = FileIdentity {
            device: crate::mapping::types::Device::default(),
            inode: 1,
        };
        TagFacts {
            size: ByteLength(size),
            allocated: ByteLength::ZERO,
            mode: 0o600,
            uid: 0,
            created: age.map(|age| SystemTime::now() - Duration::from_secs(age)),
            modified: None,
            identity: file,
            stat: file,
        }
    }

    fn takes(patterns: &[&str], name: &str) -> bool {
        let patterns: Vec<String> = patterns.iter().map(|glob| (*glob).to_owned()).collect();
        let filters = TagFilters::new(&patterns, None, None).unwrap();
        filters.take(name.as_ref(), Some(&facts(0, None)))
    }

    #[test]
    fn names_match_whole_patterns() {
        assert!(takes(&[], "x"));
        assert!(takes(&["psm_*"], "psm_1"));
        assert!(takes(&["/psm_*"], "psm_1"));
        assert!(!takes(&["psm_*"], "a psm_1"));
        assert!(!takes(&["psm_*"], "PSM_1"));
        assert!(takes(&["a", "psm_*"], "a"));
        assert!(!takes(&["psm_*", "!*_1"], "psm_1"));
        assert!(!takes(&["!*_1"], "psm_1"));
        assert!(takes(&["!*_1"], "psm_2"));
        assert!(takes(&["*"], ".hidden"));
        assert!(TagFilters::new(&["[".to_owned()], None, None).is_err());
    }

    #[test]
    fn age_and_size_are_lower_limits() {
        let filters = |older, least| {
            let older = Some(Duration::from_secs(older));
            TagFilters::new(&[], older, Some(ByteLength(least))).unwrap()
        };
        let takes = |filters: TagFilters, facts: &TagFacts| filters.take("x".as_ref(), Some(facts));
        assert!(takes(filters(60, 8), &facts(8, Some(60))));
        assert!(!takes(filters(60, 9), &facts(8, Some(60))));
        assert!(!takes(filters(70, 8), &facts(8, Some(60))));
        assert!(!takes(filters(0, 0), &facts(8, None)));
    }
}
