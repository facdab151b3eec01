//! The page about `tags`.

use crate::manual::page::Block::Text;
use crate::manual::page::{Block, Page, Section, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const ORPHANS: &[Block] = &[
    Text(
        "An orphan is a region that no process maps or has open. A semaphore (sem.*) counts as a region. For a region \
         of this user, or with CAP_LEASE for any, the kernel is asked with a write lease (fcntl(2)). Its answer covers \
         all processes: those of other users, those in other containers, and descriptors on their way through a \
         socket. A region that this user may not read has no such answer. It is an orphan only if all processes could \
         be inspected and none uses it. Permissions of the region prove nothing: root ignores them, and descriptors \
         can be passed on. If some processes could not be inspected, it is not taken for an orphan, and a note reports \
         how many such regions there are. --assume-unseen takes them for orphans.",
    ),
    Text(
        "The age counts from the creation, or from the last change of size where the system does not report the \
         creation. A program that stores state in a region, and attaches to it later, leaves an orphan meanwhile: \
         select by age and name what may be removed.",
    ),
];

pub(in crate::manual) const PAGE: Page = Page {
    name: "tags",
    description: &[
        Text(
            "--users searches the memory maps and the descriptors of all processes for each region, by device and \
             inode. A note reports how many processes could not be inspected.",
        ),
        Text(
            "A region whose name was removed uses memory until the last process releases it. --deleted lists these \
             regions and memfds, with the processes that hold them and a path from which the bytes can be copied. \
             --where lists them together with the regions that have names, and sums up the space: this explains a \
             file system that is full although its directory is empty.",
        ),
    ],
    sections: &[Section {
        title: "ORPHANS",
        blocks: ORPHANS,
    }],
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
            "list the regions that no process uses",
            "mmapctl tags --orphans",
        ),
        example(
            "list old ones of one program as JSON",
            "mmapctl tags --orphans --older 4h --match 'psm_*' --json",
        ),
        example(
            "list deleted regions and memfds, and who holds them",
            "mmapctl tags --deleted",
        ),
        example("show what fills the shared memory", "mmapctl tags --where"),
    ],
    see_also: &[
        ("mmapctl-unlink", "1"),
        ("ipcs", "1"),
        ("shm_overview", "7"),
        ("tmpfs", "5"),
    ],
};
