//! The advice of `madvise(2)`: its names, whether its effect outlives the command, and which platforms have it.

use schemars::JsonSchema;
use serde::Serialize;

use super::named::{Named, named};
use super::platform::Support::{Differs, Unsupported, Yes};
use super::platform::{PAGES_TOUCHED, PerPlatform, Platform, Support};

named! {
    /// An advice of `madvise(2)`. Its constant there is `MADV_` and the name in capitals.
    pub enum Advice: AdviceFacts {
        /// No special treatment
        Normal = "normal" => while_mapped(UNIX).shaping_arrival(),
        /// Pages will be read in order
        Sequential = "sequential" => while_mapped(UNIX).shaping_arrival(),
        /// Pages will be read in no order
        Random = "random" => while_mapped(UNIX).shaping_arrival(),
        /// Start reading the pages in
        Willneed = "willneed" | "will-need" => outlives_command(PerPlatform {
            windows: Differs("PrefetchVirtualMemory"),
            ..UNIX
        }),
        /// Drop the pages from this mapping
        Dontneed = "dontneed" | "dont-need" => while_mapped(PerPlatform {
            windows: WORKING_SET,
            ..LINUX.with_bsd(Differs("a hint: nothing is discarded"))
        }),
        /// The contents may be thrown away when memory is short
        Free = "free" => while_mapped(PerPlatform {
            windows: Differs("DiscardVirtualMemory, for anonymous private memory"),
            ..UNIX
        }),
        /// Punch a hole into the file: destroys data
        Remove = "remove" => outlives_command(LINUX),
        /// Children do not inherit the mapping
        Dontfork = "dontfork" | "dont-fork" => while_mapped(LINUX),
        /// Children inherit the mapping
        Dofork = "dofork" | "do-fork" => while_mapped(LINUX),
        /// Treat the pages as broken memory: destroys data
        Hwpoison = "hwpoison" | "hw-poison" => outlives_command(LINUX),
        /// Move the contents off the pages and retire them: takes memory from the system
        SoftOffline = "soft-offline" => outlives_command(LINUX),
        /// Merge pages of equal content
        Mergeable = "mergeable" => while_mapped(LINUX),
        /// Do not merge pages
        Unmergeable = "unmergeable" => while_mapped(LINUX),
        /// Use huge pages
        Hugepage = "hugepage" | "huge-page" => while_mapped(LINUX).shaping_arrival(),
        /// Do not use huge pages
        Nohugepage = "nohugepage" | "no-huge-page" => while_mapped(LINUX).shaping_arrival(),
        /// Leave the range out of core dumps
        Dontdump = "dontdump" | "dont-dump" => while_mapped(LINUX_AND_FREEBSD),
        /// Put the range into core dumps
        Dodump = "dodump" | "do-dump" => while_mapped(LINUX_AND_FREEBSD),
        /// Children see zeros
        Wipeonfork = "wipeonfork" | "wipe-on-fork" => while_mapped(LINUX),
        /// Children see the contents
        Keeponfork = "keeponfork" | "keep-on-fork" => while_mapped(LINUX),
        /// The pages are not used soon
        Cold = "cold" => outlives_command(LINUX),
        /// Move the pages out of memory
        Pageout = "pageout" | "page-out" => outlives_command(PerPlatform {
            windows: WORKING_SET,
            ..LINUX
        }),
        /// Bring the pages in, readable
        PopulateRead = "populate-read" => outlives_command(BY_TOUCHING),
        /// Bring the pages in, writable: makes every page dirty
        PopulateWrite = "populate-write" => outlives_command(BY_TOUCHING),
        /// Drop the pages even when they are locked
        DontneedLocked = "dontneed-locked" | "dont-need-locked" => while_mapped(LINUX),
        /// Gather the pages into huge ones now
        Collapse = "collapse" => outlives_command(LINUX),
        /// Make the range fault on access
        GuardInstall = "guard-install" => while_mapped(LINUX),
        /// Make the range accessible again
        GuardRemove = "guard-remove" => while_mapped(LINUX),
    }
}

/// What is declared of each advice.
struct AdviceFacts {
    reach: Reach,
    platforms: PerPlatform,
    shapes_arrival: bool,
}

impl AdviceFacts {
    /// Advice that shapes how pages come into memory, and leaves those that are there alone.
    const fn shaping_arrival(self) -> Self {
        Self {
            shapes_arrival: true,
            ..self
        }
    }
}

const fn outlives_command(platforms: PerPlatform) -> AdviceFacts {
    AdviceFacts {
        reach: Reach::OutlivesCommand,
        platforms,
        shapes_arrival: false,
    }
}

const fn while_mapped(platforms: PerPlatform) -> AdviceFacts {
    AdviceFacts {
        reach: Reach::WhileMapped,
        platforms,
        shapes_arrival: false,
    }
}

const NO_ADVICE: Support = Unsupported("the system has no such advice");

/// Only Linux has it.
const LINUX: PerPlatform = PerPlatform::linux_or(NO_ADVICE);

const LINUX_AND_FREEBSD: PerPlatform = PerPlatform {
    freebsd: Yes,
    ..LINUX
};

/// Every platform except Windows has it.
const UNIX: PerPlatform = PerPlatform {
    windows: NO_ADVICE,
    ..PerPlatform::YES
};

/// Other platforms than Linux touch each page.
const BY_TOUCHING: PerPlatform = PerPlatform::linux_or(PAGES_TOUCHED);

const WORKING_SET: Support = Differs("VirtualUnlock: out of this process's working set");

impl Advice {
    /// Whether it destroys data or takes memory from the system.
    #[must_use]
    pub const fn is_destructive(self) -> bool {
        matches!(self, Self::Remove | Self::Hwpoison | Self::SoftOffline)
    }

    /// Whether it shapes how pages come into memory later, and leaves those that are there alone. Pages are then touched
    /// after it, and before any other advice.
    #[must_use]
    pub const fn shapes_arrival(self) -> bool {
        self.facts().shapes_arrival
    }

    /// How far it reaches when it has any effect at all.
    #[must_use]
    pub const fn reach(self) -> Reach {
        self.facts().reach
    }

    /// How well a platform does it.
    #[must_use]
    pub const fn on(self, platform: Platform) -> Support {
        self.facts().platforms.on(platform)
    }
}

/// Whether the effect of an advice outlives the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// The advice changes the page cache or the file, and its effect outlives the process that gives it.
    OutlivesCommand,
    /// The advice changes flags or pages of the mapping, and its effect ends with the mapping.
    WhileMapped,
}
