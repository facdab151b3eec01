//! The page about `unlink`.

use crate::manual::page::Block::Text;
use crate::manual::page::{Page, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "unlink",
    description: &[Text(
        "The report gives the memory of the region and the processes that still map it, if they can be seen. If one \
         name fails, the others are still removed. A link or a pipe of that name is removed as well.",
    )],
    sections: &[],
    exits: &[
        (
            Kind::NotFound,
            "There is no region of that name, and --force was not given.",
        ),
        (Kind::AccessDenied, "The region belongs to another user."),
        (Kind::Unsupported, "The name is that of a directory."),
    ],
    environment: &[],
    json: &[Text("One object for each name.")],
    portability: &[Text(
        "shm_unlink(3) on Unix systems. On Windows a region disappears with the last handle on it: unsupported \
         there.",
    )],
    examples: &[
        example("remove a region", "mmapctl unlink telemetry"),
        example("remove it if it exists", "mmapctl unlink --force telemetry"),
    ],
    see_also: &[
        ("mmapctl-tags", "1"),
        ("shm_unlink", "3"),
        ("shm_overview", "7"),
    ],
};
