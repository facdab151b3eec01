//! Calls of Windows.
//!
//! A file is mapped through a section, which exists only for this purpose; a tag is a section with a name. Calls that
//! older systems or Wine lack are looked up when needed.

mod accounts;
pub(in crate::mapping) mod backing;
mod call;
mod error;
mod facts;
mod file;
mod late;
mod limits;
mod memory;
pub(super) mod open_file;
mod output;
mod page;
mod place;
mod placeholder;
mod region;
mod section;
mod signals;
mod space;
mod tag;
mod terminal;
mod transfer;
mod view;
mod working_set;

pub(in crate::mapping) use accounts::user_name;
pub(in crate::mapping) use call::{PATH_LIMIT, name_of_bytes};
pub(in crate::mapping) use error::{
    is_descriptor_limit, is_link_loop, kind_of_os_error, refusal_of,
};
pub(in crate::mapping) use facts::{
    classify, facts, facts_of_regular, identity_of_path, is_memory_backed, may_write, modified,
    unmappable_path,
};
pub(in crate::mapping) use file::{
    duplicate, flush_data, flush_directory, is_writable, is_write_only, open, open_found, position,
    read_at, set_len, set_position, shows_kernel_state, standard_input, try_close,
};
pub(in crate::mapping) use limits::{
    address_space_limit, file_size_limit, ignore_file_size_signal, limits_leave_room, memlock_limit,
};
pub(in crate::mapping) use memory::{advise, lock, msync, protect, unlock};
pub(in crate::mapping) use open_file::{OpenFile, as_file, open_file};
pub(in crate::mapping) use output::{StandardOutput, widen_pipe};
pub(in crate::mapping) use page::{allocation_granularity, default_huge_page_size, page_size};
pub(in crate::mapping) use place::{Place, place_of_tag};
pub(in crate::mapping) use placeholder::{count_views, reserve_addresses};
pub(in crate::mapping) use signals::{
    Interrupts, Watch, find_program, is_ready, pass_on, program_end, start, wait_for,
};
pub(in crate::mapping) use space::{
    drop_cached, free_space, next_data, next_hole, reserve, reserve as reserve_beyond_end,
    will_need, write_back,
};
pub(in crate::mapping) use tag::{
    memory_file, path_of_descriptor, path_of_tag, tag_name, tag_open, tag_rest, tag_unlink,
};
pub(in crate::mapping) use terminal::{Terminal, pause};
pub(in crate::mapping) use transfer::{
    is_memory_fault, read_to_memory, try_lock, write_from_memory,
};
pub(in crate::mapping) use view::{map, unmap};
pub(in crate::mapping) use working_set::{
    Incore, incore_of_memory, may_ask_mincore, mincore_piece, present_pages, resident_runs,
};
