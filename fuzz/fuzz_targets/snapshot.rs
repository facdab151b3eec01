//! A snapshot may come from anybody: any text is refused, or is a snapshot that can be written and read again, with
//! files below the root only.

#![no_main]

use std::path::Component;

use libfuzzer_sys::fuzz_target;
use mmapctl::mapping::cache::snapshot::Snapshot;

fuzz_target!(|text: &[u8]| {
    let Ok(snapshot) = Snapshot::read(&mut &*text) else {
        return;
    };
    let mut again = Vec::new();
    snapshot.head.write(&mut again).unwrap();
    for file in &snapshot.files {
        let mut parts = file.path.components();
        assert!(parts.all(|part| matches!(part, Component::Normal(_))));
        let mut end = 0;
        for range in &file.ranges {
            assert!(range.offset().0 >= end && !range.is_empty());
            end = range.end().0;
        }
        assert!(end <= file.size.0);
        file.write(&mut again).unwrap();
    }
    snapshot.total.write(&mut again).unwrap();
    assert_eq!(Snapshot::read(&mut again.as_slice()).unwrap(), snapshot);
});
