//! The page about `advise`.

use super::shared::{HELD, HELD_ENVIRONMENT, NOT_FOUND, NOT_RUN};
use crate::manual::page::Block::Text;
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "advise",
    description: &[Text(
        "The range is widened to whole pages. An empty file among several is reported as empty; if it is the \
             only source, the status is 5.",
    )],
    sections: &[
        Section {
            title: "ANOTHER PROCESS",
            blocks: &[Text(
                "--pid uses process_madvise(2), which requires permission to trace the process, and CAP_SYS_NICE. The \
                 report compares the memory of that process before and after.",
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
            "The command line is wrong; for example, destructive advice without --destructive.",
        ),
        (
            Kind::NotFound,
            "There is no such file, descriptor, tag or process.",
        ),
        (
            Kind::AccessDenied,
            "The source may not be opened; or the process may not be advised, and the message names the missing \
             capability.",
        ),
        (
            Kind::FileTooShort,
            "The source is empty or ends before the range does.",
        ),
        (Kind::OutOfMemory, "No memory or address space is left."),
        (
            Kind::Unsupported,
            "The kernel does not support the advice, or does not support it for this kind of memory.",
        ),
        (
            Kind::Fault,
            "Memory could not be accessed: a block is unreadable, or the file was truncated.",
        ),
        (Kind::Busy, "The pages are locked."),
        (
            Kind::Limit,
            "The limit of locked memory (RLIMIT_MEMLOCK) or of mappings is reached.",
        ),
        NOT_RUN,
        NOT_FOUND,
    ],
    environment: &HELD_ENVIRONMENT,
    json: &[Text(
        "One object for each source, about a mapping or, with --pid, about another process. With --hold there is only \
         one object: it has the fields of the mapping, or for several sources the list `mappings` with an object for \
         each.",
    )],
    portability: &[Text(
        "The advice is that of madvise(2) on Linux; older kernels lack some of it. `hwpoison` and `soft-offline` \
             need a kernel with CONFIG_MEMORY_FAILURE. The kernel accepts `pageout` for a page that another process \
             maps, and for a file that you may not write, but ignores it; the report says so.",
    )],
    examples: &[
        example(
            "show the effect of advice, and how long it lasts",
            "mmapctl advise random data.bin",
        ),
        example(
            "use huge pages for anonymous memory",
            "mmapctl advise hugepage --anon --length 4M --touch",
        ),
        example(
            "punch a hole: free the blocks, keep the size",
            "mmapctl advise remove data.bin --range 64K+64K --destructive",
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
