//! The arguments of `filesize`.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Args;

use super::range::RangeArgs;
use super::size::parse_length;
use super::source::{NamedSourcesArgs, file};
use crate::mapping::actions::filesize::FilesizeRequest;
use crate::mapping::error::{Error, Result};
use crate::mapping::source::SourceSpec;
use crate::mapping::types::{ByteLength, NewSize};

/// Show or set the size of files, or reserve their blocks
///
/// Prints the size of each file in bytes, one number per line, followed by the name when there are several.
#[derive(Clone, Debug, Args)]
// `-s` and `-l` are other options of this command.
#[command(mut_args(|arg| arg.short_alias(None)))]
pub struct FilesizeArgs {
    /// The sources.
    #[command(flatten)]
    pub sources: NamedSourcesArgs,
    /// Create, extend or truncate to this size: --set 1.5M
    ///
    /// As in truncate(1), a sign makes the size relative to the current size: +SIZE extends by SIZE, -SIZE shrinks by
    /// SIZE, '<SIZE' means at most SIZE, '>SIZE' at least SIZE, /SIZE rounds down and %SIZE rounds up to a multiple of
    /// SIZE.
    #[arg(short, long, value_name = "SIZE", value_parser = parse_new_size, allow_hyphen_values = true, help_heading = "Size")]
    pub set: Option<NewSize>,
    /// Set the size to that of this file: --reference data.bin
    ///
    /// With --set +SIZE or another relative size, the size is relative to that of this file.
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Size")]
    pub reference: Option<PathBuf>,
    /// Reserve blocks: later writes to them cannot run out of space
    ///
    /// Without a range, the blocks of the whole file are reserved. A range with a length creates a missing file and
    /// extends a file that ends before the range, as fallocate(1) does.
    #[arg(long, help_heading = "Size")]
    pub allocate: bool,
    /// The range to reserve.
    #[command(flatten)]
    pub range: RangeArgs,
    /// Print size, allocated bytes, holes, unwritten bytes and pages
    ///
    /// Unwritten bytes are in blocks that are allocated but were never written; they read as zeros. Where the file system
    /// does not report them, they count as holes.
    #[arg(short, long, help_heading = "Size")]
    pub long: bool,
}

impl FilesizeArgs {
    /// The source whose size is set or changed, if it is another one.
    #[must_use]
    pub fn reference(&self) -> Option<SourceSpec> {
        self.reference.as_deref().map(file)
    }

    /// The request. A relative size applies to the size of the reference, which is not known here.
    ///
    /// # Errors
    /// `usage` for a range without `--allocate`, and for a reference with an absolute size.
    pub fn request(&self) -> Result<FilesizeRequest> {
        let range = self.range.request();
        if !self.allocate && !self.range.is_absent() {
            let failure = Error::usage("a range requires --allocate");
            return Err(failure.hint("add --allocate to reserve the blocks of the range"));
        }
        if !self.range.is_absent() && (self.set.is_some() || self.reference.is_some()) {
            let failure = Error::usage("a new size cannot be used with a range");
            return Err(failure.hint("-s is --set; use --offset for the start of a range"));
        }
        if self.allocate && range.length == Some(ByteLength::ZERO) {
            return Err(Error::usage("--allocate needs a range that is not empty"));
        }
        if self.reference.is_some() && self.set.is_some_and(|set| !set.is_relative()) {
            let failure = Error::usage("--reference cannot be used with --set SIZE");
            return Err(failure.hint(
                "with --reference, --set takes a relative size: +SIZE, -SIZE, '<SIZE', '>SIZE', /SIZE or %SIZE",
            ));
        }
        Ok(FilesizeRequest {
            set: self
                .set
                .or(self.reference.as_ref().map(|_| NewSize::Unchanged)),
            allocate: self.allocate.then_some(range),
            long: self.long,
        })
    }
}

/// Parses a size, or a relative size as in `truncate(1)`.
fn parse_new_size(text: &str) -> Result<NewSize, String> {
    let multiple_of = |ByteLength(unit)| {
        NonZeroU64::new(unit).ok_or_else(|| "the multiple must not be 0".to_owned())
    };
    let sign = text.chars().next().unwrap_or_default();
    let length = |of: &str| parse_length(of).map_err(|error| error.to_string());
    let rest = text.get(sign.len_utf8()..).unwrap_or_default();
    match sign {
        '+' => length(rest).map(NewSize::LargerBy),
        '-' => length(rest).map(NewSize::SmallerBy),
        '<' => length(rest).map(NewSize::AtMost),
        '>' => length(rest).map(NewSize::AtLeast),
        '/' => multiple_of(length(rest)?).map(NewSize::MultipleBelow),
        '%' => multiple_of(length(rest)?).map(NewSize::MultipleAbove),
        _ => length(text).map(NewSize::Exactly),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory, Parser};
    use proptest::prelude::*;

    #[derive(Debug, Parser)]
    struct All {
        #[command(flatten)]
        filesize: FilesizeArgs,
    }

    #[test]
    fn the_help_of_the_range_does_not_mention_short_names_of_other_options() {
        let command = All::command();
        for option in ["offset", "length"] {
            let mut arguments = command.get_arguments();
            let arg = arguments.find(|arg| arg.get_id() == option).unwrap();
            let help = arg.get_long_help().unwrap().to_string();
            assert!(help.contains("[default: "), "{help}");
            assert!(!help.contains("same option"), "{help}");
        }
    }

    #[test]
    fn a_sign_makes_a_size_relative() {
        let unit = NonZeroU64::new(4096).unwrap();
        let length = ByteLength(4096);
        for (text, expected) in [
            ("4K", NewSize::Exactly(length)),
            ("+4K", NewSize::LargerBy(length)),
            ("-4096", NewSize::SmallerBy(length)),
            ("<0x1000", NewSize::AtMost(length)),
            (">4KiB", NewSize::AtLeast(length)),
            ("/4K", NewSize::MultipleBelow(unit)),
            ("%4_096", NewSize::MultipleAbove(unit)),
            ("+0", NewSize::LargerBy(ByteLength::ZERO)),
        ] {
            assert_eq!(parse_new_size(text), Ok(expected), "{text}");
        }
        for wrong in [
            "", "+", "-", "/", "/0", "%0", "+-1", "--1", "++1", "*2", "< 4K", "+4Q", "é",
        ] {
            assert!(parse_new_size(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "[-+<>/%]?\\PC*") {
            let _ = parse_new_size(&text);
        }

        #[test]
        fn a_sign_before_a_size_keeps_its_number(n in any::<u64>(), sign in "[-+<>/%]") {
            let change = parse_new_size(&format!("{sign}{n}"));
            let Ok(change) = change else {
                prop_assert!(n == 0 && "/%".contains(&sign));
                return Ok(());
            };
            let plain = parse_length(&n.to_string()).unwrap();
            let found = match change {
                NewSize::LargerBy(by) | NewSize::SmallerBy(by) | NewSize::AtMost(by) | NewSize::AtLeast(by) => by,
                NewSize::MultipleBelow(by) | NewSize::MultipleAbove(by) => ByteLength(by.get()),
                NewSize::Exactly(_) | NewSize::Unchanged => panic!("{sign}{n} is a change"),
            };
            prop_assert_eq!(found, plain);
        }
    }
}
