//! A disk that reads as slowly as a test wants: pages stay in flight until it lets them arrive.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::disk::or_skip;
use super::{Cmd, Env, MMAPCTL, Mount, args};

/// A file system on a disk from which the processes of one control group read next to nothing, between
/// [`SlowDisk::start_reading`] and [`SlowDisk::release`].
#[derive(Debug)]
pub struct SlowDisk {
    group: PathBuf,
    limit: &'static str,
    slow: String,
    fast: String,
    mount: Mount,
}

/// The groups of the first version of cgroups and of the second, and how each limits reading.
const VERSIONS: [(&str, &str, &str, &str); 2] = [
    (
        "/sys/fs/cgroup/blkio",
        "blkio.throttle.read_bps_device",
        "4096",
        "0",
    ),
    ("/sys/fs/cgroup", "io.max", "rbps=4096", "rbps=max"),
];

impl SlowDisk {
    /// The file system.
    pub fn mount(&self) -> &Mount {
        &self.mount
    }

    /// The program with these arguments, still to be run; it waits for what it reads.
    pub fn cmd<A: AsRef<OsStr>>(&self, env: &Env, args: impl IntoIterator<Item = A>) -> Cmd {
        let join = "echo $$ >\"$0\" && exec \"$@\"";
        let group = self.group.join("cgroup.procs");
        let shell = [OsStr::new("-c"), join.as_ref(), group.as_os_str()];
        env.tool("sh", shell).arg(MMAPCTL).args(args)
    }

    /// Starts to read bytes of a file or device that are not in memory, without waiting for them: all of their pages are
    /// in flight from now on.
    pub fn start_reading(&self, env: &Env, path: &Path, offset: u64, length: u64) {
        fs::write(self.group.join(self.limit), &self.slow).unwrap();
        let (offset, length) = (offset.to_string(), length.to_string());
        self.cmd(
            env,
            args!["advise", "willneed", path, "-o", offset, "-n", length],
        )
        .run()
        .ok();
    }

    /// Lets everything arrive.
    pub fn release(&self) {
        fs::write(self.group.join(self.limit), &self.fast).unwrap();
    }

    fn new(mount: Mount) -> Result<SlowDisk, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("mmapctl-test-{}-{number}", std::process::id());
        let node = fs::metadata(mount.device())
            .map_err(|e| e.to_string())?
            .rdev();
        let device = format!("{}:{}", rustix::fs::major(node), rustix::fs::minor(node));
        let mut why = "no control groups that limit reading".to_owned();
        for (root, limit, slow, fast) in VERSIONS {
            let group = Path::new(root).join(&name);
            if let Err(error) = fs::create_dir(&group) {
                why = format!("{}: {error}", group.display());
                continue;
            }
            // In the second version the parent decides what its groups may limit.
            fs::write(Path::new(root).join("cgroup.subtree_control"), "+io").ok();
            let [slow, fast] = [slow, fast].map(|speed| format!("{device} {speed}"));
            match fs::write(group.join(limit), &fast) {
                Ok(()) => {
                    return Ok(SlowDisk {
                        group,
                        limit,
                        slow,
                        fast,
                        mount,
                    });
                }
                Err(error) => why = format!("{}: {error}", group.join(limit).display()),
            }
            fs::remove_dir(&group).ok();
        }
        Err(why)
    }
}

impl Drop for SlowDisk {
    fn drop(&mut self) {
        self.release();
        fs::remove_dir(&self.group).ok();
    }
}

impl Env {
    /// Slow disks, one with each file system that can be had: ext4 and XFS.
    #[track_caller]
    pub fn slow_disks(&self) -> Vec<SlowDisk> {
        let mounts = [
            or_skip("make and mount an ext4 file system", Mount::ext4(64 << 20)),
            or_skip("make and mount an XFS file system", Mount::xfs()),
        ];
        let slow = |mount| or_skip("slow a disk down", SlowDisk::new(mount));
        mounts.into_iter().flatten().filter_map(slow).collect()
    }
}
