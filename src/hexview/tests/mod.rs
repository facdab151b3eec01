//! Tests that span formats: against the peers' binaries, against the hexyl crate, and over every
//! way to split an input into pieces.

mod edits;
#[path = "../../../tests/support/peers.rs"]
#[allow(unreachable_pub)]
mod installed;
mod layouts;
mod pairs;
mod parse;
mod peers;
mod pieces;
mod printer;
mod threads;

use std::num::{NonZeroU64, NonZeroUsize};

use fearless_simd::Level;
use proptest::prelude::*;

use super::*;

/// A piece of `length` bytes.
fn bytes_piece(length: usize) -> Piece {
    Piece::Bytes(NonZeroUsize::new(length).unwrap())
}

/// A hole of `length` bytes.
fn zeros_piece(length: u64) -> Piece {
    Piece::Zeros(NonZeroU64::new(length).unwrap())
}

/// A dump on this number of threads.
fn on(threads: usize) -> Control<'static> {
    Control {
        threads: NonZeroUsize::new(threads),
        ..Control::default()
    }
}

/// Numbers in columns, without repeated lines.
fn values(kind: ValueType, order: ByteOrder, width: u16) -> Format {
    Format::Values(ValuesOptions {
        kind,
        order,
        width,
        squeeze: true,
    })
}

/// The `hexyl` format with changed options.
fn hexyl_with(change: impl FnOnce(&mut HexylOptions)) -> Format {
    let mut options = HexylOptions::default();
    change(&mut options);
    Format::Hexyl(options)
}

/// The `c` format with a name.
fn c_named(name: Option<String>) -> Format {
    Format::C(COptions {
        name,
        ..COptions::default()
    })
}

/// The text of a dump on one thread.
fn dumped<I>(format: &Format, offset: u64, input: &mut I) -> Vec<u8>
where
    I: Input + Send,
    I::Error: std::fmt::Debug + Send,
{
    dumped_on(1, format, offset, input)
}

/// The offset and all bytes of a record.
fn contents(record: Record) -> (u64, Vec<u8>) {
    match record {
        Record::Bytes { offset, bytes } => (offset, bytes),
        Record::Run {
            offset,
            pattern,
            length,
        } => (offset, pattern.repeat(length as usize / pattern.len())),
    }
}

/// The text of a dump on this number of threads.
fn dumped_on<I>(threads: usize, format: &Format, offset: u64, input: &mut I) -> Vec<u8>
where
    I: Input + Send,
    I::Error: std::fmt::Debug + Send,
{
    let mut output = Vec::new();
    dump(format, offset, input, &mut output, on(threads)).unwrap();
    output
}

/// The text of a dump on one thread, with the vectors of `level` or without.
fn dumped_with(level: Option<Level>, format: &Format, offset: u64, bytes: &[u8]) -> Vec<u8> {
    let mut output = Vec::new();
    let mut input = SliceInput::new(bytes);
    let describe = |_| format.lines(level);
    dump::dump_described(&describe, offset, &mut input, &mut output, on(1)).unwrap();
    output
}

/// Every kind of vectors that this processor has, and none.
fn levels() -> Vec<Option<Level>> {
    let best = [Some(Level::new()), Some(Level::baseline())];
    let named = ["none", "sse4.2", "avx2", "avx512"].map(vectors::named);
    best.into_iter()
        .chain(named.into_iter().flatten())
        .collect()
}

/// Bytes as in files: noise, text, runs of one byte and repeated patterns, with lengths around the
/// line lengths.
fn content(most: usize) -> impl Strategy<Value = Vec<u8>> {
    let noise = proptest::collection::vec(any::<u8>(), 0..100);
    let text = "[ -~\n\t]{0,80}".prop_map(String::into_bytes);
    let few = proptest::collection::vec(prop_oneof![Just(0_u8), Just(1), Just(b'a')], 0..60);
    let run = (any::<u8>(), 0..400_usize).prop_map(|(byte, length)| vec![byte; length]);
    let zeros = (0..5_usize, 0..20_usize).prop_map(|(lines, rest)| vec![0; lines * 48 + rest]);
    let pattern = (proptest::collection::vec(any::<u8>(), 1..40), 1..12_usize)
        .prop_map(|(pattern, times)| pattern.repeat(times));
    let part = prop_oneof![noise, text, few, run, zeros, pattern];
    proptest::collection::vec(part, 0..6).prop_map(move |parts| {
        let mut bytes = parts.concat();
        bytes.truncate(most);
        bytes
    })
}

/// Offsets that need eight digits, more, or first eight and then more.
fn offsets() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(0),
        0..200_u64,
        (0..400_u64).prop_map(|back| (1 << 32) - back),
        (0..400_u64).prop_map(|back| (1 << 40) - back),
        (0..400_u64).prop_map(|back| (1 << 56) - back),
        (9_000..20_000_u64).prop_map(|back| u64::MAX - back),
    ]
}

