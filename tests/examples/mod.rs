//! Runs the commands that the help, the manual and README show, unchanged.
//!
//! They use the files that [`Fixture::new`] creates, and the shared memory region `telemetry`. Its name is replaced by
//! a unique name of the same length.

#![allow(dead_code, unreachable_pub)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs::{self, Permissions};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::support::{Env, MMAPCTL, Run, pattern, shared_memory};

/// The name of the shared memory region in examples.
pub const TAG: &str = "telemetry";

/// A directory with the files that the examples name.
pub struct Fixture {
    env: Env,
    disk: Option<tempfile::TempDir>,
    tag: String,
}

impl Fixture {
    /// Creates the files and the shared memory region.
    pub fn new() -> Option<Fixture> {
        Fixture::within(None)
    }

    /// The same in a directory on a disk; skips the test if there is none.
    pub fn on_disk() -> Option<Fixture> {
        let disk = Env::new().on_disk()?;
        Fixture::within(Some(disk))
    }

    fn within(disk: Option<tempfile::TempDir>) -> Option<Fixture> {
        shared_memory()?;
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let unique = (
            NEXT.fetch_add(1, Ordering::Relaxed) % 100,
            std::process::id() % 10_000,
        );
        let tag = format!("tel{:02}{:04}", unique.0, unique.1);
        assert_eq!(tag.len(), TAG.len());
        let env = Env::new();
        let fixture = Fixture { env, disk, tag };
        fixture.make_files();
        Some(fixture)
    }

    fn make_files(&self) {
        let files: [(&str, Vec<u8>); 3] = [
            ("data.bin", pattern(1 << 20)),
            ("log.bin", pattern(300_000)),
            (
                "head.hex",
                b"00000000: 4d4d 4150 0100 0000  MMAP....\n".to_vec(),
            ),
        ];
        for (name, contents) in files {
            fs::write(self.dir().join(name), contents).unwrap();
        }
        let holes = fs::File::create(self.dir().join("holes.img")).unwrap();
        holes.set_len(16 << 20).unwrap();
        holes.write_all_at(b"one", 2 << 20).unwrap();
        holes.write_all_at(b"two", 9 << 20).unwrap();
        fs::write(self.tag_path(), pattern(65536)).unwrap();
        // As mmapctl creates it.
        fs::set_permissions(self.tag_path(), Permissions::from_mode(0o600)).unwrap();
    }

    /// The directory of the files.
    pub fn dir(&self) -> &Path {
        self.disk
            .as_ref()
            .map_or(self.env.dir(), |disk| disk.path())
    }

    /// The environment of the test.
    pub fn env(&self) -> &Env {
        &self.env
    }

    /// The file behind the shared memory region.
    pub fn tag_path(&self) -> PathBuf {
        Path::new("/dev/shm").join(&self.tag)
    }

    /// Runs a bash script in the directory, with the program under test as `mmapctl`.
    pub fn shell(&self, script: &str) -> Run {
        let program = Path::new(MMAPCTL).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        self.env
            .tool("bash", ["-c", &self.here(script)])
            .env("PATH", format!("{}:{path}", program.display()))
            .cwd(self.dir())
            .run()
    }

    /// A bash script like that of [`shell`](Self::shell), to be run on a terminal, without colours.
    pub fn on_terminal(&self, script: &str) -> std::process::Command {
        let program = Path::new(MMAPCTL).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        let mut command = std::process::Command::new("bash");
        command
            .args(["-c", &self.here(script)])
            .env("PATH", format!("{}:{path}", program.display()))
            .env("NO_COLOR", "1")
            .current_dir(self.dir());
        command
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
