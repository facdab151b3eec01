//! The flags of `open(2)` and `mmap(2)`, and sets of flags.

use std::fmt;
use std::marker::PhantomData;

use serde::{Serialize, Serializer};

use super::named::{Named, named};
use super::platform::Support::{Differs, Unsupported, Yes};
use super::platform::{PAGES_TOUCHED, PerPlatform, Platform, Support, VIRTUAL_LOCK};

/// A set of flags of one list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FlagSet<F> {
    bits: u32,
    flags: PhantomData<F>,
}

impl<F: Named> FlagSet<F> {
    /// No flags.
    pub const EMPTY: Self = Self {
        bits: 0,
        flags: PhantomData,
    };

    /// The set with this flag added.
    #[must_use]
    pub fn with(self, flag: F) -> Self {
        Self {
            bits: self.bits | Self::bit(flag),
            flags: PhantomData,
        }
    }

    /// The set without this flag.
    #[must_use]
    pub fn without(self, flag: F) -> Self {
        Self {
            bits: self.bits & !Self::bit(flag),
            flags: PhantomData,
        }
    }

    /// Whether the flag is in the set.
    #[must_use]
    pub fn has(self, flag: F) -> bool {
        self.bits & Self::bit(flag) != 0
    }

    /// Whether no flag is in the set.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.bits == 0
    }

    /// The flags of the set, in the order of the list.
    pub fn iter(self) -> impl Iterator<Item = F> {
        F::ALL.iter().copied().filter(move |flag| self.has(*flag))
    }

    fn bit(flag: F) -> u32 {
        let place = F::ALL.iter().position(|other| *other == flag).unwrap_or(0);
        u32::try_from(place)
            .ok()
            .and_then(|shift| 1_u32.checked_shl(shift))
            .unwrap_or(0)
    }
}

impl<F: Named> Default for FlagSet<F> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<F: Named> FromIterator<F> for FlagSet<F> {
    fn from_iter<I: IntoIterator<Item = F>>(flags: I) -> Self {
        flags.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl<F: Named> fmt::Debug for FlagSet<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<F: Named> Serialize for FlagSet<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Named::name))
    }
}

named! {
    /// A flag of `open(2)`. Its constant there is `O_` and the name in capitals.
    pub enum OpenFlag as "O_": PerPlatform {
        /// Create a missing file; needs write access
        ///
        /// `O_CREAT`.
        Create = "create" | "creat" => PerPlatform::YES,
        /// With create: fail if the file exists
        Excl = "excl" => PerPlatform::YES,
        /// Truncate an existing file; needs write access
        ///
        /// `O_TRUNC`.
        Truncate = "truncate" | "trunc" => PerPlatform::YES,
        /// Bypass the page cache in read and write calls; mappings still use it
        Direct = "direct" => PerPlatform {
            macos: NO_FLAG,
            windows: Differs("FILE_FLAG_NO_BUFFERING"),
            ..PerPlatform::YES
        },
        /// Make write calls wait until data and metadata are stored
        Sync = "sync" => WRITTEN_THROUGH,
        /// Make write calls wait until data is stored
        Dsync = "dsync" => WRITTEN_THROUGH,
        /// Do not make a terminal the controlling terminal
        Noctty = "noctty" => OF_POSIX,
        /// Open without blocking
        Nonblock = "nonblock" => OF_POSIX,
        /// Fail if the last component is a symbolic link
        Nofollow = "nofollow" => PerPlatform {
            windows: Differs("FILE_FLAG_OPEN_REPARSE_POINT"),
            ..PerPlatform::YES
        },
        /// Enable signal-driven I/O
        Async = "async" => OF_POSIX,
        /// Fail unless it is a directory (a check only; directories cannot be mapped)
        Directory = "directory" => OF_POSIX,
        /// Allow sizes beyond 2 GiB on 32-bit systems; always on elsewhere
        Largefile = "largefile" => PerPlatform::linux_or(Differs("sizes always have 64 bits")),
    }
}

/// A set of flags of `open(2)`.
pub type OpenFlags = FlagSet<OpenFlag>;

impl OpenFlag {
    /// The support of a platform for it.
    #[must_use]
    pub const fn on(self, platform: Platform) -> Support {
        self.facts().on(platform)
    }
}

