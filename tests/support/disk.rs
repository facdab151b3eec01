//! File systems for a single test: small ones, one with read errors, one with writeback errors.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::fs::{FallocateFlags, SeekFrom, fallocate, seek, statvfs};

use super::{Env, evict, page_size, pattern, skip};

/// A mounted file system that is writable for everyone; unmounted when dropped.
#[derive(Debug)]
pub struct Mount {
    directory: tempfile::TempDir,
}

impl Mount {
    /// The mount point.
    pub fn dir(&self) -> PathBuf {
        self.directory.path().join("mnt")
    }

    /// A path on it; nothing is created.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir().join(name)
    }

    /// A file on it with these contents.
    pub fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, contents).unwrap();
        path
    }

    /// The free space for unprivileged users, in bytes.
    pub fn free(&self) -> u64 {
        let stat = statvfs(self.dir()).unwrap();
        stat.f_bavail * stat.f_frsize
    }

    /// Fills the file system except for `leave` bytes, rounded to its blocks.
    pub fn fill_up(&self, leave: u64) {
        let ballast = File::create_new(self.path("ballast")).unwrap();
        let mut length = self.free().saturating_sub(leave);
        // The metadata of the ballast uses space too.
        while length > 0 && fallocate(&ballast, FallocateFlags::empty(), 0, length).is_err() {
            ballast.set_len(0).unwrap();
            length = length.saturating_sub(page_size());
        }
    }

    /// Remounts it read-only.
    pub fn make_read_only(&self) {
        command(
            "mount",
            &["-o".as_ref(), "remount,ro".as_ref(), self.dir().as_path()],
        )
        .unwrap();
    }

    /// The file that serves as its disk.
    pub fn image(&self) -> PathBuf {
        self.directory.path().join("image")
    }

    /// Its block device.
    pub fn device(&self) -> PathBuf {
        let mounts = fs::read_to_string("/proc/mounts").unwrap();
        let target = self.dir();
        let device = mounts
            .lines()
            .filter(|line| line.split(' ').nth(1) == target.to_str())
            .find_map(|line| line.split(' ').next());
        device.unwrap().into()
    }

    pub(super) fn directory() -> tempfile::TempDir {
        let directory = tempfile::Builder::new()
            .prefix("mmapctl-mount-")
            .tempdir()
            .unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(directory.path().join("mnt")).unwrap();
        directory
    }

    pub(super) fn tmpfs(size: u64) -> Result<Mount, String> {
        let directory = Mount::directory();
        let options = format!("size={size},mode=0777");
        let target = directory.path().join("mnt");
        command(
            "mount",
            &[
                "-t".as_ref(),
                "tmpfs".as_ref(),
                "-o".as_ref(),
                options.as_ref(),
                "mmapctl-test".as_ref(),
                &target,
            ],
        )?;
        Ok(Mount { directory })
    }

    pub(super) fn ext4(size: u64) -> Result<Mount, String> {
        let directory = Mount::directory();
        let image = directory.path().join("image");
        Mount::ext4_on(directory, &image, size)
    }

    fn ext4_on(directory: tempfile::TempDir, image: &Path, size: u64) -> Result<Mount, String> {
        File::create_new(image).unwrap().set_len(size).unwrap();
        let block = page_size().min(65536).to_string();
        // Without a journal and reserved blocks, all space that statvfs reports can be used by the test.
        let options = ["-q", "-F", "-m", "0", "-O", "^has_journal", "-b", &block].map(Path::new);
        command("mkfs.ext4", &[&options[..], &[image]].concat())?;
        let target = directory.path().join("mnt");
        command("mount", &["-o".as_ref(), "loop".as_ref(), image, &target])?;
        let mount = Mount { directory };
        fs::set_permissions(mount.dir(), Permissions::from_mode(0o777)).unwrap();
        Ok(mount)
    }
}

impl Mount {
    /// A FUSE file system that mirrors a directory.
    pub(super) fn fuse() -> Result<Mount, String> {
        let directory = Mount::directory();
        let shown = directory.path().join("shown");
        fs::create_dir(&shown).unwrap();
        command("bindfs", &[&shown, &directory.path().join("mnt")])?;
        Ok(Mount { directory })
    }

    /// An XFS file system of the minimum size.
    pub(super) fn xfs() -> Result<Mount, String> {
        Mount::made_by("mkfs.xfs", 300 << 20, "loop")
    }

    /// A btrfs file system with these mount options.
    pub(super) fn btrfs(options: &str) -> Result<Mount, String> {
        Mount::made_by("mkfs.btrfs", 128 << 20, &format!("loop,{options}"))
    }

    fn made_by(program: &str, size: u64, options: &str) -> Result<Mount, String> {
        let directory = Mount::directory();
        let image = directory.path().join("image");
        File::create_new(&image).unwrap().set_len(size).unwrap();
        command(program, &["-q".as_ref(), "-f".as_ref(), &image])?;
        let target = directory.path().join("mnt");
        command("mount", &["-o".as_ref(), options.as_ref(), &image, &target])?;
        let mount = Mount { directory };
        fs::set_permissions(mount.dir(), Permissions::from_mode(0o777)).unwrap();
        Ok(mount)
    }

