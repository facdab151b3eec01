//! The page about `snapshot`.

use super::shared::{NOT_FOUND, NOT_RUN, PATHS};
use crate::manual::page::Block::{Code, Item, Text};
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "snapshot",
    description: &[
        Text(
            "A snapshot is text. It has a line for each regular file, also for one that is not cached, and the ranges of \
             the file that are in memory and up to date. mmapctl-restore(1) loads them again: after a restart, a \
             benchmark or a backup. With --output, a line with the total is printed.",
        ),
        Text(
            "With a program after `--`, the snapshot has the working set of the program: what is cached when the program \
             has ended and was not cached before. Pages that the kernel read ahead, and pages that other programs loaded \
             meanwhile, are part of it. Files without new pages are left out. With --evict-first, the PATHs are dropped \
             first, as `mmapctl evict` does; without it, pages that were cached already are missing from the snapshot. \
             Standard output belongs to the program. The report is printed only with --verbose or --json, to standard error.",
        ),
        Text(
            "The owner of a file and users who may write it see its pages. A file of another user is reported and is not \
             in the snapshot; the status is then 4. Block devices are refused.",
        ),
        Text(
            "On SIGINT, SIGHUP, SIGQUIT or SIGTERM, no file is written; a snapshot on standard output ends without the line \
             of the total.",
        ),
    ],
    sections: &[
        PATHS,
        Section {
            title: "FORMAT",
            blocks: &[
                Text(
                    "Each line is a JSON object. The first line is about the snapshot, the last one has the total, and the \
                     lines between them are about files, in any order:",
                ),
                Code(
                    "{\"kind\":\"snapshot\",\"version\":1,\"page_size\":4096,\"root\":\"/srv\",\n \
                     \"time_ns\":1796022063963966803,\"boot_id\":\"6502f89e-…\"}\n\
                     {\"kind\":\"file\",\"path\":\"a/data.bin\",\"size\":3000000,\n \
                     \"mtime_ns\":1796022062869031633,\"device\":65024,\"inode\":11266744,\n \
                     \"ranges\":[[0,65536],[1048576,4096]]}\n\
                     {\"kind\":\"total\",\"files\":1,\"ranges\":2,\"bytes\":69632}",
                ),
                Text("(Here the lines are folded.) The keys of the first line:"),
                Item("version", "The version of the format: 1."),
                Item("page_size", "The size of a page of the system, in bytes."),
                Item(
                    "root",
                    "The directory of the files, as an absolute path without links: the PATH if it is the only one and a \
                     directory; else the deepest directory that contains all PATHs.",
                ),
                Item("time_ns", "The time, in nanoseconds since 1970."),
                Item(
                    "boot_id",
                    "The boot of the system (random(4)); absent when unknown.",
                ),
                Text("The keys of a file:"),
                Item("path", "Its path below the root."),
                Item(
                    "size, mtime_ns",
                    "Its size in bytes, and the time of its last modification in nanoseconds since 1970.",
                ),
                Item("device, inode", "Its numbers in stat(2)."),
                Item(
                    "ranges",
                    "Pairs of offset and length, in bytes: in order, without overlap, and each as long as it can be. The last \
                     range ends at the end of the file at the latest. A line has at most 1,000,000 ranges; further ranges of \
                     the same file follow in another line with the same keys.",
                ),
                Text("The keys of the last line:"),
                Item(
                    "files, ranges, bytes",
                    "The number of files and of ranges, and the sum of the lengths. A snapshot without this line was cut off.",
                ),
                Text(
                    "A path that is not UTF-8 is given as `path_base64` (or `root_base64`): its bytes in base64. A file with \
                     several hard links has one line, with one of its paths.",
                ),
            ],
        },
    ],
    exits: &[
        (
            Kind::Failed,
            "Any other failure; or several files failed in different ways.",
        ),
        (Kind::Usage, "The command line is wrong."),
        (Kind::NotFound, "There is no such path."),
        (
            Kind::AccessDenied,
            "A file may not be opened, or its pages may not be seen. The others are in the snapshot.",
        ),
        (Kind::DiskFull, "There is no space for the snapshot."),
        (
            Kind::Unsupported,
            "PATH is not a regular file or a directory; or the system does not report the pages.",
        ),
        (
            Kind::Busy,
            "With --evict-first: pages stayed in memory, and are not in the snapshot.",
        ),
        NOT_RUN,
        NOT_FOUND,
    ],
    environment: &[],
    json: &[Text(
        "With --output, one object with the total. The snapshot itself is the same with and without --json.",
    )],
    portability: &[],
    examples: &[
        example(
            "write down what is cached of a directory",
            "mmapctl snapshot . --output cache.json",
        ),
        example(
            "count the cached files of a directory",
            "mmapctl snapshot . | grep -c '\"ranges\":\\[\\['",
        ),
        example(
            "record what a command reads, and load just that the next time",
            "mmapctl snapshot . --evict-first --output set.json -- cksum data.bin\n\
             mmapctl restore set.json",
        ),
    ],
    see_also: &[
        ("mmapctl-restore", "1"),
        ("mmapctl-cached", "1"),
        ("mmapctl-evict", "1"),
        ("mincore", "2"),
        ("cachestat", "2"),
    ],
};
