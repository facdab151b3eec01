//! The arguments of `filesize`.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Args;

use super::range::RangeArgs;
use super::size::parse_length;
use super::source::NamedSourcesArgs;
use crate::mapping::actions::filesize::FilesizeRequest;
use crate::mapping::error::{Error, Result};
use crate::mapping::types::{ByteLength, NewSize};

/// Show, set or reserve the size of files
///
/// Prints the size of each file in bytes, one number per line, followed by the name when there are several.
#[derive(Clone, Debug, Args)]
#[command(mut_arg("offset", |arg| arg.short_alias(None)), mut_arg("length", |arg| arg.short_alias(None)))]
pub struct FilesizeArgs {
    /// Whose size.
    #[command(flatten)]
    pub sources: NamedSourcesArgs,
    /// Create, extend or truncate to this size: --set 1.5M
    ///
    /// A sign changes the present size, as in truncate(1): +SIZE extends by SIZE, -SIZE shrinks by SIZE, '<SIZE'
    /// is at most SIZE, '>SIZE' at least SIZE, /SIZE rounds down and %SIZE rounds up to a multiple of SIZE.
    #[arg(short, long, value_name = "SIZE", value_parser = parse_new_size, allow_hyphen_values = true, help_heading = "Size")]
    pub set: Option<NewSize>,
    /// Set the size to that of this file: --reference data.bin
    ///
    /// With --set +SIZE or another change, the change applies to the size of this file.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Size")]
    pub reference: Option<PathBuf>,
    /// Reserve blocks, so that writing cannot run out of space
    ///
    /// Reserves the blocks of the whole file, or of the range of --offset and --length. A range with a length
    /// creates a missing file, and extends a file that ends before the range does.
    #[arg(long, help_heading = "Size")]
    pub allocate: bool,
    /// The range to reserve.
    #[command(flatten)]
    pub range: RangeArgs,
    /// Print apparent size, allocated bytes, holes and pages
    ///
    /// Reserved blocks that were never written count as holes: they read as zeros.
    #[arg(short, long, help_heading = "Size")]
    pub long: bool,
}

impl FilesizeArgs {
    /// The request. The size of the reference is not known here, and the change is relative to it.
    ///
    /// # Errors
    /// `usage` for a range without `--allocate`, and for a reference beside a size that does not depend on it.
    pub fn request(&self) -> Result<FilesizeRequest> {
        let range = self.range.request();
        if !self.allocate && !self.range.is_absent() {
            let failure = Error::usage("a range is only for --allocate");
            return Err(failure.hint("add --allocate to reserve the blocks of the range"));
        }
        if self.allocate && range.length == Some(ByteLength::ZERO) {
            return Err(Error::usage("--allocate needs a range that is not empty"));
        }
        if self.reference.is_some() && self.set.is_some_and(|set| !set.is_relative()) {
            let failure = Error::usage("--reference and --set each give a size");
            return Err(failure.hint(
                "with --reference, --set takes a change: +SIZE, -SIZE, '<SIZE', '>SIZE', /SIZE or %SIZE",
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

/// Parses a size, or a change of the present size as in `truncate(1)`.
fn parse_new_size(text: &str) -> Result<NewSize, String> {
    let multiple_of = |ByteLength(unit)| {
        NonZeroU64::new(unit).ok_or_else(|| "there are no multiples of 0".to_owned())
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
    use proptest::prelude::*;

    #[test]
    fn a_sign_makes_a_size_a_change_of_the_present_one() {
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
