//! Calls of Linux alone. Files here import from each other and from `unix`.

mod advise_process;
mod below;
mod blocks;
mod cache;
mod cachestat;
mod copy;
mod device;
mod direct;
mod filesystem;
mod found;
mod frames;
mod groups;
mod hugepages;
mod inotify;
mod lease;
mod memfd;
mod meminfo;
mod memory;
mod mounts;
mod numa;
mod overlay;
mod pageflags;
mod pagemap;
mod pipe;
mod privileges;
mod procfs;
mod remap;
mod replace;
mod service;
mod tags;
mod text;

pub(in crate::mapping) use advise_process::{ProcessHandle, open_mapped_file};
pub(in crate::mapping) use below::{open_below, open_directory};
pub(in crate::mapping) use blocks::{extent_bytes, reserve, reserve_beyond_end};
pub(in crate::mapping) use cache::{
    Drain, drop_all_cached, drop_cached, read_ahead, start_writeback, write_back,
};
pub(in crate::mapping) use cachestat::cache_stat;
pub(in crate::mapping) use copy::{copy_range, send_file};
pub(in crate::mapping) use device::{is_claimed, is_read_only_device, is_rotating, storage_device};
pub(in crate::mapping) use direct::{gives_privileges, open_direct, read_from_storage};
pub(in crate::mapping) use filesystem::{
    is_memory_backed, is_path_only, keep_access_time, kernel_release, may_ask_mincore, stacking,
    takes_memory,
};
pub(in crate::mapping) use found::{
    entry_number, facts_of_regular, last_modification, open_found, shows_kernel_state,
};
pub(in crate::mapping) use frames::Frames;
pub(in crate::mapping) use groups::group_paths;
pub(in crate::mapping) use hugepages::{
    default_huge_page_size, huge_pools, shared_memory_huge_pages, transparent_huge_page,
};
pub(in crate::mapping) use inotify::{
    Changes, is_watch_limit, last_change, wait_for_change, watch_limit,
};
pub(in crate::mapping) use lease::{holds_lease, take_lease};
pub(in crate::mapping) use memfd::{memory_file, open_again, path_of_descriptor};
pub(in crate::mapping) use memory::{
    available_memory, boot_id, corrupted_memory, has_swap, mapping_limit, merges_pages,
};
pub(in crate::mapping) use mounts::mount_of;
pub(in crate::mapping) use numa::{memory_nodes, nodes_of};
pub(in crate::mapping) use overlay::same_pages;
pub(in crate::mapping) use pageflags::{drain_page_lists, used_pages};
pub(in crate::mapping) use pagemap::{has_file_pages, present_pages};
pub(in crate::mapping) use pipe::{PipeCopy, PipeMemory};
pub(in crate::mapping) use privileges::{holds, is_in_user_namespace};
pub(in crate::mapping) use procfs::{
    are_all_processes, command_name, descriptors_of, has_device_open, is_gone, open_memory_map,
    open_process_memory, process_ids, process_start, read_process_memory, shows_processes,
    trace_scope, with_one_page_mapped,
};
pub(in crate::mapping) use remap::{name_memory, remap, seal};
pub(in crate::mapping) use replace::{is_replaceable, take_over};
pub(in crate::mapping) use service::notify_service;
pub(in crate::mapping) use tags::{
    maps_show_device_of_tags, name_behind, region_of_mapping, tag_device, tag_facts, tag_names,
    tag_space, visit_open_regions,
};
