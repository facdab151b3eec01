//! A disk with throttled reads: pages stay in flight until the test releases them.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::disk::or_skip;
use super::{Cmd, Env, MMAPCTL, Mount, args};

/// A file system on a disk whose reads by the processes of one control group almost stop between
/// [`SlowDisk::start_reading`] and [`SlowDisk::release`].
#[derive(Debug)]
pub struct SlowDisk {
    group: PathBuf,
    limit: &'static str,
    slow: String,
    fast: String,
    mount: Mount,
}

/// The control groups of versions 1 and 2, and how each limits reading.
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

    /// The program with these arguments, not yet started. Its reads from the disk block.
    pub fn cmd<A: AsRef<OsStr>>(&self, env: &Env, args: impl IntoIterator<Item = A>) -> Cmd {
        let join = "echo $$ >\"$0\" && exec \"$@\"";
        let group = self.group.join("cgroup.procs");
        let shell = [OsStr::new("-c"), join.as_ref(), group.as_os_str()];
        env.tool("sh", shell).arg(MMAPCTL).args(args)
    }

    /// Starts to read bytes of a file or device that are not in memory, without waiting. All of their pages are then in
    /// flight.
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

    /// Removes the limit, so all reads complete.
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
            // In version 2, the parent group enables the controllers of its subgroups.
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
    /// Slow disks, one with each available file system (ext4 and XFS).
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
