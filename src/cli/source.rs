//! The arguments that name sources: files, an inherited descriptor, a tag, or anonymous memory.
//!
//! There are types for commands with one file or several, with or without anonymous memory, and for one that reads the
//! standard input by default. Each takes exactly one kind of source.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

use super::number::number_in;
use crate::mapping::error::{Error, Result};
use crate::mapping::source::SourceSpec;
use crate::mapping::types::Tag;

/// One source, without anonymous memory.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Source")]
#[group(id = "source", required = true, multiple = false)]
pub struct NamedSourceArgs {
    /// A file or a block device; - is standard input
    #[arg(group = "source", value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub file: Option<PathBuf>,
    /// A source without a path.
    #[command(flatten)]
    pub handle: HandleArgs,
}

/// Several files or one other source, without anonymous memory.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Source")]
#[group(id = "source", required = true, multiple = false)]
pub struct NamedSourcesArgs {
    /// Files or block devices; - is standard input
    #[arg(group = "source", value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// A source without a path.
    #[command(flatten)]
    pub handle: HandleArgs,
}

/// One source, or anonymous memory.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Source")]
#[group(skip)]
pub struct SourceArgs {
    /// A source that has a name.
    #[command(flatten)]
    pub named: NamedSourceArgs,
    /// Anonymous memory; needs --length
    #[arg(long, group = "source")]
    pub anon: bool,
}

/// One source, or anonymous memory; by default the standard input.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Source")]
#[group(id = "source", multiple = false)]
pub struct ReadSourceArgs {
    /// A file, a device or a pipe; - is standard input
    ///
    /// Without a source, standard input is read unless it is a terminal. './-' is a file named '-'. A file on standard
    /// input is left positioned after the last byte shown.
    #[arg(group = "source", value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub file: Option<PathBuf>,
    /// A source without a path.
    #[command(flatten)]
    pub handle: HandleArgs,
    /// Anonymous memory; needs --length
    #[arg(long, group = "source")]
    pub anon: bool,
}

/// Several files, one other source, or anonymous memory.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Source")]
#[group(skip)]
pub struct SourcesArgs {
    /// Sources that have names.
    #[command(flatten)]
    pub named: NamedSourcesArgs,
    /// Anonymous memory; needs --length
    #[arg(long, group = "source")]
    pub anon: bool,
}

/// A source without a path.
#[derive(Clone, Debug, Args)]
pub struct HandleArgs {
    /// An inherited file descriptor: --fd 3 3<FILE
    #[arg(long, display_order = 1, group = "source", value_name = "N", value_parser = number_in::<i32>(0..=i32::MAX as u64))]
    pub fd: Option<i32>,
    /// A shared memory region: --tag telemetry
    ///
    /// A leading slash is dropped. shm_overview(7) describes these regions, and 'mmapctl tags' lists them.
    #[arg(long, group = "source", value_name = "NAME", value_parser = tag_parser())]
    pub tag: Option<Tag>,
}

/// The parser of a tag, which need not be UTF-8.
pub(super) fn tag_parser() -> impl TypedValueParser<Value = Tag> {
    OsStringValueParser::new().try_map(Tag::new)
}

impl HandleArgs {
    /// The requested source, if there is one.
    pub(super) fn spec(&self) -> Option<SourceSpec> {
        let tag = || self.tag.clone().map(SourceSpec::Tag);
        self.fd.map(SourceSpec::Descriptor).or_else(tag)
    }
}

// The group requires one source: without the others, it is the last one.

impl SourceArgs {
    /// The requested source.
    #[must_use]
    pub fn spec(&self) -> SourceSpec {
        match self.anon {
            true => SourceSpec::Anonymous,
            false => self.named.spec(),
        }
    }
}

impl SourcesArgs {
    /// The requested sources, in the order of the command line.
    #[must_use]
    pub fn specs(&self) -> Vec<SourceSpec> {
        match self.anon {
            true => vec![SourceSpec::Anonymous],
            false => self.named.specs(),
        }
    }

    /// Whether there are several.
    #[must_use]
    pub fn are_several(&self) -> bool {
        self.named.files.len() > 1
    }
}

impl ReadSourceArgs {
    /// The requested source.
    ///
    /// # Errors
    /// `usage` when there is none and the standard input is a terminal.
    pub fn spec_or_input(&self, input_is_terminal: bool) -> Result<SourceSpec> {
        match self.spec() {
            Some(spec) => Ok(spec),
            None if input_is_terminal => {
                let complaint =
                    Error::usage("no source was given, and standard input is a terminal");
                Err(complaint.hint("name a FILE, or use '-' to read from the terminal"))
            }
            None => Ok(SourceSpec::StandardInput),
        }
    }

