//! The fuzz targets over the inputs of `fuzz/corpus`. `ci/campaign.sh fuzz` searches for more.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, unreachable_pub)]

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

#[test]
fn every_committed_input_passes_its_target() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, check) in fuzz::TARGETS {
        let inputs = fs::read_dir(corpus.join(name)).unwrap();
        let mut count = 0;
        for path in inputs.map(|input| input.unwrap().path()) {
            let input = fs::read(&path).unwrap();
            if catch_unwind(|| check(&input)).is_err() {
                panic!("{} fails", path.display());
            }
            count += 1;
        }
        assert!(count > 0, "{name} has no inputs");
    }
}
