//! The page about `tags`.

use super::shared::{RESIDENCY, USER};
use crate::manual::page::Block::Text;
use crate::manual::page::{Page, example, field, fields, fields_at};
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
    json: &[Text("One object with all regions.")],
    fields: &[
        fields(
            "All together",
            &[
                field(
                    "others",
                    "How many other things are where the regions are: directories, links; null when names were \
                     given.",
                ),
                field(
                    "processes_seen",
                    "With --users or --orphans: the processes whose mappings were looked at.",
                ),
                field(
                    "processes_unseen",
                    "The processes whose mappings may not be looked at.",
                ),
                field(
                    "processes_hidden",
                    "Whether there may be more processes, which are not even listed (hidepid, or a PID namespace \
                     of its own, as in a container).",
                ),
                field(
                    "free",
                    "The bytes that are free for regions; null when there is no limit.",
                ),
                field(
                    "total",
                    "The bytes there are for regions; null when there is no limit.",
                ),
            ],
        ),
        fields_at(
            &["tags[]"],
            "each region",
            &[
                field("source", "Always `tag`."),
                field("tag", "Its name."),
                field("size", "Its size in bytes."),
                field("allocated", "The bytes of memory and swap that it takes."),
                field(
                    "mode",
                    "Its permission bits in octal, as a string: `\"0600\"`.",
                ),
                field("uid", "The number of the user it belongs to."),
                field("owner", "The name of that user, or null."),
                field(
                    "created",
                    "When it was created, in seconds since 1970, or null.",
                ),
                field(
                    "modified",
                    "When it was last given a size or written with write(2), in seconds since 1970; stores \
                     through mappings do not count.",
                ),
                field(
                    "age_seconds",
                    "The time since it was created, in whole seconds, or null.",
                ),
            ],
        ),
        fields_at(
            &["tags[].residency"],
            "which of its pages are in memory",
            RESIDENCY,
        ),
        fields_at(
            &["tags[].users[]"],
            "with --users, each process that maps it",
            USER,
        ),
    ],
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
