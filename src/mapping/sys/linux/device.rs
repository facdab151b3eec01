//! Block devices: whether they are read-only, whether others use them, and whether they rotate.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{major, minor};

use crate::mapping::sys::unix::naming::descriptor_path;

/// Whether it is a block device that cannot be written, however the handle was opened (`ioctl(2)`, `BLKROGET`).
pub(in crate::mapping) fn is_read_only_device(file: &File) -> bool {
    /// Of `linux/fs.h`: `_IO(0x12, 94)`.
    const BLKROGET: libc::Ioctl = 0x125e;
    let mut answer: libc::c_int = 0;
    // SAFETY: the request writes one int, which outlives the call; a driver that does not know the request writes
    // nothing. The descriptor is open while `file` is borrowed.
    let status = unsafe { libc::ioctl(file.as_raw_fd(), BLKROGET, &raw mut answer) };
    status == 0 && answer != 0
}

/// Whether the system uses a block device, for a mounted file system (`open(2)`, O_EXCL) or a loop device. The pages of
/// an unused device are dropped at its last close. `None` if unknown.
pub(in crate::mapping) fn is_claimed(device: &File) -> Option<bool> {
    let opened = File::options()
        .read(true)
        .custom_flags(libc::O_EXCL)
        .open(descriptor_path(device));
    match opened {
        Ok(_) => is_behind_loop(device),
        Err(error) if error.kind() == io::ErrorKind::ResourceBusy => Some(true),
        Err(_) => None,
    }
}

/// Whether a loop device (`loop(4)`) shows this block device; `None` if unknown.
fn is_behind_loop(device: &File) -> Option<bool> {
    let device = device.metadata().ok()?.rdev();
    let shows = |entry: fs::DirEntry| {
        let path = fs::read_to_string(entry.path().join("loop/backing_file")).ok()?;
        let behind = fs::metadata(path.trim_end_matches('\n')).ok()?;
        Some(behind.rdev() == device)
    };
    let entries = fs::read_dir("/sys/block").ok()?;
    Some(entries.flatten().filter_map(shows).any(|shows| shows))
}

/// Whether a path leads to a disk with moving heads, which is slowest when several places are read at a time
/// (`/sys/dev/block`). A device on top of others rotates if one of them does.
pub(in crate::mapping) fn is_rotating(path: &Path) -> bool {
    let Ok(facts) = fs::metadata(path) else {
        return false;
    };
    let device = match facts.file_type().is_block_device() {
        true => facts.rdev(),
        false => facts.dev(),
    };
    let (major, minor) = (major(device), minor(device));
    rotates(Path::new(&format!("/sys/dev/block/{major}:{minor}")))
}

/// Whether the device of a folder under `/sys` rotates.
fn rotates(device: &Path) -> bool {
    let below = fs::read_dir(device.join("slaves")).into_iter().flatten();
    let mut below = below.flatten().map(|entry| entry.path()).peekable();
    if below.peek().is_some() {
        return below.any(|device| rotates(&device));
    }
    // A partition has no queue; its disk has one.
    let disk = match device.join("queue").exists() {
        true => device.to_owned(),
        false => device.join(".."),
    };
    let text = fs::read_to_string(disk.join("queue/rotational"));
    // This driver knows nothing of the disk behind it, and reports each as rotating.
    let driver = fs::read_link(disk.join("device/driver"));
    let is_virtual = driver.is_ok_and(|driver| driver.ends_with("virtio_blk"));
    text.is_ok_and(|text| text.trim() == "1") && !is_virtual
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_partition_and_a_mapped_device_rotate_as_their_disks_do() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        let make = |name: &str| fs::create_dir_all(at(name)).unwrap();
        for (disk, rotational) in [("hdd", "1\n"), ("ssd", "0\n"), ("virtio", "1\n")] {
            make(&format!("{disk}/queue"));
            make(&format!("{disk}/part"));
            fs::write(at(&format!("{disk}/queue/rotational")), rotational).unwrap();
        }
        make("virtio/device");
        symlink(
            "../../../bus/virtio/drivers/virtio_blk",
            at("virtio/device/driver"),
        )
        .unwrap();
        for (mapped, disks) in [("raid", &["ssd", "hdd/part"][..]), ("lvm", &["ssd/part"])] {
            make(&format!("{mapped}/queue"));
            make(&format!("{mapped}/slaves"));
            fs::write(at(&format!("{mapped}/queue/rotational")), "1\n").unwrap();
            for (number, disk) in disks.iter().enumerate() {
                symlink(at(disk), at(&format!("{mapped}/slaves/{number}"))).unwrap();
            }
        }
        make("over/slaves");
        symlink(at("raid"), at("over/slaves/raid")).unwrap();
        for (name, expected) in [
            ("hdd", true),
            ("hdd/part", true),
            ("ssd", false),
            ("ssd/part", false),
            ("virtio", false),
            ("virtio/part", false),
            ("raid", true),
            ("lvm", false),
            ("over", true),
            ("none", false),
        ] {
            assert_eq!(rotates(&at(name)), expected, "{name}");
        }
        assert!(!is_rotating(Path::new("/proc/self/stat")));
        assert!(!is_rotating(Path::new("/dev/null")));
        assert!(!is_rotating(&at("none")));
    }
}
