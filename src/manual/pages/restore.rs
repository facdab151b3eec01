//! The page about `restore`.

use crate::manual::page::Block::Text;
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "restore",
    description: &[
        Text(
            "The report says how much was loaded, and how much of the ranges is in memory now. Both are measured after \
             loading. Ranges that are cached already are not read. Holes are loaded too if the snapshot has them: their \
             pages take memory, but are not read from storage.",
        ),
        Text(
            "A file that is missing, or whose size or modification time differs from the snapshot, is skipped with a note on \
             standard error. With --force, its ranges are loaded as far as the file still has them. A file that is not a \
             regular file is not opened. Unless --strict is given, files that are skipped do not change the exit status.",
        ),
        Text(
            "With --exact, pages of these files that are not in the snapshot are dropped first. Files that the snapshot does \
             not mention are left alone. Pages that a process maps, locks or writes cannot be dropped. The kernel keeps \
             neighbouring pages together in folios, and drops only whole ones: what stays is measured and reported for \
             each file.",
        ),
        Text("On SIGINT, SIGHUP, SIGQUIT or SIGTERM, the command reports the total so far."),
    ],
    sections: &[
        Section {
            title: "FORMAT",
            blocks: &[Text(
                "mmapctl-snapshot(1) describes the format. `mmapctl snapshot` and `mmapctl evict --snapshot` write it.",
            )],
        },
        Section {
            title: "SECURITY",
            blocks: &[
                Text(
                    "A snapshot is not trusted. The whole text is checked before any file is opened: the numbers, the order of \
                     the ranges, the paths and the total. A text that is cut off, damaged or of another format is refused \
                     with the number of the line, and the status is 2. A line is at most 64 MiB long.",
                ),
                Text(
                    "Files are opened below the root only (openat2(2), RESOLVE_BENEATH): a path with `..` is refused, and a \
                     file that a link outside the root leads to is skipped. Before Linux 5.6, no link is followed. Regular \
                     files are opened for reading; directories, devices, pipes and sockets are not opened. Nothing is \
                     written, and nothing is run. The root is a part of the snapshot, so give --root for a snapshot of \
                     somebody else: it could fill memory with other files that you may read.",
                ),
            ],
        },
        Section {
            title: "MEMORY",
            blocks: &[Text(
                "First, the command measures how much is missing. If the missing data and the cached part of the ranges \
                 exceed MemAvailable of /proc/meminfo, or the missing data exceeds what a control group of this process \
                 has left, nothing is loaded or dropped, and the status is 7. With --max-memory, as much as fits is loaded, \
                 and the status is 0. The snapshot itself is kept in memory: a few times the size of its file.",
            )],
        },
        Section {
            title: "ORDER",
            blocks: &[Text(
                "Files are loaded in the order of their inodes, which is mostly that on the disk. Storage without moving parts \
                 works on many requests at a time: unless --jobs is given, 16 threads read. If the kernel reports that the \
                 disk of the root rotates (/sys/block/DISK/queue/rotational), one thread reads.",
            )],
        },
    ],
    exits: &[
        (
            Kind::Failed,
            "Any other failure; or several files failed in different ways.",
        ),
        (
            Kind::Usage,
            "The command line is wrong; or the text is not a snapshot, or not a whole one.",
        ),
        (
            Kind::NotFound,
            "There is no such snapshot, or no such root.",
        ),
        (
            Kind::AccessDenied,
            "A file may not be opened. The others are loaded.",
        ),
        (
            Kind::OutOfMemory,
            "The missing pages exceed the available memory; or loaded pages were evicted again.",
        ),
        (
            Kind::Fault,
            "A block cannot be read, or a file was truncated while it was read.",
        ),
        (
            Kind::Mismatch,
            "With --strict: a file was skipped, or memory is not as in the snapshot, or that is unknown.",
        ),
    ],
    environment: &[],
    json: &[Text(
        "An object for each file that is skipped, and a last one with the total.",
    )],
    portability: &[],
    examples: &[
        example(
            "drop files from the page cache, and load the same pages again",
            "mmapctl evict data.bin log.bin --snapshot dropped.json --quiet\n\
             mmapctl restore dropped.json",
        ),
        example(
            "run a command that reads everything, and leave the cache as it was",
            "mmapctl snapshot data.bin log.bin --output cache.json\n\
             cksum data.bin log.bin\n\
             mmapctl restore cache.json --exact",
        ),
        example(
            "load a snapshot slowly, and only files below a directory",
            "mmapctl snapshot . | mmapctl restore - --root . --rate 100MB",
        ),
    ],
    see_also: &[
        ("mmapctl-snapshot", "1"),
        ("mmapctl-warm", "1"),
        ("mmapctl-evict", "1"),
        ("openat2", "2"),
        ("readahead", "2"),
    ],
};
