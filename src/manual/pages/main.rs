//! The page about all commands.

use crate::manual::page::Block::{Item, Text};
use crate::manual::page::{Page, Section, example};

/// `mmapctl(1)`
pub const MAIN: Page = Page {
    name: "mmapctl",
    description: &[
        Text(
            "Three promises hold for every command. No access crashes it: a file truncated under a \
             mapping, a full disk behind a hole, an unreadable block are errors that name the offset, \
             and not a bare SIGBUS. It reports what it measured: after every action it looks at the \
             kernel's own counters, because many of these calls return 0 and do nothing. And nothing \
             is left half-done: a write that cannot finish for want of space is refused before the \
             first byte, and a file that had to grow gets its old size back when the operation fails.",
        ),
        Text(
            "Results go to standard output, diagnostics and progress to standard error. A closed pipe \
             ends a command quietly with status 0; a full or failing standard output is an error.",
        ),
    ],
    sections: &[
        Section {
            title: "SOURCES",
            blocks: &[
                Text("Exactly one kind of source is given to a command that takes one:"),
                Item(
                    "FILE",
                    "A regular file or a block device, by its path. Directories, pipes, sockets, character \
                     devices and the files of proc(5) cannot be mapped and are refused.",
                ),
                Item(
                    "--fd N",
                    "A file descriptor that the parent process left open: `--fd 3 3<FILE` in a shell.",
                ),
                Item(
                    "--tag NAME",
                    "A named shared memory region (shm_overview(7)). A name has no slash or backslash, is \
                     not empty, `.` or `..`, and has at most 255 bytes.",
                ),
                Item(
                    "--anon",
                    "Anonymous memory, which nothing stands behind; needs --length.",
                ),
            ],
        },
        Section {
            title: "SIZES",
            blocks: &[
                Text(
                    "Sizes, lengths, offsets and addresses are decimal or, after `0x`, hexadecimal numbers; \
                     underscores may stand between digits. Units follow in either case:",
                ),
                Item(
                    "K M G T P E",
                    "Powers of 1024; `Ki` and `KiB`, … mean the same.",
                ),
                Item("kB MB GB TB PB EB", "Powers of 1000."),
                Item("pg page pages", "Pages of this system."),
                Text(
                    "A fraction must be a whole number of bytes (`1.5M`). Hexadecimal numbers and addresses take no \
                     unit. A negative offset counts from the end: `--offset -4K` starts 4 KiB before the end.",
                ),
                Text(
                    "A range is an offset and a length (`--offset`, also `-s` and `--skip`; `--length`, also `-l`), or \
                     `--range` with START..END or START+LENGTH. The end is not included, and either side of `..` may be \
                     left out: `--range 4K..8K`, `4K+100`, `4K..`, `..4K`, `-8K..-4K`. With `--pid`, offsets are \
                     addresses, and the spelling of /proc/PID/maps is accepted too: \
                     `--range 7f0000000000-7f0000010000`.",
                ),
                Text(
                    "`mmapctl map` and `mmapctl mirror` demand offsets that mmap(2) takes: multiples of the \
                     page size. The other commands take any range of bytes.",
                ),
            ],
        },
        Section {
            title: "CONSTANTS",
            blocks: &[Text(
                "Names of accesses, flags and advice are accepted in either case, with hyphens or underscores, and as \
                 the constants of C: `--access PROT_READ|PROT_WRITE`, `--flags MAP_POPULATE,MAP_NORESERVE`, \
                 `--open O_CREAT`, `--advise MADV_RANDOM`. `ro`, `rw` and `rwx` mean `r`, `w` and `wx`.",
            )],
        },
        Section {
            title: "PAGE COUNTS",
            blocks: &[
                Text("Each count is of whole pages of the range, and comes from a system call:"),
                Item(
                    "resident",
                    "In memory and up to date: an access reads it without waiting for the storage. \
                     mincore(2) on a mapping that is never accessed; of private anonymous memory, the page tables \
                     (PAGEMAP_SCAN).",
                ),
                Item(
                    "cached",
                    "In the page cache, up to date or not. cachestat(2), nr_cache.",
                ),
                Item(
                    "not up to date",
                    "Cached but not resident: a page that is being read (in flight), whose read failed, or that was \
                     reserved on tmpfs and never written. The difference of the two counts above.",
                ),
                Item(
                    "dirty",
                    "Cached and changed, and not yet written to the storage; on tmpfs always 0. cachestat(2), \
                     nr_dirty.",
                ),
                Item(
                    "under writeback",
                    "Being written to the storage now. A page that is changed meanwhile is dirty as well. \
                     cachestat(2), nr_writeback.",
                ),
                Item(
                    "evicted",
                    "No longer cached, and remembered by the kernel as having been; on tmpfs, in swap space. \
                     cachestat(2), nr_evicted and nr_recently_evicted.",
                ),
                Text(
                    "The kernel answers these calls only to the owner of the file, and to those who may write it. \
                     Before Linux 6.5 there is no cachestat(2), and on overlayfs it finds nothing: there only `resident` \
                     is known. Where a count is unknown, the report says why.",
                ),
            ],
        },
        Section {
            title: "RESIDENCY PICTURE",
            blocks: &[
                Text(
                    "A residency picture shows a range as one line, each symbol a span of pages. It is as \
                     wide as the terminal, and in ASCII where the locale is not UTF-8. Shape alone tells \
                     the states apart; colour only helps. A legend explains the symbols that occur.",
                ),
                Item("█ or #", "Every page is resident and clean."),
                Item(
                    "▁ ▂ ▃ ▄ ▅ ▆ ▇ or - = %",
                    "Some pages are resident: the higher the block, the more.",
                ),
                Item("· or .", "No page is resident."),
                Item(
                    "◆ ◇ or D d",
                    "Pages are dirty: most of those in the page cache, or fewer.",
                ),
                Item(
                    "▲ △ or W w",
                    "Pages are under writeback: most of those in the page cache, or fewer.",
                ),
                Item("?", "Unknown."),
            ],
        },
    ],
    exits: &[],
    environment: &[
        (
            "NO_COLOR",
            "When not empty: no colours, unless --color asks for them.",
        ),
        (
            "CLICOLOR_FORCE",
            "When set and not 0: colours even where there is no terminal.",
        ),
        ("CLICOLOR", "When 0: no colours, as with `NO_COLOR`."),
        (
            "LC_ALL, LC_CTYPE, LANG",
            "Whether pictures are drawn with Unicode: the first of them that is not empty decides.",
        ),
    ],
    json: &[Text(
        "With --json every result is one JSON object on a line of its own on standard output, one for \
             each source; the page of each command lists its fields. Sizes, offsets and counts are \
             numbers; addresses are strings such as `\"0x7f0000000000\"`; a path that is not UTF-8 is in \
             base64 under a key of its own. Fields may be added in later versions.",
    )],
    portability: &[
        Text(
            "Commands and options are the same on every system. What a system lacks is refused with status \
             8 and a message that names it; what it does differently is told on the page of each command.",
        ),
        Text(
            "Residency counts need cachestat(2), of Linux 6.5 and later: the owner of a file, and those who \
             may write it, get them. Elsewhere mincore(2) tells presence only. Where the kernel would not \
             tell the truth, the report says `unknown`.",
        ),
    ],
    examples: &[
        example(
            "show the last 64 bytes of a file",
            "mmapctl dump data.bin --offset -64",
        ),
        example(
            "see which parts of files are in memory",
            "mmapctl map data.bin log.bin",
        ),
        example(
            "the same for a program to read",
            "mmapctl map data.bin --json",
        ),
        example(
            "look at a descriptor that the shell opened",
            "mmapctl dump --fd 3 --length 16 3<data.bin",
        ),
    ],
    see_also: &[
        ("mmap", "2"),
        ("madvise", "2"),
        ("msync", "2"),
        ("cachestat", "2"),
        ("shm_overview", "7"),
    ],
};
