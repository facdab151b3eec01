//! Text to bytes: printed dumps are read back, and other text is refused.

use super::*;

/// All records of a text, and the error it ends with.
pub(super) fn records(format: Option<HexFormat>, text: &[u8]) -> (Vec<Record>, Option<ParseError>) {
    let mut reader = HexReader::new(text, format);
    let mut records = Vec::new();
    loop {
        match reader.next_record() {
            Ok(Some(record)) => records.push(record),
            Ok(None) => return (records, None),
            Err(error) => return (records, Some(error)),
        }
    }
}

/// The bytes of consecutive records from `offset` on.
pub(super) fn joined(records: Vec<Record>, offset: u64) -> Vec<u8> {
    let mut joined = Vec::new();
    for record in records {
        let (start, bytes) = contents(record);
        assert_eq!(start, offset + joined.len() as u64);
        joined.extend(bytes);
    }
    joined
}

/// The formats that are read, and the offset that the first byte is read back with.
fn readable() -> impl Strategy<Value = (Format, HexFormat, bool)> {
    let hexyl = hexyl_options().prop_map(|options| {
        let options = HexylOptions {
            base: Base::Hexadecimal,
            // The byte order of larger groups may be unknown.
            group_size: GroupSize::One,
            // Without offsets the number of squeezed lines is unknown.
            squeeze: options.squeeze && options.position,
            ..options
        };
        (Format::Hexyl(options), HexFormat::Hexyl, options.position)
    });
    prop_oneof![
        6 => hexyl,
        1 => Just((Format::Xxd(XxdOptions::default()), HexFormat::Xxd, true)),
        1 => any::<bool>().prop_map(|squeeze| {
            (Format::Canonical { squeeze }, HexFormat::Canonical, true)
        }),
        1 => Just((Format::Plain(PlainOptions::default()), HexFormat::Plain, false)),
        1 => Just((Format::C(COptions::default()), HexFormat::C, false)),
        1 => Just((c_named(Some("x".to_owned())), HexFormat::C, false)),
    ]
}

