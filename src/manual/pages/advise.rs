//! The page about `advise`.

use super::shared::{HELD, HELD_ENVIRONMENT};
use crate::manual::page::Block::Text;
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "advise",
    description: &[
        Text(
            "Many of these calls answer with success and do nothing, which only the kernel's own counters tell.",
        ),
        Text(
            "The range is widened to whole pages, and the report says which. Several files are advised one after \
             the other. An empty file among several is reported as empty; alone it is status 5.",
        ),
    ],
    sections: &[
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
        (Kind::Busy, "Pages are locked."),
        (
            Kind::Limit,
            "The limit of locked memory (RLIMIT_MEMLOCK) or of mappings.",
        ),
    ],
    environment: &HELD_ENVIRONMENT,
    json: &[Text(
        "One object for each source. It reports on a mapping or, with --pid, on another process. With --hold there is \
         one object only: with one mapping it has the fields of the mapping too, and with several the list `mappings` \
         has an object for each.",
    )],
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
        ("mmapctl-warm", "1"),
        ("mmapctl-evict", "1"),
        ("mmapctl-map", "1"),
        ("madvise", "2"),
        ("process_madvise", "2"),
    ],
};
