//! Mirrors of real files and memory.

use super::observation::observe;
use super::verification::verify;
use crate::mapping::region::{Mirror, MirrorRequest, widen};
use crate::mapping::source::{OpenRequest, Source, SourceSpec, memfd};
use crate::mapping::sys;
use crate::mapping::types::{
    Access, ByteLength, Kind, MapFlag, MapFlags, Placement, SourceOffset, SourceRange, Visibility,
};

fn page() -> u64 {
    sys::page_size().bytes()
}

fn range(offset: u64, length: u64) -> SourceRange {
    SourceRange::new(SourceOffset(offset), ByteLength(length)).unwrap()
}

fn request(range: SourceRange, times: u64) -> MirrorRequest {
    MirrorRequest {
        range,
        access: Access::WRITE,
        times,
        placement: Placement::Anywhere,
    }
}

fn memory(length: u64) -> Source {
    memfd::create(ByteLength(length), None).unwrap()
}

#[test]
fn all_windows_show_the_bytes_of_the_file_and_verification_changes_none() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let bytes: Vec<u8> = (0..4 * page()).map(|i| i as u8).collect();
    std::fs::write(file.path(), &bytes).unwrap();
    let spec = SourceSpec::File(file.path().to_owned());
    let source = Source::open(&spec, &OpenRequest::WRITE).unwrap();
    let shown = range(page(), 2 * page());
    let mirror = Mirror::map(&source, &request(shown, 5)).unwrap();
    let proof = verify(&mirror).unwrap();
    assert_eq!((proof.windows, proof.memory_map), (5, true));
    let ends = [SourceOffset(page()), SourceOffset(3 * page() - 1)];
    assert_eq!(proof.offsets, ends);
    assert_eq!(std::fs::read(file.path()).unwrap(), bytes);
    let seen = observe(&mirror, shown).unwrap();
    assert_eq!((seen.times, seen.span.0), (5, 10 * page()));
    assert_eq!(seen.windows[4].end.0 - seen.base.0, 10 * page() as usize);
}

#[test]
fn a_window_with_another_mapping_is_detected_and_no_bytes_change() {
    let (source, other) = (memory(page()), memory(page()));
    let mirror = Mirror::map(&source, &request(range(0, page()), 4)).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&*mirror.file, b"abc", 0).unwrap();
    let call = sys::MapCall {
        file: Some(other.handle().unwrap().file()),
        offset: 0,
        length: mirror.window,
        access: Access::WRITE,
        visibility: Visibility::Shared,
        placement: Placement::At(mirror.address_of(2) as u64),
        flags: MapFlags::EMPTY.with(MapFlag::Fixed),
        huge_size: None,
    };
    assert!(sys::map(&call).is_ok());
    let error = verify(&mirror).unwrap_err();
    assert_eq!(error.kind(), Kind::Mismatch);
    assert!(error.to_string().contains("window 2"), "{error}");
    let kept = std::fs::read(source.path_for_others().unwrap()).unwrap();
    assert_eq!(&kept[..3], b"abc");
    assert_eq!(
        observe(&mirror, mirror.range).unwrap_err().kind(),
        Kind::Failed
    );
}

#[test]
fn more_windows_than_the_kernel_allows_are_refused_and_half_of_them_are_mapped() {
    let source = memory(page());
    let limit = sys::mapping_limit().unwrap();
    for times in [limit, u64::MAX] {
        let error = Mirror::map(&source, &request(range(0, page()), times)).unwrap_err();
        assert_eq!(error.kind(), Kind::Limit, "{error}");
    }
    let times = limit / 2;
    let mirror = Mirror::map(&source, &request(range(0, page()), times)).unwrap();
    let seen = observe(&mirror, range(0, page())).unwrap();
    assert_eq!((seen.times, seen.windows.len()), (times, 8));
    assert_eq!(seen.omitted, times - 8);
    verify(&mirror).unwrap();
}

#[test]
fn a_free_address_is_used_and_a_busy_one_is_not_replaced() {
    let source = memory(page());
    let at = MirrorRequest {
        placement: Placement::At(0x2100_0000_0000),
        ..request(range(0, page()), 3)
    };
    let mirror = Mirror::map(&source, &at).unwrap();
    assert_eq!(mirror.address_of(0), 0x2100_0000_0000);
    let error = Mirror::map(&source, &at).unwrap_err();
    assert_eq!(error.kind(), Kind::OutOfMemory);
    verify(&mirror).unwrap();
    drop(mirror);
    Mirror::map(&source, &at).unwrap();
}

#[test]
fn invalid_mirror_requests_are_usage_errors() {
    let source = memory(2 * page());
    let whole = request(range(0, page()), 2);
    let bad = [
        request(range(1, page()), 2),
        request(range(0, 0), 2),
        request(range(0, page()), 1),
        MirrorRequest {
            access: Access::COPY,
            ..whole
        },
        MirrorRequest {
            access: Access::NONE,
            ..whole
        },
        MirrorRequest {
            placement: Placement::At(1),
            ..whole
        },
    ];
    for request in bad {
        let error = Mirror::map(&source, &request).unwrap_err();
        assert_eq!(error.kind(), Kind::Usage, "{request:?}: {error}");
    }
    let read_only = MirrorRequest {
        access: Access::READ,
        ..whole
    };
    verify(&Mirror::map(&source, &read_only).unwrap()).unwrap();
}

#[test]
fn a_truncated_file_is_a_fault_and_not_a_crash() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(4 * page()).unwrap();
    let spec = SourceSpec::File(file.path().to_owned());
    let source = Source::open(&spec, &OpenRequest::WRITE).unwrap();
    let mirror = Mirror::map(&source, &request(range(0, 4 * page()), 2)).unwrap();
    file.as_file().set_len(page()).unwrap();
    let error = verify(&mirror).unwrap_err();
    assert_eq!(error.kind(), Kind::Fault);
    assert_eq!(error.details().offset, Some(SourceOffset(4 * page() - 1)));
}

#[test]
fn a_range_is_widened_to_pages() {
    assert_eq!(widen(range(0, 1)).unwrap(), range(0, page()));
}
