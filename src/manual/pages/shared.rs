//! Text that several pages share.

use crate::manual::page::Block::{Code, Text};
use crate::manual::page::Section;

/// The section about holding, for the commands that hold mappings.
pub(super) const HELD: Section = Section {
    title: "HELD MAPPINGS",
    blocks: &[
        Text(
            "A mapping ends with the process that made it. With --hold the command stays: it prints one line \
             that begins with `ready` (with --json, the report with the key `ready`), flushes it, and waits \
             until the duration has passed or SIGINT or SIGTERM arrives; then it ends with status 0. Without a \
             duration, or with --hold=forever, it waits for a signal. A program \
             that reads the line knows that everything is in place: unless all sources are mapped, and hold what \
             --expect-resident asks for, nothing is held. The command ends at once then, with the status of the \
             failures, and files that it created or extended are as before. Empty files among several are left out; \
             if all are empty, the status is 5.",
        ),
        Text(
            "With a program after `--` the mapping lasts while the program runs, and the exit status is the \
             program's, or 128 and the number of the signal that ended it. SIGINT and SIGTERM are passed on. \
             Standard output belongs to the program. With --json, --verbose, --lock, --probe or --verify \
             the report goes to standard error before the program starts; otherwise there is none. The program \
             finds the source at the path in `MMAPCTL_PATH`. That works for anonymous memory too, which makes it \
             scratch memory that the program and its children share, and that ends with the command. A shell \
             writes to it with `1<>`, which keeps its size; a plain `>` truncates it:",
        ),
        Code(
            "mmapctl map --anon --length 1M --access w -- \\\n    \
             sh -c 'date 1<>\"$MMAPCTL_PATH\"; mmapctl dump \"$MMAPCTL_PATH\"'",
        ),
    ],
};

/// The section about locking, for the commands that lock pages.
pub(super) const LOCKED: Section = Section {
    title: "LOCKED MEMORY",
    blocks: &[Text(
        "With --lock and --hold the pages stay in memory, whatever else needs it. It takes a limit of locked \
         memory (RLIMIT_MEMLOCK) that is large enough, or CAP_IPC_LOCK; when it fails the message names the \
         limit, what was asked for and the remedy.",
    )],
};

/// The section about new and changed files, for the commands that make or change files.
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

/// The environment variables of a program that runs during a mapping.
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
