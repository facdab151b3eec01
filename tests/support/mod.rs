//! Support for the command tests: a fresh directory, the real program run in a clean environment,
//! resources that clean up after themselves, and observers outside the program.
//!
//! Each `tests/COMMAND.rs` declares `mod support;` and starts every test with `Env::new()`. Expectations
//! about the output of one command are in its tests, never here.

// Every test program compiles this module and uses part of it.
#![allow(dead_code, unused_imports, unused_macros, unreachable_pub)]
// A fixture that cannot be set up can report only to the test harness.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod disk;
mod mapped;
mod observe;
mod pages;
mod peers;
mod process;
mod resource;
mod ring;
mod run;
mod skip;
mod slow_disk;
mod terminal;
mod typist;
mod watcher;

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};

pub use disk::{BadDisk, LoopDevice, Mount, ThinDisk};
pub use mapped::Mapped;
pub use observe::{
    Cache, MapsLine, Smaps, allocated, cache, cache_range, cached, evict, maps, page_size,
    poll_until, size, smaps, smaps_at, smaps_of, succeeds_while_written, up_to_date,
    while_pages_stay,
};
pub use pages::{Accounts, accounts, huge_folios, marked, settle};
pub use process::{Cmd, Held, Limit, Open, Sink};
pub use resource::{HugePages, MemoryGroup, OtherUser, Tag, may_advise_processes, shared_memory};
pub use ring::Ring;
pub use run::{Run, last_line};
pub use rustix::process::Signal;
pub use skip::{skip, test_name};
pub use slow_disk::SlowDisk;
pub use terminal::raw_terminal;
pub use typist::Typist;
pub use watcher::{ENTER, LEAVE, Watcher};

/// The program under test.
pub const MMAPCTL: &str = match option_env!("MMAPCTL_TESTED") {
    Some(program) => program,
    None => env!("CARGO_BIN_EXE_mmapctl"),
};

/// The failure of every command on a source of a type that cannot be mapped.
pub fn unmappable(name: impl AsRef<Path>, thing: &str) -> String {
    let name = name.as_ref().display();
    format!(
        "{name}: cannot open: it is {thing}; only regular files, block devices and shared memory can be \
         mapped"
    )
}

/// A list of arguments of mixed types: `args!["dump", &path, "--offset", pages.to_string()]`.
macro_rules! args {
    ($($arg:expr),* $(,)?) => {
        [$(::std::ffi::OsStr::new(&$arg).to_os_string()),*] as [::std::ffi::OsString; _]
    };
}
pub(crate) use args;

/// The environment of one test: a fresh directory that is removed at the end.
///
/// Declare it before the resources that it creates, to drop it after them.
#[derive(Debug)]
pub struct Env {
    directory: tempfile::TempDir,
}

impl Env {
    /// A fresh, empty directory that other users may enter and read.
    pub fn new() -> Env {
        Env::inside(&std::env::temp_dir())
    }

    /// The same in this directory.
    pub fn inside(parent: &Path) -> Env {
        let directory = tempfile::Builder::new()
            .prefix("mmapctl-test-")
            .tempdir_in(parent)
            .unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        Env { directory }
    }

    /// The same on a file system on a disk; skips the test if there is none.
    #[track_caller]
    pub fn with_disk() -> Option<Env> {
        let directory = Env::new().on_disk()?;
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        Some(Env { directory })
    }

    /// The fresh directory, which is also where commands run.
    pub fn dir(&self) -> &Path {
        self.directory.path()
    }

    /// A path inside the directory; nothing is created.
    pub fn path(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.dir().join(name.as_ref())
    }

