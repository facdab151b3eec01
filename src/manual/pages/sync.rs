//! The page about `sync`.

use crate::manual::page::Block::Text;
use crate::manual::page::{Page, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "sync",
    description: &[
        Text(
            "The range is widened to whole pages, and the report says which. Changes that other programs made are \
             flushed too, whether through mappings or by write(2).",
        ),
        Text(
            "Pages that are dirty again after the flush were changed meanwhile: that is reported, and they are not \
             called clean. Files on tmpfs and shared memory regions live in memory alone: there is nothing to \
             flush them to, and the report says so. The same holds for an empty file.",
        ),
        Text(
            "A failure of the storage is an error that says that the data is only in memory. The kernel tells of \
             it once: afterwards it counts the pages as clean.",
        ),
    ],
    sections: &[],
    exits: &[
        (
            Kind::Failed,
            "Any other failure: an I/O error of the storage. The data is only in memory.",
        ),
        (
            Kind::Usage,
            "The command line is wrong; anonymous memory was given, which has no storage.",
        ),
        (Kind::NotFound, "There is no such file, descriptor or tag."),
        (Kind::AccessDenied, "It may not be opened."),
        (Kind::FileTooShort, "It ends before the range does."),
        (
            Kind::DiskFull,
            "The storage has no space for what was changed. The data is only in memory.",
        ),
        (Kind::OutOfMemory, "No memory or address space is left."),
        (
            Kind::Unsupported,
            "It is a directory, a pipe, a socket or a character device.",
        ),
    ],
    environment: &[],
    json: &[Text("One object for each source.")],
    portability: &[
        Text(
            "On Linux a synchronous msync(2) flushes through a mapping made from a descriptor that is open for \
             writing, and nothing through any other; --async is sync_file_range(2), because an asynchronous \
             msync(2) does nothing there, nor does the other on overlayfs, where --async waits and says so. \
             --invalidate changes nothing there, as all mappings of a file share its pages.",
        ),
        Text(
            "On macOS msync(2) does not reach the medium, so that F_FULLFSYNC follows, or fsync(2) on file systems \
             that do not know it, and then the report says so. On FreeBSD fdatasync(2) follows. On Windows \
             FlushFileBuffers follows FlushViewOfFile.",
        ),
    ],
    examples: &[
        example(
            "flush a file, and see what was dirty",
            "mmapctl sync data.bin",
        ),
        example(
            "one range of it",
            "mmapctl sync data.bin --offset 64K --length 4K",
        ),
        example(
            "start writing several files, and do not wait",
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
