//! The page about `tags`.

use crate::manual::page::Block::Text;
use crate::manual::page::{Page, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "tags",
    description: &[
        Text(
            "With --users and --orphans the memory maps of all processes are searched for each region, by device \
             and inode, so that a region that was renamed or replaced is not mistaken. Processes that may not \
             be looked at are counted and told of: an orphan is then only one that nobody is seen to map.",
        ),
        Text(
            "A region whose name was removed is not listed, and its memory is in use until the last process \
             unmaps it.",
        ),
    ],
    sections: &[],
    exits: &[
        (Kind::NotFound, "A name was given that is not there."),
        (Kind::AccessDenied, "The list may not be read."),
        (
            Kind::Unsupported,
            "This system has no list of shared memory regions.",
        ),
    ],
    environment: &[],
    json: &[Text("One object.")],
    portability: &[Text(
        "On Linux the regions are the files of /dev/shm, and the room for them is that of its file system: half \
         of the memory by default, and often 64 MiB in a container. macOS and Windows have regions and no list \
         of them, so that this is unsupported there.",
    )],
    examples: &[
        example("every region, and how much room is left", "mmapctl tags"),
        example(
            "one of them, and who maps it",
            "mmapctl tags telemetry --users",
        ),
        example(
            "those that nobody maps: left behind, perhaps",
            "mmapctl tags --orphans",
        ),
        example("the same, for a program", "mmapctl tags --orphans --json"),
    ],
    see_also: &[
        ("mmapctl-unlink", "1"),
        ("ipcs", "1"),
        ("shm_overview", "7"),
        ("tmpfs", "5"),
    ],
};
