//! The options of the `hexyl` format, under hexyl's own names. They are the enums of the hexyl
//! crate where those can be copied.

use std::num::NonZeroU16;

pub use ::hexyl::{BorderStyle, CharacterTable, ColorScheme, Endianness};

use crate::hexview::choices::choices;

/// The options of the `hexyl` format.
#[derive(Clone, Copy, Debug)]
pub struct HexylOptions {
    /// The border around and between the panels.
    pub border: BorderStyle,
    /// The number of panels of eight bytes in a line.
    pub panels: NonZeroU16,
    /// The number of bytes without a space between them.
    pub group_size: GroupSize,
    /// The number base of the bytes.
    pub base: Base,
    /// The order of the bytes in a group.
    pub endianness: Endianness,
    /// The character of each byte.
    pub character_table: CharacterTable,
    /// The colour of each byte, if there is colour.
    pub color_scheme: ColorScheme,
    /// Whether there is colour. The colours of the default scheme can be changed by the
    /// environment variables `HEXYL_COLOR_*`.
    pub color: bool,
    /// Whether the characters are shown to the right of the bytes.
    pub characters: bool,
    /// Whether the offset is shown to the left of the bytes.
    pub position: bool,
    /// Whether repeated lines of one byte value become one `*` line.
    pub squeeze: bool,
}

impl Default for HexylOptions {
    /// The defaults of `hexyl` on a terminal that is wide enough, without colour.
    fn default() -> Self {
        Self {
            border: BorderStyle::Unicode,
            panels: NonZeroU16::MIN.saturating_add(1),
            group_size: GroupSize::One,
            base: Base::Hexadecimal,
            endianness: Endianness::Big,
            character_table: CharacterTable::Default,
            color_scheme: ColorScheme::Default,
            color: false,
            characters: true,
            position: true,
            squeeze: true,
        }
    }
}

impl HexylOptions {
    /// The number of panels that fit in `columns` terminal columns with these options, at least
    /// one. `hexyl --panels=auto` and `--terminal-width` choose this number. The default of `hexyl`
    /// is this number, at most two.
    #[must_use]
    pub fn panels_for_width(&self, columns: u64) -> NonZeroU16 {
        let panels = columns.saturating_sub(self.offset_width()) / self.panel_width();
        u16::try_from(panels).map_or(NonZeroU16::MAX, |panels| {
            NonZeroU16::new(panels).unwrap_or(NonZeroU16::MIN)
        })
    }

    /// The columns before the first panel.
    pub(in super::super) fn offset_width(&self) -> u64 {
        if self.position { 10 } else { 1 }
    }

    /// The columns of a panel of bytes and its characters. As in `hexyl`, the border after the
    /// characters is not counted.
    fn panel_width(&self) -> u64 {
        let group = u64::from(self.group_size.bytes());
        let digits = u64::from(self.base.digits());
        let characters = if self.characters { 8 } else { 0 };
        (8 / group) * (digits * group + 1) + 2 + characters
    }

    /// All columns of a panel of bytes and its characters, with a border after each.
    pub(in super::super) fn full_panel_width(&self) -> u64 {
        self.panel_width() + u64::from(self.characters)
    }

    /// Bytes on a full line.
    pub(in super::super) fn bytes_per_line(&self) -> usize {
        8 * usize::from(self.panels.get())
    }

    /// About how many characters a full line has.
    pub(super) fn text_per_line(&self) -> usize {
        let color = if self.color { 8 } else { 0 };
        let byte = 1 + usize::from(self.base.digits()) + color;
        let character = if self.characters { 3 + color } else { 0 };
        32 + self.bytes_per_line() * (byte + character + 2)
    }
}

choices! {
    /// The number of bytes without a space between them.
    #[derive(Default)]
    pub enum GroupSize {
        /// No grouping
        #[default]
        One = "1",
        /// Groups of two bytes
        Two = "2",
        /// Groups of four bytes
        Four = "4",
        /// Groups of eight bytes
        Eight = "8",
    }
}

impl GroupSize {
    /// The group of this number of bytes.
    #[must_use]
    pub fn of(bytes: u16) -> Option<Self> {
        let has = |size: &&Self| u16::from(size.bytes()) == bytes;
        Self::ALL.iter().find(has).copied()
    }

    /// The number of bytes.
    #[must_use]
    pub fn bytes(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }
}

choices! {
    /// The number base of the bytes.
    #[derive(Default)]
    pub enum Base {
        /// Eight binary digits
        Binary = "binary" | "b" | "bin" | "2",
        /// Three octal digits
        Octal = "octal" | "o" | "oct" | "8",
        /// Three decimal digits
        Decimal = "decimal" | "d" | "dec" | "10",
        /// Two hexadecimal digits
        #[default]
        Hexadecimal = "hexadecimal" | "x" | "hex" | "16",
    }
}

impl Base {
    /// The number of digits of a byte.
    #[must_use]
    pub fn digits(self) -> u8 {
        match self {
            Self::Binary => 8,
            Self::Octal | Self::Decimal => 3,
            Self::Hexadecimal => 2,
        }
    }
}

impl From<Base> for ::hexyl::Base {
    fn from(base: Base) -> Self {
        match base {
            Base::Binary => Self::Binary,
            Base::Octal => Self::Octal,
            Base::Decimal => Self::Decimal,
            Base::Hexadecimal => Self::Hexadecimal,
        }
    }
}
