//! The page about `tags`.

use crate::manual::page::Block::Text;
use crate::manual::page::{Page, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "tags",
    description: &[
        Text(
            "With --users and --orphans, the command searches the memory maps of all processes for each region, by \
             device and inode. A note reports the number of processes that could not be inspected: one of them may \
             map a region that is listed as an orphan.",
        ),
        Text(
            "A region whose name was removed is not listed, although its memory is in use until the last process \
             unmaps it.",
        ),
    ],
    sections: &[],
    exits: &[
        (Kind::NotFound, "There is no region of a given name."),
        (Kind::AccessDenied, "The list of regions may not be read."),
        (
            Kind::Unsupported,
            "This system has no list of shared memory regions.",
        ),
    ],
    environment: &[],
    json: &[Text("One object, with a list of the regions.")],
    portability: &[Text(
        "On Linux the regions are the files in /dev/shm. The space is that of its file system: half of the memory \
         by default, often 64 MiB in a container. macOS and Windows have no list of regions: unsupported there.",
    )],
    examples: &[
        example("list all regions and the free space", "mmapctl tags"),
        example(
            "list the processes that map a region",
            "mmapctl tags telemetry --users",
        ),
        example(
            "list regions that no process maps",
            "mmapctl tags --orphans",
        ),
        example("print the same as JSON", "mmapctl tags --orphans --json"),
    ],
    see_also: &[
        ("mmapctl-unlink", "1"),
        ("ipcs", "1"),
        ("shm_overview", "7"),
        ("tmpfs", "5"),
    ],
};
