//! The prose of a page as plain data. How it is formatted is not decided here.

use crate::mapping::types::Kind;

/// The prose of one page, beside the definitions of the command line.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The command, or `mmapctl` for the page about all of them.
    pub name: &'static str,
    /// The text after the description that `--help` shows.
    pub description: &'static [Block],
    /// Sections that only this page has, after the options.
    pub sections: &'static [Section],
    /// Exit statuses that this page describes more precisely than the common table.
    pub exits: &'static [(Kind, &'static str)],
    /// Environment variables that the command reads or sets, beside the common ones.
    pub environment: &'static [(&'static str, &'static str)],
    /// The text before the lists of JSON fields.
    pub json: &'static [Block],
    /// The behaviour on each system.
    pub portability: &'static [Block],
    /// Example commands.
    pub examples: &'static [Example],
    /// Pages to read next.
    pub see_also: &'static [(&'static str, &'static str)],
}

/// A section that only some pages have.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Its title, in capitals.
    pub title: &'static str,
    /// Its text.
    pub blocks: &'static [Block],
}

/// A piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Text(&'static str),
    /// A term, and its meaning.
    Item(&'static str, &'static str),
    /// Lines that are printed as they are.
    Code(&'static str),
}

/// An example command, which exits with status 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// What it does.
    pub what: &'static str,
    /// The command, for a POSIX shell.
    pub command: &'static str,
}

pub(super) const fn example(what: &'static str, command: &'static str) -> Example {
    Example { what, command }
}
