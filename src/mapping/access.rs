//! What may be done with mapped bytes, who else sees it, and the flags of `open(2)` and `mmap(2)`.
//!
//! Pure vocabulary: nothing here calls the operating system.

use std::fmt;
use std::marker::PhantomData;

use serde::{Serialize, Serializer};

/// The reading and writing part of an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessMode {
    /// Read only.
    Read,
    /// Read and write, seen by everybody who maps the source.
    Write,
    /// Read and write, with writes going to private copies of the pages.
    Copy,
    /// Neither: address space that faults when touched (`PROT_NONE`).
    None,
}

/// What may be done with the bytes of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Reading and writing.
    pub mode: AccessMode,
    /// Whether instructions may be fetched from it (`PROT_EXEC`).
    pub execute: bool,
}

impl Access {
    /// Reading and nothing else.
    pub const READ: Self = Self {
        mode: AccessMode::Read,
        execute: false,
    };
    /// Reading and writing for everybody.
    pub const WRITE: Self = Self {
        mode: AccessMode::Write,
        execute: false,
    };
    /// Reading, and writing to private copies.
    pub const COPY: Self = Self {
        mode: AccessMode::Copy,
        execute: false,
    };
    /// Nothing.
    pub const NONE: Self = Self {
        mode: AccessMode::None,
        execute: false,
    };

    /// Every access that can be written, with its name.
    pub const NAMES: [(&'static str, Self); 7] = [
        ("r", Self::READ),
        ("w", Self::WRITE),
        ("c", Self::COPY),
        ("none", Self::NONE),
        (
            "rx",
            Self {
                execute: true,
                ..Self::READ
            },
        ),
        (
            "wx",
            Self {
                execute: true,
                ..Self::WRITE
            },
        ),
        (
            "cx",
            Self {
                execute: true,
                ..Self::COPY
            },
        ),
    ];

    /// The name as it is typed. `PROT_NONE` with execution has none and reads as "x".
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(_, access)| *access == self)
            .map_or("x", |(name, _)| name)
    }

    /// The visibility that goes with it when the user asks for none.
    #[must_use]
    pub const fn natural_visibility(self) -> Visibility {
        match self.mode {
            AccessMode::Copy => Visibility::Private,
            AccessMode::Read | AccessMode::Write | AccessMode::None => Visibility::Shared,
        }
    }

    /// Whether bytes can be loaded.
    #[must_use]
    pub const fn reads(self) -> bool {
        !matches!(self.mode, AccessMode::None)
    }

    /// Whether bytes can be stored, be it in the source or in private copies.
    #[must_use]
    pub const fn writes(self) -> bool {
        matches!(self.mode, AccessMode::Write | AccessMode::Copy)
    }
}

impl Serialize for Access {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Who sees the stores made through a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    /// Everybody who maps the source, and the source itself (`MAP_SHARED`).
    Shared,
    /// The same, with flags the kernel does not know refused instead of ignored (`MAP_SHARED_VALIDATE`).
    SharedValidate,
    /// This mapping alone (`MAP_PRIVATE`).
    Private,
}

impl Visibility {
    /// Whether stores reach the source.
    #[must_use]
    pub const fn is_shared(self) -> bool {
        matches!(self, Self::Shared | Self::SharedValidate)
    }

    /// The name as it is typed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::SharedValidate => "shared-validate",
            Self::Private => "private",
        }
    }
}

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

/// Where in the address space a mapping is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Placement {
    /// Wherever the kernel likes.
    #[default]
    Anywhere,
    /// At or near that address if it is free; a suggestion only.
    Near(u64),
    /// At that address and nowhere else.
    At(u64),
}

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

/// A protection to change a mapping to: an access and the extra bits of `mprotect(2)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protection {
    /// What may be done with the bytes.
    pub access: Access,
    /// The extra bits.
    pub extras: FlagSet<ProtectExtra>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_has_its_own_name_and_its_own_bit() {
        fn check<F: Flag>() {
            for (i, a) in F::ALL.iter().enumerate() {
                let alone = FlagSet::EMPTY.with(*a);
                assert_eq!(alone.iter().collect::<Vec<_>>(), [*a]);
                assert!(
                    F::ALL[i + 1..]
                        .iter()
                        .all(|b| a.name() != b.name() && !alone.has(*b))
                );
            }
        }
        check::<OpenFlag>();
        check::<MapFlag>();
        check::<ProtectExtra>();
    }

    #[test]
    fn copying_is_private_and_everything_else_shared_by_nature() {
        for (name, access) in Access::NAMES {
            let private = access.natural_visibility() == Visibility::Private;
            assert_eq!(private, name.starts_with('c'));
            assert_eq!(access.name(), name);
        }
    }
}
