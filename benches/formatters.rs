//! Measures each format in bytes of input per second, on one core and on all cores. The text is
//! discarded. To run the benchmarks of one format: `cargo bench --bench formatters -- xxd`.

use std::hint::black_box;
use std::io::{self, Write};
use std::num::{NonZeroU16, NonZeroUsize};

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use mmapctl::hexview::{
    ByteList, ByteOrder, COptions, ColorScheme, Control, Format, HexReader, HexylOptions,
    PairOptions, Pairs, PlainOptions, SliceInput, ValueType, ValuesOptions, XxdOptions, dump,
};

/// Bytes dumped at a time.
const SIZE: usize = 64 << 20;

/// Discards text, as `/dev/null` does.
struct Nowhere;

impl Write for Nowhere {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        Ok(black_box(text).len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Pseudorandom bytes, the same in every run.
fn noise() -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut word = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes()
    };
    (0..SIZE / 8).flat_map(|_| word()).collect()
}

/// Lines of English text.
fn prose() -> Vec<u8> {
    let lines = b"It is a truth universally acknowledged, that a single line in possession\n\
        of a good length, must be in want of a squeeze.\n";
    lines.iter().copied().cycle().take(SIZE).collect()
}

/// All formats by name.
fn formats() -> Vec<(&'static str, Format)> {
    let hexyl = HexylOptions::default();
    let four = NonZeroU16::MIN.saturating_add(3);
    let gradient = ColorScheme::Gradient;
    let values = |kind| {
        let order = ByteOrder::Little;
        Format::Values(ValuesOptions {
            kind,
            order,
            width: 80,
            squeeze: true,
        })
    };
    vec![
        ("xxd", Format::Xxd(XxdOptions::default())),
        ("canonical", Format::Canonical { squeeze: true }),
        ("plain", Format::Plain(PlainOptions::default())),
        ("c", Format::C(COptions::default())),
        ("hexyl", Format::Hexyl(hexyl)),
        (
            "hexyl-color",
            Format::Hexyl(HexylOptions {
                color: true,
                ..hexyl
            }),
        ),
        (
            "hexyl-4-panels",
            Format::Hexyl(HexylOptions {
                panels: four,
                ..hexyl
            }),
        ),
        (
            "hexyl-gradient",
            Format::Hexyl(HexylOptions {
                color: true,
                color_scheme: gradient,
                ..hexyl
            }),
        ),
        ("values-u8", values(ValueType::U8)),
        ("values-u32", values(ValueType::U32)),
        ("values-i64", values(ValueType::I64)),
        ("values-f64", values(ValueType::F64)),
        (
            "json-u32",
            Format::JsonValues {
                kind: ValueType::U32,
                order: ByteOrder::Little,
            },
        ),
    ]
}

fn formatters(criterion: &mut Criterion) {
    let contents = [
        ("noise", noise()),
        ("text", prose()),
        ("zeros", vec![0; SIZE]),
    ];
    for (name, format) in formats() {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10).sampling_mode(SamplingMode::Flat);
        // Floating-point numbers are slow, so fewer are converted.
        let size = if name == "values-f64" {
            SIZE / 64
        } else {
            SIZE
        };
        group.throughput(Throughput::Bytes(size as u64));
        for (content, bytes) in &contents {
            for threads in [Some(NonZeroUsize::MIN), None] {
                let cores = if threads.is_some() {
                    "one-core"
                } else {
                    "all-cores"
                };
                group.bench_function(format!("{content}/{cores}"), |bencher| {
                    bencher.iter(|| {
                        let mut input = SliceInput::new(bytes.get(..size).unwrap_or_default());
                        let control = Control {
                            threads,
                            ..Control::default()
                        };
                        dump(&format, 0, &mut input, &mut Nowhere, control)
                    });
                });
            }
        }
        group.finish();
    }
}

fn readers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read");
    let bytes = noise();
    let bytes = bytes.get(..4 << 20).unwrap_or_default();
    group
        .sample_size(10)
        .throughput(Throughput::Bytes(bytes.len() as u64));
    for (name, format) in formats().into_iter().take(6) {
        let mut text = Vec::new();
        let printed = dump(
            &format,
            0,
            &mut SliceInput::new(bytes),
            &mut text,
            Control::default(),
        );
        assert!(printed.is_ok());
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut reader = HexReader::new(text.as_slice(), None);
                while let Ok(Some(record)) = reader.next_record() {
                    black_box(record);
                }
            });
        });
    }
    group.finish();
}

/// Two sides of which most bytes differ.
fn differences(criterion: &mut Criterion) {
    /// Bytes of a side passed at a time.
    const PART: usize = 16 << 10;
    let a = noise();
    let b: Vec<u8> = a.iter().rev().copied().collect();
    let mut group = criterion.benchmark_group("differences");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Bytes(SIZE as u64));
    let parts = || a.chunks(PART).zip(b.chunks(PART));
    let list = ByteList::new(8, false);
    group.bench_function("list", |bencher| {
        let mut text = Vec::new();
        bencher.iter(|| {
            for ((a, b), first) in parts().zip((0..).step_by(PART)) {
                black_box(list.lines(first, a, b, &mut text));
            }
        });
    });
    let few = 4 << 20;
    group.throughput(Throughput::Bytes(few as u64));
    for (name, side_by_side, color) in [
        ("panels", false, false),
        ("panels-color", false, true),
        ("side-by-side", true, false),
    ] {
        let options = PairOptions {
            look: HexylOptions {
                color,
                ..HexylOptions::default()
            },
            side_by_side,
            context: 1,
            starts: [0, 0],
        };
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut pairs = Pairs::new(options);
                let written = parts()
                    .take(few / PART)
                    .try_for_each(|(a, b)| pairs.block(a, b, &mut Nowhere));
                written.and_then(|()| pairs.finish(&mut Nowhere))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, formatters, readers, differences);
criterion_main!(benches);
