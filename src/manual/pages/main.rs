//! The page about all commands.

use crate::manual::page::Block::{Item, Text};
use crate::manual::page::{Page, Section, example};

/// `mmapctl(1)`
pub const MAIN: Page = Page {
    name: "mmapctl",
    description: &[
        Text(
            "Three promises hold for every command. No memory access crashes it: a file truncated while it is \
             mapped, a full disk behind a hole, or an unreadable block is an error that names the offset, not a \
             SIGBUS. It reports what it measured: after every action it reads the kernel's counters, because many \
             of these calls return 0 and do nothing. Nothing is left half-done: a write that cannot finish for \
             lack of space is refused before the first byte, and a file that was extended gets its old size back \
             when the operation fails.",
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
                Text("A command that takes a source takes exactly one kind:"),
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
                    "Anonymous memory, which is not backed by a file; needs --length.",
                ),
            ],
        },
        Section {
            title: "SIZES",
            blocks: &[
                Text(
                    "Sizes, lengths, offsets and addresses are decimal numbers, or hexadecimal after `0x`. Underscores \
                     may separate digits. A unit follows the number, in upper or lower case:",
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
                    "`mmapctl map` and `mmapctl mirror` require offsets that mmap(2) accepts: multiples of the \
                     page size. The other commands accept any range of bytes.",
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
                Text("The counts are of whole pages of the range. Each comes from a system call:"),
                Item(
                    "resident",
                    "In memory and up to date: an access does not wait for the storage. mincore(2) on a mapping that \
                     is never accessed; for private anonymous memory, the page tables (PAGEMAP_SCAN).",
                ),
                Item(
                    "cached",
                    "In the page cache, up to date or not. cachestat(2), nr_cache.",
                ),
                Item(
                    "not up to date",
                    "Cached but not resident: a page that is being read, that could not be read, or that was \
                     reserved on tmpfs and never written. The difference of the two counts above.",
                ),
                Item(
                    "dirty",
                    "Cached and changed, and not yet written to the storage; on tmpfs always 0. cachestat(2), \
                     nr_dirty.",
                ),
                Item(
                    "under writeback",
                    "Being written to the storage. A page that is changed meanwhile is also dirty. \
                     cachestat(2), nr_writeback.",
                ),
                Item(
                    "evicted",
                    "No longer cached, but still remembered by the kernel; on tmpfs, in swap space. \
                     cachestat(2), nr_evicted and nr_recently_evicted.",
                ),
                Text(
                    "The kernel answers these calls only to the owner of the file and to users who may write it. \
                     Linux before 6.5 has no cachestat(2), and on overlayfs it counts nothing: only `resident` is known \
                     there. The report says why a count is unknown.",
                ),
            ],
        },
        Section {
            title: "RESIDENCY PICTURE",
            blocks: &[
                Text(
                    "A residency picture shows a range as one line of symbols, each for a span of pages. It is as \
                     wide as the terminal, with at least 20 symbols unless the range has fewer pages. It uses ASCII \
                     if the locale is not UTF-8. Each state has a distinct symbol, so the picture works without \
                     colour. A legend explains the symbols that occur.",
                ),
                Item("█ or #", "Every page is resident and clean."),
                Item(
                    "▁ ▂ ▃ ▄ ▅ ▆ ▇ or - = %",
                    "Some pages are resident: a higher block means more.",
                ),
                Item("· or .", "No page is resident."),
                Item("◆ or D", "Every page is dirty."),
                Item("◇ or d", "Some pages are dirty."),
                Item("▲ or W", "Every page is under writeback."),
                Item("△ or w", "Some pages are under writeback."),
                Item("?", "Unknown."),
            ],
        },
    ],
    exits: &[],
    environment: &[
        (
            "NO_COLOR",
            "If not empty: no colours, unless --color always is given.",
        ),
        (
            "CLICOLOR_FORCE",
            "If set and not 0: colours even without a terminal.",
        ),
        ("CLICOLOR", "If 0: no colours, as with `NO_COLOR`."),
        (
            "LC_ALL, LC_CTYPE, LANG",
            "Pictures use Unicode if the first of these that is not empty names UTF-8.",
        ),
    ],
    json: &[Text(
        "With --json, every command prints one JSON object per line on standard output, one for each source or \
             name; the page of the command lists its fields. Sizes, offsets and counts are numbers; addresses are \
             strings such as `\"0x7f0000000000\"`; a path that is not UTF-8 is in base64 under a key of its own. \
             Control characters, and characters that hide or reorder text, are always escaped. --help and --version \
             print text. Later versions may add fields.",
    )],
    portability: &[
        Text(
            "Commands and options are the same on every system. If a system lacks a feature, the status is 8 and \
             the message names the feature. The page of each command lists the differences.",
        ),
        Text(
            "All residency counts need cachestat(2) of Linux 6.5 and later, for the owner of a file and users who \
             may write it. Elsewhere mincore(2) reports resident pages only. If the kernel's answer would be \
             wrong, the report says `unknown`.",
        ),
    ],
    examples: &[
        example(
            "show the last 64 bytes of a file",
            "mmapctl dump data.bin --offset -64",
        ),
        example(
            "show which parts of files are in memory",
            "mmapctl map data.bin log.bin",
        ),
        example("print the same as JSON", "mmapctl map data.bin --json"),
        example(
            "show the start of a file that the shell opened",
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
