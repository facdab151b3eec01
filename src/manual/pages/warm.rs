//! The page about `warm`.

use super::shared::PATHS;
use crate::manual::page::Block::Text;
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "warm",
    description: &[
        Text(
            "For one file or block device, the report is detailed. For a directory or several PATHs, it is one line \
             with the total; with --verbose, there is a line for each file.",
        ),
        Text(
            "The range is widened to whole pages. A page that another program is reading counts as missing until it \
             is up to date. If a block cannot be read, the other pages are still loaded, the message gives the \
             offset, and the status is 9. A file below a directory that is truncated meanwhile is loaded up to its \
             new end.",
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
    sections: &[
        PATHS,
        Section {
            title: "MEMORY",
            blocks: &[
                Text(
                    "First, the command measures how much is missing. If the missing data and the cached part of the \
                     files exceed MemAvailable of /proc/meminfo, or the missing data exceeds what a control group of \
                     this process has left, nothing is loaded, and the status is 7. With --max-memory, as much as \
                     fits is loaded, in the order of the PATHs, and the status is 0.",
                ),
                Text(
                    "If pages that were loaded have left memory when the command ends, the message says how many, and \
                     the status is 7.",
                ),
            ],
        },
        Section {
            title: "THREADS",
            blocks: &[Text(
                "Storage without moving parts works on many requests at a time: unless --jobs is given, 16 threads \
                 read. If the kernel reports that the disk of a PATH rotates (/sys/block/DISK/queue/rotational), one \
                 thread reads, and the files of each directory are read in the order of their inodes.",
            )],
        },
    ],
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
            "The missing pages exceed the available memory; or loaded pages were evicted again.",
        ),
        (
            Kind::Unsupported,
            "The source is a pipe, a socket or a character device.",
        ),
        (
            Kind::Fault,
            "A block cannot be read, or the file was truncated while it was read.",
        ),
    ],
    environment: &[],
    json: &[Text(
        "For one file or block device, an object with the details; for other PATHs, an object for each PATH, and with \
         --verbose for each file. The last object is the total. For an empty file `length` is 0.",
    )],
    portability: &[],
    examples: &[
        example("load a file", "mmapctl warm data.bin"),
        example(
            "load the .bin files of a directory, up to half of the available memory",
            "mmapctl warm --glob '*.bin' --max-memory 50% .",
        ),
        example(
            "load the first 512 KiB, at no more than 10 MB per second",
            "mmapctl warm data.bin --length 512K --rate 10MB",
        ),
    ],
    see_also: &[
        ("mmapctl-cached", "1"),
        ("mmapctl-evict", "1"),
        ("mmapctl-map", "1"),
        ("readahead", "2"),
        ("cachestat", "2"),
        ("vmtouch", "8"),
    ],
};
