//! Replacements on macOS, FreeBSD and Windows for calls that only Linux has. They agree with the table in `platform`,
//! which lists the features of each system for users.

#![allow(clippy::unnecessary_wraps, reason = "shaped like the calls of Linux")]

mod cache;
mod file;
mod frames;
mod memory;
mod pipe;
mod process;
mod service;
mod tag;

pub(in crate::mapping) use cache::{
    Drain, cache_stat, drain_page_lists, drop_all_cached, has_file_pages, read_ahead, same_pages,
    start_writeback, used_pages, with_one_page_mapped,
};
pub(in crate::mapping) use file::{
    copy_range, entry_number, extent_bytes, gives_privileges, is_claimed, is_path_only,
    is_read_only_device, is_replaceable, is_rotating, keep_access_time, kernel_release,
    last_modification, mount_of, open_again, open_below, open_direct, open_directory,
    read_from_storage, send_file, stacking, storage_device, take_over, takes_memory,
};
pub(in crate::mapping) use frames::{Frames, group_paths, memory_nodes, nodes_of};
pub(in crate::mapping) use memory::{
    available_memory, boot_id, corrupted_memory, has_swap, huge_pools, mapping_limit, merges_pages,
    name_memory, remap, seal, shared_memory_huge_pages, transparent_huge_page,
};
pub(in crate::mapping) use pipe::{PipeCopy, PipeMemory};
pub(in crate::mapping) use process::{
    ProcessHandle, are_all_processes, command_name, descriptors_of, has_device_open, holds,
    is_gone, is_in_user_namespace, open_mapped_file, open_memory_map, open_process_memory,
    process_ids, process_start, read_process_memory, shows_processes, trace_scope,
};
pub(in crate::mapping) use service::{
    Changes, is_watch_limit, last_change, notify_service, wait_for_change, watch_limit,
};
pub(in crate::mapping) use tag::{
    holds_lease, maps_show_device_of_tags, name_behind, region_of_mapping, tag_device, tag_facts,
    tag_names, tag_space, take_lease, visit_open_regions,
};
