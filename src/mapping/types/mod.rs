//! Plain data that every room shares: offsets and lengths, ranges, access, flags, advice, kinds, names and counts.
//!
//! Nothing here calls the operating system, opens a file or writes a report. This is the lowest room and uses no other.
//!
//! A value that can be typed on the command line is declared once, with its name, its help and its platforms (`named`).
//! Offsets, lengths and ranges have methods for their arithmetic (`offset`, `range`, `address_range`).

mod access;
mod address_range;
mod advice;
mod counts;
mod duration;
mod effect;
mod finding;
mod flags;
mod flush;
mod hint;
mod holders;
mod huge_pool;
pub(in crate::mapping) mod json;
mod kind;
mod lock;
mod marks;
mod name;
pub(in crate::mapping) mod named;
mod new_size;
mod offset;
mod page_size;
mod platform;
mod privilege;
mod process;
mod quantity;
mod range;
mod range_request;
mod reason;
mod signal;
mod source;
mod step;
mod tag;
mod terminal;
mod text;
mod why;

pub use access::{Access, AccessMode, Placement, Protection, Visibility};
pub use address_range::AddressRange;
pub use advice::{Advice, Reach};
pub use counts::{CountRefusal, Counts, UnknownReason};
pub use duration::nanoseconds;
pub use effect::{Effect, Lasts};
pub use finding::{
    Arrival, Change, ChangeKind, Departure, Extent, Finding, FlagFinding, HowFar, KeptMark,
    Marking, NoPages, Opener, Owner, PageFinding, Stay, TablePages, Unseen,
};
pub use flags::{FlagSet, MapFlag, MapFlags, OpenFlag, OpenFlags, ProtectExtra};
pub use flush::FlushLevel;
pub use hint::{Hint, Missing, Remedy};
pub use holders::{Holders, Kept, User};
pub use huge_pool::HugePool;
pub use kind::Kind;
pub use lock::LockMode;
pub use marks::Marks;
pub use name::{SourceName, is_unprintable};
pub use named::Named;
pub use new_size::NewSize;
pub use offset::{ByteLength, MAX_OFFSET, PageCount, RegionOffset, SourceOffset};
pub use page_size::PageSize;
pub(in crate::mapping) use platform::VIRTUAL_LOCK;
pub use platform::{PerPlatform, Platform, Support};
pub use privilege::Capability;
pub use process::{Device, FileIdentity, Process};
pub use quantity::Quantity;
pub use range::SourceRange;
pub use range_request::{OffsetRequest, RangeError, RangeRequest, TooLarge};
pub use reason::{Conflict, Reason};
pub use signal::{ProgramEnd, Signal};
pub use source::{FileFacts, SourceKind, StatIdentity};
pub use step::{Action, RemapPlace, Step, SyncKind};
pub use tag::{OpenRegion, Tag, TagError, TagFacts, TagSpace};
pub use terminal::TerminalEvent;
pub use text::{LengthText, count_text, exact_text, pages_text, rounded_text};
pub use why::{
    FolioPart, FolioSize, Gap, GapReason, GroupShare, Hugeness, Keeper, Mount, NodeShare,
    ShmemHuge, StorageDevice,
};
