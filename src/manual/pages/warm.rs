//! The page about `warm`.

use crate::manual::page::Block::Text;
use crate::manual::page::{Page, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "warm",
    description: &[
        Text(
            "The range is widened to whole pages. A page that another program is reading counts as missing until it \
             is up to date. If a block cannot be read, the other pages are still loaded, the message gives the \
             offset, and the status is 9.",
        ),
        Text(
            "For an empty file, the report says that there is nothing to load, and the status is 0. The pages of a \
             block device stay only while a process has the device open; the report names such processes.",
        ),
        Text(
            "Read permission is sufficient. If the file belongs to another user and you may not write it, the kernel \
             does not report its pages: they are loaded, the result is `unknown`, and the status is 0.",
        ),
    ],
    sections: &[],
    exits: &[
        (
            Kind::Failed,
            "Any other failure; or several files failed in different ways.",
        ),
        (Kind::Usage, "The command line is wrong."),
        (Kind::NotFound, "There is no such file, descriptor or tag."),
        (Kind::AccessDenied, "The source may not be opened."),
        (Kind::FileTooShort, "The source ends before the range does."),
        (
            Kind::OutOfMemory,
            "Memory is short: pages were evicted before all of them were loaded.",
        ),
        (
            Kind::Unsupported,
            "The source is a directory, a pipe, a socket or a character device.",
        ),
        (
            Kind::Fault,
            "A block cannot be read, or the file was truncated while it was read.",
        ),
    ],
    environment: &[],
    json: &[Text(
        "One object for each source. For an empty file `length` is 0.",
    )],
    portability: &[],
    examples: &[
        example("load a file", "mmapctl warm data.bin"),
        example(
            "load the first 512 KiB, at no more than 10 MB per second",
            "mmapctl warm data.bin --length 512K --rate 10MB",
        ),
    ],
    see_also: &[
        ("mmapctl-evict", "1"),
        ("mmapctl-map", "1"),
        ("readahead", "2"),
        ("cachestat", "2"),
        ("vmtouch", "8"),
    ],
};
