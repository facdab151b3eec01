//! Text that several pages share.

use crate::manual::page::Block::{Code, Text};
use crate::manual::page::Section;
use crate::mapping::types::Kind;

/// The section about holding, for the commands that hold mappings.
pub(super) const HELD: Section = Section {
    title: "HELD MAPPINGS",
    blocks: &[
        Text(
            "A mapping ends with the process that made it. --hold, or a program after `--`, keeps the command \
             running. It holds all sources or none: if one of them cannot be mapped, or does not meet \
             --expect-resident of `mmapctl map`, the command prints no `ready` line and ends with the status of that \
             failure. Files that it created are removed, and files that it extended get their old size back. Empty \
             files among several are skipped; if all are empty, the status is 5.",
        ),
        Text(
            "With a program after `--`, standard output belongs to the program. If --json, --verbose, --lock, \
             --probe or --verify is given, the report goes to standard error before the program starts; otherwise no \
             report is printed. Anonymous memory also has a path, and so serves as scratch memory that the program \
             shares with its children and that ends with the command. In a shell, `1<>` writes to it and keeps its \
             size; a plain `>` would truncate it:",
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
        "With --lock and --hold, the pages stay in memory even when memory is short. This needs CAP_IPC_LOCK or a \
         sufficient limit of locked memory (RLIMIT_MEMLOCK). If the limit is too low, the message gives the limit, \
         the requested size and the remedy.",
    )],
};

/// The section about paths, for the commands that walk directories.
pub(super) const PATHS: Section = Section {
    title: "PATHS",
    blocks: &[
        Text(
            "A PATH is a file, a block device or a directory; a directory that is open as descriptor 3 has the path \
             /dev/fd/3. Everything below a directory is taken, hidden files \
             included. A file that is found twice, by a hard link, by two PATHs or by a link that is followed, counts \
             once in the total; each row counts all files of its PATH.",
        ),
        Text(
            "In a directory only regular files are opened: no device, pipe or socket, and no symbolic link without \
             --follow. They are counted as `skipped` in JSON. A symbolic link that is a PATH is followed. Directories on \
             file systems that only show the state of the kernel, such as `/proc`, are not walked; as a PATH they are \
             refused. Access times do not change if the caller may prevent it (O_NOATIME).",
        ),
        Text(
            "A file that vanishes during the walk is ignored. A file that cannot be opened or measured is reported; the \
             others are still processed, and the exit status is that of the failure.",
        ),
        Text(
            "--glob, --min-size and --max-size apply to every file, also to a file that is a PATH.",
        ),
    ],
};

/// The section about new and changed files, for the commands that make or change files.
pub(super) const WHOLE: Section = Section {
    title: "NEW AND CHANGED FILES",
    blocks: &[
        Text(
            "A new file or tag appears under its name only when it is complete. If the command fails, or ends on \
             SIGHUP, SIGINT, SIGQUIT or SIGTERM, no new file remains, and a file that was extended gets its old size \
             back. Bytes that were already overwritten stay overwritten, and the message reports them. If another \
             process extended the file meanwhile, the file keeps that size. If another process creates a file with \
             the same name, the command fails and does not touch that file.",
        ),
        Text(
            "A file to be truncated (`--open truncate`, or an existing file of `dump --output`) keeps its contents \
             until the new contents are complete. Then a new file with the same owner, permissions and extended \
             attributes, but another inode number, replaces it. This needs space for both files, and a regular file \
             on ext4, XFS, Btrfs, F2FS or tmpfs that belongs to the caller, has one link and no set-user-ID or \
             set-group-ID bit, and is not open in another process. Any other file is overwritten in place and \
             truncated last. If another process opens or links the old file before it is replaced, the old file is \
             kept, and the exit status is 12.",
        ),
        Text(
            "After SIGKILL, a file that was being created or replaced is either the complete old file or the \
             complete new file. A file named `.mmapctl-` and 16 hexadecimal digits may remain beside it: the old \
             file, if it was just being replaced; or the new file, if the file system does not support unnamed files \
             (O_TMPFILE, open(2)) or `/proc` is not mounted. If the file system does not support hard links either, \
             an empty file may remain under the new name. A file, tag or descriptor that is changed in place may \
             have its new size and only part of the new bytes.",
        ),
    ],
};

/// The environment variables of a held mapping, and of a program that runs meanwhile.
pub(super) const HELD_ENVIRONMENT: [(&str, &str); 4] = [
    (
        "NOTIFY_SOCKET",
        "With --hold: the socket of the service manager, which is notified when everything is mapped and at the end \
         (sd_notify(3)).",
    ),
    (
        "MMAPCTL_PATH",
        "Set for the program after `--`: the path of the mapped source, anonymous memory included. With several \
         sources, up to 1000, MMAPCTL_PATH_1 and so on are set instead; the same applies to the other two variables.",
    ),
    (
        "MMAPCTL_OFFSET",
        "Also set: the start offset of the mapped range in the source, in bytes.",
    ),
    (
        "MMAPCTL_LENGTH",
        "Also set: the length of the range, in bytes.",
    ),
];

/// The exit status of a program that cannot be run.
pub(super) const NOT_RUN: (Kind, &str) = (Kind::CannotRun, "The program after `--` cannot be run.");

/// The exit status of a program that is not found.
pub(super) const NOT_FOUND: (Kind, &str) = (
    Kind::CommandNotFound,
    "The program after `--` is not found.",
);
