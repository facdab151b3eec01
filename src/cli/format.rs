//! Converts the arguments of `dump` to a format of `hexview`.

use std::num::NonZeroU16;

use super::dump::{DumpArgs, Panels};
use super::format_name::FormatName;
use crate::hexview::{
    Base, BorderStyle, ByteOrder, COptions, CharacterTable, Endianness, Format, GroupSize,
    HexFormat, HexylOptions, PlainOptions, RowsOptions, ValueType, ValuesOptions, XxdOptions,
    c_identifier,
};
use crate::mapping::source::SourceSpec;

/// The properties of the destination that affect the format.
#[derive(Clone, Copy, Debug)]
pub struct DumpLook {
    /// The width in columns.
    pub columns: usize,
    /// Whether to use colours.
    pub coloured: bool,
    /// Whether the default border and character table are ASCII.
    pub ascii: bool,
}

/// The text of a dump.
#[derive(Clone, Debug)]
pub enum DumpText {
    /// Lines of bytes.
    Lines(Format),
    /// Runs of at least this many printable characters.
    Strings(u16),
}

/// The number of characters of the shortest run that `strings` shows.
const SHORTEST: u16 = 4;

impl DumpArgs {
    /// The requested format; `None` for raw bytes.
    #[must_use]
    pub fn format(&self, look: DumpLook) -> Option<DumpText> {
        let squeeze = !self.output.no_squeezing;
        Some(DumpText::Lines(match self.format_name() {
            FormatName::Hex(HexFormat::Hexyl) => Format::Hexyl(self.hexyl(look)),
            FormatName::Hex(HexFormat::Xxd) => Format::Xxd(self.xxd_options(look.coloured)),
            FormatName::Hex(HexFormat::Canonical) => Format::Canonical { squeeze },
            FormatName::Hex(HexFormat::Plain) => Format::Plain(self.plain_options()),
            FormatName::Hex(HexFormat::C) => Format::C(self.c_options()),
            FormatName::Values => self.values_format(look, squeeze),
            FormatName::Strings => {
                return Some(DumpText::Strings(self.output.strings.unwrap_or(SHORTEST)));
            }
            FormatName::Raw => return None,
        }))
    }

    /// The format in JSON: numbers for `--format values`, otherwise `None` for raw bytes.
    #[must_use]
    pub fn json_format(&self) -> Option<DumpText> {
        let numbers = self.requested_format() == Some(FormatName::Values);
        let (kind, order) = *self.value_types().first().filter(|_| numbers)?;
        Some(DumpText::Lines(Format::JsonValues { kind, order }))
    }

    /// The types of the numbers, at least one.
    pub(super) fn value_types(&self) -> Vec<(ValueType, ByteOrder)> {
        let types = &self.values.value_types;
        match types.as_slice() {
            [] => vec![(ValueType::U8, ByteOrder::Little)],
            types => types
                .iter()
                .map(|number| (number.kind, number.order))
                .collect(),
        }
    }

    fn values_format(&self, look: DumpLook, squeeze: bool) -> Format {
        let types = self.value_types();
        let width = u16::try_from(look.columns).unwrap_or(u16::MAX);
        let width = self.values.width.unwrap_or(width);
        match (types.as_slice(), self.layout.columns, self.values.offsets) {
            (&[(kind, order)], None, None) => Format::Values(ValuesOptions {
                kind,
                order,
                width,
                squeeze,
            }),
            (_, columns, offsets) => {
                let offsets = offsets.unwrap_or_default();
                let columns = columns.and_then(|columns| u16::try_from(columns).ok());
                Format::Rows(RowsOptions {
                    columns: columns
                        .unwrap_or_else(|| RowsOptions::fitting(&types, offsets, width)),
                    types,
                    offsets,
                    squeeze,
                })
            }
        }
    }

    /// The options of format xxd.
    pub(super) fn xxd_options(&self, color: bool) -> XxdOptions {
        let options = XxdOptions {
            uppercase: self.layout.uppercase,
            little: matches!(self.endianness(), Endianness::Little),
            binary: self.layout.base == Some(Base::Binary),
            decimal: self.xxd.decimal_offsets,
            autoskip: self.xxd.autoskip,
            color,
            ebcdic: self.xxd.ebcdic,
            ..XxdOptions::default()
        };
        let columns = self
            .layout
            .columns
            .map(|columns| u16::try_from(columns).unwrap_or(u16::MAX));
        options.sized(columns, self.layout.group_size)
    }

    fn plain_options(&self) -> PlainOptions {
        let usual = PlainOptions::default();
        PlainOptions {
            columns: self.layout.columns.map_or(usual.columns, u64::from),
            uppercase: self.layout.uppercase,
        }
    }

    fn c_options(&self) -> COptions {
        let binary = self.layout.base == Some(Base::Binary);
        let usual = if binary {
            6
        } else {
            COptions::default().columns
        };
        COptions {
            name: self.identifier(),
            capitalize: self.c.capitalize,
            columns: self.layout.columns.map_or(usual, u64::from),
            uppercase: self.layout.uppercase,
            binary,
        }
    }

    fn endianness(&self) -> Endianness {
        match self.layout.little_endian {
            true => Endianness::Little,
            false => self.layout.endianness.unwrap_or_default(),
        }
    }

    fn identifier(&self) -> Option<String> {
        if let Some(name) = &self.c.name {
            return Some(c_identifier(name.as_encoded_bytes()));
        }
        match self.source.spec()? {
            SourceSpec::File(path) => Some(c_identifier(path.as_os_str().as_encoded_bytes())),
            SourceSpec::Tag(tag) => Some(c_identifier(tag.as_os_str().as_encoded_bytes())),
            SourceSpec::Descriptor(_) | SourceSpec::StandardInput | SourceSpec::Anonymous => None,
        }
    }

    fn hexyl(&self, look: DumpLook) -> HexylOptions {
        let args = &self.hexyl;
        let border = match (args.bare, look.ascii) {
            (true, _) => BorderStyle::None,
            (false, true) => BorderStyle::Ascii,
            (false, false) => BorderStyle::default(),
        };
        let table = match look.ascii {
            true => CharacterTable::Ascii,
            false => CharacterTable::default(),
        };
        let options = HexylOptions {
            border: args.border.unwrap_or(border),
            group_size: self
                .layout
                .group_size
                .and_then(GroupSize::of)
                .unwrap_or_default(),
            base: self.layout.base.unwrap_or_default(),
            endianness: self.endianness(),
            character_table: args.character_table.unwrap_or(table),
            color_scheme: args.color_scheme.unwrap_or_default(),
            color: look.coloured,
            characters: !args.no_characters && !args.bare,
            position: !args.no_position && !args.bare,
            squeeze: !self.output.no_squeezing,
            ..HexylOptions::default()
        };
        let fitting = || options.panels_for_width(look.columns as u64);
        let panels = match (args.panels, args.terminal_width) {
            (Some(Panels::Exactly(panels)), _) => panels,
            (Some(Panels::Auto), _) => fitting(),
            (None, Some(width)) => options.panels_for_width(width.get()),
            (None, None) => fitting().min(NonZeroU16::MIN.saturating_add(1)),
        };
        HexylOptions { panels, ..options }
    }
}
