//! The page about `unlink`.

use super::tags::ORPHANS;
use crate::manual::page::Block::Text;
use crate::manual::page::{Block, Page, Section, example};
use crate::mapping::types::Kind;

const REMOVAL: &[Block] = &[Text(
    "--orphans removes the regions, or those of the NAMEs, that no process uses and that pass the filters. Each is \
     checked again before its name is removed: it must be the same inode, still be old and large enough, and still be \
     unused. A process that opens the region during this check waits until it is over. A region that a process began to \
     use is kept, and reported with its users; this is no failure. The last line shows the freed memory, or with \
     --dry-run the memory that would be freed.",
)];

pub(in crate::manual) const PAGE: Page = Page {
    name: "unlink",
    description: &[Text(
        "The report shows the memory of the region and the visible processes that still use it. If one name fails, \
         the others are still removed. A symbolic link or pipe of that name is removed too.",
    )],
    sections: &[
        Section {
            title: "REMOVING ORPHANS",
            blocks: REMOVAL,
        },
        Section {
            title: "ORPHANS",
            blocks: ORPHANS,
        },
    ],
    exits: &[
        (
            Kind::NotFound,
            "A region does not exist, and --force was not given.",
        ),
        (Kind::AccessDenied, "A region belongs to another user."),
        (Kind::Unsupported, "The name belongs to a directory."),
    ],
    environment: &[],
    json: &[Text(
        "One object for each region. With --orphans, an object with the total follows.",
    )],
    portability: &[Text(
        "On Unix systems, names are removed with shm_unlink(3). On Windows, the command is unsupported: a region \
         disappears when its last handle is closed.",
    )],
    examples: &[
        example("remove a region", "mmapctl unlink telemetry"),
        example(
            "remove a region if it exists",
            "mmapctl unlink --force telemetry",
        ),
        example(
            "print which forgotten regions would be removed",
            "mmapctl unlink --orphans --older 4h --match 'telemetry*' --dry-run",
        ),
        example(
            "remove them",
            "mmapctl unlink --orphans --older 4h --match 'telemetry*'",
        ),
    ],
    see_also: &[
        ("mmapctl-tags", "1"),
        ("shm_unlink", "3"),
        ("shm_overview", "7"),
    ],
};
