//! The page about `evict`.

use crate::manual::page::Block::{Item, Text};
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "evict",
    description: &[
        Text(
            "The range is widened to whole pages. Pages that are being read are dropped when they have been read. \
             overlayfs does not show such pages; there the command waits until nothing has changed for 30 ms.",
        ),
        Text(
            "For an empty file, the report says that there is nothing to drop, and the status is 0.",
        ),
        Text(
            "Read permission is sufficient. If the file belongs to another user and you may not write it, the kernel \
             does not report its pages: eviction is requested, the result is `unknown`, and the status is 0.",
        ),
    ],
    sections: &[Section {
        title: "PAGES THAT STAY",
        blocks: &[
            Text(
                "If pages stay in memory, the status is 12. The message lists the processes that could be inspected, \
                 and one of these reasons:",
            ),
            Item("mapped or locked", "A process maps or locks them."),
            Item("dirty again", "A process writes to them."),
            Item(
                "memory only",
                "The file is on tmpfs, or is a shared memory region.",
            ),
            Item("in use", "Something else uses them, such as a pipe."),
        ],
    }],
    exits: &[
        (
            Kind::Failed,
            "Any other failure, such as an I/O error during the flush; or several files failed in different ways.",
        ),
        (Kind::Usage, "The command line is wrong."),
        (Kind::NotFound, "There is no such file, descriptor or tag."),
        (Kind::AccessDenied, "The source may not be opened."),
        (Kind::FileTooShort, "The source ends before the range does."),
        (
            Kind::DiskFull,
            "There is no space for the dirty pages. They stay in memory.",
        ),
        (
            Kind::Unsupported,
            "The source is a directory, a pipe, a socket or a character device; or the system cannot evict pages.",
        ),
        (Kind::Busy, "Pages stayed in memory."),
    ],
    environment: &[],
    json: &[Text(
        "One object for each source. For an empty file `length` is 0.",
    )],
    portability: &[],
    examples: &[
        example(
            "drop a file from the page cache, before a benchmark of cold reads",
            "mmapctl evict data.bin",
        ),
        example(
            "drop a range of a file",
            "mmapctl evict data.bin --range 64K+64K",
        ),
    ],
    see_also: &[
        ("mmapctl-warm", "1"),
        ("mmapctl-sync", "1"),
        ("mmapctl-why", "1"),
        ("posix_fadvise", "2"),
        ("cachestat", "2"),
        ("vmtouch", "8"),
    ],
};
