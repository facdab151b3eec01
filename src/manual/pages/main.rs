//! The page about all commands.

use crate::manual::page::Block::{Item, Text};
use crate::manual::page::{Page, Section, example};

/// `mmapctl(1)`
pub const MAIN: Page = Page {
    name: "mmapctl",
    description: &[
        Text(
            "Every command keeps three promises. No memory access crashes it: a file truncated while it is mapped, a \
             full disk behind a hole, or an unreadable block is an error that names the offset, not a SIGBUS. It \
             measures: many of these system calls return 0 and do nothing, so mmapctl reads the kernel's counters \
             before and after. Nothing is left half-done: a write for which there is no space is refused before the \
             first byte, and a file that was extended gets its old size back if the operation fails.",
        ),
        Text(
            "Results go to standard output, diagnostics and progress to standard error. If the reader closes the \
             pipe, a command ends silently with status 0; any other failure to write its output is an error.",
        ),
    ],
    sections: &[
        Section {
            title: "SOURCES",
            blocks: &[
                Text("A command that takes a source takes exactly one kind:"),
                Item(
                    "FILE",
                    "A regular file or a block device. Directories, pipes, sockets, character devices and the files \
                     of proc(5) cannot be mapped and are refused; `mmapctl dump` reads pipes and devices.",
                ),
                Item(
                    "-",
                    "Standard input, with the same restrictions; `./-` is a file named `-`.",
                ),
                Item(
                    "--fd N",
                    "An inherited file descriptor: `--fd 3 3<FILE` in a shell.",
                ),
                Item(
                    "--tag NAME",
                    "A shared memory region (shm_overview(7)). A leading slash is dropped. The rest of the name has \
                     1 to 255 bytes and no slash or backslash. The names `.` and `..` are refused.",
                ),
                Item(
                    "--anon",
                    "Anonymous memory, which is not backed by a file. It needs --length.",
                ),
            ],
        },
        Section {
            title: "SIZES",
            blocks: &[
                Text(
                    "Sizes, offsets and addresses are decimal numbers, or hexadecimal numbers that begin with `0x`. \
                     Underscores may separate digits. A unit in upper or lower case may follow a decimal number:",
                ),
                Item(
                    "K M G T P E",
                    "Powers of 1024; also written `Ki` or `KiB`, and so on.",
                ),
                Item("kB MB GB TB PB EB", "Powers of 1000."),
                Item("pg page pages", "Multiples of the page size of the system."),
                Text(
                    "A fraction such as `1.5M` must be a whole number of bytes. Addresses take no unit. A negative \
                     offset counts from the end: `--offset -4K` starts 4 KiB before the end.",
                ),
                Text(
                    "A range is typed as --offset and --length, or as --range with START..END or START+LENGTH. The \
                     end is not included. Either side of `..` may be omitted: `4K..8K`, `4K+100`, `4K..`, `..4K`, \
                     `-8K..-4K`. `-s` and `--skip` are aliases of --offset, and `-l` of --length; `mmapctl filesize` \
                     has other options named `-s` and `-l`.",
                ),
                Text(
                    "`mmapctl map` and `mmapctl mirror` require an offset that is a multiple of the page size, as \
                     mmap(2) does. The other commands accept any offset; those that work on pages widen the range to \
                     whole pages and report it.",
                ),
            ],
        },
        Section {
            title: "CONSTANTS",
            blocks: &[Text(
                "Accesses, flags and advice may be typed in upper or lower case, with hyphens or underscores, and as \
                 constants of C: `--access PROT_READ,PROT_WRITE`, `--flags MAP_POPULATE,MAP_NORESERVE`, `--open \
                 O_CREAT`, `--advise MADV_RANDOM`. `ro`, `rw` and `rwx` are aliases of `r`, `w` and `wx`.",
            )],
        },
        Section {
            title: "PAGE COUNTS",
            blocks: &[
                Text("The unit of these counts is a page. Each count comes from a system call:"),
                Item(
                    "resident",
                    "In memory and up to date: an access does not wait for storage. Counted with mincore(2) on a \
                     mapping that is never accessed; for private anonymous memory, from the page tables \
                     (PAGEMAP_SCAN).",
                ),
                Item(
                    "cached",
                    "In the page cache, up to date or not: nr_cache of cachestat(2).",
                ),
                Item(
                    "not up to date",
                    "Cached but not resident, the difference of the two counts above: pages that are being read, \
                     that could not be read, or that were reserved on tmpfs and never written.",
                ),
                Item(
                    "dirty",
                    "Modified in the page cache and not yet written to storage: nr_dirty of cachestat(2). On tmpfs it \
                     is always 0.",
                ),
                Item(
                    "under writeback",
                    "Being written to storage: nr_writeback of cachestat(2). A page that is modified during the \
                     write is also dirty.",
                ),
                Item(
                    "evicted",
                    "No longer cached, but still remembered by the kernel: nr_evicted and nr_recently_evicted of \
                     cachestat(2). On tmpfs these pages are in swap space.",
                ),
                Text(
                    "The kernel reports these counts only to the owner of the file and to users who may write it. On \
                     Linux before 6.5, which has no cachestat(2), and on overlayfs, where it counts nothing, only \
                     `resident` is known. The report says why a count is unknown.",
                ),
            ],
        },
        Section {
            title: "RESIDENCY PICTURE",
            blocks: &[
                Text(
                    "A residency picture shows a range as a line of symbols; each stands for a span of pages. The line is as \
                     wide as the terminal, with at least 20 symbols unless the range has fewer pages. If the locale \
                     is not UTF-8, the symbols are ASCII. A legend explains the symbols that occur. Each state has a \
                     distinct symbol, so the picture works without colour.",
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
            "If set and not empty: no colours, unless --color always is given.",
        ),
        (
            "CLICOLOR_FORCE",
            "If set and not 0: colours even without a terminal, unless `NO_COLOR` is set.",
        ),
        (
            "CLICOLOR",
            "If 0: no colours, unless `CLICOLOR_FORCE` or --color always is given.",
        ),
        (
            "LC_ALL, LC_CTYPE, LANG",
            "Reports use Unicode symbols if the first of these variables that is not empty names UTF-8.",
        ),
    ],
    json: &[Text(
        "With --json, a command prints one JSON object per line on standard output, usually one for each source or \
         name; the page of the command lists the fields. Sizes, offsets and counts are numbers; addresses are \
         strings such as `\"0x7f0000000000\"`; a path that is not UTF-8 is in base64 under a separate key. Control \
         characters, and characters that hide or reorder text, are escaped. Later versions may add fields. --help \
         and --version always print text.",
    )],
    portability: &[
        Text(
            "Commands and options are the same on every system. If the system lacks a feature, the exit status is 8 \
             and the message names the feature. The page of each command lists the differences.",
        ),
        Text(
            "Systems other than Linux report resident pages only. If the kernel's answer would be wrong, the report \
             says `unknown`.",
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
            "show the start of a file opened by the shell",
            "mmapctl dump --fd 3 --length 16 3<data.bin",
        ),
    ],
    see_also: &[
        ("mmapctl-recipes", "7"),
        ("mmap", "2"),
        ("madvise", "2"),
        ("msync", "2"),
        ("cachestat", "2"),
        ("shm_overview", "7"),
    ],
};
