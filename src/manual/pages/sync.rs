//! The page about `sync`.

use crate::manual::page::Block::Text;
use crate::manual::page::{Page, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "sync",
    description: &[
        Text(
            "The range is widened to whole pages. Changes by other programs are flushed too, whether they were made \
             through a mapping or with write(2).",
        ),
        Text(
            "Pages that are modified during the flush are reported as dirty. Files on tmpfs and shared memory \
             regions have no storage, and an empty file has no pages: the report says that there is nothing to \
             flush, and the status is 0.",
        ),
        Text(
            "After a write error, the data may be only in memory. The kernel reports the error once, and then counts \
             the pages as clean: do not rely on a second flush.",
        ),
    ],
    sections: &[],
    exits: &[
        (
            Kind::Failed,
            "Any other failure, such as an I/O error; or several sources failed in different ways.",
        ),
        (
            Kind::Usage,
            "The command line is wrong; or the source is anonymous memory, which has no storage.",
        ),
        (Kind::NotFound, "There is no such file, descriptor or tag."),
        (Kind::AccessDenied, "The source may not be opened."),
        (Kind::FileTooShort, "The source ends before the range does."),
        (
            Kind::DiskFull,
            "There is no space for the dirty pages. The data is only in memory.",
        ),
        (Kind::OutOfMemory, "No memory or address space is left."),
        (
            Kind::Unsupported,
            "The source is a directory, a pipe, a socket or a character device.",
        ),
    ],
    environment: &[],
    json: &[Text("One object for each source.")],
    portability: &[Text(
        "On Linux, --async uses sync_file_range(2), because msync(2) with MS_ASYNC does nothing. On overlayfs \
             sync_file_range(2) does nothing either: there --async waits for completion, and the report says so.",
    )],
    examples: &[
        example(
            "flush a file, and show how much was dirty",
            "mmapctl sync data.bin",
        ),
        example(
            "flush one page",
            "mmapctl sync data.bin --offset 64K --length 1pg",
        ),
        example(
            "start writing several files; do not wait for completion",
            "mmapctl sync --async data.bin log.bin",
        ),
    ],
    see_also: &[
        ("sync", "1"),
        ("msync", "2"),
        ("sync_file_range", "2"),
        ("fsync", "2"),
    ],
};
