//! Who keeps a block device open: its pages leave the page cache when the last one closes it.

use super::handle::Handle;
use super::opened::Source;
use crate::mapping::sys;
use crate::mapping::types::{Effect, Lasts, SourceKind};

/// Who has a block device open, besides this process.
enum Opener {
    /// The system itself, as for a mounted file system.
    System,
    /// This process.
    Process(u32),
    /// Nobody of those that can be looked at, which may be not all.
    Nobody { all_seen: bool },
}

impl Effect {
    /// The same on pages of a block device, which stay no longer than somebody has it open.
    pub(in crate::mapping) fn on_device(self, source: &Source) -> Self {
        let device = source
            .handle()
            .filter(|handle| handle.kind() == SourceKind::BlockDevice);
        let Some(device) = device.filter(|_| self.lasts == Lasts::OutlivesCommand) else {
            return self;
        };
        match opener(device) {
            Opener::System => self,
            Opener::Process(pid) => self.note(Some(format!(
                "process {pid} has the device open: its pages leave memory when the last one closes it"
            ))),
            Opener::Nobody { all_seen } => Self {
                lasts: Lasts::WhileMapped,
                measured: self.measured && all_seen,
                ..self
            }
            .note(Some(nobody_text(all_seen).to_owned())),
        }
    }
}

const fn nobody_text(all_seen: bool) -> &'static str {
    match all_seen {
        true => "nobody else has the device open: its pages leave memory when this command ends",
        false => {
            "its pages leave memory when the last one closes the device, and a process that is not listed or \
             cannot be inspected may have it open"
        }
    }
}

fn opener(device: &Handle) -> Opener {
    match sys::is_claimed(device.file()) {
        Some(true) => return Opener::System,
        Some(false) => {}
        None => return Opener::Nobody { all_seen: false },
    }
    let Ok(pids) = sys::process_ids() else {
        return Opener::Nobody { all_seen: false };
    };
    let mut all_seen = sys::shows_processes() && sys::are_all_processes(&pids);
    let own = std::process::id();
    for pid in pids.into_iter().filter(|pid| *pid != own) {
        match sys::has_device_open(pid, device.file()) {
            Ok(true) => return Opener::Process(pid),
            Ok(false) => {}
            Err(error) if sys::is_gone(&error) => {}
            Err(_) => all_seen = false,
        }
    }
    Opener::Nobody { all_seen }
}
