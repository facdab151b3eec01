//! The page about `sync`.

use crate::manual::page::Block::Text;
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

use super::shared::PATHS;

pub(in crate::manual) const PAGE: Page = Page {
    name: "sync",
    description: &[
        Text(
            "For one file, the report has the dirty pages before and after. For a directory or several PATHs, it is \
             one line of total; --verbose adds a line for each file. Changes by other programs are flushed too, whether \
             they were made through a mapping or with write(2).",
        ),
        Text(
            "A range is widened to whole pages. It is flushed with msync(2), if you may write the file. Otherwise, and \
             for a directory or several PATHs, each file is flushed entirely with fdatasync(2).",
        ),
        Text(
            "Pages that are modified during the flush are reported as dirty. Files on tmpfs and shared memory \
             regions have no storage, and an empty file has no pages: the report says that there is nothing to \
             flush, and the status is 0.",
        ),
        Text(
            "After a write error, the message names the file, and the data may be only in memory. The kernel reports \
             the error once, and then counts the pages as clean: do not rely on a second flush.",
        ),
        Text(
            "On SIGINT, SIGHUP, SIGQUIT or SIGTERM, the command finishes the current files and reports the total so far.",
        ),
    ],
    sections: &[
        PATHS,
        Section {
            title: "DIRECTORIES",
            blocks: &[
                Text(
                    "The command first starts writing all dirty files, and then flushes each file, clean ones included: \
                     their size may still be in memory only, and their data in the cache of the drive. Files that are \
                     created meanwhile may be missed.",
                ),
                Text(
                    "A new file survives a power failure only if its name does. The entries of each directory are \
                     therefore flushed as well (fsync(2)), from PATH downwards, but not with --async. The name of PATH \
                     itself is in the directory above it, which is not flushed.",
                ),
            ],
        },
    ],
    exits: &[
        (
            Kind::Failed,
            "Any other failure, such as an I/O error; or several files failed in different ways.",
        ),
        (Kind::Usage, "The command line is wrong."),
        (Kind::NotFound, "There is no such path, descriptor or tag."),
        (
            Kind::AccessDenied,
            "A file may not be opened, or a directory may not be read. The others were flushed.",
        ),
        (Kind::FileTooShort, "The file ends before the range does."),
        (
            Kind::DiskFull,
            "There is no space for the dirty pages. The data is only in memory.",
        ),
        (Kind::OutOfMemory, "No memory or address space is left."),
        (
            Kind::Unsupported,
            "PATH is a pipe, a socket or a character device; or a descriptor is that of a directory.",
        ),
    ],
    environment: &[],
    json: &[Text(
        "One object for each PATH, with --verbose also for each file, and a last one for the total, whose `kind` is \
         `total`. If the only PATH is no directory, its object is the detailed report.",
    )],
    portability: &[
        Text(
            "On Linux, --async uses sync_file_range(2), because msync(2) with MS_ASYNC does nothing. On overlayfs \
             sync_file_range(2) does nothing either: there --async waits for completion, and the report says so.",
        ),
        Text("On Windows, the entries of directories are not flushed."),
    ],
    examples: &[
        example(
            "flush a file, and show how much was dirty",
            "mmapctl sync data.bin",
        ),
        example(
            "make everything below a directory durable",
            "mmapctl sync .",
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
