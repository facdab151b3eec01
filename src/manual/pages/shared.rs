//! What several pages share.

use crate::manual::page::Block::{Code, Text};
use crate::manual::page::{Field, Group, Section, field, fields};

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
            "`file`, `descriptor`, `tag` or `anonymous`, as far as the command takes it.",
        ),
        field("path", "The path of a file."),
        field(
            "path_base64",
            "In place of `path`: the bytes of a path that is not UTF-8, in base64.",
        ),
        field("fd", "The number of a descriptor."),
        field("tag", "The name of a shared memory region."),
    ],
);

/// Counts of pages, wherever residency is told.
macro_rules! counts {
    ($prefix:literal) => {
        [
            field(concat!($prefix, "pages"), "How many pages the range has."),
            field(
                concat!($prefix, "resident"),
                "How many of them are in memory and up to date; null when unknown.",
            ),
            field(
                concat!($prefix, "cached"),
                "How many are in the page cache, up to date or not; null when unknown.",
            ),
            field(
                concat!($prefix, "dirty"),
                "How many of the cached pages are changed and not yet written back; null when unknown.",
            ),
            field(
                concat!($prefix, "writeback"),
                "How many of the cached pages are being written back; null when unknown.",
            ),
            field(
                concat!($prefix, "evicted"),
                "How many left the page cache and are still remembered by the kernel; null when unknown.",
            ),
            field(
                concat!($prefix, "recently_evicted"),
                "How many of these left so recently that reading them again would show a lack of memory; null when unknown.",
            ),
        ]
    };
}

const C: [Field; 7] = counts!("");
const B: [Field; 7] = counts!("buckets[].");

