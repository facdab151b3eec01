//! The processes that map a file, found by device and inode in the memory maps of every visible process.

use std::collections::HashMap;
use std::io;

use schemars::JsonSchema;
use serde::Serialize;

use super::proc_maps::{self, Vma, visit_maps};
use crate::mapping::error::{Error, Result};
use crate::mapping::sys::{self, OpenFile};
use crate::mapping::types::{
    AddressRange, ByteLength, FileIdentity, Kind, PageSize, Process, UnknownReason, User,
};

impl FileIdentity {
    /// The identity of an open file in memory maps. `stat(2)` reports other device numbers on btrfs, and may on
    /// overlayfs, so one page of the file is briefly mapped, without access to it. A block device is identified by its
    /// node; mappings through another node are not found.
    ///
    /// # Errors
    /// `unsupported` when the file cannot be mapped, for example because it is open for writing only; those of
    /// [`proc_maps::visit`].
    pub fn of(file: &OpenFile, page: PageSize) -> Result<Self> {
        let shown = sys::with_one_page_mapped(file, page, |address| {
            let mut found = None;
            let range = AddressRange::new(address, ByteLength(1)).unwrap_or_default();
            proc_maps::visit(Process::Myself, range, |vma| {
                found = Some(Self::shown(&vma))
            })?;
            Ok(found)
        });
        match shown {
            Ok(Ok(Some(identity))) => Ok(identity),
            Ok(Err(error)) => Err(error),
            Ok(Ok(None)) => Err(unmappable("/proc does not show its mapping".to_owned())),
            Err(refusal) => Err(unmappable(UnknownReason::from(refusal).text())),
        }
    }

    /// The identity of the file of a mapping.
    #[must_use]
    pub fn shown(vma: &Vma) -> Self {
        Self {
            device: vma.device,
            inode: vma.inode,
        }
    }
}

/// All identities under which mappings may show the pages of a file: its own, and on overlayfs that of the underlying
/// file or those of the files above it. Empty when the file cannot be mapped.
pub(in crate::mapping) fn identities(file: &OpenFile, page: PageSize) -> Vec<FileIdentity> {
    let others = sys::same_pages(file);
    let all = std::iter::once(file).chain(&others);
    all.filter_map(|file| FileIdentity::of(file, page).ok())
        .collect()
}

fn unmappable(reason: String) -> Error {
    Error::new(Kind::Unsupported, "find the processes that map it", reason)
}

impl User {
    pub(in crate::mapping) fn new(pid: u32) -> Self {
        Self {
            pid,
            command: command(pid),
            mappings: 0,
            mapped: 0,
            read: false,
            write: false,
            execute: false,
            shared: false,
        }
    }

    /// Adds the mappings of another file.
    pub(in crate::mapping) fn join(&mut self, other: &Self) {
        self.mappings = self.mappings.saturating_add(other.mappings);
        self.mapped = self.mapped.saturating_add(other.mapped);
        self.read |= other.read;
        self.write |= other.write;
        self.execute |= other.execute;
        self.shared |= other.shared;
    }

    pub(in crate::mapping) fn add(&mut self, vma: &Vma) {
        self.mappings = self.mappings.saturating_add(1);
        self.mapped = self.mapped.saturating_add(vma.range.length());
        self.read |= vma.permissions.read;
        self.write |= vma.permissions.write;
        self.execute |= vma.permissions.execute;
        self.shared |= vma.permissions.shared;
    }
}

/// The processes that map files.
///
/// Processes outside the PID namespace of this process, as on the host of a container, are never visible, and the
/// kernel does not report that they exist.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Census {
    /// The processes that map each file, in the order of the files, and by process ID.
    pub users: Vec<Vec<User>>,
    /// The number of processes whose mappings were inspected.
    pub seen: u64,
    /// The number of listed processes whose mappings could not be inspected.
    pub unseen: u64,
    /// Whether there may be other processes that are not listed, because `/proc` is mounted with `hidepid` or because
    /// this process is in a PID namespace of its own, as in a container.
    pub hidden: bool,
}

