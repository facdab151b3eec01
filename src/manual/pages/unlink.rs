//! The page about `unlink`.

use crate::manual::page::Block::Text;
use crate::manual::page::{Page, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "unlink",
    description: &[Text(
        "The report says how much memory the region has, and who has it mapped still, as far as that can be seen. \
         With several names the rest are removed when one fails. A link or a pipe of that name is removed as well.",
    )],
    sections: &[],
    exits: &[
        (
            Kind::NotFound,
            "There is no region of that name, and --force was not given.",
        ),
        (Kind::AccessDenied, "It belongs to somebody else."),
        (Kind::Unsupported, "The name is that of a directory."),
    ],
    environment: &[],
    json: &[Text("One object for each name.")],
    portability: &[Text(
        "shm_unlink(3) on Unix systems. On Windows a region has no name apart from the handles on it, and goes \
         with the last of them: unsupported there.",
    )],
    examples: &[
        example("remove a region", "mmapctl unlink telemetry"),
        example(
            "the same when it may be gone already",
            "mmapctl unlink --force telemetry",
        ),
    ],
    see_also: &[
        ("mmapctl-tags", "1"),
        ("shm_unlink", "3"),
        ("shm_overview", "7"),
    ],
};
