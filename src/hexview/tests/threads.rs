//! The text does not depend on the number of threads.

use super::pieces::Pieces;
use super::*;

/// Long enough for many chunks: noise, text, runs of all lengths, and zeros.
fn long() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut state = 1_u32;
    while bytes.len() < 1_500_000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let length = (state >> 20) as usize;
        let byte = (state >> 8) as u8;
        match state >> 29 {
            0..=2 => bytes.extend((0..length).map(|place| ((place * place) >> 3) as u8 ^ byte)),
            3 => bytes.extend(std::iter::repeat_n(byte, 10 * length)),
            4 => bytes.extend(std::iter::repeat_n(0, 20 * length)),
            5 => bytes.extend(b"some words of text. ".iter().cycle().take(length)),
            _ => bytes.extend([byte, 1, 2, 3].repeat(length / 4)),
        }
    }
    bytes
}

fn some_formats() -> Vec<Format> {
    let three = std::num::NonZeroU16::new(3).unwrap();
    vec![
        hexyl_with(|_| ()),
        hexyl_with(|hexyl| hexyl.color = true),
        hexyl_with(|hexyl| (hexyl.panels, hexyl.squeeze) = (three, false)),
        Format::Xxd(XxdOptions::default()),
        Format::Canonical { squeeze: true },
        Format::Plain(PlainOptions::default()),
        c_named(Some("long".to_owned())),
        values(ValueType::U8, ByteOrder::Little, 80),
        values(ValueType::I32, ByteOrder::Little, 80),
        Format::JsonValues {
            kind: ValueType::U16,
            order: ByteOrder::Big,
        },
    ]
}

#[test]
fn threads_do_not_change_the_text() {
    let bytes = long();
    let cut = &bytes[..1_000_001];
    for format in some_formats() {
        for bytes in [&bytes, cut] {
            let one = dumped_on(1, &format, 5, &mut SliceInput::new(bytes));
            for threads in [2, 3, 7] {
                let many = dumped_on(threads, &format, 5, &mut SliceInput::new(bytes));
                assert!(one == many, "{format:?} on {threads} threads");
                let holes = dumped_on(threads, &format, 5, &mut Pieces::sparse(bytes, 100));
                assert!(one == holes, "{format:?} with holes on {threads} threads");
                let mut pausing = Pieces::sparse(bytes, 100).pausing();
                let pauses = dumped_on(threads, &format, 5, &mut pausing);
                assert!(one == pauses, "{format:?} with pauses on {threads} threads");
            }
        }
    }
}

#[test]
fn a_late_failure_of_the_input_is_reported_after_all_bytes_before_it() {
    let bytes = long();
    for format in some_formats() {
        let whole = dumped_on(1, &format, 0, &mut SliceInput::new(&bytes));
        for threads in [1, 2, 4] {
            let mut text = Vec::new();
            let mut input = Pieces::sparse(&bytes, 100).failing();
            let error = dump(&format, 0, &mut input, &mut text, on(threads)).unwrap_err();
            let DumpError::Input { error, .. } = error else {
                panic!("{error}")
            };
            assert_eq!(error, "unreadable");
            assert!(text == whole, "{format:?} on {threads} threads");
        }
    }
}

#[test]
fn a_panicking_input_does_not_hang() {
    struct Panics(usize);
    impl Input for Panics {
        type Error = std::convert::Infallible;
        fn next(&mut self, buffer: &mut [u8]) -> Result<Piece, Self::Error> {
            self.0 += 1;
            assert!(self.0 < 60, "on purpose");
            Ok(bytes_piece(buffer.len()))
        }
    }
    let mut sink = std::io::sink();
    let run = || {
        dump(
            &Format::Xxd(XxdOptions::default()),
            0,
            &mut Panics(0),
            &mut sink,
            on(3),
        )
        .map(drop)
    };
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
}
