//! System resources that a test uses; each is released when dropped.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Cmd, Env, MMAPCTL, page_size, peers, skip};

/// Another, unprivileged user, and a program that this user may run.
#[derive(Debug)]
pub struct OtherUser {
    program: PathBuf,
}

impl OtherUser {
    /// The user and group ID, which no other process uses.
    pub const ID: u32 = 65534;

    /// A command that changes to this user and then executes its arguments.
    pub const PREFIX: [&'static str; 7] = [
        "setpriv",
        "--reuid",
        "65534",
        "--regid",
        "65534",
        "--clear-groups",
        "--",
    ];

    /// A copy of the program under test that this user can execute.
    pub fn program(&self) -> &Path {
        &self.program
    }
}

impl Env {
    /// Another user to run as; skips the test if that is not possible.
    #[track_caller]
    pub fn other_user(&self) -> Option<OtherUser> {
        let program = self.path(".mmapctl-for-others");
        // Copy it with cp: a descriptor open for writing in this process would be inherited by the programs that
        // other tests start, and execution would fail with "text file busy".
        let copied = program.exists()
            || run("cp", &["--", MMAPCTL, program.to_str().unwrap()])
                && run("chmod", &["755", program.to_str().unwrap()]);
        let [setpriv, options @ ..] = OtherUser::PREFIX;
        if copied
            && run(
                setpriv,
                &[&options[..], &["test", "-x", program.to_str().unwrap()]].concat(),
            )
        {
            return Some(OtherUser { program });
        }
        skip("root to run as another user");
        None
    }

    /// A directory that belongs to this user.
    pub fn dir_of(&self, _user: &OtherUser, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir(&path).unwrap();
        std::os::unix::fs::chown(&path, Some(OtherUser::ID), Some(OtherUser::ID)).unwrap();
        path
    }

    /// A directory on a file system on a disk, where files can be dirty; skips the test if there is none.
    #[track_caller]
    pub fn on_disk(&self) -> Option<tempfile::TempDir> {
        let place = [
            std::env::temp_dir(),
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")),
        ]
        .into_iter()
        .find(|place| place.is_dir() && has_disk(place));
        if place.is_none() {
            skip("a temporary directory on a disk");
        }
        place.map(|place| {
            tempfile::Builder::new()
                .prefix("mmapctl-disk-")
                .tempdir_in(place)
                .unwrap()
        })
    }

    /// At least `count` free huge pages of the default size; skips the test if they cannot be reserved.
    #[track_caller]
    pub fn huge_pages(&self, count: u64) -> Option<HugePages> {
        HugePages::reserve(count)
            .map_err(|why| skip(format!("root to reserve huge pages ({why})")))
            .ok()
    }

    /// An unused tag name; skips the test without shared memory. The region, if created, is removed when dropped.
    #[track_caller]
    pub fn tag(&self, label: &str) -> Option<Tag> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        shared_memory()?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("mmapctl-test-{}-{number}-{label}", std::process::id());
        Some(Tag { name })
    }

    /// A shell command on a terminal of this number of columns, by `script(1)`; skips the test without it. All
    /// output is returned on stdout, with the line ends of a terminal.
    #[track_caller]
    pub fn terminal(&self, columns: usize, command: &str) -> Option<Cmd> {
        let script = self.peer("script")?;
        let command = format!("stty cols {columns} rows 24; {command}");
        let cmd = self.tool(script, ["-qec", &command, "/dev/null"]);
        Some(cmd.env("TERM", "xterm-256color"))
    }

    /// Another program, in a version that the tests support; skips the test without it.
    #[track_caller]
    pub fn peer(&self, program: &str) -> Option<PathBuf> {
        peers::find(program).map_err(skip).ok()
    }
}

/// Whether this process may advise other processes (`process_madvise(2)`); prints a skip if not.
#[track_caller]
pub fn may_advise_processes() -> bool {
    const CAP_SYS_NICE: u32 = 23;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let held = status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0);
    let may = held >> CAP_SYS_NICE & 1 == 1;
    if !may {
        skip("CAP_SYS_NICE, to advise another process");
    }
    may
}