    /// Changes a byte of a file on its disk, below the file system and its cache. The byte is found by those around it,
    /// which must be nowhere else on the disk. Returns the new one.
    pub fn alter(&self, file: &Path, offset: u64) -> u8 {
        /// The number of bytes to search for.
        const SIGN: u64 = 32;
        let contents = fs::read(file).unwrap();
        let start = offset.min(contents.len() as u64 - SIGN);
        let place = usize::try_from(start).unwrap();
        let sign = &contents[place..place + usize::try_from(SIGN).unwrap()];
        let image = File::options().read(true).write(true).open(self.image());
        let image = image.unwrap();
        let found = find_on_disk(&image, sign);
        assert_eq!(found.len(), 1, "{sign:?}: {found:?}");
        let altered = !contents[usize::try_from(offset).unwrap()];
        image
            .write_all_at(&[altered], found[0] + offset - start)
            .unwrap();
        altered
    }

    /// An overlayfs whose upper layer and lower layer are in `place`.
    pub(super) fn overlay(place: &Path) -> Result<Mount, String> {
        let directory = Mount::directory();
        let layers = ["lower", "upper", "work"].map(|name| place.join(name));
        for layer in &layers {
            fs::create_dir(layer).unwrap();
            fs::set_permissions(layer, Permissions::from_mode(0o777)).unwrap();
        }
        let [lower, upper, work] = layers.each_ref().map(|layer| layer.display());
        let options = format!("lowerdir={lower},upperdir={upper},workdir={work}");
        let target = directory.path().join("mnt");
        let words = ["-t", "overlay", "-o", &options, "overlay"].map(Path::new);
        command("mount", &[&words[..], &[&target]].concat())?;
        Ok(Mount { directory })
    }
}

/// The places of bytes in the data of a sparse file.
fn find_on_disk(image: &File, sign: &[u8]) -> Vec<u64> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Ok(start) = seek(image, SeekFrom::Data(at)) {
        let end = seek(image, SeekFrom::Hole(start)).unwrap();
        let mut data = vec![0; usize::try_from(end - start).unwrap()];
        image.read_exact_at(&mut data, start).unwrap();
        let places = memchr::memmem::find_iter(&data, sign);
        found.extend(places.map(|place| start + place as u64));
        at = end;
    }
    found
}

impl Drop for Mount {
    fn drop(&mut self) {
        let target = self.dir();
        if command("umount", &[&target]).is_err() {
            command("umount", &["-l".as_ref(), &target]).ok();
        }
    }
}

/// A file as a block device (`losetup(8)`); detached when dropped.
#[derive(Debug)]
pub struct LoopDevice {
    path: String,
}

impl LoopDevice {
    /// The device node.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Sets it to read-only (`blockdev(8)`) until it is detached.
    pub fn set_read_only(&self) {
        command("blockdev", &["--setro".as_ref(), self.path.as_ref()]).unwrap();
    }

    fn attach(image: &Path) -> Result<LoopDevice, String> {
        let arguments = ["--find".as_ref(), "--show".as_ref(), image.as_os_str()];
        let output = Command::new("losetup").args(arguments).output();
        let output = output.map_err(|e| format!("losetup: {e}"))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let path = String::from_utf8(output.stdout).unwrap().trim().to_owned();
        Ok(LoopDevice { path })
    }
}

impl Drop for LoopDevice {
    fn drop(&mut self) {
        // Otherwise the setting would apply to the next image on the device.
        command("blockdev", &["--setrw".as_ref(), self.path.as_ref()]).ok();
        command("losetup", &["--detach".as_ref(), self.path.as_ref()]).ok();
    }
}

/// An ext4 file system on a truncated disk: part of a file on it cannot be read.
#[derive(Debug)]
pub struct BadDisk {
    mount: Mount,
    file: PathBuf,
    good: u64,
    size: u64,
}

impl BadDisk {
    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The bytes before this offset are those of [`pattern`]; reads from here on fail with `EIO`.
    pub fn first_bad(&self) -> u64 {
        self.good
    }

    /// The size of the file.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The file system.
    pub fn mount(&self) -> &Mount {
        &self.mount
    }

    /// Punches a hole in the second half of the readable part.
    pub fn punch_before_bad(&self) {
        let (start, length) = (self.good / 2, self.good / 2);
        let how = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        self.allocate(how, start, length);
    }

    /// Removes the readable part from the file.
    pub fn begin_with_bad(&mut self) {
        self.allocate(FallocateFlags::COLLAPSE_RANGE, 0, self.good);
        self.size -= std::mem::take(&mut self.good);
    }

    fn allocate(&self, how: FallocateFlags, offset: u64, length: u64) {
        let file = File::options().write(true).open(&self.file).unwrap();
        fallocate(&file, how, offset, length).unwrap();
    }

