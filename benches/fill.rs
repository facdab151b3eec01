//! Compares filling resident mapped memory through the fault guard with `memset` of ordinary memory.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mmapctl::mapping::region::bytes::Pattern;
use mmapctl::mapping::region::{MapRequest, Region};
use mmapctl::mapping::source::{OpenRequest, Source, SourceSpec};
use mmapctl::mapping::types::{Access, ByteLength, SourceOffset, SourceRange};

/// Larger than the caches of most processors.
const LENGTH: usize = 256 << 20;

fn resident() -> Option<Region> {
    let source = Source::open(&SourceSpec::Anonymous, &OpenRequest::READ).ok()?;
    let range = SourceRange::new(SourceOffset(0), ByteLength::of(LENGTH))?;
    let region = Region::map(&source, &MapRequest::plain(range, Access::COPY)).ok()?;
    region.fill(SourceOffset(0), LENGTH, 1).ok()?;
    Some(region)
}

fn refill(criterion: &mut Criterion) {
    let Some(region) = resident() else { return };
    let mut memory = vec![1_u8; LENGTH];
    let mut group = criterion.benchmark_group("refill");
    group.throughput(Throughput::Bytes(LENGTH as u64));
    group.sample_size(20);
    group.bench_function("memset", |bencher| {
        bencher.iter(|| black_box(memory.as_mut_slice()).fill(black_box(2)));
    });
    group.bench_function("byte", |bencher| {
        bencher.iter(|| region.fill(SourceOffset(0), LENGTH, black_box(2)).is_ok());
    });
    for bytes in [&b"\x55\xaa"[..], b"seven b", &[7; 4096]] {
        let Some(pattern) = Pattern::new(bytes) else {
            continue;
        };
        group.bench_function(format!("pattern of {}", bytes.len()), |bencher| {
            bencher.iter(|| {
                region
                    .fill_pattern(SourceOffset(0), LENGTH, &pattern, 0)
                    .is_ok()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, refill);
criterion_main!(benches);
