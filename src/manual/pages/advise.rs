//! The page about `advise`.

use super::map::MEMORY;
use super::shared::{HELD, HELD_ENVIRONMENT, READY, RESIDENCY, SEVERAL, SOURCE, USER};
use crate::manual::page::Block::{Item, Text};
use crate::manual::page::{Group, Page, Section, example, field, fields, fields_at};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "advise",
    description: &[
        Text(
            "Many of these calls answer with success and do nothing, which only the kernel's own counters tell.",
        ),
        Text(
            "The range is widened to whole pages, and the report says which. Several files are advised one after \
             the other.",
        ),
    ],
    sections: &[
        Section {
            title: "WARM AND EVICT",
            blocks: &[
                Item(
                    "warm",
                    "reads every page of the range that is not resident into the page cache, and waits until it is \
                     up to date, also where another program is reading it already. Resident pages and holes cost \
                     nothing. A block that cannot be read is status 9 with its offset, every time; the rest goes on. \
                     --rate limits how much is read in a second.",
                ),
                Item(
                    "evict",
                    "flushes what is dirty, drops the pages from the page cache, and looks. It waits for pages that are \
                     being read, and drops them too. Pages stay when somebody changes them meanwhile, maps or locks \
                     them, when something else refers to them (a pipe, for example), or when they live in memory alone \
                     (tmpfs): that is status 12, with the reason and the processes that can be seen. On a file \
                     system that does not show pages under read (overlayfs), it waits until nothing has changed for \
                     30 ms. Where the kernel does \
                     not report the pages of a file, because it belongs to another user and may not be written, the \
                     pages are dropped as well, the result is `unknown`, and the status is 0.",
                ),
                Text(
                    "Neither leaves anything mapped, and neither takes privileges beyond opening the file.",
                ),
            ],
        },
        Section {
            title: "ANOTHER PROCESS",
            blocks: &[Text(
                "With --pid the advice is given on the memory of another process (process_madvise(2)): on the \
                 addresses of --range, or on its mappings whose path or name matches --mapping; `--mapping '*'` \
                 means all. The kernel takes `cold`, `pageout`, `willneed` and `collapse`, from a user who may \
                 trace the process and holds CAP_SYS_NICE. The account before and after is the process's own.",
            )],
        },
        HELD,
    ],
    exits: &[
        (
            Kind::Failed,
            "Any other failure; or several sources failed in different ways.",
        ),
        (
            Kind::Usage,
            "The command line is wrong; also destructive advice without --destructive.",
        ),
        (
            Kind::NotFound,
            "There is no such file, descriptor, tag or process.",
        ),
        (
            Kind::AccessDenied,
            "It may not be opened; the process may not be advised, and the message names the capability.",
        ),
        (
            Kind::FileTooShort,
            "It is empty, or ends before the range does.",
        ),
        (Kind::OutOfMemory, "No memory is left for what was asked."),
        (
            Kind::Unsupported,
            "The kernel does not know the advice, or does not take it for such memory.",
        ),
        (
            Kind::Fault,
            "Memory could not be accessed: a block is unreadable, the file was cut meanwhile.",
        ),
        (Kind::Busy, "Pages stayed after evict, or are locked."),
        (
            Kind::Limit,
            "The limit of locked memory (RLIMIT_MEMLOCK) or of mappings.",
        ),
    ],
    environment: &HELD_ENVIRONMENT,
    json: &[Text(
        "One object for each source. Its fields depend on what was done: `warm` and `evict` tell of the page cache, \
         other advice of a mapping, and --pid of another process. With --hold and several sources, one object with all of \
         them under the key `mappings`.",
    )],
    fields: FIELDS,
    portability: &[
        Text(
            "The words are those of Linux, and each is an advice of its madvise(2); which of them a kernel has depends \
             on its version, and one that it lacks is unsupported. `hwpoison` and `soft-offline` take a kernel \
             with CONFIG_MEMORY_FAILURE. `pageout` of a page that another process maps, or of a file that you \
             may not write, is accepted by the kernel and has no effect: the report says so.",
        ),
        Text(
            "Other Unix systems have normal, random, sequential, willneed and dontneed, and few more. Windows has \
             no madvise: its nearest calls stand in for some.",
        ),
    ],
    examples: &[
        example(
            "drop a file from the page cache, so that the next read is cold",
            "mmapctl advise evict data.bin",
        ),
        example("bring it back", "mmapctl advise warm data.bin"),
        example(
            "only a part of it, and not faster than 10 MB a second",
            "mmapctl advise warm data.bin --length 512K --rate 10MB",
        ),
        example(
            "see what an advice does, and that it ends with the mapping",
            "mmapctl advise random data.bin",
        ),
        example(
            "huge pages for anonymous memory",
            "mmapctl advise hugepage --anon --length 4M --touch",
        ),
        example(
            "punch a hole: the blocks are gone, the size stays",
            "mmapctl advise remove data.bin -o 64K -n 64K --destructive",
        ),
    ],
    see_also: &[
        ("mmapctl-map", "1"),
        ("madvise", "2"),
        ("process_madvise", "2"),
        ("posix_fadvise", "2"),
        ("vmtouch", "8"),
    ],
};