    fn new() -> Result<BadDisk, String> {
        let mount = Mount::ext4(4096 * page_size())?;
        let size = 64 * page_size();
        let good = size / 2;
        let file = mount.file("bad", pattern(usize::try_from(size).unwrap()));
        File::open(&file).unwrap().sync_all().unwrap();
        let cut = physical_offset(&file, good)?;
        evict(&file);
        let image = mount.image();
        File::options()
            .write(true)
            .open(image)
            .unwrap()
            .set_len(cut)
            .unwrap();
        Ok(BadDisk {
            mount,
            file,
            good,
            size,
        })
    }
}

/// The position of a file's byte on its disk. The file must be contiguous.
fn physical_offset(file: &Path, offset: u64) -> Result<u64, String> {
    let listing = command("filefrag", &["-b1".as_ref(), "-e".as_ref(), file])?;
    let extents: Vec<&str> = listing
        .lines()
        .filter(|line| line.trim_start().starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    let [extent] = extents[..] else {
        return Err(format!("a contiguous file:\n{listing}"));
    };
    let start = extent
        .split(':')
        .nth(2)
        .and_then(|range| range.split("..").next())
        .and_then(|start| start.trim().parse::<u64>().ok())
        .ok_or_else(|| format!("a filefrag that lists extents:\n{listing}"))?;
    Ok(start + offset)
}

/// An ext4 file system on a disk without free space: writes to it stay in memory, and writeback fails.
#[derive(Debug)]
pub struct ThinDisk {
    // The fields are unmounted in this order.
    upper: Mount,
    lower: Mount,
}

impl ThinDisk {
    /// The file system that appears to have free space.
    pub fn mount(&self) -> &Mount {
        &self.upper
    }

    /// Uses up the free space: from now on, blocks that were never written before cannot reach the disk.
    pub fn starve(&self) {
        self.lower.fill_up(0);
    }

    fn new() -> Result<ThinDisk, String> {
        let lower = Mount::tmpfs(1024 * page_size())?;
        let image = lower.path("image");
        let upper = Mount::ext4_on(Mount::directory(), &image, 4096 * page_size())?;
        Ok(ThinDisk { upper, lower })
    }
}

impl Env {
    /// A tmpfs of `size` bytes.
    #[track_caller]
    pub fn small_tmpfs(&self, size: u64) -> Option<Mount> {
        or_skip("mount a tmpfs", Mount::tmpfs(size))
    }

    /// An ext4 file system on a disk of `size` bytes (at least 1 MB), part of which it uses itself.
    #[track_caller]
    pub fn small_ext4(&self, size: u64) -> Option<Mount> {
        or_skip("make and mount an ext4 file system", Mount::ext4(size))
    }

    /// A file as a block device.
    #[track_caller]
    pub fn loop_device(&self, image: impl AsRef<Path>) -> Option<LoopDevice> {
        or_skip("attach a loop device", LoopDevice::attach(image.as_ref()))
    }

    /// A file with an unreadable part.
    #[track_caller]
    pub fn bad_disk(&self) -> Option<BadDisk> {
        or_skip("make and mount an ext4 file system", BadDisk::new())
    }

    /// A FUSE file system.
    #[track_caller]
    pub fn fuse(&self) -> Option<Mount> {
        or_skip("mount a FUSE file system with bindfs", Mount::fuse())
    }

    /// An XFS file system.
    #[track_caller]
    pub fn xfs(&self) -> Option<Mount> {
        or_skip("make and mount an XFS file system", Mount::xfs())
    }

    /// A btrfs file system with these mount options.
    #[track_caller]
    pub fn btrfs(&self, options: &str) -> Option<Mount> {
        let made = Mount::btrfs(options);
        or_skip("make and mount a btrfs file system", made)
    }

    /// An overlayfs whose layers, `lower` and `upper`, are in the directory `place`.
    #[track_caller]
    pub fn overlay(&self, place: &Path) -> Option<Mount> {
        or_skip("mount an overlayfs", Mount::overlay(place))
    }

    /// A file system on which writeback fails once it is starved.
    #[track_caller]
    pub fn thin_disk(&self) -> Option<ThinDisk> {
        or_skip("make and mount an ext4 file system", ThinDisk::new())
    }
}

#[track_caller]
pub(super) fn or_skip<T>(purpose: &str, made: Result<T, String>) -> Option<T> {
    if let Err(why) = &made {
        skip(format!("root to {purpose} ({why})"));
    }
    made.ok()
}

/// Runs a system tool; returns its stdout, or the first line of its error output.
pub(super) fn command(program: &str, args: &[&Path]) -> Result<String, String> {
    let output = Command::new(program)
        .args(args)
        .env("LC_ALL", "C")
        .output()
        .map_err(|e| format!("{program}: {e}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    let complaint = text(&output.stderr);
    let first = complaint
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("failed");
    Err(format!("{program}: {}", first.trim()))
}
