//! Measures each format in bytes of input per second, on one core and on all cores, and on one core also with each lesser
//! kind of vectors that the processor has. The text is discarded. To run the benchmarks of one format:
//! `cargo bench --bench formatters -- xxd`.

use std::hint::black_box;
use std::io::{self, Write};
use std::num::{NonZeroU16, NonZeroUsize};

use criterion::{Bencher, Criterion, SamplingMode, Throughput, criterion_group};
use mmapctl::hexview::{
    ByteList, ByteOrder, COptions, ColorScheme, Control, Format, HexReader, HexylOptions,
    PairOptions, Pairs, PlainOptions, SliceInput, ValueType, ValuesOptions, XxdOptions, dump,
};

/// The variable that limits the vectors of a process.
const LIMIT: &str = "MMAPCTL_VECTORS";

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

/// The number of bytes dumped. Floating-point numbers are slow, so fewer are converted.
fn size_of(format: &str) -> usize {
    match format {
        "values-f64" => SIZE / 64,
        _ => SIZE,
    }
}

/// Dumps `bytes` again and again.
fn measure(
    bencher: &mut Bencher<'_>,
    format: &Format,
    bytes: &[u8],
    threads: Option<NonZeroUsize>,
) {
    bencher.iter(|| {
        let control = Control {
            threads,
            ..Control::default()
        };
        dump(
            format,
            0,
            &mut SliceInput::new(bytes),
            &mut Nowhere,
            control,
        )
    });
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
        let size = size_of(name);
        group.throughput(Throughput::Bytes(size as u64));
        for (content, bytes) in &contents {
            let bytes = bytes.get(..size).unwrap_or_default();
            for (cores, threads) in [("one-core", Some(NonZeroUsize::MIN)), ("all-cores", None)] {
                group.bench_function(format!("{content}/{cores}"), |bencher| {
                    measure(bencher, &format, bytes, threads);
                });
            }
        }
        group.finish();
    }
}

/// Each format with the vectors that the variable names.
fn limited(criterion: &mut Criterion, vectors: &str) {
    let noise = noise();
    for (name, format) in formats() {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10).sampling_mode(SamplingMode::Flat);
        let bytes = noise.get(..size_of(name)).unwrap_or_default();
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(format!("noise/one-core/{vectors}"), |bencher| {
            measure(bencher, &format, bytes, Some(NonZeroUsize::MIN));
        });
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

/// The kinds of vectors that the processor has.
fn kinds() -> Vec<&'static str> {
    let mut kinds = vec!["none"];
    #[cfg(target_arch = "x86_64")]
    {
        let known = [
            ("sse4.2", is_x86_feature_detected!("sse4.2")),
            ("avx2", is_x86_feature_detected!("avx2")),
            ("avx512", is_x86_feature_detected!("avx512vbmi2")),
        ];
        kinds.extend(known.iter().filter(|(_, has)| *has).map(|(name, _)| name));
    }
    kinds
}

fn main() -> io::Result<()> {
    let mut criterion = Criterion::default().configure_from_args();
    if let Ok(vectors) = std::env::var(LIMIT) {
        limited(&mut criterion, &vectors);
    } else {
        benches();
        // The variable is only read, so each kind has its own process.
        for kind in kinds() {
            let mut again = std::process::Command::new(std::env::current_exe()?);
            again.args(std::env::args_os().skip(1)).env(LIMIT, kind);
            if !again.status()?.success() {
                return Err(io::Error::other(format!("failed with {kind}")));
            }
        }
    }
    criterion.final_summary();
    Ok(())
}
