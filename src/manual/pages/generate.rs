//! The page about `generate`.

use crate::manual::page::Block::{Item, Text};
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "generate",
    description: &[Text(
        "The files match this version of the program. --into creates missing directories. A file gets its name when it \
         is complete; other files do not change.",
    )],
    sections: &[Section {
        title: "FILES",
        blocks: &[
            Text("Names are relative to the prefix, such as `~/.local`, `/usr/local` or `/usr`."),
            Item(
                "share/man/man1/, share/man/man7/",
                "Manual pages. `man`(1) finds those in `~/.local/share/man` if `~/.local/bin` is in PATH.",
            ),
            Item(
                "share/bash-completion/completions/",
                "Completion for bash. The package bash-completion loads it on demand.",
            ),
            Item(
                "share/zsh/site-functions/",
                "Completion for zsh. Under `~/.local`, add the directory to fpath before compinit runs.",
            ),
            Item(
                "share/fish/vendor_completions.d/",
                "Completion for fish, which finds it without configuration.",
            ),
            Item(
                "share/mmapctl/completions/",
                "Completion for elvish, PowerShell and Nushell. Load the file in the configuration of the shell.",
            ),
            Item(
                "share/mmapctl/schema/",
                "JSON Schemas of the --json output of each command and of failures.",
            ),
        ],
    }],
    exits: &[
        (
            Kind::Usage,
            "The command line is wrong: a name with --into, or a name with --json.",
        ),
        (
            Kind::NotFound,
            "No generated file has this name, or the directory of --into cannot exist: part of its path \
         is not a directory.",
        ),
        (Kind::AccessDenied, "The directory may not be written."),
        (Kind::DiskFull, "There is no space for a file."),
        (
            Kind::Busy,
            "Another process opened an existing file while it was being replaced.",
        ),
    ],
    environment: &[],
    json: &[Text("One object for each file.")],
    portability: &[Text("The files are the same on every system.")],
    examples: &[
        example("list the files", "mmapctl generate"),
        example(
            "print the JSON Schema of a command",
            "mmapctl generate share/mmapctl/schema/dump.schema.json",
        ),
        example(
            "install the manual pages and completions for the current user",
            "mmapctl generate --into ~/.local",
        ),
    ],
    see_also: &[("man", "1"), ("bash", "1"), ("zsh", "1"), ("fish", "1")],
};
