//! The advice of `madvise(2)`: its names, whether its effect outlives the command, and which platforms have it.

use schemars::JsonSchema;
use serde::Serialize;

use super::named::{Named, named};
use super::platform::Support::{Differs, Unsupported, Yes};
use super::platform::{PAGES_TOUCHED, PerPlatform, Platform, Support};

named! {
    /// An advice of `madvise(2)`. Its constant there is `MADV_` and the name in capitals.
    pub enum Advice as "MADV_" | "POSIX_MADV_" | "POSIX_FADV_": AdviceFacts {
        /// No special treatment
        Normal = "normal" => while_mapped(UNIX).shaping_arrival(),
        /// Expect sequential access
        Sequential = "sequential" => while_mapped(UNIX).shaping_arrival(),
        /// Expect random access
        Random = "random" => while_mapped(UNIX).shaping_arrival(),
        /// Start reading the pages into memory
        Willneed = "willneed" | "will-need" => outlives_command(PerPlatform {
            windows: Differs("PrefetchVirtualMemory"),
            ..UNIX
        }),
        /// Drop the pages from this mapping
        Dontneed = "dontneed" | "dont-need" => while_mapped(PerPlatform {
            windows: WORKING_SET,
            ..LINUX.with_bsd(Differs("a hint only: nothing is discarded"))
        }),
        /// Let the kernel discard the contents when memory is short
        Free = "free" => while_mapped(PerPlatform {
            windows: Differs("DiscardVirtualMemory, for anonymous private memory"),
            ..UNIX
        }),
        /// Punch a hole in the file: destroys data
        Remove = "remove" => outlives_command(LINUX),
        /// Do not pass the mapping to child processes
        Dontfork = "dontfork" | "dont-fork" => while_mapped(LINUX),
        /// Undo dontfork: pass the mapping to child processes
        Dofork = "dofork" | "do-fork" => while_mapped(LINUX),
        /// Treat the pages as faulty memory: destroys data
        Hwpoison = "hwpoison" | "hw-poison" => outlives_command(LINUX),
        /// Move the contents and take the pages out of service: reduces the memory of the system
        SoftOffline = "soft-offline" => outlives_command(LINUX),
        /// Merge pages with identical contents
        Mergeable = "mergeable" => while_mapped(LINUX),
        /// Undo mergeable: do not merge pages
        Unmergeable = "unmergeable" => while_mapped(LINUX),
        /// Use huge pages
        Hugepage = "hugepage" | "huge-page" => while_mapped(LINUX).shaping_arrival(),
        /// Do not use huge pages
        Nohugepage = "nohugepage" | "no-huge-page" => while_mapped(LINUX).shaping_arrival(),
        /// Exclude the range from core dumps
        Dontdump = "dontdump" | "dont-dump" => while_mapped(LINUX_AND_FREEBSD),
        /// Undo dontdump: include the range in core dumps
        Dodump = "dodump" | "do-dump" => while_mapped(LINUX_AND_FREEBSD),
        /// Zero the memory in child processes
        Wipeonfork = "wipeonfork" | "wipe-on-fork" => while_mapped(LINUX),
        /// Undo wipeonfork: keep the contents in child processes
        Keeponfork = "keeponfork" | "keep-on-fork" => while_mapped(LINUX),
        /// Not needed soon
        Cold = "cold" => outlives_command(LINUX),
        /// Move the pages out of memory
        Pageout = "pageout" | "page-out" => outlives_command(PerPlatform {
            windows: WORKING_SET,
            ..LINUX
        }),
        /// Prefault the pages for reading
        PopulateRead = "populate-read" => outlives_command(BY_TOUCHING),
        /// Prefault the pages for writing: makes every page dirty
        PopulateWrite = "populate-write" => outlives_command(BY_TOUCHING),
        /// Drop the pages even if they are locked
        DontneedLocked = "dontneed-locked" | "dont-need-locked" => while_mapped(LINUX),
        /// Collapse the pages into huge pages now
        Collapse = "collapse" => outlives_command(LINUX),
        /// Install guard pages: any access faults
        GuardInstall = "guard-install" => while_mapped(LINUX),
        /// Remove guard pages
        GuardRemove = "guard-remove" => while_mapped(LINUX),
    }
}

/// The properties of an advice.
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

/// Platforms other than Linux access each page.
const BY_TOUCHING: PerPlatform = PerPlatform::linux_or(PAGES_TOUCHED);

const WORKING_SET: Support =
    Differs("VirtualUnlock: removes the pages from this process's working set");

impl Advice {
    /// Whether it destroys data or takes memory from the system.
    #[must_use]
    pub const fn is_destructive(self) -> bool {
        matches!(self, Self::Remove | Self::Hwpoison | Self::SoftOffline)
    }

    /// Whether it affects only pages that come into memory later. Pages are accessed after it, and before any other
    /// advice.
    #[must_use]
    pub const fn shapes_arrival(self) -> bool {
        self.facts().shapes_arrival
    }

    /// Whether its effect, if any, outlives the command.
    #[must_use]
    pub const fn reach(self) -> Reach {
        self.facts().reach
    }

    /// The support of a platform for it.
    #[must_use]
    pub const fn on(self, platform: Platform) -> Support {
        self.facts().platforms.on(platform)
    }
}

/// Whether the effect of an advice outlives the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// The effect is in the page cache or in the file, and outlives the command.
    OutlivesCommand,
    /// The effect is in the flags or pages of the mapping, and ends with the mapping.
    WhileMapped,
}