    /// A file in the directory with these contents.
    pub fn file(&self, name: impl AsRef<OsStr>, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, contents).unwrap();
        path
    }

    /// A named pipe in the directory.
    pub fn fifo(&self, name: impl AsRef<OsStr>) -> PathBuf {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        let path = self.path(name);
        mknodat(CWD, &path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        path
    }

    /// A file of `size` bytes that is a hole except for the given pieces, each an offset with its bytes.
    pub fn sparse_file(
        &self,
        name: impl AsRef<OsStr>,
        size: u64,
        pieces: &[(u64, &[u8])],
    ) -> PathBuf {
        let path = self.path(name);
        let file = fs::File::create_new(&path).unwrap();
        file.set_len(size).unwrap();
        for (offset, bytes) in pieces {
            file.write_all_at(bytes, *offset).unwrap();
        }
        path
    }

    /// The program with these arguments, not yet started.
    pub fn cmd<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Cmd {
        self.tool(MMAPCTL, args)
    }

    /// Another program (a peer or a system tool) with these arguments, run in the same way.
    pub fn tool<A: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        args: impl IntoIterator<Item = A>,
    ) -> Cmd {
        Cmd::new(program.as_ref(), self.dir()).args(args)
    }

    /// The program with these arguments, without `/proc`; skips the test if that is not possible.
    #[track_caller]
    pub fn without_proc<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Option<Cmd> {
        let hide = "mount -t tmpfs none /proc && exec \"$@\"";
        let hidden = |program: &str| self.tool("unshare", ["-m", "sh", "-c", hide, "sh", program]);
        if hidden("true").run().ended_with(&[0]) {
            return Some(hidden(MMAPCTL).args(args));
        }
        skip("root to hide /proc from a program");
        None
    }

    /// The program with these arguments in a new PID namespace, as in a container; skips the test if that is not
    /// possible.
    #[track_caller]
    pub fn in_pid_namespace<A: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = A>,
    ) -> Option<Cmd> {
        let alone = |program| self.tool("unshare", ["-p", "-f", "--mount-proc", program]);
        if alone("true").run().ended_with(&[0]) {
            return Some(alone(MMAPCTL).args(args));
        }
        skip("root for a PID namespace");
        None
    }

    /// Runs the program with these arguments and waits for it.
    #[track_caller]
    pub fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Run {
        self.cmd(args).run()
    }
}

/// The names in a directory, in order.
pub fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap().flatten();
    let mut names: Vec<_> = entries
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A file with the contents [`pattern`], written to disk.
pub fn clean_file(directory: &Path, name: &str, length: u64) -> PathBuf {
    let path = directory.join(name);
    fs::write(&path, pattern(usize::try_from(length).unwrap())).unwrap();
    fs::File::open(&path).unwrap().sync_all().unwrap();
    path
}

/// A directory on a disk with a [`clean_file`]; skips the test if there is none.
#[track_caller]
pub fn clean_file_on_disk(length: u64) -> Option<(Env, PathBuf)> {
    let env = Env::with_disk()?;
    let path = clean_file(env.dir(), "file", length);
    Some((env, path))
}

/// A clean file that is not in memory; skips the test if its pages cannot be evicted.
pub fn cold_file(directory: &Path, name: &str, length: u64) -> Option<PathBuf> {
    let path = clean_file(directory, name, length);
    evict(&path);
    match cached(&path)? {
        0 => Some(path),
        _ => {
            skip("pages that can be evicted");
            None
        }
    }
}

/// A file that is a hole except for ten bytes at each of the offsets, written to disk and not in memory.
pub fn cold_sparse_file(directory: &Path, name: &str, length: u64, offsets: &[u64]) -> PathBuf {
    let path = directory.join(name);
    let file = fs::File::create_new(&path).unwrap();
    file.set_len(length).unwrap();
    for offset in offsets {
        file.write_all_at(&[7; 10], *offset).unwrap();
    }
    file.sync_all().unwrap();
    evict(&path);
    path
}

/// `length` bytes that do not repeat within 64 KiB, so a wrong offset is always detected.
pub fn pattern(length: usize) -> Vec<u8> {
    (0_u32..)
        .flat_map(|word| word.wrapping_mul(0x9E37_79B1).to_be_bytes())
        .take(length)
        .collect()
}
