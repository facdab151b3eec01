//! What a page is made of, as plain data.

use crate::mapping::types::Kind;

/// What one page says beyond the definitions.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The command, or `mmapctl` for the page about all of them.
    pub name: &'static str,
    /// What follows the description that `--help` gives.
    pub description: &'static [Block],
    /// Sections of its own, after the options.
    pub sections: &'static [Section],
    /// When the command ends with which status, where that can be told better than the common table does.
    pub exits: &'static [(Kind, &'static str)],
    /// Environment variables that it heeds or sets, beside the common ones.
    pub environment: &'static [(&'static str, &'static str)],
    /// What is to be known of its JSON before the list of fields.
    pub json: &'static [Block],
    /// What each system really does.
    pub portability: &'static [Block],
    /// Commands that work.
    pub examples: &'static [Example],
    /// Pages to read next.
    pub see_also: &'static [(&'static str, &'static str)],
}

/// A section that only some pages have.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Its title, in capitals.
    pub title: &'static str,
    /// What stands in it.
    pub blocks: &'static [Block],
}

/// A piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Text(&'static str),
    /// A term, and what it means.
    Item(&'static str, &'static str),
    /// Lines that stand as they are.
    Code(&'static str),
}

/// A command that works: it ends with status 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// What it does.
    pub what: &'static str,
    /// The command, for a POSIX shell.
    pub command: &'static str,
    /// What it takes beyond an ordinary Linux system, when it takes anything.
    pub needs: Needs,
}

/// What an example takes to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// A privileged user.
    Privilege,
    /// Something that not every system has: it may fail with `unsupported` or `limit`.
    Luck,
}

pub(super) const fn example(what: &'static str, command: &'static str) -> Example {
    Example {
        what,
        command,
        needs: Needs::Nothing,
    }
}
