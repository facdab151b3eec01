//! What may be found out about an advice: the reasons and notes of an effect, as data. Their sentences are in the
//! reports.

use super::counts::UnknownReason;
use super::holders::{Holders, Kept};

/// Something that was found out about an advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Counters differ from before.
    Changes(Vec<Change>),
    /// What touching the pages before the advice changed.
    TouchedFirst(Vec<Change>),
    /// What touching the pages after the advice changed.
    TouchedAfter(Vec<Change>),
    /// Something is not shown, or not counted alone.
    Unseen(Unseen),
    /// About a flag of the mapping.
    Flag(FlagFinding),
    /// About pages that an advice brings in.
    Arrival(Arrival),
    /// About memory that an advice gives up.
    Departure(Departure),
    /// The mapping has no pages that the advice could work on.
    NoPages(NoPages),
    /// Why nothing left memory.
    Stay(Stay),
    /// Why pages of a file were not evicted.
    Kept(Kept),
    /// About marks of use.
    Marking(Marking),
    /// About the pages themselves: huge, retired or guarded.
    Page(PageFinding),
    /// The pages belong to a block device, which it depends on how long they stay.
    Device(Opener),
    /// The system refused the rest, with its own words.
    RestRefused(String),
}

/// Whose memory a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// This process's: what one mapping maps.
    ThisProcess,
    /// Another process's: what some of its mappings map.
    OtherProcess,
}

/// A number of pages or bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// That many pages.
    Pages(u64),
    /// That many bytes.
    Bytes(u64),
}

impl Extent {
    /// Whether there is none.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        matches!(self, Self::Pages(0) | Self::Bytes(0))
    }
}

/// How much of something changed, and in what way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// How much.
    pub extent: Extent,
    /// In what way.
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

/// What may happen to memory or storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It came into memory.
    CameIntoMemory,
    /// It came into the page cache, and may still be being read.
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
    /// It is in huge pages now.
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

/// What is not shown, or not counted alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// Which pages are in memory, for this reason where one is known.
    Residency(Option<UnknownReason>),
    /// The account of mappings.
    Account,
    /// Pages that are still being read.
    PendingReads,
    /// Reading in from swap space, or from files that may not be opened.
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

/// What was found out about a flag of the mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagFinding {
    /// The mapping had the flag of this code before.
    HadAlready(&'static str),
    /// The mapping has the flag of this code now.
    HasNow(&'static str),
    /// The mapping has the flag of this code still.
    HasStill(&'static str),
    /// The mapping no longer has the flag of this code.
    HasNoLonger(&'static str),
    /// A new mapping has no flag to clear.
    ClearFromTheStart,
    /// The kernel accepted the advice, and the mapping does not show its flag.
    NotShown,
    /// Shared memory is never merged.
    SharedIsNotMerged,
    /// The kernel merges nothing at present.
    MergingIsOff,
    /// The kernel makes no new huge page here on access.
    NoNewHugePages,
}

/// How far pages have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HowFar {
    /// Into memory, up to date.
    InMemory,
    /// Into the page cache, where some are still being read.
    InCache,
}

/// What was found out about pages that an advice brings in. Amounts are in bytes, or counts of pages where it says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// There is nothing but holes.
    HolesOnly,
    /// All pages were there before.
    AllPagesThere(HowFar),
    /// All pages that are not holes were there before.
    AllDataThere(HowFar),
    /// The kernel accepted the advice, and no page came in.
    NothingCame,
    /// No page came into the page cache.
    NothingCached,
    /// No page is in swap space, from where it could come.
    NoneInSwap,
    /// Pages could come from swap space only, and there is none.
    NoSwap,
    /// That many pages are still missing.
    Missing(u64),
    /// That many pages are in the page cache and not up to date yet.
    NotUpToDate(u64),
    /// That much lies in holes, and was not read.
    HolesNotRead(u64),
    /// No missing page could be brought in.
    NoneCouldBeRead,
    /// There is no data to bring in.
    NoData,
    /// Nothing but the shared page of zeros came into the page tables.
    ZeroPage,
    /// Every page of the anonymous memory was there before.
    EveryPageThere,
    /// Every page of the file was in memory and mapped before.
    EveryPageMapped,
    /// That much memory belongs to the mapping alone now.
    OwnMemory(u64),
    /// That came into the page tables.
    InTables(TablePages),
    /// Every page of the file was in memory before, and that came into the page tables.
    OnlyInTables(TablePages),
}

/// What an advice brought into the page tables, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TablePages {
    /// Private copies.
    Copies(u64),
    /// Pages of the file.
    OfFile(u64),
}

