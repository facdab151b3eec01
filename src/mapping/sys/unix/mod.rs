//! The calls of every Unix. If systems implement such a call differently, a file here chooses between them. Calls of a
//! single system are in the folder of that system, which imports from here, never the reverse.

mod accounts;
pub(in crate::mapping) mod backing;
pub(super) mod bits;
pub(super) mod contents;
pub(super) mod descriptor;
mod device;
pub(super) mod error;
pub(super) mod facts;
#[cfg(not(target_os = "macos"))]
pub(super) mod fadvise;
pub(super) mod flush;
pub(super) mod incore;
mod interrupt;
mod limits;
pub(super) mod map;
mod memory;
pub(super) mod naming;
pub(super) mod open;
pub(super) mod open_file;
pub(super) mod page;
pub(super) mod pipe;
mod place;
mod signals;
mod space;
mod streams;
pub(super) mod tag;
mod terminal;
mod transfer;

pub(in crate::mapping) use accounts::user_name;
pub(in crate::mapping) use contents::{
    next_data, next_hole, position, read_at, set_len, set_position,
};
pub(in crate::mapping) use descriptor::{
    duplicate, is_writable, is_write_only, standard_input, try_close,
};
pub(in crate::mapping) use error::{
    is_descriptor_limit, is_link_loop, kind_of_os_error, refusal_of,
};
pub(in crate::mapping) use facts::{
    classify, facts, identity_of_path, may_write, modified, unmappable_path,
};
#[cfg(not(target_os = "macos"))]
pub(in crate::mapping) use fadvise::will_need;
pub(in crate::mapping) use flush::{flush_data, flush_directory, msync};
pub(in crate::mapping) use incore::{Incore, incore_of_memory, mincore_piece, resident_runs};
pub(in crate::mapping) use interrupt::{Interrupts, is_ready, wait_for};
pub(in crate::mapping) use limits::{
    address_space_limit, file_size_limit, ignore_file_size_signal, limits_leave_room, memlock_limit,
};
pub(in crate::mapping) use map::{map, reserve_addresses, unmap};
pub(in crate::mapping) use memory::{advise, count_views, lock, protect, unlock};
pub(in crate::mapping) use naming::{PATH_LIMIT, name_of_bytes};
pub(in crate::mapping) use open::open;
pub(in crate::mapping) use open_file::{OpenFile, as_file, open_file};
pub(in crate::mapping) use page::{allocation_granularity, page_size};
pub(in crate::mapping) use pipe::widen_pipe;
pub(in crate::mapping) use place::{Place, place_of_tag};
pub(in crate::mapping) use signals::{Watch, find_program, pass_on, program_end, start};
pub(in crate::mapping) use space::free_space;
pub(in crate::mapping) use streams::StandardOutput;
pub(in crate::mapping) use tag::{path_of_tag, tag_name, tag_open, tag_rest, tag_unlink};
pub(in crate::mapping) use terminal::{Terminal, pause};
pub(in crate::mapping) use transfer::{
    is_memory_fault, read_to_memory, try_lock, write_from_memory,
};
