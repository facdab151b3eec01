//! The page about `why`.

use crate::manual::page::Block::{Item, Text};
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "why",
    description: &[
        Text(
            "No page is loaded or evicted. To find the folios, the control groups and the nodes, the command maps the \
             pages that are already in memory. Their marks of use and the access time of the file do not change. On \
             overlayfs, the file in the lower or upper layer is measured, to which the pages belong.",
        ),
        Text(
            "A value that cannot be measured is `unknown`. The line names the capability that is needed, or the file \
             that the kernel lacks, and the exit status is still 0. The command does not list itself.",
        ),
    ],
    sections: &[
        Section {
            title: "REPORT",
            blocks: &[
                Item(
                    "size",
                    "The size, the allocated blocks, the holes, and the unwritten extents: blocks that are reserved \
                     but were never written, and read as zeros.",
                ),
                Item(
                    "cached",
                    "The pages in the page cache, and how much of them is dirty or under writeback (cachestat(2)). \
                     Needs ownership of the file, permission to write it, or CAP_DAC_OVERRIDE.",
                ),
                Item(
                    "in flight",
                    "Pages in the page cache that are not up to date, because they are being read or could not be read.",
                ),
                Item(
                    "folios",
                    "The number of folios of each size. A folio is a block of pages that the kernel handles as one. \
                     Needs CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH.",
                ),
                Item(
                    "cgroups",
                    "The control groups to which the memory is charged: usually that of the process that first used \
                     it. Needs the same capabilities as `folios`.",
                ),
                Item("NUMA", "The memory on each NUMA node."),
                Item(
                    "mapped by",
                    "The processes that map the file: the amount in their page tables, the part that is locked, \
                     and the part in huge pages. Processes of other users need CAP_SYS_PTRACE.",
                ),
                Item(
                    "mapped huge",
                    "The memory that these processes map with huge pages, in total.",
                ),
                Item(
                    "open in",
                    "The processes that have the file open, for reading, writing or both. Processes of other users need \
                     CAP_SYS_PTRACE.",
                ),
                Item(
                    "device",
                    "The block device of the file, its major and minor number, and whether it is rotational.",
                ),
                Item("file system", "Its type and its mount point."),
                Item(
                    "read-ahead",
                    "The maximum amount that the kernel reads ahead.",
                ),
                Item(
                    "kept by",
                    "The reasons for which pages would stay in memory if you ran `mmapctl evict` now.",
                ),
                Item(
                    "huge",
                    "Whether the memory is in folios of the size of a huge page or mapped with huge pages: yes, no or \
                     partly, and the reasons.",
                ),
            ],
        },
        Section {
            title: "WHY MEMORY IS NOT HUGE",
            blocks: &[
                Item(
                    "the file was read or written in small pieces",
                    "The kernel chooses the size of a folio when it reads or writes the data. Large reads and writes, \
                     read-ahead, and mappings with MADV_HUGEPAGE create large folios. To load the file in larger \
                     folios, evict it first.",
                ),
                Item(
                    "the file system does not use large folios",
                    "XFS uses them since Linux 5.18, and ext4 since Linux 6.16.",
                ),
                Item(
                    "huge pages are disabled for this memory",
                    "On tmpfs the mount option `huge` decides; for memory without a mount, such as a memfd, \
                     /sys/kernel/mm/transparent_hugepage/shmem_enabled.",
                ),
                Item(
                    "no mapping is aligned to the huge page size",
                    "A huge page must start at a multiple of its size both in the file and in memory.",
                ),
                Item(
                    "processes map it with small pages",
                    "The pages were mapped before they were in a folio of the size of a huge page, or only a part of \
                     the folio is mapped.",
                ),
            ],
        },
    ],
    exits: &[
        (Kind::Failed, "Any other failure."),
        (Kind::Usage, "The command line is wrong."),
        (Kind::NotFound, "There is no such file, descriptor or tag."),
        (Kind::AccessDenied, "The source may not be opened."),
        (
            Kind::Unsupported,
            "The source is a directory (use mmapctl-cached(1)), a pipe, a socket or a character device; or the system is not Linux.",
        ),
    ],
    environment: &[],
    json: &[Text(
        "One object. Amounts are in bytes; those in `residency` are numbers of pages. The schema lists the words of \
         `kept_by` and `huge`.",
    )],
    portability: &[],
    examples: &[
        example(
            "see what keeps a file in memory, and why it is not in huge pages",
            "mmapctl why data.bin",
        ),
        example(
            "see which processes use a shared memory region, and where its memory is",
            "mmapctl why --tag telemetry",
        ),
    ],
    see_also: &[
        ("mmapctl-evict", "1"),
        ("mmapctl-map", "1"),
        ("cachestat", "2"),
        ("proc_pid_pagemap", "5"),
        ("proc_pid_smaps", "5"),
        ("cgroups", "7"),
        ("numa", "7"),
    ],
};