/// What was found out about memory that an advice gives up. Amounts are in bytes, or counts of pages where it says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Departure {
    /// That much private memory was given back with its contents.
    GivenBack(u64),
    /// A new mapping has no pages of its own; those of the file stay in the page cache.
    NoOwnPages,
    /// That much left the page tables.
    LeftTables {
        /// How much.
        bytes: u64,
        /// Whether the page cache keeps it; else the memory itself stays.
        cached: bool,
    },
    /// The kernel marked none of the pages as free to take.
    NoneMarked,
    /// No page left memory.
    NoneLeft,
    /// That many pages are still in memory.
    StillInMemory {
        /// How many pages.
        pages: u64,
        /// Why they are.
        why: Stay,
    },
    /// That much left the page tables of another process, and stays in memory.
    UnmappedOnly {
        /// How much.
        bytes: u64,
        /// Why it stays; absent where it is not shown whether it does.
        why: Option<Stay>,
    },
    /// None of the pages was in memory.
    NothingToEvict,
    /// The range was a hole before.
    HoleAlready,
    /// The range was a hole before, of which that many pages left memory.
    HoleLeftMemory(u64),
    /// The contents are gone, and that much storage was freed.
    Zeroed(u64),
}

/// Why a mapping has no pages that an advice could work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPages {
    /// It is new, and its pages come on access.
    NewMapping,
    /// The kernel does not show this process which pages are in memory, so that none could be mapped.
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
    /// The kernel pages a file out only for its owner, or who may write it.
    NotPermitted,
    /// There are no pages to page out.
    NoPages(NoPages),
    /// They could go to swap space only, and there is none.
    NoSwap(Owner),
    /// They are in swap space as well.
    InSwapToo,
    /// These processes keep them.
    Held(Holders),
    /// That many pages are dirty or being written.
    DirtyOrWriteback {
        /// How many pages.
        pages: u64,
        /// Whose they are, on which it depends what helps.
        owner: Owner,
    },
    /// The file system below does not show whether they are dirty or in use.
    Stacked,
    /// They could not be looked at.
    NotCounted,
    /// Nobody is known to keep them; those who could not be looked at may.
    InUse(Holders),
}

/// What was found out about marks of use, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Marking {
    /// That much is marked as not used lately.
    Cooled(u64),
    /// That much is still marked as used.
    StillUsed(u64),
    /// No page was marked as used.
    NoneUsed,
    /// All pages are still marked as used, for this reason where one is known.
    AllStillUsed(Option<KeptMark>),
}

/// Why pages are still marked as used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptMark {
    /// These processes have them in their page tables.
    Held(Holders),
    /// That many pages are dirty or being written, and so are not split off their large folio.
    DirtyOrWriteback(u64),
    /// Processes that could not be looked at may have them in their page tables.
    MayBeHeld(Holders),
    /// They are mapped more than once, locked or shared.
    PassedOver,
}

/// What was found out about the pages themselves: huge, retired or guarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageFinding {
    /// The pages were huge before.
    HugeAlready,
    /// The kernel accepted the advice, and made no huge page.
    NoHugePage,
    /// That many bytes of memory are retired.
    Retired(u64),
    /// The kernel counts no more broken memory than before.
    NoneRetired,
    /// The first page was tried, and faults.
    Guarded,
    /// The first page was tried, and can be read.
    NotGuarded,
    /// The pages fault; none was tried.
    GuardNotTried,
    /// A new mapping has no guards to remove.
    NoGuards,
}

/// Who has a block device open, besides this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opener {
    /// The system itself, as for a mounted file system.
    System,
    /// This process.
    Process(u32),
    /// Nobody of those that can be looked at, which may be not all.
    Nobody {
        /// Whether all could be looked at.
        all_seen: bool,
    },
}

/// The finding that holds one of a sort.
macro_rules! findings {
    ($($kind:ident($data:ty)),+ $(,)?) => {
        $(impl From<$data> for Finding {
            fn from(finding: $data) -> Self {
                Self::$kind(finding)
            }
        })+
    };
}

findings! {
    Changes(Vec<Change>),
    Unseen(Unseen),
    Flag(FlagFinding),
    Arrival(Arrival),
    Departure(Departure),
    NoPages(NoPages),
    Stay(Stay),
    Kept(Kept),
    Marking(Marking),
    Page(PageFinding),
    Device(Opener),
}

impl From<Change> for Finding {
    fn from(change: Change) -> Self {
        Self::Changes(vec![change])
    }
}