const FIELDS: &[Group] = &[
    SOURCE,
    READY,
    SEVERAL,
    fields(
        "Whatever was done",
        &[
            field("advice", "The advice, `warm` or `evict`."),
            field(
                "offset",
                "Where what was advised begins in the source, in bytes; whole pages.",
            ),
            field("length", "Its length in bytes; whole pages."),
            field("duration_ns", "How long it took, in nanoseconds."),
        ],
    ),
    fields_at(
        &["effect"],
        "what came of it",
        &[
            field(
                "lasts",
                "`outlives-command`, `while-mapped` or `no-effect`.",
            ),
            field(
                "measured",
                "Whether that was measured; else it is unknown, and `lasts` is how long an effect would last.",
            ),
            field("reason", "What was seen, or why there was nothing to see."),
            field("notes[]", "What else is worth knowing."),
        ],
    ),
    fields(
        "With `warm`, `willneed` and `remove`",
        &[field(
            "holes",
            "The bytes that lay in holes. `warm` and `willneed` do not read them.",
        )],
    ),
    fields(
        "With `warm`",
        &[
            field(
                "loaded",
                "How many bytes came into memory; null when unknown.",
            ),
            field(
                "unreadable[].offset",
                "Where pages begin that could not be read, in bytes.",
            ),
            field("unreadable[].length", "How many bytes these are."),
            field(
                "evicted_again",
                "How many pages were gone again at the end, memory being short.",
            ),
        ],
    ),
    fields(
        "With `evict`",
        &[
            field(
                "evicted",
                "How many bytes left the page cache; null when unknown.",
            ),
            field("flushed", "Whether pages had to be flushed first."),
            field(
                "kept.pages",
                "Why pages stayed, when some did: how many pages.",
            ),
            field("kept.memory_only", "Whether they live in memory alone."),
            field(
                "kept.dirty",
                "How many of them are dirty; null when unknown.",
            ),
            field(
                "kept.writeback",
                "How many of them are under writeback; null when unknown.",
            ),
            field(
                "kept.in_flight",
                "How many of them are still being read; null when unknown.",
            ),
            field("kept.locked_by[]", "The processes that have locked some."),
            field("kept.unseen", "How many processes could not be looked at."),
            field(
                "kept.hidden",
                "Whether there may be more processes, which are not even listed (hidepid, or a PID namespace \
                 of its own, as in a container).",
            ),
        ],
    ),
    fields_at(
        &["kept.mapped_by[]"],
        "each process that has pages of the range in its page tables",
        USER,
    ),
    fields_at(
        &["before", "after"],
        "with `warm` and `evict`, the pages of the range",
        RESIDENCY,
    ),
    fields(
        "With other advice",
        &[
            field(
                "address",
                "Where it is mapped, or its first piece was, as `\"0x…\"`.",
            ),
            field(
                "pieces",
                "In how many pieces it was mapped, one after the other, for want of address space; else 1.",
            ),
            field("access", "What may be done with the mapped bytes."),
            field("visibility", "`private` or `shared`."),
            field(
                "touched",
                "Whether its pages were accessed (--touch): after advice on how pages come into memory, and before \
                 any other.",
            ),
        ],
    ),
    fields_at(
        &["before", "after"],
        "with other advice and with --pid",
        &[
            field(
                "allocated",
                "The bytes of the blocks that the file has; null for what has none.",
            ),
            field("huge", "Memory behind huge pages, of any sort, in bytes."),
            field(
                "cached",
                "With --pid: pages of the files behind it that are in the page cache.",
            ),
        ],
    ),
    fields_at(
        &["before.marks", "after.marks"],
        "with `cold`, the marks of use on the pages; absent without the capability CAP_SYS_ADMIN",
        &[
            field(
                "pages",
                "The pages that were looked at: those in memory of a shared mapping of a file, else those in the page \
                 tables.",
            ),
            field(
                "used",
                "How many of them the kernel has marked as referenced or active.",
            ),
        ],
    ),
    fields_at(
        &["before.residency", "after.residency"],
        "with other advice, which pages are in memory",
        RESIDENCY,
    ),
    fields_at(
        &["before.memory", "after.memory"],
        "the kernel's account of the mapping (smaps in proc(5)), in bytes",
        MEMORY,
    ),
    fields(
        "With --pid",
        &[
            field("pid", "The number of the process; `source` is `process`."),
            field("command", "The name of the process's command."),
            field("advised", "For how many bytes the kernel took the advice."),
        ],
    ),
    fields_at(
        &["mappings[]"],
        "with --pid, each mapping",
        &[
            field("start", "The address of the first byte, as `\"0x…\"`."),
            field("end", "The address after the last byte."),
            field("path", "What is mapped: a path, or a name in brackets."),
            field(
                "advised",
                "For how many of its bytes the kernel took the advice.",
            ),
            field("error", "Why it took it for no more."),
        ],
    ),
];
