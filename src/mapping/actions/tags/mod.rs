//! The actions `tags` and `unlink`: lists shared memory regions and the processes that use them, finds those that no
//! process uses, and removes names.

mod filters;
mod nameless;
mod orphans;
mod regions;
mod unlink;
mod users;

pub use filters::TagFilters;
pub use nameless::{Nameless, NamelessKind, NamelessRegion, nameless};
pub use orphans::{Orphans, orphans, remove};
pub use regions::{Listing, SharedRegion, exists, find, list, similar, space};
pub use unlink::{Kept, Unlinked, UnlinkedTotal, require, unlink};
pub use users::{RegionUser, Search, Users, users};
