//! The arguments that name sources: files, an inherited descriptor, a tag, or anonymous memory.
//!
//! There are four types, for commands with one file or several, and with or without anonymous memory. Each takes exactly
//! one kind of source.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

use super::number::number_in;
use crate::mapping::source::SourceSpec;
use crate::mapping::types::Tag;

/// One source, without anonymous memory.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Source")]
#[group(id = "source", required = true, multiple = false)]
pub struct NamedSourceArgs {
    /// A file or a block device
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
    /// Files or block devices
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
    #[arg(long, group = "source", value_name = "N", value_parser = number_in::<i32>(0..=i32::MAX as u64))]
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
    fn spec(&self) -> Option<SourceSpec> {
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
}

impl NamedSourceArgs {
    /// The requested source.
    #[must_use]
    pub fn spec(&self) -> SourceSpec {
        let file = || SourceSpec::File(self.file.clone().unwrap_or_default());
        self.handle.spec().unwrap_or_else(file)
    }
}

impl NamedSourcesArgs {
    /// The requested sources, in the order of the command line.
    #[must_use]
    pub fn specs(&self) -> Vec<SourceSpec> {
        match self.handle.spec() {
            Some(spec) => vec![spec],
            None => files(&self.files),
        }
    }
}

fn files(paths: &[PathBuf]) -> Vec<SourceSpec> {
    paths.iter().cloned().map(SourceSpec::File).collect()
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

    #[test]
    fn several_files_are_one_kind() {
        let many = |arguments: &[&str]| {
            let all = std::iter::once("x").chain(arguments.iter().copied());
            Many::try_parse_from(all).map(|parsed| parsed.sources.specs())
        };
        assert_eq!(many(&["a", "b"]).unwrap().len(), 2);
        assert!(many(&["a", "b", "--tag", "t"]).is_err());
        assert!(many(&[]).is_err());
        assert!(many(&["--anon"]).is_err());
    }
}
