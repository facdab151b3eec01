//! The page about `pagesize`.

use crate::manual::page::Block::Text;
use crate::manual::page::{Page, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "pagesize",
    description: &[
        Text(
            "With --align and --pages it computes: a multiple of the page size at or above a size or an \
             address, or the number of pages that a number of bytes needs. A number typed in hexadecimal \
             is answered in hexadecimal.",
        ),
        Text(
            "--granularity takes, in place of the page size, what offsets and addresses of mappings must \
             be multiples of. --huge lists the sizes of the pools of huge pages.",
        ),
    ],
    sections: &[],
    exits: &[
        (
            Kind::Usage,
            "The command line is wrong, or the multiple is larger than 64 bits hold.",
        ),
        (
            Kind::Unsupported,
            "--huge was given, and this system has no pools of huge pages.",
        ),
    ],
    environment: &[],
    json: &[Text("One object. Its fields depend on the request.")],
    portability: &[Text(
        "On Linux and the other Unix systems the granularity is the page size; on Windows it is 64 KiB. Pools \
         of huge pages are told on Linux only. Apple silicon has pages of 16 KiB.",
    )],
    examples: &[
        example("the size of a page", "mmapctl pagesize"),
        example("every page size of this system", "mmapctl pagesize --all"),
        example(
            "the next multiple of the page size",
            "mmapctl pagesize --align 5000",
        ),
        example(
            "the page that an address is in",
            "mmapctl pagesize --align 0x7f31a2b4 --down",
        ),
        example(
            "how many pages 1.5 MiB need",
            "mmapctl pagesize --pages 1.5M",
        ),
    ],
    see_also: &[("getconf", "1"), ("sysconf", "3"), ("proc", "5")],
};
