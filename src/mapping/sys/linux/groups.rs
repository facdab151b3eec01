//! The control groups of this process (`cgroups(7)`), and how much memory they leave; the paths of all visible groups.

use std::collections::BTreeMap;
use std::fs::{self, DirEntry};
use std::os::unix::fs::{DirEntryExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::text::{field, number};
use crate::mapping::sys::answer::GroupRoom;
use crate::mapping::types::ByteLength;

/// The directory of control groups: those of version 2, and of version 1 in a folder for each controller.
const GROUPS: &str = "/sys/fs/cgroup";

/// The maximum amount of a group's limit to leave free: for page tables, buffers, and pages of the input.
const MARGIN: u64 = 16 << 20;

/// A control group that limits memory.
#[derive(Debug, PartialEq, Eq)]
struct Group {
    directory: PathBuf,
    version: &'static Version,
}

/// The names of the files of a group.
#[derive(Debug, PartialEq, Eq)]
struct Version {
    limit: &'static str,
    usage: &'static str,
    /// Pages of files that were read or written, in the group and those below it. The kernel reclaims them first.
    files: [&'static str; 2],
    swap_limit: &'static str,
    swap_usage: &'static str,
    /// Whether the limit on swap space includes memory.
    together: bool,
}

static VERSION_1: Version = Version {
    limit: "memory.limit_in_bytes",
    usage: "memory.usage_in_bytes",
    files: ["total_inactive_file", "total_active_file"],
    swap_limit: "memory.memsw.limit_in_bytes",
    swap_usage: "memory.memsw.usage_in_bytes",
    together: true,
};

static VERSION_2: Version = Version {
    limit: "memory.max",
    usage: "memory.current",
    files: ["inactive_file", "active_file"],
    swap_limit: "memory.swap.max",
    swap_usage: "memory.swap.current",
    together: false,
};

/// The memory that each group with a limit leaves for this process (`/proc/self/cgroup`), including at most this amount
/// of swap space.
pub(super) fn memory_left(free_swap: u64) -> impl Iterator<Item = GroupRoom> {
    let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let groups = own_groups(Path::new(GROUPS), &own).into_iter();
    groups.filter_map(move |group| group.left(free_swap))
}

/// The groups of this process and all above them, which limit it too. In a container part of the path may be hidden.
/// Then its own group is the visible root.
fn own_groups(root: &Path, shown: &str) -> Vec<Group> {
    let groups = shown.lines().filter_map(|line| {
        let mut words = line.splitn(3, ':');
        let (number, controllers, path) = (words.next()?, words.next()?, words.next()?);
        let (top, version) = match (number, controllers) {
            ("0", "") => (root.to_owned(), &VERSION_2),
            _ if controllers.split(',').any(|name| name == "memory") => {
                (root.join("memory"), &VERSION_1)
            }
            _ => return None,
        };
        let own = top.join(path.strip_prefix('/')?);
        Some((top, own, version))
    });
    let all = groups.flat_map(|(top, own, version)| {
        let with_parents: Vec<Group> = own
            .ancestors()
            .take_while(|directory| directory.starts_with(&top))
            .map(|directory| Group {
                directory: directory.to_owned(),
                version,
            })
            .collect();
        with_parents
    });
    all.collect()
}

impl Group {
    fn number(&self, file: &str) -> Option<u64> {
        number(self.directory.join(file)).ok()
    }

    /// The memory that it may still allocate; `None` without a limit.
    fn left(&self, free_swap: u64) -> Option<GroupRoom> {
        let limit = self.number(self.version.limit)?;
        let has = self.number(self.version.usage)?;
        let account = fs::read_to_string(self.directory.join("memory.stat")).unwrap_or_default();
        let files = self
            .version
            .files
            .map(|name| field(&account, name).unwrap_or(0));
        let files = files
            .iter()
            .fold(0, |sum: u64, part| sum.saturating_add(*part));
        let memory = limit.saturating_sub(has.saturating_sub(files));
        let swap_left = self
            .number(self.version.swap_limit)
            .zip(self.number(self.version.swap_usage))
            .map_or(u64::MAX, |(limit, has)| limit.saturating_sub(has));
        // The kernel charges memory early and updates counts late.
        let memory = memory.saturating_sub(limit.div_euclid(8).min(MARGIN));
        let available = match self.version.together {
            true => {
                let both = swap_left.saturating_add(files);
                memory.saturating_add(free_swap).min(both)
            }
            false => memory.saturating_add(free_swap.min(swap_left)),
        };
        Some(GroupRoom {
            available: ByteLength(available),
            limit: ByteLength(limit),
        })
    }
}

/// The paths of the groups with these inodes, in the hierarchy that accounts for memory. Groups that are not visible have
/// none.
pub(in crate::mapping) fn group_paths(inodes: &[u64]) -> BTreeMap<u64, PathBuf> {
    let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let first = own_groups(Path::new(GROUPS), &own);
    // Version 1 accounts for memory if it has the controller.
    let memory = Path::new(GROUPS).join("memory");
    let is_first = first.iter().any(|group| group.version == &VERSION_1);
    paths_below(if is_first { &memory } else { Path::new(GROUPS) }, inodes)
}

fn paths_below(root: &Path, inodes: &[u64]) -> BTreeMap<u64, PathBuf> {
    let mut found = BTreeMap::new();
    let top = fs::metadata(root)
        .ok()
        .map(|facts| (facts.ino(), root.to_owned()));
    let mut waiting: Vec<(u64, PathBuf)> = top.into_iter().collect();
    while let Some((inode, directory)) = waiting.pop() {
        if inodes.contains(&inode) {
            let below = directory.strip_prefix(root).unwrap_or(&directory);
            found.insert(inode, Path::new("/").join(below));
            if found.len() >= inodes.len() {
                break;
            }
        }
        // A group may be removed meanwhile.
        let entries = fs::read_dir(&directory).into_iter().flatten().flatten();
        let is_group = |entry: &DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
        waiting.extend(
            entries
                .filter(is_group)
                .map(|entry| (entry.ino(), entry.path())),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The memory left in a group with these files.
    fn left(version: &'static Version, free_swap: u64, files: &[(&str, &str)]) -> Option<u64> {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(directory.path().join(name), format!("{text}\n")).unwrap();
        }
        let group = Group {
            directory: directory.path().to_owned(),
            version,
        };
        Some(group.left(free_swap)?.available.0)
    }

    #[test]
    fn a_version_2_group_has_the_rest_of_its_limit_and_the_pages_of_files_left() {
        let left = |swap, files: &[(&str, &str)]| left(&VERSION_2, swap, files);
        let (has, most) = (("memory.current", "800"), ("memory.max", "1000"));
        assert_eq!(left(0, &[]), None);
        assert_eq!(left(0, &[("memory.max", "max"), has]), None);
        // An eighth of the limit stays free.
        assert_eq!(left(0, &[most, has]), Some(75));
        let account = "anon 500\nactive_file 100\ninactive_file 150";
        let account = ("memory.stat", account);
        assert_eq!(left(0, &[most, has, account]), Some(325));
        assert_eq!(left(70, &[most, has]), Some(145));
        let swap_has = ("memory.swap.current", "10");
        assert_eq!(
            left(70, &[most, has, ("memory.swap.max", "max"), swap_has]),
            Some(145)
        );
        assert_eq!(
            left(70, &[most, has, ("memory.swap.max", "30"), swap_has]),
            Some(95)
        );
        assert_eq!(
            left(70, &[most, has, ("memory.swap.max", "0"), swap_has]),
            Some(75)
        );
    }

    #[test]
    fn a_version_1_group_has_the_rest_of_its_limits_left() {
        let left = |swap, files: &[(&str, &str)]| left(&VERSION_1, swap, files);
        let most = ("memory.limit_in_bytes", "1000");
        let has = ("memory.usage_in_bytes", "800");
        assert_eq!(left(0, &[most, has]), Some(75));
        let account = "active_file 1\ntotal_active_file 100\ntotal_inactive_file 150";
        assert_eq!(left(0, &[most, has, ("memory.stat", account)]), Some(325));
        assert_eq!(left(70, &[most, has]), Some(145));
        let both = ("memory.memsw.limit_in_bytes", "1000");
        let both_has = ("memory.memsw.usage_in_bytes", "850");
        assert_eq!(left(70, &[most, has, both, both_has]), Some(145));
    }

    #[test]
    fn the_groups_that_limit_memory_are_found_with_all_above_them() {
        let root = Path::new("/cg");
        let names = |shown: &str| -> Vec<(String, bool)> {
            let groups = own_groups(root, shown).into_iter();
            groups
                .map(|group| {
                    let name = group.directory.to_str().unwrap().to_owned();
                    (name, group.version == &VERSION_2)
                })
                .collect()
        };
        let of = |name: &str, second| (name.to_owned(), second);
        assert_eq!(
            names("0::/a/b\n"),
            [of("/cg/a/b", true), of("/cg/a", true), of("/cg", true)]
        );
        assert_eq!(
            names("5:cpuset:/x\n4:cpu,memory:/old\n0::/\n"),
            [
                of("/cg/memory/old", false),
                of("/cg/memory", false),
                of("/cg/", true),
            ]
        );
        assert_eq!(names("1:name=systemd:/\n"), []);
    }

    #[test]
    fn groups_are_found_by_their_inodes() {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("a/b");
        fs::create_dir_all(&inner).unwrap();
        let inode = |path: &Path| fs::metadata(path).unwrap().ino();
        let wanted = [inode(root.path()), inode(&inner), 0];
        let found = paths_below(root.path(), &wanted);
        let expected = [(wanted[0], PathBuf::from("/")), (wanted[1], "/a/b".into())];
        assert_eq!(found, BTreeMap::from(expected));
        assert!(paths_below(Path::new("/none"), &wanted).is_empty());
    }
}