named! {
    /// A flag of `mmap(2)`. Its constant there is `MAP_` and the name in capitals.
    pub enum MapFlag as "MAP_": MapFacts {
        /// With --addr: replace existing mappings
        Fixed = "fixed" => unseen(PerPlatform::all(Differs(
            "refused if it would replace part of the program itself",
        ))),
        /// With --addr: fail if the range is in use, as --addr alone does
        FixedNoreplace = "fixed-noreplace" => unseen(PerPlatform::YES),
        /// Grow downwards when the page below is accessed; private anonymous memory only
        Growsdown = "growsdown" => seen_as("gd", LINUX),
        /// Accepted and ignored by the kernel
        Denywrite = "denywrite" => unseen(IGNORED_BY_LINUX),
        /// Accepted and ignored by the kernel
        Executable = "executable" => unseen(IGNORED_BY_LINUX),
        /// Load every page and lock it in memory
        ///
        /// Done with `mlock(2)`, after mapping.
        Locked = "locked" => seen_as("lo", PerPlatform {
            windows: VIRTUAL_LOCK,
            ..PerPlatform::YES
        }),
        /// Lock each page in memory when it is first accessed
        ///
        /// Done with `mlock2(2)` and `MLOCK_ONFAULT`, after mapping.
        LockOnfault = "lock-onfault" => seen_as("lf", LINUX),
        /// Reserve no swap space
        Noreserve = "noreserve" => seen_as("nr", PerPlatform { macos: IGNORED, ..LINUX }),
        /// Prefault every page
        ///
        /// Done with `MADV_POPULATE_READ`, after mapping.
        Populate = "populate" => unseen(PerPlatform {
            windows: PAGES_TOUCHED,
            ..PerPlatform::YES
        }),
        /// With populate: prefault nothing
        ///
        /// Since Linux 2.6.23.
        Nonblock = "nonblock" => unseen(LINUX),
        /// Use the memory for a stack
        Stack = "stack" => seen_as("nh", PerPlatform { freebsd: Yes, ..LINUX }),
        /// Allocate from the pool of huge pages
        Hugetlb = "hugetlb" => seen_as("ht", PerPlatform {
            windows: Differs("anonymous private memory, with SeLockMemoryPrivilege"),
            ..LINUX
        }),
        /// Make stores durable once flushed from the CPU; DAX file systems only
        Sync = "sync" => seen_as("sf", LINUX),
        /// Accepted and ignored by kernels with memory protection
        Uninitialized = "uninitialized" => unseen(IGNORED_BY_LINUX),
        /// Drop pages under memory pressure; they are then zeros. Private anonymous memory only
        ///
        /// Since Linux 6.11.
        Droppable = "droppable" => seen_as("dp", LINUX),
        /// Map in the first 2 GiB
        Low32 = "32bit" => unseen(PerPlatform {
            linux: Differs("x86-64 only"),
            freebsd: Differs("64-bit processors only"),
            ..LINUX
        }),
    }
}

/// A set of flags of `mmap(2)`.
pub type MapFlags = FlagSet<MapFlag>;

/// The properties of a flag of `mmap(2)`.
struct MapFacts {
    vm_flag: Option<&'static str>,
    platforms: PerPlatform,
}

/// A flag that is not visible on a mapping.
const fn unseen(platforms: PerPlatform) -> MapFacts {
    MapFacts {
        vm_flag: None,
        platforms,
    }
}

/// A flag that Linux shows as this code in VmFlags (`proc_pid_smaps(5)`).
const fn seen_as(code: &'static str, platforms: PerPlatform) -> MapFacts {
    MapFacts {
        vm_flag: Some(code),
        platforms,
    }
}

impl MapFlag {
    /// Its code in VmFlags, if it has one (`proc_pid_smaps(5)`).
    #[must_use]
    pub const fn vm_flag(self) -> Option<&'static str> {
        self.facts().vm_flag
    }

    /// The support of a platform for it.
    #[must_use]
    pub const fn on(self, platform: Platform) -> Support {
        self.facts().platforms.on(platform)
    }
}

const NO_FLAG: Support = Unsupported("the system has no such flag");

/// Only Linux has it.
const LINUX: PerPlatform = PerPlatform::linux_or(NO_FLAG);

/// Every platform except Windows has it.
const OF_POSIX: PerPlatform = PerPlatform {
    windows: NO_FLAG,
    ..PerPlatform::YES
};

const WRITTEN_THROUGH: PerPlatform = PerPlatform {
    windows: Differs("FILE_FLAG_WRITE_THROUGH"),
    ..PerPlatform::YES
};

const IGNORED: Support = Differs("accepted and ignored by the kernel");

const IGNORED_BY_LINUX: PerPlatform = PerPlatform {
    linux: IGNORED,
    ..LINUX
};

named! {
    /// A bit of `mprotect(2)` besides the access. Its constant there is `PROT_` and the name in capitals.
    pub enum ProtectExtra as "PROT_" {
        /// Allow atomic operations on the memory (PROT_SEM)
        Sem = "sem",
        /// Apply down to the start of a mapping that grows down (PROT_GROWSDOWN)
        Growsdown = "growsdown",
        /// Apply up to the end of a mapping that grows up (PROT_GROWSUP)
        Growsup = "growsup",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_has_its_own_bit() {
        fn check<F: Named>() {
            for (i, a) in F::ALL.iter().enumerate() {
                let alone = FlagSet::EMPTY.with(*a);
                assert_eq!(alone.iter().collect::<Vec<_>>(), [*a]);
                assert!(F::ALL[i + 1..].iter().all(|b| !alone.has(*b)));
            }
        }
        check::<OpenFlag>();
        check::<MapFlag>();
        check::<ProtectExtra>();
    }
}
