//! The formats of `dump`: those that `fill --from-hex` reads back, numbers and raw bytes.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::hexview::HexFormat;

/// A format of `dump`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatName {
    /// A text format that can be read back.
    Hex(HexFormat),
    /// Numbers of one type.
    Values,
    /// Printable characters with their offsets.
    Strings,
    /// The bytes themselves.
    Raw,
}

/// All formats, in the order of the help.
const FORMATS: [FormatName; HexFormat::ALL.len() + 3] = {
    let mut formats = [FormatName::Raw; HexFormat::ALL.len() + 3];
    let mut index = 0;
    while index < HexFormat::ALL.len() {
        formats[index] = FormatName::Hex(HexFormat::ALL[index]);
        index += 1;
    }
    formats[index] = FormatName::Values;
    formats[index + 1] = FormatName::Strings;
    formats
};

impl ValueEnum for FormatName {
    fn value_variants<'a>() -> &'a [Self] {
        &FORMATS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Hex(format) => format.to_possible_value(),
            Self::Values => Some(PossibleValue::new("values").help("Numbers of one type (--type)")),
            Self::Strings => Some(
                PossibleValue::new("strings")
                    .help("Printable characters, as strings -t x (--strings)"),
            ),
            Self::Raw => Some(PossibleValue::new("raw").help("The bytes themselves")),
        }
    }
}
