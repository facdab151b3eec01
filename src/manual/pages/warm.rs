//! The page about `warm`.

use crate::manual::page::Block::Text;
use crate::manual::page::{Page, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "warm",
    description: &[
        Text(
            "The range is widened to whole pages. A page that another program is already reading counts as missing \
             until it is up to date. A block that cannot be read is status 9 with its offset; the other pages are still \
             loaded.",
        ),
        Text(
            "An empty file has nothing to load: the report says so, and the status is 0. The pages of a block device \
             stay only while a process has the device open, and the report says who has.",
        ),
        Text(
            "Only permission to read the file is needed. Where the kernel does not report the pages of a file, because \
             it belongs to another user and may not be written, the pages are loaded as well, the result is `unknown`, \
             and the status is 0.",
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
        (Kind::AccessDenied, "It may not be opened."),
        (Kind::FileTooShort, "It ends before the range does."),
        (
            Kind::OutOfMemory,
            "Memory is short: pages were evicted again before all were loaded.",
        ),
        (
            Kind::Unsupported,
            "It is a directory, a pipe, a socket or a character device.",
        ),
        (
            Kind::Fault,
            "A block cannot be read, or the file was truncated meanwhile.",
        ),
    ],
    environment: &[],
    json: &[Text(
        "One object for each file. For an empty file `length` is 0.",
    )],
    portability: &[Text(
        "On Windows each page is touched, and the report cannot say how much came into memory.",
    )],
    examples: &[
        example("load a file", "mmapctl warm data.bin"),
        example(
            "only a part of it, at no more than 10 MB per second",
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
