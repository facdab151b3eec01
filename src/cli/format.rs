//! Converts the arguments of `dump` to a format of `hexview`.

use std::num::NonZeroU16;

use super::dump::{DumpArgs, Panels};
use super::format_name::FormatName;
use super::number::NumberType;
use crate::hexview::{
    BorderStyle, ByteOrder, CharacterTable, Format, HexFormat, HexylOptions, ValueType,
    ValuesOptions, c_identifier,
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

impl DumpArgs {
    /// The requested format; `None` for raw bytes.
    #[must_use]
    pub fn format(&self, look: DumpLook) -> Option<Format> {
        let squeeze = !self.output.no_squeezing;
        Some(match self.format_name() {
            FormatName::Hex(HexFormat::Hexyl) => Format::Hexyl(self.hexyl(look)),
            FormatName::Hex(HexFormat::Xxd) => Format::Xxd,
            FormatName::Hex(HexFormat::Canonical) => Format::Canonical { squeeze },
            FormatName::Hex(HexFormat::Plain) => Format::Plain,
            FormatName::Hex(HexFormat::C) => Format::C {
                name: self.identifier(),
            },
            FormatName::Values => {
                let NumberType { kind, order } = self.value_type();
                let columns = u16::try_from(look.columns).unwrap_or(u16::MAX);
                Format::Values(ValuesOptions {
                    kind,
                    order,
                    width: self.values.width.unwrap_or(columns),
                    squeeze,
                })
            }
            FormatName::Raw => return None,
        })
    }

    /// The format in JSON: numbers for `--format values`, otherwise `None` for raw bytes.
    #[must_use]
    pub fn json_format(&self) -> Option<Format> {
        let NumberType { kind, order } = self.value_type();
        let numbers = self.requested_format() == Some(FormatName::Values);
        numbers.then_some(Format::JsonValues { kind, order })
    }

    fn value_type(&self) -> NumberType {
        self.values.value_type.unwrap_or(NumberType {
            kind: ValueType::U8,
            order: ByteOrder::Little,
        })
    }

    fn identifier(&self) -> Option<String> {
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
            group_size: args.group_size.unwrap_or_default(),
            base: args.base.unwrap_or_default(),
            endianness: args.endianness.unwrap_or_default(),
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
