//! The page about `pagesize`.

use crate::manual::page::Block::Text;
use crate::manual::page::{Page, example, field, fields, fields_at};
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
    json: &[Text("What is printed depends on what was asked for.")],
    fields: &[
        fields(
            "Without options, with --granularity, and with --all",
            &[
                field("page_size", "The size of a page in bytes."),
                field(
                    "granularity",
                    "What offsets and addresses of mappings are multiples of, in bytes.",
                ),
                field(
                    "transparent_huge_page",
                    "The size of the huge pages that the kernel makes by itself, in bytes, or null.",
                ),
            ],
        ),
        fields_at(
            &["huge_pages[]"],
            "the pools of huge pages (--huge and --all)",
            &[
                field("size", "The size of its pages in bytes."),
                field("total", "How many pages it has."),
                field("free", "How many of them are not in use."),
                field("reserved", "How many free ones are promised to somebody."),
                field("surplus", "How many it has beyond the configured number."),
            ],
        ),
        fields(
            "With --align",
            &[
                field(
                    "value",
                    "The number that was given: a number, or a string such as `\"0x1fff\"` when it was typed \
                     so.",
                ),
                field("aligned", "The multiple, in the same notation."),
                field("unit", "What it is a multiple of, in bytes."),
            ],
        ),
        fields(
            "With --pages",
            &[
                field("length", "The length in bytes."),
                field("pages", "How many pages it needs; a started one counts."),
                field("unit", "The size of each in bytes."),
            ],
        ),
    ],
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