fn run(program: &str, args: &[&str]) -> bool {
    let mut command = Command::new(program);
    command
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Whether files there are on a disk and their pages are counted. On overlayfs they are not counted, because they
/// belong to the underlying files.
fn has_disk(directory: &Path) -> bool {
    const TMPFS_MAGIC: u64 = 0x0102_1994;
    const RAMFS_MAGIC: u64 = 0x8584_58f6;
    const OVERLAYFS_MAGIC: u64 = 0x794c_7630;
    let kind = rustix::fs::statfs(directory).unwrap().f_type as u64;
    ![TMPFS_MAGIC, RAMFS_MAGIC, OVERLAYFS_MAGIC].contains(&kind)
}

/// A control group (version 2 or 1) with a memory limit; removed when dropped.
#[derive(Debug)]
pub struct MemoryGroup(PathBuf);

impl MemoryGroup {
    fn new(limit: u64) -> Option<MemoryGroup> {
        let shown = std::fs::read_to_string("/proc/self/cgroup").ok()?;
        let root = Path::new("/sys/fs/cgroup");
        for line in shown.lines() {
            let mut words = line.splitn(3, ':').skip(1);
            let (controllers, own) = (words.next()?, words.next()?.strip_prefix('/')?);
            let (top, file, swap) = match controllers {
                "" => (root.to_owned(), "memory.max", ("memory.swap.max", 0)),
                _ if controllers.split(',').any(|name| name == "memory") => (
                    root.join("memory"),
                    "memory.limit_in_bytes",
                    ("memory.memsw.limit_in_bytes", limit),
                ),
                _ => continue,
            };
            // In version 2, a group with processes cannot have subgroups with controllers.
            for parent in [top.join(own), top] {
                let name = format!("mmapctl-test-{}-{limit}", std::process::id());
                let group = MemoryGroup(parent.join(name));
                let write = |file: &str, number: u64| {
                    std::fs::write(group.0.join(file), number.to_string()).is_ok()
                };
                if std::fs::create_dir(&group.0).is_ok() && write(file, limit) {
                    write(swap.0, swap.1);
                    return Some(group);
                }
            }
        }
        None
    }
}

impl MemoryGroup {
    /// The command that enters the group and then executes its arguments.
    pub fn prefix(&self) -> Vec<String> {
        let enter = "echo $$ >\"$0\" && exec \"$@\"";
        let list = self.0.join("cgroup.procs");
        ["sh", "-c", enter, list.to_str().unwrap()]
            .map(str::to_owned)
            .to_vec()
    }

    /// Asks the kernel to take back its memory.
    pub fn reclaim(&self) {
        // Versions 2 and 1. The first fails if less could be taken back.
        let _ = fs::write(self.0.join("memory.reclaim"), "1G")
            .or_else(|_| fs::write(self.0.join("memory.force_empty"), "0"));
    }
}

impl Drop for MemoryGroup {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(&self.0);
    }
}

impl Env {
    /// A control group with a memory limit; skips the test if it cannot be created.
    #[track_caller]
    pub fn memory_group(&self, limit: u64) -> Option<MemoryGroup> {
        let group = MemoryGroup::new(limit);
        if group.is_none() {
            skip("root and a memory control group that allows subgroups");
        }
        group
    }

    /// The program with these arguments in a control group.
    pub fn cmd_in<A: AsRef<std::ffi::OsStr>>(
        &self,
        group: &MemoryGroup,
        args: impl IntoIterator<Item = A>,
    ) -> super::Cmd {
        let prefix = group.prefix();
        self.tool(&prefix[0], &prefix[1..])
            .args([super::MMAPCTL])
            .args(args)
    }
}

/// The directory of shared memory regions; skips the test if it is not writable.
#[track_caller]
pub fn shared_memory() -> Option<&'static Path> {
    use rustix::fs::{Access, access};
    let directory = Path::new(SHARED_MEMORY);
    if access(directory, Access::WRITE_OK | Access::EXEC_OK).is_ok() {
        return Some(directory);
    }
    skip(format_args!("a writable {SHARED_MEMORY}"));
    None
}

const SHARED_MEMORY: &str = "/dev/shm";

/// A named shared memory region for one test.
#[derive(Debug)]
pub struct Tag {
    name: String,
}

impl Tag {
    /// The name for `--tag`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The path of the region, for inspecting it without the program.
    pub fn path(&self) -> PathBuf {
        Path::new(SHARED_MEMORY).join(&self.name)
    }

    /// Creates the region with these contents, without the command under test.
    pub fn create(&self, contents: impl AsRef<[u8]>) -> PathBuf {
        fs::write(self.path(), contents).unwrap();
        self.path()
    }
}

impl Drop for Tag {
    fn drop(&mut self) {
        fs::remove_file(self.path()).ok();
    }
}

/// Huge pages of the default size, reserved until dropped. Only one test on the machine can have them at a time.
#[derive(Debug)]
pub struct HugePages {
    before: u64,
    size: u64,
    // Held for its lock, which is released when it is closed.
    _turn: File,
}

impl HugePages {
    /// The size of one page in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    fn reserve(count: u64) -> Result<HugePages, String> {
        let lock = std::env::temp_dir().join("mmapctl-test-huge-pages.lock");
        let turn = File::options()
            .create(true)
            .append(true)
            .open(lock)
            .map_err(|e| e.to_string())?;
        turn.lock().map_err(|e| e.to_string())?;
        let before = meminfo("HugePages_Total").ok_or("no huge pages in this kernel")?;
        let size = meminfo("Hugepagesize").ok_or("no huge pages in this kernel")? * 1024;
        let pages = HugePages {
            before,
            size,
            _turn: turn,
        };
        let missing = count.saturating_sub(meminfo("HugePages_Free").unwrap_or(0));
        set_huge_pages(before + missing).map_err(|e| e.to_string())?;
        let free = meminfo("HugePages_Free").unwrap_or(0);
        if free < count {
            Err(format!("only {free} available"))
        } else {
            Ok(pages)
        }
    }
}

impl Drop for HugePages {
    fn drop(&mut self) {
        set_huge_pages(self.before).ok();
    }
}

fn set_huge_pages(count: u64) -> std::io::Result<()> {
    fs::write("/proc/sys/vm/nr_hugepages", count.to_string())
}

/// A number in `/proc/meminfo`, in the unit used there.
fn meminfo(name: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}
