//! Text to bytes: the layouts of `xxd`.

use super::parse::{joined, records};
use super::*;

proptest! {
    #[test]
    fn layouts_of_xxd_are_read_back_or_refused(
        options in xxd_options(),
        bytes in content(600),
        offset in prop_oneof![3 => Just(0), 1 => 0..2000_u64],
        explicit in any::<bool>(),
    ) {
        let text = dumped(&Format::Xxd(options), offset, &mut SliceInput::new(&bytes));
        let (records, error) = records(explicit.then_some(HexFormat::Xxd), &text);
        let text = String::from_utf8_lossy(&text);
        if error.is_some() {
            // With 1, 2, 3 or 6 bytes a line, lines that are missing may explain decimal offsets.
            let may_be_decimal = options.decimal
                && (offset > 0 || options.autoskip || 6_u16.is_multiple_of(options.columns));
            let is_odd = options.little || options.binary || may_be_decimal || options.group > 2;
            prop_assert!(is_odd, "{:?}\n{}", error, text);
        } else {
            let start = records.first().cloned().map_or(offset, |record| contents(record).0);
            let read = joined(records, start);
            // With a named format, groups whose order the characters do not show are read as they stand.
            let stands = explicit && options.little && read == standing(options, &bytes);
            let same = (start, &read) == (offset, &bytes);
            prop_assert!(same || stands || is_simpler(options, (offset, &bytes), (start, &read)), "{:?}\n{}", read, text);
        }
    }

    #[test]
    fn layouts_of_xxd_with_text_are_read_back(
        options in xxd_options().prop_filter("words show the layout", |options| {
            !options.ebcdic && (!options.little || options.columns >= 4)
        }),
        words in "([a-z]{2,9}[ .,]){10,60}",
    ) {
        let bytes = words.into_bytes();
        let text = dumped(&Format::Xxd(options), 0, &mut SliceInput::new(&bytes));
        let (records, error) = records(None, &text);
        let text = String::from_utf8_lossy(&text);
        let is_odd = options.group > 2 || options.little;
        prop_assert!(error.is_none() || is_odd, "{:?}\n{}", error, text);
        if error.is_none() {
            prop_assert_eq!(joined(records, 0), bytes, "{}", text);
        }
    }

    #[test]
    fn layouts_of_digits_and_arrays_are_read_back(
        plain in plain_options(),
        c in c_options(),
        bytes in content(600),
    ) {
        let text = dumped(&Format::Plain(plain), 0, &mut SliceInput::new(&bytes));
        prop_assert_eq!(joined(records(Some(HexFormat::Plain), &text).0, 0), bytes.clone());
        let text = dumped(&Format::C(c), 0, &mut SliceInput::new(&bytes));
        for given in [None, Some(HexFormat::C)] {
            let (records, error) = records(given, &text);
            let text = String::from_utf8_lossy(&text);
            prop_assert!(error.is_none(), "{:?}\n{}", error, text);
            prop_assert_eq!(joined(records, 0), bytes.clone(), "{}", text);
        }
    }
}

#[test]
fn layouts_of_xxd_are_recognised_by_their_characters_and_offsets() {
    for (text, expected) in [
        (
            "00000000: 01100001 00100000  a \n00000002: 01100010    b\n",
            &b"a b"[..],
        ),
        ("00000000: 0110000100100000  a \n", b"a "),
        // The digits of the second line were changed.
        (
            "00000000: 01100001 01100010  ab\n00000002: 01100011 01100100  xx\n",
            b"abcd",
        ),
        (
            "00000000: 64636261       65                    abcde\n",
            b"abcde",
        ),
        (
            "00000000: 6261   63                                abc\n",
            b"abc",
        ),
        (
            "00000000: 64636261 68676665  abcdefgh\n00000008: 00000a01           ....\n",
            b"abcdefgh\x01\n\0\0",
        ),
        ("00000000: 8281 8483  abcd\n", b"\x81\x82\x83\x84"),
        (
            "00000000: 6162 6364 6162 6364 6162 6364 6162 6364  abcdabcdabcdabcd\n00000016: 6162  ab\n",
            b"abcdabcdabcdabcdab",
        ),
        ("  0X41, 0X4A\n", b"AJ"),
        (
            "unsigned char X[] = {\n  0b01000001\n};\nunsigned int X_LEN = 1;\n",
            b"A",
        ),
    ] {
        let (records, error) = records(None, text.as_bytes());
        assert!(error.is_none(), "{text}: {error:?}");
        assert_eq!(joined(records, 0), expected, "{text}");
    }
}

/// Whether a simpler layout prints the bytes that were read as the dump of other bytes, so the text does not tell which
/// bytes they are.
pub(super) fn is_simpler(options: XxdOptions, of: (u64, &[u8]), read: (u64, &[u8])) -> bool {
    let print = |options, (offset, bytes)| {
        let text = dumped(&Format::Xxd(options), offset, &mut SliceInput::new(bytes));
        // Only the spaces before the characters of a short line may differ.
        let words = text
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty());
        words.map(<[u8]>::to_vec).collect::<Vec<_>>()
    };
    let options = XxdOptions {
        color: false,
        ..options
    };
    let text = print(options, of);
    let notations = [
        (false, options.decimal),
        (options.little, false),
        (false, false),
    ];
    let mut simpler = notations
        .into_iter()
        .filter(|notation| *notation != (options.little, options.decimal));
    simpler.any(|(little, decimal)| {
        print(
            XxdOptions {
                little,
                decimal,
                ..options
            },
            read,
        ) == text
    })
}

/// The bytes in the order in which `xxd -e` prints them.
pub(super) fn standing(options: XxdOptions, bytes: &[u8]) -> Vec<u8> {
    let lines = bytes.chunks(options.columns.into());
    let groups = lines.flat_map(|line| line.chunks(options.group.into()));
    groups
        .flat_map(|group| group.iter().rev().copied())
        .collect()
}

#[test]
fn groups_of_unknown_order_are_read_as_they_stand_when_the_format_is_named() {
    let options = XxdOptions {
        little: true,
        ..XxdOptions::default()
    }
    .sized(Some(256), Some(4));
    let bytes = [[127; 173].as_slice(), &[0; 131]].concat();
    let text = dumped(&Format::Xxd(options), 0, &mut SliceInput::new(&bytes));
    let (read, error) = records(Some(HexFormat::Xxd), &text);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(joined(read, 0), standing(options, &bytes));
    assert!(records(None, &text).1.is_some());
}