/// Whether to count this process as a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Myself {
    /// Count it.
    Included,
    /// Leave it out.
    Excluded,
}

/// Finds the processes that map any of the files, in one pass over all processes. Processes that end meanwhile are left
/// out.
///
/// # Errors
/// Those of listing `/proc`; `unsupported` when `/proc` is not available.
pub fn census(files: &[FileIdentity], myself: Myself) -> Result<Census> {
    let places = Places::new(files.iter().enumerate().map(|(place, file)| (*file, place)));
    let mut users = vec![Vec::new(); files.len()];
    let inspected = inspect_all(myself, |pid| {
        visit_mappings(pid, |vma| {
            for place in places.of(&vma) {
                if let Some(users) = users.get_mut(*place) {
                    note(users, pid, &vma);
                }
            }
        })
    })?;
    Ok(Census {
        users,
        seen: inspected.seen,
        unseen: inspected.unseen,
        hidden: inspected.hidden,
    })
}

/// The places of files in a list, by the identities that mappings show.
pub(in crate::mapping) struct Places(HashMap<FileIdentity, Vec<usize>>);

impl Places {
    /// A file may have several identities, and an identity several places.
    pub(in crate::mapping) fn new(files: impl Iterator<Item = (FileIdentity, usize)>) -> Self {
        let mut places: HashMap<_, Vec<_>> = HashMap::new();
        for (file, place) in files {
            places.entry(file).or_default().push(place);
        }
        Self(places)
    }

    /// The places of the file of a mapping.
    pub(in crate::mapping) fn of(&self, vma: &Vma) -> &[usize] {
        self.at(FileIdentity::shown(vma))
    }

    /// The places of a file.
    pub(in crate::mapping) fn at(&self, file: FileIdentity) -> &[usize] {
        self.0.get(&file).map_or(&[], Vec::as_slice)
    }
}

/// How much of the processes was inspected: see [`Census`].
pub(in crate::mapping) struct Inspected {
    pub(in crate::mapping) seen: u64,
    pub(in crate::mapping) unseen: u64,
    pub(in crate::mapping) hidden: bool,
}

/// Inspects every visible process. Those that end meanwhile are left out.
///
/// # Errors
/// Those of [`census`].
pub(in crate::mapping) fn inspect_all(
    myself: Myself,
    mut inspect: impl FnMut(u32) -> io::Result<()>,
) -> Result<Inspected> {
    proc_maps::require_processes("list the running processes")?;
    let pids =
        sys::process_ids().map_err(|error| Error::os("list the running processes", &error))?;
    let mut inspected = Inspected {
        seen: 0,
        unseen: 0,
        hidden: !sys::are_all_processes(&pids),
    };
    let own = std::process::id();
    for pid in pids {
        if pid == own && myself == Myself::Excluded {
            continue;
        }
        match inspect(pid) {
            Ok(()) => inspected.seen = inspected.seen.saturating_add(1),
            Err(error) if sys::is_gone(&error) => {}
            Err(_) => inspected.unseen = inspected.unseen.saturating_add(1),
        }
    }
    Ok(inspected)
}

/// Visits the mappings of a process, in order of address.
pub(in crate::mapping) fn visit_mappings(pid: u32, visit: impl FnMut(Vma)) -> io::Result<()> {
    let text = sys::open_memory_map(Process::Id(pid), false)?;
    let visited = visit_maps(proc_maps::buffered(text), AddressRange::ALL, visit);
    visited.map_err(|error| match error.details().os_error {
        Some(number) => io::Error::from_raw_os_error(number),
        None => io::Error::other(error),
    })
}

fn note(users: &mut Vec<User>, pid: u32, vma: &Vma) {
    match users.last_mut() {
        Some(user) if user.pid == pid => user.add(vma),
        _ => {
            let mut user = User::new(pid);
            user.add(vma);
            users.push(user);
        }
    }
}

