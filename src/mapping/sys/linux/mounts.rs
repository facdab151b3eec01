//! The mount of a file (`proc_pid_mountinfo(5)`).

use std::ffi::OsString;
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use crate::mapping::types::Mount;

/// The mount through which a file was opened; `None` for a file on an internal mount of the kernel, such as a memfd. It
/// is found by the number of the mount, because no list of mounts contains the device numbers of some file systems.
pub(in crate::mapping) fn mount_of(file: &File) -> Option<Mount> {
    let facts = fs::read_to_string(format!("/proc/self/fdinfo/{}", file.as_raw_fd())).ok()?;
    let number = facts
        .lines()
        .find_map(|line| line.strip_prefix("mnt_id:"))?
        .trim();
    let mounts = fs::read("/proc/self/mountinfo").ok()?;
    let mut lines = mounts.split(|byte| *byte == b'\n');
    let line =
        lines.find(|line| line.split(|byte| *byte == b' ').next() == Some(number.as_bytes()))?;
    parse(line)
}

/// Parses a line of mountinfo.
fn parse(line: &[u8]) -> Option<Mount> {
    let mut fields = line.split(|byte| *byte == b' ');
    let text = |field: &[u8]| path_of(field).to_string_lossy().into_owned();
    let point = text(fields.nth(4)?);
    let mut rest = fields.skip_while(|field| *field != b"-").skip(1);
    Some(Mount {
        point,
        file_system: text(rest.next()?),
        source: text(rest.next()?),
        options: text(rest.next()?),
    })
}

/// A path in which the kernel has escaped some bytes as `\ooo`.
pub(super) fn path_of(escaped: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..3).filter(|_| *first == b'\\');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 8).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(3..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    PathBuf::from(OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_mount_has_its_point_source_and_options() {
        let line = br"25 30 0:23 / /dev/s\040m rw,nosuid shared:4 - tmpfs my\040tmp rw,size=64k,huge=advise";
        let expected = Mount {
            point: "/dev/s m".to_owned(),
            file_system: "tmpfs".to_owned(),
            source: "my tmp".to_owned(),
            options: "rw,size=64k,huge=advise".to_owned(),
        };
        assert_eq!(parse(line), Some(expected));
        assert_eq!(parse(b"25 30 0:23 / /dev"), None);
    }

    #[test]
    fn the_mount_of_a_file_of_proc_is_proc() {
        let mount = mount_of(&File::open("/proc/self/maps").unwrap()).unwrap();
        assert_eq!((&*mount.file_system, &*mount.point), ("proc", "/proc"));
    }

    proptest! {
        #[test]
        fn any_line_is_parsed_or_refused(line in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&line);
        }
    }
}
