//! The page about `evict`.

use crate::manual::page::Block::{Item, Text};
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "evict",
    description: &[
        Text(
            "The range is widened to whole pages. Pages that are being read are waited for, and dropped too. On a file \
             system that does not show pages under read (overlayfs), the command waits until nothing has changed for \
             30 ms.",
        ),
        Text("An empty file has nothing to drop: the report says so, and the status is 0."),
        Text(
            "Only permission to read the file is needed. Where the kernel does not report the pages of a file, because \
             it belongs to another user and may not be written, the pages are dropped as well, the result is `unknown`, \
             and the status is 0.",
        ),
    ],
    sections: &[Section {
        title: "PAGES THAT STAY",
        blocks: &[
            Text(
                "Pages stay in memory for these reasons. The status is 12; the message names the reason, and the \
                 processes as far as they can be inspected.",
            ),
            Item("mapped or locked", "A process maps or locks them."),
            Item("dirty again", "A process writes to them."),
            Item(
                "memory only",
                "The file is on tmpfs, or is a shared memory region.",
            ),
            Item("in use", "Something else is using them, such as a pipe."),
        ],
    }],
    exits: &[
        (
            Kind::Failed,
            "Any other failure: an I/O error while flushing; or several files failed in different ways.",
        ),
        (Kind::Usage, "The command line is wrong."),
        (Kind::NotFound, "There is no such file, descriptor or tag."),
        (Kind::AccessDenied, "It may not be opened."),
        (Kind::FileTooShort, "It ends before the range does."),
        (
            Kind::DiskFull,
            "The storage has no space for the dirty pages. They stay in memory.",
        ),
        (
            Kind::Unsupported,
            "It is a directory, a pipe, a socket or a character device; or the system cannot evict.",
        ),
        (Kind::Busy, "Pages stayed in memory."),
    ],
    environment: &[],
    json: &[Text(
        "One object for each file. For an empty file `length` is 0.",
    )],
    portability: &[Text(
        "On macOS the pages are dropped by msync(2) with MS_INVALIDATE. Windows offers no way to drop them.",
    )],
    examples: &[
        example(
            "drop a file from the page cache: the next read is cold",
            "mmapctl evict data.bin",
        ),
        example(
            "only a part of it",
            "mmapctl evict data.bin --offset 64K --length 64K",
        ),
    ],
    see_also: &[
        ("mmapctl-warm", "1"),
        ("mmapctl-sync", "1"),
        ("posix_fadvise", "2"),
        ("cachestat", "2"),
        ("vmtouch", "8"),
    ],
};
