//! A live mapping and guarded access to its bytes: mapping, protecting, locking, advising and populating it, copying
//! out of it and into it, and what the kernel reports of it.
//!
//! Nothing here knows which command uses the mapping. The bytes are never lent out as a slice, because other processes
//! may change or truncate the file at any moment: each access is a bounded copy that survives a fault (`copy`, `fault`).
//! Below are `process`, `source`, `measure` and the rooms below them.
//!
//! A source that cannot be mapped is read in order (`readable`, `byte_stream`).
//!
//! The crate memmap2 makes and owns every mapping that one of its constructors can express: shared read-only, shared
//! read-write or private copy-on-write mappings of a file, a shared executable one, and private anonymous memory, at an
//! address of the kernel's choice. It keeps the lengths and offsets right on every platform. Our own calls in `sys`
//! make the others, which memmap2 cannot express: a demanded or suggested address, flags of `mmap(2)` other than those
//! that are applied after mapping, no access, shared anonymous memory, executable memory that is writable, reserved
//! address space, the windows of a mirror, and a mapping after `mremap(2)`. [`Region`] owns these and unmaps them when
//! it is dropped. `MapRequest::is_plain` decides which of the two a request needs.

pub mod advise;
pub mod byte_stream;
pub mod bytes;
mod change;
pub mod copy;
mod divide;
pub mod fault;
mod fences;
mod live;
pub mod lock;
mod locked;
mod mapping_room;
pub mod marks;
mod mirrored;
pub mod observation;
pub mod piecewise;
pub mod populate;
mod readable;
pub mod refusal;
mod remap;
mod request;
pub mod stream;
pub(in crate::mapping) mod window;

pub use live::Region;
pub(in crate::mapping) use locked::LockedPages;
pub(in crate::mapping) use mapping_room::mapping_room;
pub use mirrored::{Mirror, MirrorRequest, widen};
pub use readable::Readable;
pub use request::MapRequest;
