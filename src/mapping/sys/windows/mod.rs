//! What only Windows answers to.
//!
//! A tag is a section with a name (`CreateFileMapping`), which lives as long as somebody has it open and
//! gets its size when it is made; every file that is mapped is a section for that moment. Calls that older
//! systems or Wine lack are looked up when they are needed.

mod error;
mod file;
mod late;
mod memory;
mod output;
mod placeholder;
mod section;
mod signals;
mod space;
mod view;

pub(in crate::mapping) mod backing;

pub(in crate::mapping) use super::lacking::{
    Drain, PipeMemory, Place, ProcessHandle, are_all_processes, available_memory, cache_stat,
    command_name, copy_range, corrupted_memory, file_system, has_device_open, has_file_pages,
    has_swap, holds, huge_pools, is_claimed, is_gone, is_path_only, is_read_only_device,
    is_replaceable, is_stacked, mapping_limit, maps_show_device_of_tags, merges_pages, open_again,
    open_mapped_file, open_memory_map, place_of_tag, process_ids, read_ahead, remap, same_pages,
    send_file, settle_page_lists, shows_processes, start_writeback, tag_facts, tag_names,
    tag_space, take_over, takes_memory, transparent_huge_page, used_pages, user_name, widen_pipe,
    with_one_page_mapped,
};
pub(in crate::mapping) use error::{kind_of_os_error, refusal_of, unsupported};
pub(in crate::mapping) use file::{
    OpenFile, as_file, classify, duplicate, facts, flush_data, identity_of_path, is_memory_backed,
    is_writable, is_write_only, modified, open, open_file, read_at, set_len, standard_input,
    try_close, unmappable_path,
};
pub(in crate::mapping) use memory::{
    Incore, advise, allocation_granularity, default_huge_page_size, incore_of_memory, lock,
    may_ask_mincore, mincore_piece, msync, page_size, present_pages, protect, resident_runs,
};
pub(in crate::mapping) use output::StandardOutput;
pub(in crate::mapping) use placeholder::{count_views, reserve_addresses};
pub(in crate::mapping) use section::{
    memory_file, path_of_descriptor, path_of_tag, tag_open, tag_rest, tag_unlink,
};
pub(in crate::mapping) use signals::{
    Event, Interrupts, Watch, find_program, pass_on, program_end, start, wait_for,
};
pub(in crate::mapping) use space::{
    drop_cached, free_space, next_data, next_hole, reserve, reserve as reserve_beyond_end,
    will_need, write_back,
};
pub(in crate::mapping) use view::{map, unmap};

use crate::mapping::types::{ByteLength, Limit, Platform};

/// The system this is.
pub(in crate::mapping) const PLATFORM: Platform = Platform::Windows;

/// Whether looking for holes moves the position of an open file.
pub(in crate::mapping) const LOOKING_MOVES_POSITION: bool = false;

/// No limits are set on a process by those who start it.
pub(in crate::mapping) fn limits_leave_room(_bytes: usize) -> bool {
    true
}

/// Whether what a file is yet to be extended by can be mapped already: a section ends with its file.
pub(in crate::mapping) const MAPS_BEYOND_END: bool = false;

/// Whether memmap2 makes the plain mappings. Its views cannot be given another access than they were made
/// with.
pub(in crate::mapping) const MEMMAP2_SERVES: bool = false;

/// Whether a flush of a mapping is waited for down to the storage: `FlushViewOfFile` is not.
pub(in crate::mapping) const MSYNC_REACHES_STORAGE: bool = false;

/// Whether 'fixed' replaces what is mapped at the address: no call does.
pub(in crate::mapping) const FIXED_REPLACES: bool = false;

/// The most bytes a tag may have: `MAX_PATH` without the longest prefix.
pub(in crate::mapping) const TAG_LIMIT: usize = 253;

/// There is no such signal.
pub(in crate::mapping) fn ignore_file_size_signal() {}

/// There is no such limit.
pub(in crate::mapping) fn address_space_limit() -> Option<ByteLength> {
    None
}

/// There is no such limit.
pub(in crate::mapping) fn file_size_limit() -> Option<ByteLength> {
    None
}

/// There is no such limit: the working set is what locked memory must fit, and it can be enlarged.
pub(in crate::mapping) fn memlock_limit() -> Option<Limit> {
    None
}

/// Text as the calls with a W want it: UTF-16 that ends in a zero.
fn wide(text: &std::ffi::OsStr) -> Vec<u16> {
    use std::os::windows::ffi::OsStrExt;
    text.encode_wide().chain(Some(0)).collect()
}

/// The outcome of a call that answers 0 and sets the last error.
fn check(answer: windows_sys::core::BOOL) -> std::io::Result<()> {
    match answer {
        0 => Err(std::io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// The error of a number of `winerror.h`.
fn error(number: u32) -> std::io::Error {
    std::io::Error::from_raw_os_error(number.cast_signed())
}
