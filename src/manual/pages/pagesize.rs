//! The page about `pagesize`.

use crate::manual::page::Block::Text;
use crate::manual::page::{Page, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "pagesize",
    description: &[Text(
        "The offset and the address of a mapping must be multiples of the allocation granularity. If the argument of \
         --align is hexadecimal, the result is hexadecimal too.",
    )],
    sections: &[],
    exits: &[
        (
            Kind::Usage,
            "The command line is wrong, or the result does not fit in 64 bits.",
        ),
        (
            Kind::Unsupported,
            "--huge is given, but this system has no huge page pools.",
        ),
    ],
    environment: &[],
    json: &[Text("One object. Its fields depend on the options.")],
    portability: &[Text(
        "On Unix systems, the granularity is the page size; on Windows, it is 64 KiB. Huge page pools are listed on \
         Linux only.",
    )],
    examples: &[
        example("print the page size", "mmapctl pagesize"),
        example("print all page sizes", "mmapctl pagesize --all"),
        example(
            "round a size up to whole pages",
            "mmapctl pagesize --align 5000",
        ),
        example(
            "print the start of the page of an address",
            "mmapctl pagesize --align 0x7f31a2b4 --down",
        ),
        example(
            "print the number of pages in 1.5 MiB",
            "mmapctl pagesize --pages 1.5M",
        ),
    ],
    see_also: &[("getconf", "1"), ("sysconf", "3"), ("proc", "5")],
};
