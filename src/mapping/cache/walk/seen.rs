//! The files that were found already, by device and inode.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Mutex, PoisonError};

use crate::mapping::types::StatIdentity;

/// A set of files for several threads.
///
/// File systems number their files in order, so a set keeps one bit for each number, in blocks of 64: a million files in
/// one directory tree take less than a mebibyte, and at most 50 MiB if no two of their numbers are close.
#[derive(Debug)]
pub(in crate::mapping) struct Seen {
    hasher: RandomState,
    parts: [Mutex<HashMap<Block, u64>>; PARTS as usize],
}

/// The number of parts that threads can change at the same time.
const PARTS: u8 = 16;

/// A device and the number of a block of 64 inodes on it.
type Block = (u64, u64);

impl Default for Seen {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            parts: std::array::from_fn(|_| Mutex::default()),
        }
    }
}

impl Seen {
    /// Adds a file. Returns whether it was not in the set.
    pub(in crate::mapping) fn add(&self, file: StatIdentity) -> bool {
        let block = (file.device, file.inode >> 6);
        let bit = 1_u64 << (file.inode & 63);
        let part = self.hasher.hash_one(block).to_le_bytes()[0] % PARTS;
        let Some(part) = self.parts.get(usize::from(part)) else {
            return true;
        };
        let mut blocks = part.lock().unwrap_or_else(PoisonError::into_inner);
        let bits = blocks.entry(block).or_default();
        let is_new = *bits & bit == 0;
        *bits |= bit;
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn a_file_is_new_once(files in proptest::collection::vec((0_u64..3, 0_u64..200), 0..300)) {
            let (seen, mut known) = (Seen::default(), HashSet::new());
            for (device, inode) in files {
                prop_assert_eq!(
                    seen.add(StatIdentity { device, inode }),
                    known.insert((device, inode))
                );
            }
        }
    }
}
