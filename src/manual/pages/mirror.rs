//! The page about `mirror`.

use super::shared::{HELD, HELD_ENVIRONMENT, LOCKED, NOT_FOUND, NOT_RUN, WHOLE};
use crate::manual::page::Block::Text;
use crate::manual::page::{Page, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "mirror",
    description: &[
        Text(
            "The address space for all windows is reserved first, so no other mapping can come between them. The \
             offset must be a multiple of the page size.",
        ),
        Text(
            "All windows are shared mappings: a write through one of them is visible in the others. Private copies \
             (--access c) therefore cannot be mirrored.",
        ),
    ],
    sections: &[WHOLE, HELD, LOCKED],
    exits: &[
        (
            Kind::Usage,
            "The command line is wrong; for example, the offset is not a multiple of the page size, or the length \
             is 0.",
        ),
        (
            Kind::NotFound,
            "There is no such file, descriptor or tag. With write access, --length creates a file or tag.",
        ),
        (
            Kind::AccessDenied,
            "The source may not be opened with this access, or the descriptor is not open for writing.",
        ),
        (
            Kind::FileTooShort,
            "The source is empty or ends before the range does. To extend it, use write access and --length.",
        ),
        (
            Kind::DiskFull,
            "There is no space for the blocks. The file has its old size.",
        ),
        (
            Kind::OutOfMemory,
            "No memory or address space is left, or the address of --addr is in use.",
        ),
        (
            Kind::Unsupported,
            "The source cannot be mapped, or can be mapped only once.",
        ),
        (
            Kind::Fault,
            "A page could not be loaded, or --verify could not read it.",
        ),
        (
            Kind::Mismatch,
            "--verify found a window that is not a shared mapping of the same bytes.",
        ),
        (
            Kind::AlreadyExists,
            "The source exists, and `--open create,excl` is given; or another process has just created it.",
        ),
        (
            Kind::Busy,
            "Another process replaced the source at the same time.",
        ),
        (
            Kind::Limit,
            "The limit of locked memory (RLIMIT_MEMLOCK) or of mappings (vm.max_map_count) is reached.",
        ),
        NOT_RUN,
        NOT_FOUND,
    ],
    environment: &HELD_ENVIRONMENT,
    json: &[Text(
        "One object. With --hold it also has the fields of the `ready` object.",
    )],
    portability: &[Text("Windows has placeholders since version 10 (1803).")],
    examples: &[
        example(
            "map anonymous memory twice, and verify the windows",
            "mmapctl mirror --anon --length 64K --verify",
        ),
        example(
            "map a file three times, for reading",
            "mmapctl mirror data.bin --times 3",
        ),
        example(
            "create the file of a ring buffer, and keep it mapped for a while",
            "mmapctl mirror ring.bin --access w --length 1M --hold 100ms",
        ),
        example(
            "keep it mapped while a program uses it",
            "mmapctl mirror ring.bin --access w --length 1M -- \\\n    \
             sh -c 'echo hello 1<>\"$MMAPCTL_PATH\"'",
        ),
    ],
    see_also: &[
        ("mmapctl-map", "1"),
        ("mmap", "2"),
        ("memfd_create", "2"),
        ("shm_overview", "7"),
    ],
};
