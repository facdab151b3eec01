//! The text does not depend on the number of threads.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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

/// An input whose bytes are read later where it permits that. Its long runs of zeros are holes.
struct Deferring {
    bytes: Arc<Vec<u8>>,
    holes: Vec<Range<usize>>,
    at: usize,
    /// Places that cannot be read later.
    broken: Vec<usize>,
    /// The place that cannot be read in order.
    end: Option<usize>,
    /// How often bytes were read later, and how often they could not be.
    counts: Arc<[AtomicUsize; 2]>,
}

struct Deferred {
    bytes: Arc<Vec<u8>>,
    place: Range<usize>,
    is_broken: bool,
    counts: Arc<[AtomicUsize; 2]>,
}

impl Later for Deferred {
    fn read(&self, buffer: &mut [u8]) -> bool {
        // The others overtake.
        for _ in 0..self.place.start % 7 {
            std::thread::yield_now();
        }
        self.counts[usize::from(self.is_broken)].fetch_add(1, Ordering::Relaxed);
        buffer.copy_from_slice(&self.bytes[self.place.clone()]);
        !self.is_broken
    }
}

/// The runs of zeros of at least this length.
fn holes_of(bytes: &[u8], least: usize) -> Vec<Range<usize>> {
    let mut start = 0;
    let parts = bytes.chunk_by(|a, b| (*a == 0) == (*b == 0)).map(|part| {
        let place = start..start + part.len();
        start = place.end;
        place
    });
    parts
        .filter(|place| bytes[place.start] == 0 && place.len() >= least)
        .collect()
}

impl Deferring {
    /// The length of the data or hole ahead, and whether it is a hole. Data also ends where a part does.
    fn ahead(&self) -> (usize, bool) {
        const PART: usize = 200_000;
        let end = self.end.unwrap_or(usize::MAX).min(self.bytes.len());
        let hole = self.holes.iter().find(|hole| hole.end > self.at);
        match hole {
            Some(hole) if hole.start <= self.at => (hole.end.min(end) - self.at, true),
            hole => {
                let data = hole.map_or(end, |hole| hole.start.min(end));
                (data.min((self.at / PART + 1) * PART) - self.at, false)
            }
        }
    }
}

impl Input for Deferring {
    type Error = &'static str;

    fn next(&mut self, buffer: &mut [u8]) -> Result<Piece, &'static str> {
        if self.end == Some(self.at) {
            return Err("unreadable");
        }
        let (length, is_hole) = self.ahead();
        if length == 0 {
            return Ok(Piece::End);
        }
        if is_hole {
            self.at += length;
            return Ok(zeros_piece(length as u64));
        }
        let length = length.min(buffer.len());
        buffer[..length].copy_from_slice(&self.bytes[self.at..self.at + length]);
        self.at += length;
        Ok(bytes_piece(length))
    }

    fn later(&mut self, most: NonZeroUsize) -> Option<(NonZeroUsize, Box<dyn Later>)> {
        let (length, is_hole) = self.ahead();
        let length = NonZeroUsize::new(length.min(most.get()))?;
        if is_hole {
            return None;
        }
        let place = self.at..self.at + length.get();
        self.at = place.end;
        let is_broken = self.broken.iter().any(|broken| place.contains(broken));
        let deferred = Deferred {
            bytes: Arc::clone(&self.bytes),
            place,
            is_broken,
            counts: Arc::clone(&self.counts),
        };
        Some((length, Box::new(deferred)))
    }

    fn back(&mut self, bytes: u64) {
        self.at -= bytes as usize;
    }
}

#[test]
fn bytes_that_are_read_later_or_cannot_be_do_not_change_the_text() {
    let bytes = Arc::new(long());
    let holes = holes_of(&bytes, 300);
    let counts = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    let read = |format: &Format, threads, broken: &[usize], end| {
        let mut input = Deferring {
            bytes: Arc::clone(&bytes),
            holes: holes.clone(),
            at: 0,
            broken: broken.to_vec(),
            end,
            counts: Arc::clone(&counts),
        };
        let mut text = Vec::new();
        let outcome = dump(format, 5, &mut input, &mut text, on(threads));
        (text, format!("{outcome:?}"))
    };
    let many: Vec<usize> = (500_000..1_000_000).step_by(30_000).collect();
    for format in some_formats() {
        for end in [None, Some(700_001)] {
            let one = read(&format, 1, &[], end);
            for broken in [vec![], vec![900_000], many.clone()] {
                for threads in [2, 7] {
                    let more = read(&format, threads, &broken, end);
                    assert!(
                        one == more,
                        "{format:?} on {threads} threads, {broken:?}, {end:?}"
                    );
                }
            }
        }
    }
    assert!(
        counts
            .iter()
            .all(|count| count.load(Ordering::Relaxed) > 20),
        "{counts:?}"
    );
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
