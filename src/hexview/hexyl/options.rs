//! What can be chosen about the `hexyl` format, under hexyl's own names.

use std::num::NonZeroU16;

/// The options of the `hexyl` format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HexylOptions {
    /// The border around and between the panels.
    pub border: BorderStyle,
    /// How many panels of eight bytes a line has.
    pub panels: NonZeroU16,
    /// How many bytes stand together.
    pub group_size: GroupSize,
    /// The number base of the bytes.
    pub base: Base,
    /// The order of the bytes in a group.
    pub endianness: Endianness,
    /// Which character stands for which byte.
    pub character_table: CharacterTable,
    /// Which colours the bytes have, when there is colour.
    pub color_scheme: ColorScheme,
    /// Whether there is colour. The colours of the default scheme can be changed by the
    /// environment variables `HEXYL_COLOR_*`.
    pub color: bool,
    /// Whether the characters are shown to the right of the bytes.
    pub characters: bool,
    /// Whether the offset is shown to the left of the bytes.
    pub position: bool,
    /// Whether runs of lines made of one repeated byte become one `*` line.
    pub squeeze: bool,
}

impl Default for HexylOptions {
    /// What `hexyl` shows when nothing is chosen and the terminal is wide enough, without colour.
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
    /// The most panels that fit in `columns` terminal columns with these options, at least one.
    /// This is what `hexyl --panels=auto` and `--terminal-width` choose; without either, `hexyl`
    /// takes two panels or this number, whichever is smaller.
    #[must_use]
    pub fn panels_for_width(&self, columns: u64) -> NonZeroU16 {
        let offset = if self.position { 10 } else { 1 };
        let group = u64::from(self.group_size.bytes());
        let digits = u64::from(self.base.digits());
        let characters = if self.characters { 8 } else { 0 };
        let panel = (8 / group) * (digits * group + 1) + 2 + characters;
        let panels = columns.saturating_sub(offset) / panel;
        u16::try_from(panels).map_or(NonZeroU16::MAX, |panels| {
            NonZeroU16::new(panels).unwrap_or(NonZeroU16::MIN)
        })
    }

    /// Bytes on a full line.
    pub(super) fn bytes_per_line(&self) -> usize {
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

/// The lines drawn around and between the panels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BorderStyle {
    /// Unicode box drawing.
    #[default]
    Unicode,
    /// `+`, `-` and `|`.
    Ascii,
    /// Spaces, and no lines above and below.
    None,
}

/// How many bytes stand together without a space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupSize {
    /// Every byte by itself.
    #[default]
    One,
    /// Two bytes.
    Two,
    /// Four bytes.
    Four,
    /// All eight bytes of a panel.
    Eight,
}

impl GroupSize {
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

/// The number base of the bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Base {
    /// Eight digits of base 2.
    Binary,
    /// Three digits of base 8.
    Octal,
    /// Three digits of base 10.
    Decimal,
    /// Two digits of base 16.
    #[default]
    Hexadecimal,
}

impl Base {
    /// The number of digits a byte takes.
    #[must_use]
    pub fn digits(self) -> u8 {
        match self {
            Self::Binary => 8,
            Self::Octal | Self::Decimal => 3,
            Self::Hexadecimal => 2,
        }
    }
}

/// The order in which the bytes of a group are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Endianness {
    /// Last byte first.
    Little,
    /// As they come.
    #[default]
    Big,
}

/// Which character stands for which byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CharacterTable {
    /// Printable ASCII as it is, and five symbols for the other kinds of bytes.
    #[default]
    Default,
    /// Printable ASCII as it is, `.` for everything else.
    Ascii,
    /// The EBCDIC code page 1047, `.` for what does not print.
    Cp1047,
    /// The code page 437 of the IBM PC.
    Cp437,
    /// Printable ASCII as it is, braille patterns for everything else.
    Braille,
}

/// Which colours the bytes have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorScheme {
    /// One colour for each kind of byte.
    #[default]
    Default,
    /// Gradients over the values of each kind.
    Gradient,
}

impl From<BorderStyle> for ::hexyl::BorderStyle {
    fn from(style: BorderStyle) -> Self {
        match style {
            BorderStyle::Unicode => Self::Unicode,
            BorderStyle::Ascii => Self::Ascii,
            BorderStyle::None => Self::None,
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

impl From<Endianness> for ::hexyl::Endianness {
    fn from(endianness: Endianness) -> Self {
        match endianness {
            Endianness::Little => Self::Little,
            Endianness::Big => Self::Big,
        }
    }
}

impl From<CharacterTable> for ::hexyl::CharacterTable {
    fn from(table: CharacterTable) -> Self {
        match table {
            CharacterTable::Default => Self::Default,
            CharacterTable::Ascii => Self::Ascii,
            CharacterTable::Cp1047 => Self::CP1047,
            CharacterTable::Cp437 => Self::CP437,
            CharacterTable::Braille => Self::Braille,
        }
    }
}

impl From<ColorScheme> for ::hexyl::ColorScheme {
    fn from(scheme: ColorScheme) -> Self {
        match scheme {
            ColorScheme::Default => Self::Default,
            ColorScheme::Gradient => Self::Gradient,
        }
    }
}
