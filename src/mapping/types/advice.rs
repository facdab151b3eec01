//! The hints of `madvise(2)`: their names and what they reach.

use serde::{Serialize, Serializer};

use super::flags::Flag;

/// A hint of `madvise(2)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// No special treatment.
    Normal,
    /// Pages will be read in order.
    Sequential,
    /// Pages will be read in no order.
    Random,
    /// Start reading the pages in.
    Willneed,
    /// Drop the pages from this mapping.
    Dontneed,
    /// The contents may be thrown away when memory is short.
    Free,
    /// Punch a hole into the file.
    Remove,
    /// Children do not inherit the mapping.
    Dontfork,
    /// Children inherit the mapping.
    Dofork,
    /// Treat the pages as broken memory.
    Hwpoison,
    /// Move the contents off the pages and retire them.
    SoftOffline,
    /// Merge pages of equal content.
    Mergeable,
    /// Do not merge pages.
    Unmergeable,
    /// Use huge pages.
    Hugepage,
    /// Do not use huge pages.
    Nohugepage,
    /// Leave the range out of core dumps.
    Dontdump,
    /// Put the range into core dumps.
    Dodump,
    /// Children see zeros.
    Wipeonfork,
    /// Children see the contents.
    Keeponfork,
    /// The pages are not used soon.
    Cold,
    /// Move the pages out of memory.
    Pageout,
    /// Bring the pages in, readable.
    PopulateRead,
    /// Bring the pages in, writable.
    PopulateWrite,
    /// Drop the pages even when they are locked.
    DontneedLocked,
    /// Gather the pages into huge ones now.
    Collapse,
    /// Make the range fault on access.
    GuardInstall,
    /// Make the range accessible again.
    GuardRemove,
}

impl Flag for Advice {
    const ALL: &'static [Self] = &[
        Self::Normal,
        Self::Sequential,
        Self::Random,
        Self::Willneed,
        Self::Dontneed,
        Self::Free,
        Self::Remove,
        Self::Dontfork,
        Self::Dofork,
        Self::Hwpoison,
        Self::SoftOffline,
        Self::Mergeable,
        Self::Unmergeable,
        Self::Hugepage,
        Self::Nohugepage,
        Self::Dontdump,
        Self::Dodump,
        Self::Wipeonfork,
        Self::Keeponfork,
        Self::Cold,
        Self::Pageout,
        Self::PopulateRead,
        Self::PopulateWrite,
        Self::DontneedLocked,
        Self::Collapse,
        Self::GuardInstall,
        Self::GuardRemove,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Sequential => "sequential",
            Self::Random => "random",
            Self::Willneed => "willneed",
            Self::Dontneed => "dontneed",
            Self::Free => "free",
            Self::Remove => "remove",
            Self::Dontfork => "dontfork",
            Self::Dofork => "dofork",
            Self::Hwpoison => "hwpoison",
            Self::SoftOffline => "soft-offline",
            Self::Mergeable => "mergeable",
            Self::Unmergeable => "unmergeable",
            Self::Hugepage => "hugepage",
            Self::Nohugepage => "nohugepage",
            Self::Dontdump => "dontdump",
            Self::Dodump => "dodump",
            Self::Wipeonfork => "wipeonfork",
            Self::Keeponfork => "keeponfork",
            Self::Cold => "cold",
            Self::Pageout => "pageout",
            Self::PopulateRead => "populate-read",
            Self::PopulateWrite => "populate-write",
            Self::DontneedLocked => "dontneed-locked",
            Self::Collapse => "collapse",
            Self::GuardInstall => "guard-install",
            Self::GuardRemove => "guard-remove",
        }
    }
}

impl Serialize for Advice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Advice {
    /// The name with every word apart, where the usual name runs words together.
    #[must_use]
    pub const fn hyphenated(self) -> Option<&'static str> {
        match self {
            Self::Willneed => Some("will-need"),
            Self::Dontneed => Some("dont-need"),
            Self::Dontfork => Some("dont-fork"),
            Self::Dofork => Some("do-fork"),
            Self::Hwpoison => Some("hw-poison"),
            Self::Hugepage => Some("huge-page"),
            Self::Nohugepage => Some("no-huge-page"),
            Self::Dontdump => Some("dont-dump"),
            Self::Dodump => Some("do-dump"),
            Self::Wipeonfork => Some("wipe-on-fork"),
            Self::Keeponfork => Some("keep-on-fork"),
            Self::Pageout => Some("page-out"),
            Self::DontneedLocked => Some("dont-need-locked"),
            _ => None,
        }
    }

    /// Whether it destroys data, or memory.
    #[must_use]
    pub const fn is_destructive(self) -> bool {
        matches!(self, Self::Remove | Self::Hwpoison | Self::SoftOffline)
    }

    /// Whether it is about how pages come into memory, and says nothing to those that are there.
    #[must_use]
    pub const fn shapes_how_pages_come(self) -> bool {
        matches!(
            self,
            Self::Normal | Self::Sequential | Self::Random | Self::Hugepage | Self::Nohugepage
        )
    }

    /// How far it reaches when it has any effect at all.
    #[must_use]
    pub const fn reach(self) -> Reach {
        match self {
            Self::Willneed
            | Self::Remove
            | Self::Hwpoison
            | Self::SoftOffline
            | Self::Cold
            | Self::Pageout
            | Self::PopulateRead
            | Self::PopulateWrite
            | Self::Collapse => Reach::OutlivesCommand,
            _ => Reach::WhileMapped,
        }
    }
}

/// How far an advice reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// It changes the page cache or the file, and so outlives the process that gives it.
    OutlivesCommand,
    /// It changes flags or pages of the mapping, and ends with it.
    WhileMapped,
}
