//! Findings about an advice: the reasons and notes of an effect, as values. Their sentences are in `report`.

use super::counts::UnknownReason;
use super::holders::{Holders, Kept};

/// Declares [`Finding`]. Each kind in the first list has a data type of its own, which converts into a finding.
macro_rules! findings {
    (
        converted { $($(#[$about:meta])* $kind:ident($data:ty),)+ }
        named { $($(#[$other_about:meta])* $other:ident($other_data:ty),)+ }
    ) => {
        /// A finding about an advice.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Finding {
            $($(#[$about])* $kind($data),)+
            $($(#[$other_about])* $other($other_data),)+
        }

        $(impl From<$data> for Finding {
            fn from(finding: $data) -> Self {
                Self::$kind(finding)
            }
        })+
    };
}

findings! {
    converted {
        /// Counters changed.
        Changes(Vec<Change>),
        /// The kernel does not report something, or counts it together with something else.
        Unseen(Unseen),
        /// About a flag of the mapping.
        Flag(FlagFinding),
        /// About pages that an advice brings in.
        Arrival(Arrival),
        /// About memory that an advice releases.
        Departure(Departure),
        /// The mapping has no pages that the advice could affect.
        NoPages(NoPages),
        /// Why nothing left memory.
        Stay(Stay),
        /// Why pages of a file were not evicted.
        Kept(Kept),
        /// About marks of use.
        Marking(Marking),
        /// About the pages themselves: huge, out of service or guarded.
        Page(PageFinding),
        /// The pages belong to a block device, and stay until this opener closes it.
        Device(Opener),
    }
    named {
        /// The changes caused by accessing the pages before the advice.
        TouchedFirst(Vec<Change>),
        /// The changes caused by accessing the pages after the advice.
        TouchedAfter(Vec<Change>),
        /// The system refused the rest, for this reason.
        RestRefused(String),
    }
}

/// The process whose memory a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// This process, and one of its mappings.
    ThisProcess,
    /// Another process, and some of its mappings.
    OtherProcess,
}

/// A number of pages or bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// A number of pages.
    Pages(u64),
    /// A number of bytes.
    Bytes(u64),
}

impl Extent {
    /// Whether there is none.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        matches!(self, Self::Pages(0) | Self::Bytes(0))
    }
}

/// A change of memory or storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The amount.
    pub extent: Extent,
    /// The kind of change.
    pub kind: ChangeKind,
}

impl Change {
    pub(in crate::mapping) const fn pages(count: u64, kind: ChangeKind) -> Self {
        let extent = Extent::Pages(count);
        Self { extent, kind }
    }

    pub(in crate::mapping) const fn bytes(count: u64, kind: ChangeKind) -> Self {
        let extent = Extent::Bytes(count);
        Self { extent, kind }
    }
}

/// The kinds of changes of memory and storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It came into memory.
    CameIntoMemory,
    /// It came into the page cache, and the read may not be complete.
    CameIntoCache,
    /// It left memory.
    LeftMemory,
    /// It became dirty.
    BecameDirty,
    /// Blocks of the storage were allocated.
    Allocated,
    /// Blocks of the storage were freed.
    Freed,
    /// It came into the page tables.
    CameIntoTables,
    /// It left the page tables.
    LeftTables,
    /// It is now in huge pages.
    BecameHuge,
    /// It is no longer in huge pages.
    NoLongerHuge,
    /// It went to swap space.
    WentToSwap,
    /// It came back from swap space.
    CameFromSwap,
    /// The kernel may take it back when memory is short.
    BecameLazyFree,
    /// The kernel may no longer take it back.
    NoLongerLazyFree,
}

/// What the kernel does not report, or counts together with something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// Which pages are in memory, for this reason if it is known.
    Residency(Option<UnknownReason>),
    /// The memory use of mappings.
    Account,
    /// Pages that are still being read.
    PendingReads,
    /// Reads from swap space, or from files that may not be opened.
    Reads,
    /// Which pages became dirty.
    Dirty,
    /// Whether pages are marked as used.
    Marks,
    /// The kernel counts the mapping together with this many bytes of its neighbours.
    Neighbours(u64),
    /// The kernel counts whole mappings, of which this many bytes lie outside the range.
    WholeMappings(u64),
}

/// A finding about a flag of the mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagFinding {
    /// The mapping had the flag of this code before.
    HadAlready(&'static str),
    /// The mapping now has the flag of this code.
    HasNow(&'static str),
    /// The mapping still has the flag of this code.
    HasStill(&'static str),
    /// The mapping no longer has the flag of this code.
    HasNoLonger(&'static str),
    /// A new mapping has no flag to clear.
    ClearFromTheStart,
    /// The kernel accepted the advice, but the mapping does not have its flag.
    NotShown,
    /// Shared memory is never merged.
    SharedIsNotMerged,
    /// The kernel does not merge pages at present.
    MergingIsOff,
    /// The kernel does not create huge pages here on access.
    NoNewHugePages,
}

/// Where pages have arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HowFar {
    /// Into memory, up to date.
    InMemory,
    /// Into the page cache, where some are still being read.
    InCache,
}

/// A finding about pages that an advice brings in. Amounts are in bytes, unless they are numbers of pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// There are only holes.
    HolesOnly,
    /// All pages were in memory before.
    AllPagesThere(HowFar),
    /// All pages that are not holes were in memory before.
    AllDataThere(HowFar),
    /// The kernel accepted the advice, but no page came in.
    NothingCame,
    /// No page came into the page cache.
    NothingCached,
    /// No page is in swap space.
    NoneInSwap,
    /// Pages could come only from swap space, and there is none.
    NoSwap,
    /// This number of pages is still missing.
    Missing(u64),
    /// This number of pages is in the page cache but not yet up to date.
    NotUpToDate(u64),
    /// This number of bytes lies in holes and was not read.
    HolesNotRead(u64),
    /// No missing page could be brought in.
    NoneCouldBeRead,
    /// No page may be loaded any more.
    LimitReached,
    /// A signal ended the work before a page was loaded.
    Interrupted,
    /// There is no data to bring in.
    NoData,
    /// Only the shared zero page came into the page tables.
    ZeroPage,
    /// Every page of the anonymous memory was present before.
    EveryPageThere,
    /// Every page of the file was in memory and mapped before.
    EveryPageMapped,
    /// This number of bytes of memory now belongs to the mapping alone.
    OwnMemory(u64),
    /// This came into the page tables.
    InTables(TablePages),
    /// Every page of the file was in memory before, and this came into the page tables.
    OnlyInTables(TablePages),
}

/// The pages that an advice brought into the page tables, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TablePages {
    /// Private copies.
    Copies(u64),
    /// Pages of the file.
    OfFile(u64),
}

/// A finding about memory that an advice releases. Amounts are in bytes, unless they are numbers of pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Departure {
    /// This number of bytes of private memory was freed with its contents.
    GivenBack(u64),
    /// A new mapping has no pages of its own, and the pages of the file stay in the page cache.
    NoOwnPages,
    /// This number of bytes left the page tables.
    LeftTables {
        /// The number of bytes.
        bytes: u64,
        /// Whether the page cache keeps it; otherwise the memory itself stays.
        cached: bool,
    },
    /// The kernel marked none of the pages as free to take.
    NoneMarked,
    /// No page left memory.
    NoneLeft,
    /// This number of pages is still in memory.
    StillInMemory {
        /// The number of pages.
        pages: u64,
        /// Why they stay.
        why: Stay,
    },
    /// This number of bytes left the page tables of another process and stays in memory.
    UnmappedOnly {
        /// The number of bytes.
        bytes: u64,
        /// Why it stays; `None` when it is unknown whether it does.
        why: Option<Stay>,
    },
    /// None of the pages was in memory.
    NothingToEvict,
    /// The range was a hole before.
    HoleAlready,
    /// The range was a hole before, and this number of its pages left memory.
    HoleLeftMemory(u64),
    /// The contents are destroyed, and this amount of storage was freed.
    Zeroed(u64),
}

/// Why a mapping has no pages that an advice could affect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPages {
    /// It is new, and its pages are loaded on access.
    NewMapping,
    /// The kernel does not report to this process which pages are in memory, so none could be mapped.
    NotPermitted,
    /// It may not be read, and has no pages in its page tables.
    NotReadable,
    /// None is in memory.
    NotInMemory,
    /// The other process has none in its page tables.
    NotInTables,
}

/// Why pages stay in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stay {
    /// The kernel pages a file out only for its owner or a user who may write it.
    NotPermitted,
    /// There are no pages to page out.
    NoPages(NoPages),
    /// They could go only to swap space, and there is none.
    NoSwap,
    /// They are in swap space as well.
    InSwapToo,
    /// These processes keep them.
    Held(Holders),
    /// This number of pages is dirty or being written back.
    DirtyOrWriteback {
        /// The number of pages.
        pages: u64,
        /// The process that has them.
        owner: Owner,
    },
    /// The underlying file system does not report whether they are dirty or in use.
    Stacked,
    /// They could not be inspected.
    NotCounted,
    /// No process is known to keep them, but processes that could not be inspected may.
    InUse(Holders),
}

