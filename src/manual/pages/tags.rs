//! The page about `tags`.

use crate::manual::page::Block::Text;
use crate::manual::page::{Page, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "tags",
    description: &[
        Text(
            "--users and --orphans search the memory maps of all processes for each region, by device and inode. A \
             note reports how many processes could not be inspected; any of them may map a region that is listed as an \
             orphan.",
        ),
        Text(
            "A region whose name was removed is not listed, although it uses memory until the last process unmaps it.",
        ),
    ],
    sections: &[],
    exits: &[
        (Kind::NotFound, "A named region does not exist."),
        (Kind::AccessDenied, "The list of regions may not be read."),
        (
            Kind::Unsupported,
            "This system has no list of shared memory regions.",
        ),
    ],
    environment: &[],
    json: &[Text("One object with a list of the regions.")],
    portability: &[Text(
        "On Linux, the regions are the files in /dev/shm. The free space is that of its file system, whose default \
         size is half of the memory, and often 64 MiB in a container. macOS, FreeBSD and Windows have no list of \
         regions.",
    )],
    examples: &[
        example("list all regions and the free space", "mmapctl tags"),
        example(
            "list the processes that map a region",
            "mmapctl tags telemetry --users",
        ),
        example(
            "list the regions that no visible process maps",
            "mmapctl tags --orphans",
        ),
        example(
            "print the same list as JSON",
            "mmapctl tags --orphans --json",
        ),
    ],
    see_also: &[
        ("mmapctl-unlink", "1"),
        ("ipcs", "1"),
        ("shm_overview", "7"),
        ("tmpfs", "5"),
    ],
};
