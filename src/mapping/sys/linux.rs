//! What only Linux answers to.

mod cachestat;
mod incore;
mod pagemap;
mod privileges;
mod procfs;

pub(in crate::mapping) use cachestat::cache_stat;
pub(in crate::mapping) use incore::{
    incore_of_file, incore_of_memory, is_stacked, may_ask_mincore, mincore_piece,
};
pub(in crate::mapping) use pagemap::present_pages;
pub(in crate::mapping) use privileges::{holds, memlock_limit};
pub(in crate::mapping) use procfs::{
    command_name, is_gone, open_memory_map, process_ids, with_one_page_mapped,
};