/// A finding about marks of use, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Marking {
    /// This number of bytes lost its marks.
    Cooled(u64),
    /// This number of bytes is still marked as used.
    StillUsed(u64),
    /// No page was marked as used.
    NoneUsed,
    /// All pages are still marked as used, for this reason if it is known.
    AllStillUsed(Option<KeptMark>),
}

/// Why pages are still marked as used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptMark {
    /// These processes have them in their page tables.
    Held(Holders),
    /// This number of pages is dirty or being written back, and is therefore not split from its large folio.
    DirtyOrWriteback(u64),
    /// Processes that could not be inspected may have them in their page tables.
    MayBeHeld(Holders),
    /// They are mapped more than once, locked or shared.
    PassedOver,
}

/// A finding about the pages: huge, out of service or guarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageFinding {
    /// The pages were huge before.
    HugeAlready,
    /// The kernel accepted the advice, but created no huge page.
    NoHugePage,
    /// This number of bytes of memory is out of service.
    Retired(u64),
    /// The kernel counts no more faulty memory than before.
    NoneRetired,
    /// The first page was accessed, and faults.
    Guarded,
    /// The first page was accessed, and can be read.
    NotGuarded,
    /// The pages fault; none was accessed.
    GuardNotTried,
    /// A new mapping has no guards to remove.
    NoGuards,
}

/// The process or system that has a block device open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opener {
    /// The system itself, as for a mounted file system.
    System,
    /// This process.
    Process(u32),
    /// No process that could be inspected.
    Nobody {
        /// Whether all processes could be inspected.
        all_seen: bool,
    },
}

impl From<Change> for Finding {
    fn from(change: Change) -> Self {
        Self::Changes(vec![change])
    }
}
