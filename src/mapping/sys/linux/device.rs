//! Block devices: what they are, whether they are read-only or rotate, and whether others use them.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{major, minor};

use super::mounts::mount_of;
use super::text::number;
use crate::mapping::sys::unix::naming::descriptor_path;
use crate::mapping::types::StorageDevice;

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

/// The device that holds a file, or the block device itself. Some file systems have a device number of their own; then it
/// is the device that is mounted.
pub(in crate::mapping) fn storage_device(file: &File) -> Option<StorageDevice> {
    let facts = file.metadata().ok()?;
    let own = match facts.file_type().is_block_device() {
        true => facts.rdev(),
        false => facts.dev(),
    };
    let mounted = || {
        let source = fs::metadata(mount_of(file)?.source).ok()?;
        source.file_type().is_block_device().then(|| source.rdev())
    };
    let device = match name(own) {
        Some(_) => own,
        None => mounted().unwrap_or(own),
    };
    Some(StorageDevice {
        major: major(device),
        minor: minor(device),
        name: name(device),
        rotational: rotates(&directory(device)),
    })
}

/// The directory of a block device.
fn directory(device: u64) -> PathBuf {
    format!("/sys/dev/block/{}:{}", major(device), minor(device)).into()
}

fn name(device: u64) -> Option<String> {
    let link = fs::read_link(directory(device)).ok()?;
    Some(link.file_name()?.to_string_lossy().into_owned())
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
    rotates(&directory(device)) == Some(true)
}

/// Whether the device of a folder under `/sys` rotates; `None` when unknown.
fn rotates(device: &Path) -> Option<bool> {
    let below = fs::read_dir(device.join("slaves")).into_iter().flatten();
    let below: Vec<_> = below
        .flatten()
        .map(|entry| rotates(&entry.path()))
        .collect();
    if !below.is_empty() {
        let known = below.iter().flatten().copied().reduce(|a, b| a || b);
        return known.filter(|rotates| *rotates || below.iter().all(Option::is_some));
    }
    // A partition has no queue; its disk has one.
    let disk = match device.join("queue").exists() {
        true => device.to_owned(),
        false => device.join(".."),
    };
    // This driver knows nothing of the disk behind it, and reports each as rotating.
    let driver = fs::read_link(disk.join("device/driver"));
    if driver.is_ok_and(|driver| driver.ends_with("virtio_blk")) {
        return None;
    }
    number(disk.join("queue/rotational"))
        .ok()
        .map(|number| number != 0)
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
            ("hdd", Some(true)),
            ("hdd/part", Some(true)),
            ("ssd", Some(false)),
            ("ssd/part", Some(false)),
            ("virtio", None),
            ("virtio/part", None),
            ("raid", Some(true)),
            ("lvm", Some(false)),
            ("over", Some(true)),
            ("none", None),
        ] {
            assert_eq!(rotates(&at(name)), expected, "{name}");
        }
        assert!(!is_rotating(Path::new("/proc/self/stat")));
        assert!(!is_rotating(Path::new("/dev/null")));
        assert!(!is_rotating(&at("none")));
    }
}
