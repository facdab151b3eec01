//! The file systems and the other user that all cases share; removed when the campaign ends.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};

use super::plan::{Asker, Place, Plan, State};
use crate::support::{Env, LoopDevice, Mapped, Mount, OtherUser, evict, pattern};

static GROUND: Mutex<Weak<Ground>> = Mutex::new(Weak::new());

/// The file systems of the sources.
pub struct Ground {
    // It is unmounted before the directory with its layers is removed.
    overlay: Mount,
    xfs: Mount,
    tmpfs: Mount,
    disk: tempfile::TempDir,
    pub user: OtherUser,
    pub env: Env,
}

impl Ground {
    /// Sets it up; skips the test if that is not possible.
    pub fn stand_on() -> Option<Arc<Ground>> {
        let env = Env::new();
        let disk = env.on_disk()?;
        fs::set_permissions(disk.path(), Permissions::from_mode(0o777)).unwrap();
        let layers = disk.path().join("layers");
        fs::create_dir(&layers).unwrap();
        let ground = Arc::new(Ground {
            overlay: env.overlay(&layers)?,
            xfs: env.xfs()?,
            tmpfs: env.small_tmpfs(256 << 20)?,
            user: env.other_user()?,
            disk,
            env,
        });
        *GROUND.lock().unwrap() = Arc::downgrade(&ground);
        Some(ground)
    }

    /// The shared setup of the running campaign.
    pub fn get() -> Option<Arc<Ground>> {
        GROUND.lock().unwrap().upgrade()
    }

    fn layer(&self, name: &str, file: &str) -> PathBuf {
        self.disk.path().join("layers").join(name).join(file)
    }
}

/// The source of one case.
pub struct Subject {
    /// The source as passed to the program.
    pub path: PathBuf,
    /// The file that actually has its pages.
    pub behind: PathBuf,
    /// Its bytes.
    pub contents: Vec<u8>,
    /// The mapping of this process, if it is the target of the advice.
    pub mapped: Option<Mapped>,
    _held_open: Option<File>,
    _device: Option<LoopDevice>,
    _created: Created,
}

/// The file of a case, removed when dropped.
struct Created(PathBuf);

impl Drop for Created {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok();
    }
}

impl Subject {
    /// Creates the source of a case with a unique name.
    pub fn make(ground: &Ground, plan: &Plan, name: &str) -> Option<Subject> {
        let name = format!("mmapctl-truth-{}-{name}", std::process::id());
        let disk = ground.disk.path().join(&name);
        let (path, created) = match plan.place {
            Place::Disk
            | Place::Descriptor
            | Place::ProcessFile
            | Place::ProcessAnonymous
            | Place::Anonymous => (disk.clone(), disk),
            Place::Tmpfs | Place::ProcessTmpfs => {
                (ground.tmpfs.path(&name), ground.tmpfs.path(&name))
            }
            Place::Xfs => (ground.xfs.path(&name), ground.xfs.path(&name)),
            Place::Tag => {
                let path = Path::new("/dev/shm").join(&name);
                (path.clone(), path)
            }
            Place::OverlayUpper => (ground.overlay.path(&name), ground.overlay.path(&name)),
            Place::OverlayLower => (ground.overlay.path(&name), ground.layer("lower", &name)),
            Place::Device | Place::DeviceHeldOpen => (disk.clone(), disk),
        };
        let contents = write(&created, plan);
        let device = match plan.is_device() {
            true => Some(ground.env.loop_device(&created)?),
            false => None,
        };
        let path = device
            .as_ref()
            .map_or(path, |device| PathBuf::from(device.path()));
        let behind = match plan.place {
            Place::OverlayUpper => ground.layer("upper", &name),
            Place::OverlayLower => created.clone(),
            _ => path.clone(),
        };
        let held_open = (plan.place == Place::DeviceHeldOpen).then(|| File::open(&path).unwrap());
        give_to(plan, &created);
        set_state(plan, &behind);
        let mapped = plan.is_remote().then(|| match plan.has_file() {
            true => Mapped::shared(&path),
            false => Mapped::anonymous(usize::try_from(plan.size()).unwrap()),
        });
        if let Some(mapped) = &mapped {
            match plan.has_file() {
                true => mapped.touch(),
                false => mapped.set_all(7),
            }
        }
        Some(Subject {
            path,
            behind,
            contents,
            mapped,
            _held_open: held_open,
            _device: device,
            _created: Created(created),
        })
    }
}

fn give_to(plan: &Plan, path: &Path) {
    let (owner, mode) = match plan.asker {
        Asker::Root => (0, 0o600),
        Asker::Owner => (OtherUser::ID, 0o600),
        Asker::Stranger => (0, 0o644),
    };
    std::os::unix::fs::chown(path, Some(owner), Some(owner)).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Writes the file; returns its contents.
fn write(path: &Path, plan: &Plan) -> Vec<u8> {
    let size = usize::try_from(plan.size()).unwrap();
    let mut contents = pattern(size);
    let file = File::create_new(path).unwrap();
    if plan.state == State::Sparse {
        let data = (128 << 10)..(192 << 10);
        contents[..data.start].fill(0);
        contents[data.end..].fill(0);
        file.set_len(plan.size()).unwrap();
        file.write_all_at(&contents[data.clone()], data.start as u64)
            .unwrap();
    } else if plan.large {
        file.write_all_at(&contents, 0).unwrap();
    } else {
        for (index, piece) in contents.chunks(4096).enumerate() {
            file.write_all_at(piece, index as u64 * 4096).unwrap();
        }
    }
    contents
}

/// Brings the pages into the required state.
fn set_state(plan: &Plan, path: &Path) {
    let file = File::options().read(true).write(true).open(path).unwrap();
    if plan.state == State::Dirty {
        if plan.is_device() {
            file.write_all_at(&pattern(4096), 0).unwrap();
        }
        return;
    }
    file.sync_all().unwrap();
    match plan.state {
        State::Cold | State::Sparse if !plan.in_memory() => evict(path),
        State::Used => {
            for _ in 0..3 {
                fs::read(path).unwrap();
            }
        }
        _ => {}
    }
}
