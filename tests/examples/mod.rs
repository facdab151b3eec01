//! Runs the commands that the help, the manual and README show, as they stand there.
//!
//! They name the files that [`Fixture::new`] makes, and the shared memory region `telemetry`, for which a
//! name of the same length is put that no other test uses.

#![allow(dead_code, unreachable_pub)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::support::{Env, MMAPCTL, Run, pattern};

/// The name of the shared memory region in examples.
pub const TAG: &str = "telemetry";

/// A directory with the files that the examples name.
pub struct Fixture {
    env: Env,
    tag: String,
}

impl Fixture {
    /// Makes the files, and the shared memory region.
    pub fn new() -> Fixture {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let env = Env::new();
        env.file("data.bin", pattern(1 << 20));
        env.file("log.bin", pattern(300_000));
        env.sparse_file(
            "holes.img",
            16 << 20,
            &[(2 << 20, b"one"), (9 << 20, b"two")],
        );
        env.file("head.hex", "00000000: 4d4d 4150 0100 0000  MMAP....\n");
        let unique = (
            NEXT.fetch_add(1, Ordering::Relaxed) % 100,
            std::process::id() % 10_000,
        );
        let tag = format!("tel{:02}{:04}", unique.0, unique.1);
        assert_eq!(tag.len(), TAG.len());
        fs::write(Path::new("/dev/shm").join(&tag), pattern(65536)).unwrap();
        Fixture { env, tag }
    }

    /// The directory.
    pub fn env(&self) -> &Env {
        &self.env
    }

    /// The file behind the shared memory region.
    pub fn tag_path(&self) -> PathBuf {
        Path::new("/dev/shm").join(&self.tag)
    }

    /// Runs a script in the directory, with the program under test as `mmapctl`.
    pub fn shell(&self, script: &str) -> Run {
        let program = Path::new(MMAPCTL).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        self.env
            .tool("bash", ["-c", &self.here(script)])
            .env("PATH", format!("{}:{path}", program.display()))
            .run()
    }

    /// A text of the documentation, with the region's name in this fixture.
    pub fn here(&self, text: &str) -> String {
        text.replace(TAG, &self.tag)
    }

    /// A text of this fixture, with the region's name in the documentation.
    pub fn there(&self, text: &str) -> String {
        text.replace(&self.tag, TAG)
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        // An example may have removed it.
        let _ = fs::remove_file(self.tag_path());
    }
}
