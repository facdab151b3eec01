//! The prose, and what several pages share.

mod dump;
mod filesize;
mod main;
mod map;
mod pagesize;

use super::{Field, Group, Page, field, fields};

pub use main::MAIN;

/// The page about each command, in the order in which the program lists them.
pub(super) const COMMANDS: &[Page] = &[map::PAGE, dump::PAGE, pagesize::PAGE, filesize::PAGE];

/// Every status that the program ends with but 0: its code in JSON, and when.
pub const STATUSES: &[(u8, &str, &str)] = &[
    (
        1,
        "failed",
        "Any other failure; or several sources failed in different ways.",
    ),
    (2, "usage", "The command line is wrong."),
    (3, "not_found", "There is no such file, descriptor or tag."),
    (
        4,
        "access_denied",
        "Permission, a read-only file system, or a seal.",
    ),
    (
        5,
        "file_too_short",
        "It is empty, or shorter than offset and length say, and may not be extended.",
    ),
    (
        6,
        "disk_full",
        "No space or quota is left, or the file would be larger than its file system allows.",
    ),
    (
        7,
        "out_of_memory",
        "No memory or address space is left, or the address that was demanded is taken.",
    ),
    (
        8,
        "unsupported",
        "This platform, this kernel or this type of file cannot do it.",
    ),
    (
        9,
        "fault",
        "Memory could not be accessed: the message names the lowest offset, and what was found to be \
         the cause (truncated, disk full, I/O error).",
    ),
    (10, "mismatch", "A verification or an expectation failed."),
    (
        11,
        "already_exists",
        "It exists, and `--open excl` was given.",
    ),
    (
        12,
        "busy",
        "It is locked, mapped elsewhere or in use, so that it could not be done.",
    ),
    (
        13,
        "limit",
        "A resource limit: locked memory, file size, number of mappings.",
    ),
    (130, "interrupted", "Ended by SIGINT."),
    (143, "terminated", "Ended by SIGTERM."),
];

/// The object on standard error that tells of a failure.
pub const ERROR: &[Field] = &[
    field(
        "code",
        "The kind of failure: a word of the table of exit statuses.",
    ),
    field("message", "What failed, and why."),
    field(
        "subject",
        "What it failed on; null when the command line is wrong, or when the name is not UTF-8.",
    ),
    field(
        "subject_base64",
        "The bytes of a name that is not UTF-8, in base64; only then.",
    ),
    field(
        "os_error",
        "The number of the operating system's error (errno), or null.",
    ),
    field(
        "offset",
        "The lowest offset that failed, in bytes from the start of the source; only where there is one.",
    ),
    field("hint", "What may help; only where something is known to."),
];

/// Which source an object is about.
pub(super) const SOURCE: Group = fields(
    "Which source it is about",
    &[
        field(
            "source",
            "`file`, `descriptor`, `tag`, `anonymous` or `process`.",
        ),
        field("path", "The path of a file."),
        field(
            "path_base64",
            "In place of `path`: the bytes of a path that is not UTF-8, in base64.",
        ),
        field("fd", "The number of a descriptor."),
        field("tag", "The name of a shared memory region."),
        field("pid", "The number of a process."),
    ],
);

/// Counts of pages, wherever residency is told.
macro_rules! counts {
    ($prefix:literal) => {
        [
            field(concat!($prefix, "pages"), "How many pages the range has."),
            field(
                concat!($prefix, "resident"),
                "How many of them are in memory; null when that is unknown.",
            ),
            field(
                concat!($prefix, "dirty"),
                "How many are changed and not yet written back; null when unknown.",
            ),
            field(
                concat!($prefix, "writeback"),
                "How many are being written back; null when unknown.",
            ),
            field(
                concat!($prefix, "evicted"),
                "How many were in memory and have been evicted; null when unknown.",
            ),
            field(
                concat!($prefix, "recently_evicted"),
                "How many were evicted so recently that they count as in use; null when unknown.",
            ),
        ]
    };
}

const C: [Field; 6] = counts!("");
const B: [Field; 6] = counts!("buckets[].");

/// The residency of a range.
pub(super) const RESIDENCY: &[Field] = &[
    field("page_size", "The size of the pages counted, in bytes."),
    C[0],
    C[1],
    C[2],
    C[3],
    C[4],
    C[5],
    field(
        "method",
        "How it was measured: `cachestat` (all counts), `mincore` (presence only), `page_tables` (of \
         anonymous memory, presence only), or `unknown`.",
    ),
    field(
        "unknown_reason",
        "Why nothing is known, only then: `not_permitted`, `not_mappable`, `huge_pages`, `too_long`, \
         `unsupported` or `failed`.",
    ),
];

/// The residency of a range, span by span.
pub(super) const PICTURE: &[Field] = &[
    field("page_size", "The size of the pages counted, in bytes."),
    field(
        "buckets[].offset",
        "Where the span begins in the source, in bytes.",
    ),
    field("buckets[].length", "How many bytes it has."),
    B[0],
    B[1],
    B[2],
    B[3],
    B[4],
    B[5],
    field("method", "As in `residency`."),
    field("unknown_reason", "As in `residency`."),
];
