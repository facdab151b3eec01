//! The page about `pagesize`.

use crate::manual::page::Block::Text;
use crate::manual::page::{Page, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "pagesize",
    description: &[
        Text(
            "--align rounds a size or an address up to a multiple of the page size; with --down, down. --pages prints \
             the number of pages that a number of bytes needs. The answer to a hexadecimal number is hexadecimal.",
        ),
        Text(
            "--granularity uses the allocation granularity in place of the page size: the offset and address of a \
             mapping must be multiples of it. --huge lists the sizes of the huge page pools.",
        ),
    ],
    sections: &[],
    exits: &[
        (
            Kind::Usage,
            "The command line is wrong, or the result does not fit in 64 bits.",
        ),
        (
            Kind::Unsupported,
            "--huge is given, and this system has no huge page pools.",
        ),
    ],
    environment: &[],
    json: &[Text("One object. Its fields depend on the request.")],
    portability: &[Text(
        "On Unix systems the granularity is the page size; on Windows it is 64 KiB. Huge page pools are listed on \
         Linux only. Apple silicon has pages of 16 KiB.",
    )],
    examples: &[
        example("print the page size", "mmapctl pagesize"),
        example(
            "print every page size of this system",
            "mmapctl pagesize --all",
        ),
        example(
            "round a size up to whole pages",
            "mmapctl pagesize --align 5000",
        ),
        example(
            "find the page of an address",
            "mmapctl pagesize --align 0x7f31a2b4 --down",
        ),
        example(
            "print the number of pages in 1.5 MiB",
            "mmapctl pagesize --pages 1.5M",
        ),
    ],
    see_also: &[("getconf", "1"), ("sysconf", "3"), ("proc", "5")],
};
