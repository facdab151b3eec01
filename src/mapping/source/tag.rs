//! Checking the names of shared memory regions.

use std::ffi::OsStr;

use crate::mapping::sys;
use crate::mapping::types::{Tag, TagError};

impl Tag {
    /// A tag with this name, without leading slashes, which `shm_open(3)` drops too.
    ///
    /// # Errors
    /// The rule of `shm_open(3)` that the name violates.
    pub fn new(name: impl AsRef<OsStr>) -> Result<Self, TagError> {
        let name = sys::tag_name(name.as_ref());
        let limit = sys::TAG_LIMIT;
        // Replacing invalid UTF-8 adds none of the characters checked below.
        let text = name.to_string_lossy();
        match &*text {
            "" => Err(TagError::Empty),
            "." | ".." => Err(TagError::Dots),
            _ if sys::tag_rest(&text).contains(['/', '\\']) => Err(TagError::Separator),
            _ if text.contains('\0') => Err(TagError::Nul),
            _ if name.len() > limit => Err(TagError::TooLong {
                limit,
                length: name.len(),
            }),
            _ => Ok(Self::valid(name.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_tag_is_refused_with_the_violated_rule() {
        assert_eq!(Tag::new(""), Err(TagError::Empty));
        assert_eq!(Tag::new("."), Err(TagError::Dots));
        assert_eq!(Tag::new(".."), Err(TagError::Dots));
        assert_eq!(Tag::new("/"), Err(TagError::Empty));
        assert_eq!(Tag::new("/.."), Err(TagError::Dots));
        for inner in ["a/b", "/a/b", "a/", "/./a"] {
            assert_eq!(Tag::new(inner), Err(TagError::Separator), "{inner}");
        }
        assert_eq!(Tag::new("a\\b"), Err(TagError::Separator));
        assert_eq!(Tag::new("a\0b"), Err(TagError::Nul));
        let long = "x".repeat(sys::TAG_LIMIT + 1);
        assert!(matches!(Tag::new(&long), Err(TagError::TooLong { .. })));
        assert!(Tag::new("...").is_ok());
    }

    #[test]
    fn leading_slashes_are_no_part_of_a_tag() {
        for name in ["a", "/a", "///a"] {
            assert_eq!(Tag::new(name), Ok(Tag::valid("a".into())), "{name}");
        }
        let longest = format!("/{}", "x".repeat(sys::TAG_LIMIT));
        assert!(Tag::new(longest).is_ok());
    }
}