proptest! {
    #[test]
    fn printed_dumps_are_read_back(
        (format, known, has_offset) in readable(),
        offset in offsets(),
        bytes in content(2000),
        long in any::<bool>(),
    ) {
        let bytes = if long { bytes.repeat(5000_usize.div_ceil(bytes.len().max(1))) } else { bytes };
        let text = dumped(&format, offset, &mut SliceInput::new(&bytes));
        let start = if has_offset { offset } else { 0 };
        for given in [None, Some(known)] {
            let (records, error) = records(given, &text);
            let text = String::from_utf8_lossy(&text);
            prop_assert!(error.is_none(), "{:?}\n{}", error, text);
            prop_assert_eq!(joined(records, start), bytes.clone(), "{}", text);
        }
    }

    #[test]
    fn panels_of_all_kinds_are_read_back_or_refused(
        options in hexyl_options(),
        bytes in content(400),
        offset in 0..100_u64,
    ) {
        let text = dumped(&Format::Hexyl(options), offset, &mut SliceInput::new(&bytes));
        let (records, error) = records(None, &text);
        let text = String::from_utf8_lossy(&text);
        if error.is_none() {
            let start = if options.position { offset } else { 0 };
            prop_assert_eq!(joined(records, start), bytes, "{}", text);
        } else {
            let is_odd = matches!(options.base, Base::Octal | Base::Decimal)
                || options.base == Base::Binary && matches!(options.border, BorderStyle::None)
                || options.group_size != GroupSize::One
                || options.squeeze && !options.position;
            prop_assert!(is_odd, "{:?}\n{}", error, text);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in prop::collection::vec(any::<u8>(), 0..300)) {
        records(None, &text);
        for format in [HexFormat::Hexyl, HexFormat::Xxd, HexFormat::Canonical, HexFormat::Plain, HexFormat::C] {
            records(Some(format), &text);
        }
    }

    #[test]
    fn a_dump_with_one_character_changed_is_read_or_refused(
        (format, _, _) in readable(),
        bytes in content(300),
        place in any::<prop::sample::Index>(),
        character in prop_oneof![any::<u8>(), Just(b' '), Just(b'|'), Just(b'*'), Just(b'0')],
    ) {
        let mut text = dumped(&format, 0, &mut SliceInput::new(&bytes));
        if !text.is_empty() {
            let place = place.index(text.len());
            text[place] = character;
        }
        records(None, &text);
    }
}

#[test]
fn a_long_squeezed_run_is_one_record() {
    struct Hole(u64);
    impl Input for Hole {
        type Error = std::convert::Infallible;
        fn next(&mut self, _: &mut [u8]) -> Result<Piece, Self::Error> {
            Ok(match std::mem::take(&mut self.0) {
                0 => Piece::End,
                length => zeros_piece(length),
            })
        }
    }
    let length = (1 << 40) + 5;
    for format in [
        Format::Canonical { squeeze: true },
        hexyl_with(|_| ()),
        hexyl_with(|hexyl| hexyl.border = BorderStyle::None),
        Format::Xxd(XxdOptions {
            autoskip: true,
            ..XxdOptions::default()
        }),
    ] {
        let text = dumped(&format, 0, &mut Hole(length));
        let (records, error) = records(None, &text);
        assert!(error.is_none(), "{error:?}");
        let expected = [
            Record::Bytes {
                offset: 0,
                bytes: vec![0; 16],
            },
            Record::Run {
                offset: 16,
                pattern: vec![0; 16],
                length: (1 << 40) - 16,
            },
            Record::Bytes {
                offset: 1 << 40,
                bytes: vec![0; 5],
            },
        ];
        assert_eq!(records, expected);
    }
}

#[test]
fn offsets_may_jump() {
    let (records, error) = records(None, b"00000010: 6162  ab\n00000000: 63 64 65  cde\n");
    assert!(error.is_none());
    let expected = [
        Record::Bytes {
            offset: 16,
            bytes: b"ab".to_vec(),
        },
        Record::Bytes {
            offset: 0,
            bytes: b"cde".to_vec(),
        },
    ];
    assert_eq!(records, expected);
}

#[test]
fn digits_may_be_broken_anywhere() {
    let mut text = b"61 62\n6\n3 64".to_vec();
    assert_eq!(joined(records(Some(HexFormat::Plain), &text).0, 0), b"abcd");
    // A single line of any length.
    text = b"41".repeat(3_000_000);
    let (records, error) = records(None, &text);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(joined(records, 0), b"A".repeat(3_000_000));
}

#[test]
fn a_malformed_line_is_reported_after_the_records_before_it() {
    for (text, line, bytes) in [
        ("00000000: 4142  AB\n0000000g: 43  C\n", 2, 2),
        ("00000000: 4142  AB\n00000002: 4  C\n", 2, 2),
        ("00000000: 4142  AB\nhello\n", 2, 2),
        ("hello\n", 1, 0),
        ("\n\n4142\nxx\n", 4, 2),
        ("4142\n4\n", 2, 2),
        ("deadbee", 1, 3),
        ("dead\nbee\n\n", 2, 3),
        ("*\n", 1, 0),
        (
            "00000000  41 42 43 44 45 46 47 48  41 42 43 44 45 46 47 48  |ABCDEFGHABCDEFGH|\n*\n",
            2,
            16,
        ),
        (
            "00000000  41 42 43 44 45 46 47 48  41 42 43 44 45 46 47 48  |ABCDEFGHABCDEFGH|\n*\n00000021\n",
            3,
            16,
        ),
        ("00000000  41  |A|\n00000002\n", 2, 1),
        ("00000000  41 4  |A|\n", 1, 0),
        (
            "unsigned char x[] = {\n  0x41, 0x42\n};\nunsigned int x_len = 3;\n",
            4,
            2,
        ),
        ("unsigned char x[] = {\n  0x41, 0x42\n", 2, 2),
        ("  0x41, 42\n", 1, 0),
        ("│00000000│ 41 42 4  │\n", 1, 0),
        ("ffffffffffffffff: 4142  AB\n", 1, 0),
        ("10000000000000000: 4142  AB\n", 1, 0),
    ] {
        let (records, error) = records(None, text.as_bytes());
        let Some(ParseError::Malformed { line: found, .. }) = error else {
            panic!("{text}: {error:?}");
        };
        assert_eq!(found, line, "{text}: {error:?}");
        let read: usize = records
            .iter()
            .map(|record| match record {
                Record::Bytes { bytes, .. } => bytes.len(),
                Record::Run { .. } => 0,
            })
            .sum();
        assert_eq!(read, bytes, "{text}");
    }
}

#[test]
fn the_pieces_of_a_long_line_have_its_number() {
    for (text, line) in [
        (b"41".repeat(500_000), None),
        ([b"41".repeat(500_000), b"4".to_vec()].concat(), Some(1)),
        (
            [b"41".repeat(32 * 1024), b"\n4\n".to_vec()].concat(),
            Some(2),
        ),
        (
            [b"41".repeat(500_000), b"\n\n4x".to_vec()].concat(),
            Some(3),
        ),
    ] {
        let found = match records(Some(HexFormat::Plain), &text).1 {
            Some(ParseError::Malformed { line, .. }) => Some(line),
            _ => None,
        };
        assert_eq!(found, line);
    }
}

/// Whether the text is refused, and nothing before the malformed line counts.
fn is_foreign(format: Option<HexFormat>, text: &str) -> bool {
    matches!(
        records(format, text.as_bytes()).1,
        Some(ParseError::Malformed { foreign: true, .. })
    )
}

#[test]
fn decimal_offsets_are_recognised_after_a_line_of_spaces() {
    let options = XxdOptions {
        decimal: true,
        ..XxdOptions::default()
    };
    for (columns, bytes) in [(1, &b"012345678 abcdefghijk"[..]), (4, b"01234567    c")] {
        let format = Format::Xxd(options.sized(Some(columns), Some(1)));
        let text = dumped(&format, 0, &mut SliceInput::new(bytes));
        let (records, error) = records(None, &text);
        assert!(error.is_none(), "{error:?}");
        assert_eq!(joined(records, 0), bytes);
    }
}

#[test]
fn dumps_of_other_layouts_are_refused() {
    for text in [
        // xxd -b without its characters, and with other ones.
        "00000000: 01100001 01100010\n00000002: 01100001\n",
        "00000000: 01100001 01100010  ax\n",
        // xxd -e
        "00000000: 6261                                     ab\n",
        "00000000:   636261                             abc\n",
        "00000000: 00000001 00000002                    ........\n",
        "00000000: 00000000 00000000                    ........\n00000008: 68676665   ..  efgh\n",
        // xxd -d
        "00000010: 6162 6364 6162 6364 6162 6364 6162 6364  abcdabcdabcdabcd\n00000026: 6162  ab\n",
        "00000004: 6162 6364 6162 6364 6162 6364 6162 6364  abcdabcdabcdabcd\n00000020: 6162  ab\n",
        "00000000: 6162 6364 6162 6364 6162 6364 6162 6364  abcdabcdabcdabcd\n00000016: 6162  ab\n00000020: 61  a\n",
        // Other programs.
        "000000 88 d5 6a 71\n000004\n",
        "0000000 8888 d5d5 6a6a 7171\n",
        "10000000    d588    716a    4bb0\n",
        "1a000000  12  13  14\n",
        " 8888 d5d5 6a6a\n",
        " 0000000000000000\n",
        "00000000 6ad58888 717171aa\n",
        "deadbeef 00000000\n",
    ] {
        assert!(
            is_foreign(None, text),
            "{text}: {:?}",
            records(None, text.as_bytes())
        );
    }
}

#[test]
fn the_characters_of_a_line_do_not_change_its_bytes() {
    let bytes = |format, text: &str| {
        let (records, error) = records(format, text.as_bytes());
        assert!(error.is_none(), "{text}: {error:?}");
        records
    };
    for (text, expected) in [
        // The digits were changed, but not the characters.
        ("00000000: 6162 6358  abcd\n", &b"abcX"[..]),
        ("00000000: 6162 6364  abcd\n00000004: 6665  ef\n", b"abcdfe"),
        (
            "00000000: 61626364 01020304  abcd....\n00000008: 05060708  ....\n",
            b"abcd\x01\x02\x03\x04\x05\x06\x07\x08",
        ),
        ("00000000: 616263\n", b"abc"),
        ("00000000: 00000001\n", b"\0\0\0\x01"),
        ("00000000: 00000000 00000000  ........\n", &[0; 8]),
        ("00000000: 0100 0001  ....\n", b"\x01\0\0\x01"),
        ("61 62 63\n6465\n", b"abcde"),
        // xxd -e, with characters that look like a short group.
        (
            "00000000: 64636261 68676665 6c6b6a69 706f6e6d  abcdefghijklmnop\n\
             00000010: 36313620 20323631 30683336 0a333231   616162 63h0123.\n",
            b"abcdefghijklmnop 616162 63h0123\n",
        ),
        // One element of an array, but digits without an indent.
        ("  0b01100001\n", b"a"),
        ("0b01100001\n", b"\x0b\x01\x10\0\x01"),
    ] {
        assert_eq!(joined(bytes(None, text), 0), expected, "{text}");
    }
    // Without characters these are jumps.
    let jumps = bytes(None, "00000008: 5858\n00000010: 58\n");
    assert_eq!(jumps.len(), 2);
    let dead = "00000000: deadbeef  ....\n";
    assert!(is_foreign(None, dead));
    let named = bytes(Some(HexFormat::Xxd), dead);
    assert_eq!(joined(named, 0), [0xde, 0xad, 0xbe, 0xef]);
    let named = bytes(Some(HexFormat::Plain), "deadbeef cafe");
    assert_eq!(joined(named, 0), [0xde, 0xad, 0xbe, 0xef, 0xca, 0xfe]);
}

#[test]
fn other_bases_are_read_back() {
    let options = HexylOptions::default();
    for base in [Base::Binary, Base::Octal, Base::Decimal] {
        for border in [BorderStyle::Unicode, BorderStyle::Ascii, BorderStyle::None] {
            for (group_size, endianness) in [
                (GroupSize::One, Endianness::Big),
                (GroupSize::Four, Endianness::Big),
                (GroupSize::Four, Endianness::Little),
            ] {
                let format = Format::Hexyl(HexylOptions {
                    base,
                    border,
                    group_size,
                    endianness,
                    ..options
                });
                for length in 1..28 {
                    for bytes in [b"12345678 123456789 123456789", &[0; 28], &[7; 28]] {
                        let bytes = &bytes[..length];
                        let text = dumped(&format, 0, &mut SliceInput::new(bytes));
                        let (records, error) = records(None, &text);
                        let text = String::from_utf8_lossy(&text);
                        // Two bytes in another order or base may also have been edited.
                        let is_unsure = matches!(endianness, Endianness::Little)
                            && matches!(bytes, b"12" | b"123")
                            || matches!(base, Base::Octal) && matches!(bytes, b"1" | b"12");
                        assert_eq!(error.is_some(), is_unsure, "{error:?}\n{text}");
                        if !is_unsure {
                            assert_eq!(joined(records, 0), bytes, "{text}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn ambiguous_octal_and_decimal_digits_are_refused() {
    let shown = |base, bytes: &[u8]| {
        let format = hexyl_with(|hexyl| (hexyl.base, hexyl.characters) = (base, false));
        dumped(&format, 0, &mut SliceInput::new(bytes))
    };
    let read = |text: &[u8]| records(None, text);
    // 101 in octal is A, and in decimal e.
    for base in [Base::Octal, Base::Decimal] {
        let text = shown(base, b"Ae");
        if base == Base::Octal {
            assert!(is_foreign(None, str::from_utf8(&text).unwrap()));
        }
        // No octal digit is 8, and no byte more than 255.
        let distinct = shown(base, &[8, 255]);
        assert_eq!(joined(read(&distinct).0, 0), [8, 255]);
    }
    // The digits that show the base come after the refused line.
    let text = shown(Base::Octal, &[[0o101; 16], [255; 16]].concat());
    assert!(is_foreign(None, str::from_utf8(&text).unwrap()));
    // Its base differs from that of the line before.
    let text = "│ 008 009 010                     │\n│ 377                             │\n";
    assert!(read(text.as_bytes()).1.is_some());
}

#[test]
fn tabs_are_read_between_groups_but_not_where_they_may_precede_characters() {
    let read = |text: &str| records(None, text.as_bytes());
    for text in [
        "00000000:\t6162\t6364  abcd\n",
        "00000000: 6162\t6364\t\tabcd\n",
        "00000000:\t6162\t6364\n",
    ] {
        let (records, error) = read(text);
        assert!(error.is_none(), "{text}: {error:?}");
        assert_eq!(joined(records, 0), b"abcd", "{text}");
    }
    let (records, error) = read("00000000: 6162 6364  abcd\n00000004: 6162\tab\n");
    assert_eq!(joined(records, 0), b"abcd");
    assert!(matches!(error, Some(ParseError::Malformed { line: 2, .. })));
}

/// The digits of a few bytes, in panels that together are as wide as hexadecimal panels.
#[test]
fn digits_of_an_ambiguous_base_are_refused() {
    let shown = |base, group_size, panels, characters, bytes: &[u8]| {
        let format = Format::Hexyl(HexylOptions {
            border: BorderStyle::None,
            base,
            group_size,
            panels: std::num::NonZeroU16::new(panels).unwrap(),
            characters,
            ..HexylOptions::default()
        });
        dumped(&format, 0, &mut SliceInput::new(bytes))
    };
    // One octal panel is as wide as a hexadecimal one with characters, but there are none.
    let octal = shown(Base::Octal, GroupSize::Four, 1, false, &[0; 2]);
    assert_eq!(joined(records(None, &octal).0, 0), [0; 2]);
    // Five octal panels look the same as seven hexadecimal ones.
    let octal = shown(Base::Octal, GroupSize::Four, 5, false, &[0; 2]);
    let hexadecimal = shown(Base::Hexadecimal, GroupSize::Four, 7, false, &[0; 3]);
    assert_eq!(octal, hexadecimal);
    assert!(is_foreign(None, str::from_utf8(&octal).unwrap()));
    // Spaces count as characters.
    let spaces = shown(Base::Hexadecimal, GroupSize::Eight, 1, true, &[b' '; 2]);
    assert_eq!(joined(records(None, &spaces).0, 0), [b' '; 2]);
}

#[test]
fn numbers_are_refused_and_not_read_as_bytes() {
    let bytes: Vec<u8> = (0..=255).map(|byte| b'a' + byte % 26).collect();
    for kind in [
        ValueType::U8,
        ValueType::I8,
        ValueType::U16,
        ValueType::U32,
        ValueType::I32,
        ValueType::U64,
        ValueType::F32,
        ValueType::F64,
    ] {
        for bytes in [bytes.as_slice(), &bytes[..1], &[16; 16], &[0xff; 16]] {
            for offset in [0, 12_345_678, 1_000_000_000, 1 << 40] {
                let format = Format::Values(ValuesOptions {
                    kind,
                    order: ByteOrder::Little,
                    width: 80,
                    squeeze: true,
                });
                let text = dumped(&format, offset, &mut SliceInput::new(bytes));
                let error = HexReader::new(text.as_slice(), None)
                    .next_record()
                    .unwrap_err();
                let ParseError::Malformed { line: 1, what, .. } = error else {
                    panic!("{error}")
                };
                assert!(what.contains("--format values"), "{what}");
            }
        }
    }
}

/// The text of bytes in groups.
fn in_groups(options: HexylOptions, endianness: Endianness, bytes: &[u8]) -> Vec<u8> {
    let format = Format::Hexyl(HexylOptions {
        endianness,
        ..options
    });
    dumped(&format, 0, &mut SliceInput::new(bytes))
}

#[test]
fn characters_show_the_byte_order_of_groups() {
    let words = b"\x7fELF some words | and 12|34 more of them, to an odd length";
    for group_size in [GroupSize::Two, GroupSize::Four, GroupSize::Eight] {
        for border in [BorderStyle::Unicode, BorderStyle::Ascii, BorderStyle::None] {
            for position in [true, false] {
                let options = HexylOptions {
                    group_size,
                    border,
                    position,
                    ..HexylOptions::default()
                };
                for order in [Endianness::Big, Endianness::Little] {
                    for length in [words.len(), 40, 16, 13] {
                        let text = in_groups(options, order, &words[..length]);
                        let (records, error) = records(None, &text);
                        let text = String::from_utf8_lossy(&text);
                        assert!(error.is_none(), "{error:?}\n{text}");
                        assert_eq!(joined(records, 0), &words[..length], "{text}");
                    }
                    // No character shows the order, and both orders are possible.
                    let text = in_groups(options, order, &[1, 2, 3, 4, 5, 6, 7, 8]);
                    let (_, error) = records(None, &text);
                    let error = error.unwrap().to_string();
                    assert!(error.contains("big-endian or little-endian"), "{error}");
                    // Both orders give the same bytes.
                    let text = in_groups(options, order, &[7; 20]);
                    assert_eq!(joined(records(None, &text).0, 0), [7; 20]);
                }
            }
        }
    }
}

#[test]
fn a_line_that_shows_the_order_too_late_is_refused() {
    let options = HexylOptions {
        group_size: GroupSize::Four,
        ..HexylOptions::default()
    };
    let bytes = [
        *b"\x01\x02\x03\x04\x05\x06\x07\x08\x01\x02\x03\x04\x05\x06\x07\x08",
        *b"words of letters",
    ];
    let bytes = bytes.as_flattened();
    let big = in_groups(options, Endianness::Big, bytes);
    assert_eq!(joined(records(None, &big).0, 0), bytes);
    let little = in_groups(options, Endianness::Little, bytes);
    let error = records(None, &little).1.unwrap().to_string();
    assert!(
        error.starts_with("line 3: its groups are little-endian"),
        "{error}"
    );
}