    /// The requested source, if there is one.
    pub(super) fn spec(&self) -> Option<SourceSpec> {
        match self.anon {
            true => Some(SourceSpec::Anonymous),
            false => self
                .handle
                .spec()
                .or_else(|| self.file.as_deref().map(file)),
        }
    }
}

impl NamedSourceArgs {
    /// The requested source.
    #[must_use]
    pub fn spec(&self) -> SourceSpec {
        let path = self.file.as_deref().unwrap_or(Path::new(""));
        self.handle.spec().unwrap_or_else(|| file(path))
    }
}

impl NamedSourcesArgs {
    /// The requested sources, in the order of the command line.
    #[must_use]
    pub fn specs(&self) -> Vec<SourceSpec> {
        match self.handle.spec() {
            Some(spec) => vec![spec],
            None => self.files.iter().map(|path| file(path)).collect(),
        }
    }
}

/// The source for a path that was typed: `-` is the standard input.
pub(super) fn file(path: &Path) -> SourceSpec {
    match path.as_os_str() == "-" {
        true => SourceSpec::StandardInput,
        false => SourceSpec::File(path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct One {
        #[command(flatten)]
        source: SourceArgs,
    }

    #[derive(Debug, Parser)]
    struct Many {
        #[command(flatten)]
        sources: NamedSourcesArgs,
    }

    fn one(arguments: &[&str]) -> Result<SourceSpec, clap::Error> {
        let all = std::iter::once("x").chain(arguments.iter().copied());
        One::try_parse_from(all).map(|parsed| parsed.source.spec())
    }

    #[test]
    fn exactly_one_kind_of_source_is_taken() {
        assert_eq!(one(&["a"]).unwrap(), SourceSpec::File("a".into()));
        assert_eq!(one(&["-"]).unwrap(), SourceSpec::StandardInput);
        assert_eq!(one(&["./-"]).unwrap(), SourceSpec::File("./-".into()));
        assert_eq!(one(&["--fd", "3"]).unwrap(), SourceSpec::Descriptor(3));
        assert_eq!(one(&["--anon"]).unwrap(), SourceSpec::Anonymous);
        let tag = Tag::new("t").unwrap();
        for name in ["t", "/t", "//t"] {
            assert_eq!(one(&["--tag", name]).unwrap(), SourceSpec::Tag(tag.clone()));
        }
        for wrong in [
            &[][..],
            &["a", "b"],
            &["a", "--anon"],
            &["a", "--fd", "3"],
            &["--fd", "3", "--tag", "t"],
            &["--fd", "-1"],
            &["--fd", "x"],
            &["--tag", "a/b"],
            &["--tag", ""],
        ] {
            assert!(one(wrong).is_err(), "{wrong:?}");
        }
    }

    #[derive(Debug, Parser)]
    struct Reads {
        #[command(flatten)]
        source: ReadSourceArgs,
    }

    #[test]
    fn without_a_source_standard_input_is_read_unless_it_is_a_terminal() {
        let reads = |arguments: &[&str], terminal| {
            let all = std::iter::once("x").chain(arguments.iter().copied());
            let parsed = Reads::try_parse_from(all).unwrap();
            parsed.source.spec_or_input(terminal).ok()
        };
        assert_eq!(reads(&[], false), Some(SourceSpec::StandardInput));
        assert_eq!(reads(&[], true), None);
        assert_eq!(reads(&["-"], true), Some(SourceSpec::StandardInput));
        assert_eq!(reads(&["a"], true), Some(SourceSpec::File("a".into())));
        assert_eq!(reads(&["--anon"], true), Some(SourceSpec::Anonymous));
        assert!(Reads::try_parse_from(["x", "a", "--anon"]).is_err());
    }

    #[test]
    fn several_files_are_one_kind() {
        let many = |arguments: &[&str]| {
            let all = std::iter::once("x").chain(arguments.iter().copied());
            Many::try_parse_from(all).map(|parsed| parsed.sources.specs())
        };
        let files = [SourceSpec::File("a".into()), SourceSpec::StandardInput];
        assert_eq!(many(&["a", "-"]).unwrap(), files);
        assert!(many(&["a", "b", "--tag", "t"]).is_err());
        assert!(many(&[]).is_err());
        assert!(many(&["--anon"]).is_err());
    }
}
