//! Bytes are printed and read back as the same bytes.

use std::num::NonZeroU16;

use mmapctl::hexview::{
    Base, BorderStyle, COptions, CharacterTable, Endianness, Format, GroupSize, HexFormat,
    HexylOptions, PlainOptions, XxdOptions,
};

use super::{contiguous, printed, read, reference};

/// Checks a dump of some bytes. The letters of `options` select its layout.
pub fn check(bytes: &[u8], format: HexFormat, options: &[u8]) {
    let mut letters = options.iter().copied();
    let mut choose = |count: u8| letters.next().unwrap_or(0) % count;
    let (layout, is_clear) = layout(format, &mut choose);
    let text = printed(&layout, bytes);
    for given in [Some(format), None] {
        let found = read(text.as_slice(), given);
        reference::compare(&text, given, &found);
        match found {
            Ok(records) => {
                let same = contiguous(&records).as_deref() == Some(bytes);
                // Only the characters show some layouts, unless the user names the format.
                assert!(
                    same || given.is_some() && !is_clear,
                    "{}",
                    String::from_utf8_lossy(&text)
                );
            }
            Err(why) => assert!(!is_clear, "{why}\n{}", String::from_utf8_lossy(&text)),
        }
    }
}

/// A layout, and whether every text in it can be read back.
fn layout(format: HexFormat, choose: &mut impl FnMut(u8) -> u8) -> (Format, bool) {
    match format {
        HexFormat::Hexyl => hexyl(choose),
        HexFormat::Xxd => xxd(choose),
        HexFormat::Canonical => (
            Format::Canonical {
                squeeze: choose(2) == 0,
            },
            true,
        ),
        HexFormat::Plain => {
            let uppercase = choose(2) == 1;
            let columns = [30, 0, 1, 7][usize::from(choose(4))];
            (Format::Plain(PlainOptions { columns, uppercase }), true)
        }
        HexFormat::C => {
            let options = COptions {
                name: (choose(2) == 1).then(|| "name".to_owned()),
                capitalize: choose(2) == 1,
                columns: [12, 1, 300][usize::from(choose(3))],
                uppercase: choose(2) == 1,
                binary: choose(2) == 1,
            };
            (Format::C(options), true)
        }
    }
}

fn hexyl(choose: &mut impl FnMut(u8) -> u8) -> (Format, bool) {
    let group_size = [
        GroupSize::One,
        GroupSize::Two,
        GroupSize::Four,
        GroupSize::Eight,
    ];
    let base = [Base::Hexadecimal, Base::Octal, Base::Decimal, Base::Binary];
    let tables = [
        CharacterTable::Default,
        CharacterTable::Ascii,
        CharacterTable::CP1047,
        CharacterTable::CP437,
        CharacterTable::Braille,
    ];
    let border = [BorderStyle::Unicode, BorderStyle::Ascii, BorderStyle::None];
    let options = HexylOptions {
        border: border[usize::from(choose(3))],
        panels: NonZeroU16::new(1 + u16::from(choose(4))).unwrap(),
        group_size: group_size[usize::from(choose(4))],
        base: base[usize::from(choose(4))],
        endianness: [Endianness::Big, Endianness::Little][usize::from(choose(2))],
        character_table: tables[usize::from(choose(5))],
        color: choose(2) == 1,
        characters: choose(2) == 0,
        position: choose(2) == 0,
        squeeze: choose(2) == 0,
        ..HexylOptions::default()
    };
    let is_clear = options.group_size == GroupSize::One
        && options.base == Base::Hexadecimal
        && (options.position || !options.squeeze);
    (Format::Hexyl(options), is_clear)
}

fn xxd(choose: &mut impl FnMut(u8) -> u8) -> (Format, bool) {
    let [mut little, mut binary] = [false; 2];
    match choose(3) {
        1 => little = true,
        2 => binary = true,
        _ => {}
    }
    let columns = [16, 1, 7, 8, 32][usize::from(choose(5))];
    let options = XxdOptions {
        little,
        binary,
        ..XxdOptions::default()
    };
    // Reversed groups of two bytes may look like usual ones.
    let groups = if little { [4, 8, 4, 8] } else { [2, 1, 4, 8] };
    let group = groups[usize::from(choose(4))];
    let decimal = choose(2) == 1;
    let options = XxdOptions {
        uppercase: choose(2) == 1,
        decimal,
        // Behind lines that are left out, an offset may fit in both bases.
        autoskip: choose(2) == 1 && !decimal,
        color: choose(2) == 1,
        ..options.sized(Some(columns), Some(group))
    };
    let is_clear = !little && !binary && !decimal && group <= 2;
    (Format::Xxd(options), is_clear)
}