fn hexyl_options() -> impl Strategy<Value = HexylOptions> {
    let look = (
        prop_oneof![
            Just(BorderStyle::Unicode),
            Just(BorderStyle::Ascii),
            Just(BorderStyle::None)
        ],
        prop_oneof![3 => 1..5_u16, 1 => 5..40_u16],
        prop_oneof![
            4 => Just(GroupSize::One),
            1 => Just(GroupSize::Two),
            1 => Just(GroupSize::Four),
            1 => Just(GroupSize::Eight)
        ],
        prop_oneof![
            4 => Just(Base::Hexadecimal),
            1 => Just(Base::Binary),
            1 => Just(Base::Octal),
            1 => Just(Base::Decimal)
        ],
        prop_oneof![Just(Endianness::Little), Just(Endianness::Big)],
        prop_oneof![
            2 => Just(CharacterTable::Default),
            1 => Just(CharacterTable::Ascii),
            1 => Just(CharacterTable::CP1047),
            1 => Just(CharacterTable::CP437),
            1 => Just(CharacterTable::Braille)
        ],
        prop_oneof![2 => Just(ColorScheme::Default), 1 => Just(ColorScheme::Gradient)],
    );
    let switches = (
        any::<bool>(),
        prop_oneof![4 => Just(true), 1 => Just(false)],
        prop_oneof![4 => Just(true), 1 => Just(false)],
        prop_oneof![2 => Just(true), 1 => Just(false)],
    );
    (look, switches).prop_map(
        |(
            (border, panels, group_size, base, endianness, character_table, color_scheme),
            (color, characters, position, squeeze),
        )| HexylOptions {
            border,
            panels: std::num::NonZeroU16::new(panels).unwrap(),
            group_size,
            base,
            endianness,
            character_table,
            color_scheme,
            color,
            characters,
            position,
            squeeze,
        },
    )
}

/// Options that `xxd` accepts.
fn xxd_options() -> impl Strategy<Value = XxdOptions> {
    let sizes = (
        prop_oneof![Just(None), (1..40_u16).prop_map(Some), Just(Some(256))],
        prop_oneof![Just(None), (0..12_u16).prop_map(Some)],
    );
    let notation = prop_oneof![
        Just((false, false)),
        Just((true, false)),
        Just((false, true))
    ];
    let switches: [_; 5] = std::array::from_fn(|_| any::<bool>());
    (sizes, notation, switches)
        .prop_map(
            |(
                (columns, group),
                (little, binary),
                [uppercase, decimal, autoskip, color, ebcdic],
            )| {
                let options = XxdOptions {
                    uppercase,
                    little,
                    binary,
                    decimal,
                    autoskip,
                    color,
                    ebcdic,
                    ..XxdOptions::default()
                };
                options.sized(columns, group)
            },
        )
        .prop_filter("a group of -e is a power of two", |options| {
            !options.little || options.group.is_power_of_two()
        })
}

fn plain_options() -> impl Strategy<Value = PlainOptions> {
    (0..70_u64, any::<bool>()).prop_map(|(columns, uppercase)| PlainOptions { columns, uppercase })
}

fn c_options() -> impl Strategy<Value = COptions> {
    let name = prop_oneof![Just(None), Just(Some("bytes".to_owned()))];
    (name, 1..30_u64, any::<[bool; 3]>()).prop_map(
        |(name, columns, [capitalize, uppercase, binary])| COptions {
            name,
            capitalize,
            columns,
            uppercase,
            binary,
        },
    )
}

fn value_types() -> impl Strategy<Value = (ValueType, ByteOrder)> {
    (
        proptest::sample::select(ValueType::ALL),
        prop_oneof![Just(ByteOrder::Little), Just(ByteOrder::Big)],
    )
}

fn formats() -> impl Strategy<Value = Format> {
    prop_oneof![
        hexyl_options().prop_map(Format::Hexyl),
        Just(Format::Xxd(XxdOptions::default())),
        xxd_options().prop_map(Format::Xxd),
        any::<bool>().prop_map(|squeeze| Format::Canonical { squeeze }),
        Just(Format::Plain(PlainOptions::default())),
        plain_options().prop_map(Format::Plain),
        Just(Format::C(COptions::default())),
        c_options().prop_map(Format::C),
        Just(c_named(Some("bytes".to_owned()))),
        (value_types(), any::<bool>(), 0..200_u16).prop_map(|((kind, order), squeeze, width)| {
            Format::Values(ValuesOptions {
                kind,
                order,
                width,
                squeeze,
            })
        }),
        value_types().prop_map(|(kind, order)| Format::JsonValues { kind, order }),
        (
            proptest::collection::vec(value_types(), 1..4),
            1..9_u16,
            any::<bool>()
        )
            .prop_map(|(types, columns, squeeze)| {
                Format::Rows(RowsOptions {
                    types,
                    columns: 8 * columns,
                    offsets: Offsets::Octal,
                    squeeze,
                })
            },),
    ]
}
