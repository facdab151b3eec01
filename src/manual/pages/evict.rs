//! The page about `evict`.

use crate::manual::page::Block::{Item, Text};
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

use super::shared::PATHS;

pub(in crate::manual) const PAGE: Page = Page {
    name: "evict",
    description: &[
        Text(
            "For one file, the report has the pages before and after. For a directory or several PATHs, it is one line \
             of total; --verbose adds a line for each file.",
        ),
        Text(
            "A range is widened to whole pages. Pages that are being read are dropped when the read completes. \
             overlayfs does not report such pages; there the command waits until nothing has changed for 30 ms.",
        ),
        Text(
            "Dirty pages are written first: only clean pages can be dropped. When a directory has many dirty files, the \
             command starts writing all of them at once. The metadata of the files is not flushed: see mmapctl-sync(1).",
        ),
        Text(
            "For an empty file, the report says that there is nothing to drop, and the status is 0.",
        ),
        Text(
            "Read permission is sufficient. If a file belongs to another user and you may not write it, the kernel \
             does not report its pages: eviction is requested, the result is `unknown`, and the status is 0. A total \
             with such files is a minimum; in JSON `evicted` is null and `known` is the minimum.",
        ),
        Text(
            "With --snapshot, the ranges that left the page cache are written down, also if other pages stay or the command \
             is stopped. Files whose pages cannot be seen are not dropped then. mmapctl-restore(1) loads the ranges again.",
        ),
        Text(
            "On SIGINT, SIGHUP, SIGQUIT or SIGTERM, the command finishes the current files and reports the total so far.",
        ),
    ],
    sections: &[
        PATHS,
        Section {
            title: "PAGES THAT STAY",
            blocks: &[
                Text(
                    "The kernel itself uses some pages for a moment. Pages that no process is known to keep or to change are dropped \
                     once more, three times at most, before they count as busy; the total includes this, the rows \
                     before it do not.",
                ),
                Text(
                    "If pages stay in memory, the status is 12. A message for each file lists the processes that could \
                     be inspected, and one of these reasons:",
                ),
                Item("mapped or locked", "A process maps or locks them."),
                Item("dirty again", "A process writes to them."),
                Item(
                    "still under writeback, still being read",
                    "The storage is slow. Run the command again.",
                ),
                Item(
                    "no backing storage",
                    "The file is on tmpfs, or is a shared memory region. Several such files have one message together.",
                ),
                Item(
                    "in use elsewhere",
                    "The kernel uses them for something that it does not report, such as a pipe (splice(2)).",
                ),
            ],
        },
    ],
    exits: &[
        (
            Kind::Failed,
            "Any other failure, such as an I/O error during the flush; or several files failed in different ways.",
        ),
        (Kind::Usage, "The command line is wrong."),
        (Kind::NotFound, "There is no such path, descriptor or tag."),
        (
            Kind::AccessDenied,
            "A file may not be opened, or a directory may not be read. The others were processed.",
        ),
        (Kind::FileTooShort, "The file ends before the range does."),
        (
            Kind::DiskFull,
            "There is no space for the dirty pages. They stay in memory.",
        ),
        (
            Kind::Unsupported,
            "PATH is a pipe, a socket or a character device; a descriptor is that of a directory; or the system cannot evict \
             pages.",
        ),
        (Kind::Busy, "Pages stayed in memory."),
    ],
    environment: &[],
    json: &[Text(
        "One object for each PATH, with --verbose also for each file, and a last one for the total, whose `kind` is \
         `total`. If the only PATH is no directory, its object is the detailed report; for an empty file `length` is 0.",
    )],
    portability: &[],
    examples: &[
        example(
            "drop a file from the page cache, before a benchmark of cold reads",
            "mmapctl evict data.bin",
        ),
        example(
            "drop everything below a directory, except databases",
            "mmapctl evict --glob '!*.db' .",
        ),
        example(
            "drop files, and load the same pages again",
            "mmapctl evict data.bin log.bin --snapshot dropped.json\nmmapctl restore dropped.json",
        ),
        example(
            "drop a range of a file",
            "mmapctl evict data.bin --range 64K+64K",
        ),
    ],
    see_also: &[
        ("mmapctl-warm", "1"),
        ("mmapctl-sync", "1"),
        ("mmapctl-restore", "1"),
        ("mmapctl-why", "1"),
        ("posix_fadvise", "2"),
        ("cachestat", "2"),
        ("vmtouch", "8"),
    ],
};
