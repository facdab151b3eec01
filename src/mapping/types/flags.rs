//! The flags of `open(2)` and `mmap(2)`, and sets of flags.

use std::fmt;
use std::marker::PhantomData;

use serde::{Serialize, Serializer};

/// One of a closed list of named flags.
pub trait Flag: Copy + Eq + fmt::Debug + 'static {
    /// Every flag of the list, each once.
    const ALL: &'static [Self];

    /// The name as it is typed.
    fn name(self) -> &'static str;
}

/// A set of flags of one list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FlagSet<F> {
    bits: u32,
    flags: PhantomData<F>,
}

impl<F: Flag> FlagSet<F> {
    /// No flags.
    pub const EMPTY: Self = Self {
        bits: 0,
        flags: PhantomData,
    };

    /// The set with one more flag.
    #[must_use]
    pub fn with(self, flag: F) -> Self {
        Self {
            bits: self.bits | Self::bit(flag),
            flags: PhantomData,
        }
    }

    /// The set without a flag.
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

impl<F: Flag> Default for FlagSet<F> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<F: Flag> FromIterator<F> for FlagSet<F> {
    fn from_iter<I: IntoIterator<Item = F>>(flags: I) -> Self {
        flags.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl<F: Flag> fmt::Debug for FlagSet<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<F: Flag> Serialize for FlagSet<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Flag::name))
    }
}

/// A flag of `open(2)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenFlag {
    /// Create the file when it is missing (`O_CREAT`).
    Create,
    /// With create: fail when it exists (`O_EXCL`).
    Excl,
    /// Cut an existing file to nothing (`O_TRUNC`).
    Truncate,
    /// Bypass the page cache for read and write calls (`O_DIRECT`); a mapping uses it all the same.
    Direct,
    /// Every write call waits for data and metadata (`O_SYNC`).
    Sync,
    /// Every write call waits for data (`O_DSYNC`).
    Dsync,
    /// A terminal does not become the controlling one (`O_NOCTTY`).
    Noctty,
    /// Opening does not wait (`O_NONBLOCK`).
    Nonblock,
    /// Fail when the last component is a symbolic link (`O_NOFOLLOW`).
    Nofollow,
    /// Signal-driven input and output (`O_ASYNC`).
    Async,
    /// Fail unless it is a directory (`O_DIRECTORY`).
    Directory,
    /// Sizes beyond 2 GiB on 32-bit systems (`O_LARGEFILE`).
    Largefile,
}

impl Flag for OpenFlag {
    const ALL: &'static [Self] = &[
        Self::Create,
        Self::Excl,
        Self::Truncate,
        Self::Direct,
        Self::Sync,
        Self::Dsync,
        Self::Noctty,
        Self::Nonblock,
        Self::Nofollow,
        Self::Async,
        Self::Directory,
        Self::Largefile,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Excl => "excl",
            Self::Truncate => "truncate",
            Self::Direct => "direct",
            Self::Sync => "sync",
            Self::Dsync => "dsync",
            Self::Noctty => "noctty",
            Self::Nonblock => "nonblock",
            Self::Nofollow => "nofollow",
            Self::Async => "async",
            Self::Directory => "directory",
            Self::Largefile => "largefile",
        }
    }
}

/// The flags of `open(2)` that were asked for.
pub type OpenFlags = FlagSet<OpenFlag>;

/// A flag of `mmap(2)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapFlag {
    /// Place it exactly at the address, replacing what is there (`MAP_FIXED`).
    Fixed,
    /// Place it exactly at the address, failing when something is there (`MAP_FIXED_NOREPLACE`).
    FixedNoreplace,
    /// Extend downwards on a touch just below, as stacks do (`MAP_GROWSDOWN`).
    Growsdown,
    /// Accepted and ignored by the kernel (`MAP_DENYWRITE`).
    Denywrite,
    /// Accepted and ignored by the kernel (`MAP_EXECUTABLE`).
    Executable,
    /// Bring every page in and keep it in memory (`mlock(2)`).
    Locked,
    /// Keep pages in memory from their first touch on (`mlock2(2)`, `MLOCK_ONFAULT`).
    LockOnfault,
    /// Promise no swap space for it (`MAP_NORESERVE`).
    Noreserve,
    /// Bring every page in (`MADV_POPULATE_READ`, after mapping).
    Populate,
    /// With populate: bring in nothing (`MAP_NONBLOCK`, since Linux 2.6.23).
    Nonblock,
    /// Memory for a stack (`MAP_STACK`).
    Stack,
    /// Memory from the pool of huge pages (`MAP_HUGETLB`).
    Hugetlb,
    /// Stores are durable once flushed from the CPU, on a DAX file system (`MAP_SYNC`).
    Sync,
    /// Memory need not be cleared; ignored by kernels with an MMU (`MAP_UNINITIALIZED`).
    Uninitialized,
    /// Place it in the first 2 GiB (`MAP_32BIT`).
    Low32,
}

impl Flag for MapFlag {
    const ALL: &'static [Self] = &[
        Self::Fixed,
        Self::FixedNoreplace,
        Self::Growsdown,
        Self::Denywrite,
        Self::Executable,
        Self::Locked,
        Self::LockOnfault,
        Self::Noreserve,
        Self::Populate,
        Self::Nonblock,
        Self::Stack,
        Self::Hugetlb,
        Self::Sync,
        Self::Uninitialized,
        Self::Low32,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::FixedNoreplace => "fixed-noreplace",
            Self::Growsdown => "growsdown",
            Self::Denywrite => "denywrite",
            Self::Executable => "executable",
            Self::Locked => "locked",
            Self::LockOnfault => "lock-onfault",
            Self::Noreserve => "noreserve",
            Self::Populate => "populate",
            Self::Nonblock => "nonblock",
            Self::Stack => "stack",
            Self::Hugetlb => "hugetlb",
            Self::Sync => "sync",
            Self::Uninitialized => "uninitialized",
            Self::Low32 => "32bit",
        }
    }
}

/// The flags of `mmap(2)` that were asked for.
pub type MapFlags = FlagSet<MapFlag>;

/// A bit that `mprotect(2)` takes besides the access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtectExtra {
    /// The memory may hold atomic operations (`PROT_SEM`).
    Sem,
    /// Apply down to the start of a mapping that grows down (`PROT_GROWSDOWN`).
    Growsdown,
    /// Apply up to the end of a mapping that grows up (`PROT_GROWSUP`).
    Growsup,
}

impl Flag for ProtectExtra {
    const ALL: &'static [Self] = &[Self::Sem, Self::Growsdown, Self::Growsup];

    fn name(self) -> &'static str {
        match self {
            Self::Sem => "sem",
            Self::Growsdown => "growsdown",
            Self::Growsup => "growsup",
        }
    }
}
