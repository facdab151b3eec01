//! The page about `unlink`.

use crate::manual::page::Block::Text;
use crate::manual::page::{Page, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "unlink",
    description: &[Text(
        "The report shows the memory of the region and the visible processes that still map it. If one name fails, \
         the others are still removed. A symbolic link or pipe of that name is removed too.",
    )],
    sections: &[],
    exits: &[
        (
            Kind::NotFound,
            "A region does not exist, and --force was not given.",
        ),
        (Kind::AccessDenied, "A region belongs to another user."),
        (Kind::Unsupported, "The name belongs to a directory."),
    ],
    environment: &[],
    json: &[Text("One object for each name.")],
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
    ],
    see_also: &[
        ("mmapctl-tags", "1"),
        ("shm_unlink", "3"),
        ("shm_overview", "7"),
    ],
};
