//! Snapshots, which may come from anybody: any text is refused, or is a snapshot that can be written and read again, with
//! files below the root only. The pieces in which it is read do not matter.

use std::io::BufReader;
use std::path::Component;

use mmapctl::mapping::cache::snapshot::Snapshot;

pub fn check(text: &[u8]) {
    let in_pieces = Snapshot::read(&mut BufReader::with_capacity(3, text));
    let snapshot = match Snapshot::read(&mut &*text) {
        Ok(snapshot) => snapshot,
        Err(error) => {
            assert_eq!(in_pieces.unwrap_err().to_string(), error.to_string());
            return super::check_report(error);
        }
    };
    assert_eq!(in_pieces.unwrap(), snapshot);
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
}
