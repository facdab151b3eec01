//! The formats of a dump and their options. The text of a line is built in the module of its format.

use fearless_simd::Level;

use super::c::{C, COptions};
use super::canonical::Canonical;
use super::hexyl::{Hexyl, HexylOptions};
use super::line::Lines;
use super::plain::{Plain, PlainLayout, PlainOptions};
use super::values::{ByteOrder, Columns, Json, Rows, RowsOptions, ValueType, ValuesOptions};
use super::xxd::{Layout, XxdOptions};

/// The format of a dump.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Format {
    /// As `hexyl` 0.17.
    Hexyl(HexylOptions),
    /// As `xxd`.
    Xxd(XxdOptions),
    /// As `hexdump -C`.
    Canonical {
        /// Whether repeated lines become one `*`; false is `hexdump -C -v`.
        squeeze: bool,
    },
    /// As `xxd -p`.
    Plain(PlainOptions),
    /// As `xxd -i`.
    C(COptions),
    /// Numbers in columns, as `od -A d -t …`.
    Values(ValuesOptions),
    /// Numbers in rows, as `od -t … -t … -w…`.
    Rows(RowsOptions),
    /// Numbers as one JSON array, without a final newline and without offsets. NaN and the
    /// infinities are the strings `"NaN"`, `"Infinity"` and `"-Infinity"`.
    JsonValues {
        /// The type of the numbers. Missing bytes of the last number count as zero.
        kind: ValueType,
        /// The byte order of the numbers.
        order: ByteOrder,
    },
}

impl Format {
    /// The description of this format's lines. Without a `level` it uses no vectors.
    pub(super) fn lines(&self, level: Option<Level>) -> Box<dyn Lines> {
        match self {
            Self::Hexyl(options) => Box::new(Hexyl::new(*options, level)),
            Self::Xxd(options) => Box::new(Layout::new(*options, level)),
            Self::Canonical { squeeze } => Box::new(Canonical::new(*squeeze, level)),
            Self::Plain(options) if *options == PlainOptions::default() => {
                Box::new(Plain { level })
            }
            Self::Plain(options) => Box::new(PlainLayout::new(*options, level)),
            Self::C(options) => Box::new(C::new(options.clone(), level)),
            Self::Values(options) => Box::new(Columns {
                options: *options,
                level,
            }),
            Self::Rows(options) => Box::new(Rows::new(options.clone(), level)),
            Self::JsonValues { kind, order } => Box::new(Json {
                kind: *kind,
                order: *order,
                level,
            }),
        }
    }
}
