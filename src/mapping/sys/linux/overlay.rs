//! overlayfs: the file behind a file on it, and the files on it that show another file. These files share pages, and
//! memory maps may show either. They are found by path, from the mounts that this process sees
//! (`proc_pid_mountinfo(5)`).

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::mounts::path_of;
use crate::mapping::sys::unix::naming::descriptor_path;

/// Other files that share the pages of this one.
pub(in crate::mapping) fn same_pages(file: &File) -> Vec<File> {
    let overlays = overlays();
    let Ok(path) = fs::read_link(descriptor_path(file)) else {
        return Vec::new();
    };
    let Ok(facts) = file.metadata() else {
        return Vec::new();
    };
    let own = (facts.dev(), facts.ino());
    let behind = overlays
        .iter()
        .filter_map(|overlay| Some((overlay.point.clone(), overlay.behind(&path)?)))
        // The path leads through the innermost mount.
        .max_by_key(|(point, _)| point.as_os_str().len())
        .map(|(_, behind)| behind);
    let showing = overlays
        .iter()
        .flat_map(|overlay| overlay.showing(&path))
        .filter(|(_, behind)| identity(behind) == Some(own))
        .map(|(shown, _)| shown);
    behind
        .into_iter()
        .chain(showing)
        .filter(|other| identity(other).is_some_and(|other| other != own))
        .filter_map(|other| open(&other))
        .collect()
}

fn open(path: &Path) -> Option<File> {
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_NOFOLLOW;
    let opened = File::options().read(true).custom_flags(flags).open(path);
    opened.ok()
}

/// Device and inode of a regular file.
fn identity(path: &Path) -> Option<(u64, u64)> {
    let facts = fs::symlink_metadata(path).ok()?;
    facts.is_file().then(|| (facts.dev(), facts.ino()))
}

/// A mounted overlayfs.
#[derive(Debug, PartialEq, Eq)]
struct Overlay {
    /// The mounted directory of it.
    root: PathBuf,
    /// The mount point.
    point: PathBuf,
    /// The directories of its layers, the upper one first.
    layers: Vec<PathBuf>,
}

impl Overlay {
    /// The file behind a path on it.
    fn behind(&self, path: &Path) -> Option<PathBuf> {
        let inner = self.root.join(path.strip_prefix(&self.point).ok()?);
        let inner = inner.strip_prefix("/").ok()?;
        let layers = self.layers.iter().map(|layer| layer.join(inner));
        layers.into_iter().find(|path| identity(path).is_some())
    }

    /// The files that show a file of a layer, each with the file behind it.
    fn showing(&self, path: &Path) -> Vec<(PathBuf, PathBuf)> {
        let shown = |layer: &PathBuf| {
            let inner = Path::new("/").join(path.strip_prefix(layer).ok()?);
            let shown = self.point.join(inner.strip_prefix(&self.root).ok()?);
            let behind = self.behind(&shown)?;
            Some((shown, behind))
        };
        self.layers.iter().filter_map(shown).collect()
    }

    /// Parses a line of mountinfo.
    fn parse(line: &[u8]) -> Option<Self> {
        let mut fields = line.split(|byte| *byte == b' ');
        let (root, point) = (fields.nth(3)?, fields.next()?);
        let mut rest = fields.skip_while(|field| *field != b"-").skip(1);
        if rest.next()? != b"overlay" {
            return None;
        }
        let (mut upper, mut lower) = (Vec::new(), Vec::new());
        for option in rest.nth(1)?.split(|byte| *byte == b',') {
            let at = option.iter().position(|byte| *byte == b'=');
            let Some((name, value)) = at.and_then(|at| option.split_at_checked(at)) else {
                continue;
            };
            let value = value.get(1..).unwrap_or_default();
            match name {
                b"upperdir" => upper.push(path_of(value)),
                b"lowerdir" => lower.extend(value.split(|byte| *byte == b':').map(path_of)),
                b"lowerdir+" => lower.push(path_of(value)),
                _ => {}
            }
        }
        let layers = upper.into_iter().chain(lower);
        Some(Self {
            root: path_of(root),
            point: path_of(point),
            // The start of a relative path is unknown.
            layers: layers.filter(|layer| layer.is_absolute()).collect(),
        })
    }
}

fn overlays() -> Vec<Overlay> {
    let text = fs::read("/proc/self/mountinfo").unwrap_or_default();
    let lines = text.split(|byte| *byte == b'\n');
    lines.filter_map(Overlay::parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_read_from_the_mount() {
        let line = br"44 27 0:39 / /m\040nt rw,relatime shared:1 - overlay o rw,lowerdir=/a:/b\054c,upperdir=/u,workdir=/w";
        let overlay = Overlay::parse(line).unwrap();
        let expected = Overlay {
            root: "/".into(),
            point: "/m nt".into(),
            layers: ["/u", "/a", "/b,c"].map(PathBuf::from).into(),
        };
        assert_eq!(overlay, expected);
        let plain = b"27 1 254:0 / / rw,relatime - ext4 /dev/vda rw";
        assert_eq!(Overlay::parse(plain), None);
        let relative = b"44 27 0:39 / /m rw - overlay o rw,lowerdir=l,lowerdir+=/a,upperdir=u";
        assert_eq!(
            Overlay::parse(relative).unwrap().layers,
            [PathBuf::from("/a")]
        );
    }
}