/// The residency of a range.
pub(super) const RESIDENCY: &[Field] = &[
    field("page_size", "The size of the pages counted, in bytes."),
    C[0],
    C[1],
    C[2],
    C[3],
    C[4],
    C[5],
    C[6],
    field(
        "method",
        "How it was measured: `cachestat` (all counts), `mincore` (`resident` only), `page_tables` (of \
         anonymous memory, `resident` only), or `unknown`.",
    ),
    field(
        "unknown_reason",
        "Why `resident` is unknown, only then: `not_permitted`, `not_mappable`, `huge_pages`, `too_long`, \
         `unsupported` or `failed`.",
    ),
    field(
        "dirty_unknown_reason",
        "Why `cached`, `dirty` and `writeback` are unknown although `resident` is known, only then: `stacked` (the \
         pages belong to a file of another file system, as on overlayfs), `unsupported` or `not_permitted`.",
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
    B[6],
    field("method", "As in `residency`."),
    field("unknown_reason", "As in `residency`."),
    field("dirty_unknown_reason", "As in `residency`."),
];

/// What every command that holds mappings says of that.
pub(super) const HELD: Section = Section {
    title: "HELD MAPPINGS",
    blocks: &[
        Text(
            "A mapping ends with the process that made it. With --hold the command stays: it prints one line \
             that begins with `ready` (with --json, the report with the key `ready`), flushes it, and waits \
             until the duration has passed or SIGINT or SIGTERM arrives; then it ends with status 0. A program \
             that reads the line knows that everything is in place: unless all sources are mapped, and hold what \
             --expect-resident asks for, nothing is held. The command ends at once then, with the status of the \
             failures, and files that it created or extended are as before.",
        ),
        Text(
            "With a program after `--` the mapping lasts while the program runs, and the exit status is the \
             program's, or 128 and the number of the signal that ended it. SIGINT and SIGTERM are passed on. \
             Standard output belongs to the program. With --json, --verbose, --lock, --probe or --verify \
             the report goes to standard error before the program starts; otherwise there is none. The program \
             finds the source at the path in `MMAPCTL_PATH`. That works for anonymous memory too, which makes it \
             scratch memory that the program and its children share and that is gone in the end:",
        ),
        Code(
            "mmapctl map --anon --length 1M --access w -- \\\n    \
             sh -c 'date >\"$MMAPCTL_PATH\"; mmapctl dump \"$MMAPCTL_PATH\"'",
        ),
    ],
};

/// What the commands that lock pages say of that.
pub(super) const LOCKED: Section = Section {
    title: "LOCKED MEMORY",
    blocks: &[Text(
        "With --lock and --hold the pages stay in memory, whatever else needs it. It takes a limit of locked \
         memory (RLIMIT_MEMLOCK) that is large enough, or CAP_IPC_LOCK; when it fails the message names the \
         limit, what was asked for and the remedy.",
    )],
};

/// What the commands that make or change files say of that.
pub(super) const WHOLE: Section = Section {
    title: "NEW AND CHANGED FILES",
    blocks: &[
        Text(
            "A new file or tag gets its name when it is complete. If the command fails, or ends on SIGHUP, SIGINT, \
             SIGQUIT or SIGTERM, there is no new file, and a file that was extended has its old size again. Bytes that were \
             overwritten before stay overwritten, and the message reports them. If another process extends the file \
             too, the file and its size stay; if another process uses the name of the new file, the command fails and \
             leaves that file alone.",
        ),
        Text(
            "A file that is to be truncated (`--open truncate`, or an existing file of `dump --output`) keeps its \
             contents until the new ones are complete: a new file with the same owner, permissions and extended \
             attributes replaces it, and has another inode number. This needs a regular file on ext4, XFS, Btrfs, F2FS or \
             tmpfs that has one link, is open in no other process, belongs to the caller and carries no set-user-ID or \
             set-group-ID bit, and room for both files. In all other cases the old file is overwritten, and truncated last. If another process opens or \
             links the old file before it is replaced, it stays, and the status is 12.",
        ),
        Text(
            "SIGKILL leaves the old file or the new one, each complete. It can leave a file `.mmapctl-` with 16 \
             hexadecimal digits beside it: the old file, if the command was just replacing it; or the new one, if the \
             file system cannot make files without a name (O_TMPFILE, `open`(2)) or `/proc` is missing; and an empty file \
             under the new name, if the file system has no hard links either. A file, tag or \
             descriptor that is changed in place can be left with a part of the new bytes, and with its new size.",
        ),
    ],
};

/// The environment of a program that runs while something is mapped.
pub(super) const HELD_ENVIRONMENT: [(&str, &str); 3] = [
    (
        "MMAPCTL_PATH",
        "Set for the program after `--`: where it finds the mapped source, anonymous memory included.",
    ),
    (
        "MMAPCTL_OFFSET",
        "Set for it as well: where in that source the mapped range begins, in bytes.",
    ),
    (
        "MMAPCTL_LENGTH",
        "Set for it as well: the length of the range, in bytes.",
    ),
];

/// What the ready object has beside the report.
pub(super) const READY: Group = fields(
    "With --hold, beside the rest",
    &[
        field("ready", "Always true: it is mapped now, and stays."),
        field("pid", "The process that keeps it mapped."),
        field("seconds", "After how many seconds it ends; null for never."),
    ],
);

/// The same where several sources may be held.
pub(super) const SEVERAL: Group = fields(
    "With --hold and several sources, in place of the rest",
    &[field(
        "mappings",
        "One object for each source, with the other fields of this page.",
    )],
);

/// A process that maps something.
pub(super) const USER: &[Field] = &[
    field("pid", "Its number."),
    field("command", "The name of its command, at most 15 bytes."),
    field("mappings", "How many mappings of it the process has."),
    field(
        "mapped",
        "Their length in bytes; what is mapped twice counts twice.",
    ),
    field("read", "Whether some mapping may be read."),
    field("write", "Whether some mapping may be written."),
    field("execute", "Whether some mapping may be executed."),
    field("shared", "Whether some mapping is shared."),
];