/// The visible processes by process ID, with their command names.
///
/// # Errors
/// Those of reading `/proc` (`proc(5)`).
pub fn processes() -> Result<Vec<(u32, String)>> {
    let pids = sys::process_ids().map_err(|e| Error::os("list the processes", &e))?;
    Ok(pids.into_iter().map(|pid| (pid, command(pid))).collect())
}

/// The command name of a process (`/proc/PID/comm`); empty when unknown. Bytes that are not UTF-8 are
/// replaced.
pub(in crate::mapping) fn command(pid: u32) -> String {
    let name = sys::command_name(pid).unwrap_or_default();
    String::from_utf8_lossy(&name).into_owned()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::MetadataExt;
    use std::process::{Child, Command, Stdio};

    use super::*;
    use crate::skip::skip;
    use std::fs::File;

    fn page() -> PageSize {
        PageSize::new(rustix::param::page_size() as u64).unwrap()
    }

    /// A process that is killed at the end of the test.
    struct Running(Child);

    impl Drop for Running {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    /// Another process with a mapped file of its own: a copy of `sleep`, which maps itself.
    fn sleeper(directory: &std::path::Path) -> (Running, File) {
        let path = directory.join("a sleeper");
        let original = ["/bin/sleep", "/usr/bin/sleep"]
            .iter()
            .find(|path| std::path::Path::new(path).exists())
            .unwrap();
        std::fs::copy(original, &path).unwrap();
        let child = Command::new(&path)
            .arg("60")
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        (Running(child), File::open(&path).unwrap())
    }

    #[test]
    fn a_process_that_maps_a_file_is_found_with_its_access() {
        let directory = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let (running, file) = sleeper(directory.path());
        let identity = FileIdentity::of(&file, page()).unwrap();
        let census = census(&[identity], Myself::Included).unwrap();
        // A program that another test is starting may still have the page that was mapped to find the identity.
        let mut users = census.users[0].iter();
        let user = users.find(|user| user.pid == running.0.id()).unwrap();
        assert_eq!(user.command, "a sleeper");
        assert!(user.read && user.execute && !user.shared);
        assert!(user.mappings > 1 && user.mapped >= page().bytes());
        assert!(census.seen > 1);
    }

    #[test]
    fn a_file_mapped_only_by_this_process_has_this_process_or_no_user() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(3 * page().bytes()).unwrap();
        let identity = FileIdentity::of(&file, page()).unwrap();
        assert_eq!(identity.inode, file.metadata().unwrap().ino());
        let other = FileIdentity {
            inode: identity.inode | 1 << 63,
            ..identity
        };
        let find = |myself| census(&[other, identity], myself).unwrap().users;
        assert_eq!(find(Myself::Included), [vec![], vec![]]);
        let mapping = memmap2::MmapOptions::new().map_raw(&file).unwrap();
        let users = find(Myself::Included);
        assert!(users[0].is_empty());
        assert_eq!(users[1].len(), 1);
        let user = &users[1][0];
        assert_eq!((user.pid, user.mappings), (std::process::id(), 1));
        assert_eq!(user.mapped, 3 * page().bytes());
        assert!(user.read && user.write && user.shared && !user.execute);
        assert_eq!(find(Myself::Excluded), [vec![], vec![]]);
        drop(mapping);
    }

    #[test]
    fn a_file_that_cannot_be_mapped_has_no_identity() {
        let directory = File::open("/").unwrap();
        let error = FileIdentity::of(&directory, page()).unwrap_err();
        assert_eq!(error.kind(), Kind::Unsupported);
    }

    #[test]
    fn processes_of_other_users_are_counted_as_unseen() {
        if !rustix::process::geteuid().is_root() {
            skip("root to become another user");
            return;
        }
        let thread = std::thread::spawn(|| {
            let nobody = rustix::process::Uid::from_raw(65534);
            // The kernel stores the user ID per thread.
            rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
            census(&[], Myself::Included).unwrap()
        });
        let census = thread.join().unwrap();
        assert!(census.unseen > 0, "{census:?}");
    }
}
