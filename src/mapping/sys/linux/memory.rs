//! How much memory there is left to take.

use std::fs;
use std::path::{Path, PathBuf};

use crate::mapping::range::ByteLength;

/// Where the control groups are (`cgroups(7)`, version 2).
const GROUPS: &str = "/sys/fs/cgroup";

/// How many bytes can be taken before memory of others has to be given up (`proc_meminfo(5)`, MemAvailable; where
/// `/proc` is not there, what is free), and before a control group of this process is at its limit.
pub(in crate::mapping) fn available_memory() -> Option<ByteLength> {
    let whole = fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| field(&text, "MemAvailable:"))
        .and_then(|kilobytes| kilobytes.checked_mul(1024))
        .unwrap_or_else(free_memory);
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let own = own_group(&groups);
    let left = own
        .iter()
        .flat_map(|group| group.ancestors())
        .take_while(|group| group.starts_with(GROUPS))
        .filter_map(left_in_group);
    Some(ByteLength(left.fold(whole, u64::min)))
}

fn free_memory() -> u64 {
    let facts = rustix::system::sysinfo();
    // As wide as the machine's words.
    let [free, buffers, unit]: [u128; 3] = [
        facts.freeram.into(),
        facts.bufferram.into(),
        facts.mem_unit.into(),
    ];
    let bytes = free.saturating_add(buffers).saturating_mul(unit);
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// The directory of the control group that this process is in.
fn own_group(shown: &str) -> Option<PathBuf> {
    let path = shown.lines().find_map(|line| line.strip_prefix("0::/"))?;
    Some(Path::new(GROUPS).join(path))
}

/// What a group may take besides what it has; pages of files that it has read do not count, as they are given
/// up first. `None` without a limit.
fn left_in_group(group: &Path) -> Option<u64> {
    let number = |file| {
        fs::read_to_string(group.join(file))
            .ok()?
            .trim()
            .parse::<u64>()
            .ok()
    };
    let (most, has) = (number("memory.max")?, number("memory.current")?);
    let account = fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
    let files = ["inactive_file", "active_file"].map(|name| field(&account, name).unwrap_or(0));
    let files = files
        .iter()
        .fold(0, |sum: u64, part| sum.saturating_add(*part));
    Some(most.saturating_sub(has.saturating_sub(files)))
}

/// The number that follows a name at the start of a line.
fn field(text: &str, name: &str) -> Option<u64> {
    let mut rest = text.lines().find_map(|line| {
        let mut words = line.split_ascii_whitespace();
        (words.next() == Some(name)).then_some(words)
    })?;
    rest.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_some_memory_left_and_less_than_the_machine_has() {
        let text = fs::read_to_string("/proc/meminfo").unwrap();
        let total = field(&text, "MemTotal:").unwrap() * 1024;
        let left = available_memory().unwrap().0;
        assert!(left > 0 && left < total);
        let free = free_memory();
        assert!(free > 0 && free < total);
    }

    #[test]
    fn a_group_is_left_what_its_limit_and_the_pages_of_files_leave() {
        let group = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(group.path().join(name), text).unwrap();
        assert_eq!(left_in_group(group.path()), None);
        write("memory.max", "max\n");
        write("memory.current", "800\n");
        assert_eq!(left_in_group(group.path()), None);
        write("memory.max", "1000\n");
        assert_eq!(left_in_group(group.path()), Some(200));
        write(
            "memory.stat",
            "anon 500\nactive_file 100\ninactive_file 150\n",
        );
        assert_eq!(left_in_group(group.path()), Some(450));
    }

    #[test]
    fn the_group_is_that_of_version_2() {
        let shown = "4:memory:/old\n0::/a/b\n";
        assert_eq!(own_group(shown), Some(PathBuf::from("/sys/fs/cgroup/a/b")));
        assert_eq!(own_group("4:memory:/old\n"), None);
    }
}
