//! The plan of a case: one choice of each kind, derived from its number.

use std::ffi::OsString;
use std::fmt;

use super::args;
use crate::engine::Random;

/// Every advice except those that reduce the memory of the machine.
const ADVICE: [&str; 27] = [
    "normal",
    "sequential",
    "random",
    "willneed",
    "dontneed",
    "free",
    "remove",
    "dontfork",
    "dofork",
    "mergeable",
    "unmergeable",
    "hugepage",
    "nohugepage",
    "dontdump",
    "dodump",
    "wipeonfork",
    "keeponfork",
    "cold",
    "pageout",
    "populate-read",
    "populate-write",
    "dontneed-locked",
    "collapse",
    "guard-install",
    "guard-remove",
    "warm",
    "evict",
];

/// The advice that the kernel accepts for another process.
const REMOTE: [&str; 4] = ["cold", "pageout", "willneed", "collapse"];

/// The location of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Disk,
    Tmpfs,
    Xfs,
    OverlayUpper,
    OverlayLower,
    Descriptor,
    Tag,
    Anonymous,
    Device,
    DeviceHeldOpen,
    ProcessFile,
    ProcessTmpfs,
    ProcessAnonymous,
}

const PLACES: [Place; 13] = [
    Place::Disk,
    Place::Tmpfs,
    Place::Xfs,
    Place::OverlayUpper,
    Place::OverlayLower,
    Place::Descriptor,
    Place::Tag,
    Place::Anonymous,
    Place::Device,
    Place::DeviceHeldOpen,
    Place::ProcessFile,
    Place::ProcessTmpfs,
    Place::ProcessAnonymous,
];

/// The part of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Whole,
    Aligned,
    Unaligned,
}

/// The initial state of its pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Cold,
    Clean,
    Used,
    Dirty,
    Sparse,
}

/// The user who runs the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    Root,
    Owner,
    Stranger,
}

/// One case.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub advice: &'static str,
    pub place: Place,
    pub part: Part,
    pub access: &'static str,
    pub touch: bool,
    pub state: State,
    pub hold: bool,
    pub asker: Asker,
    /// Whether it is written by a single call, and so in large folios if the file system supports them.
    pub large: bool,
}

const PARTS: [Part; 3] = [Part::Whole, Part::Aligned, Part::Unaligned];
const STATES: [State; 5] = [
    State::Cold,
    State::Clean,
    State::Used,
    State::Dirty,
    State::Sparse,
];
const ACCESS: [&str; 3] = ["r", "w", "c"];
const ASKERS: [Asker; 4] = [Asker::Root, Asker::Root, Asker::Owner, Asker::Stranger];

impl Plan {
    /// The plan of a case. In as many cases as there are pairs, each advice is combined with each place once; the rest
    /// is random.
    pub fn of(number: u64, mut random: Random) -> Plan {
        let at = |length: usize| usize::try_from(number % length as u64).unwrap();
        let plan = Plan {
            advice: ADVICE[at(ADVICE.len())],
            place: PLACES[at(PLACES.len())],
            part: *random.pick(&PARTS),
            state: *random.pick(&STATES),
            access: random.pick::<&str>(&ACCESS),
            asker: *random.pick(&ASKERS),
            touch: random.once_in(2),
            hold: random.once_in(2),
            large: random.once_in(2),
        };
        plan.possible(number)
    }

    /// The same plan without invalid combinations.
    fn possible(self, number: u64) -> Plan {
        let mut plan = self;
        if plan.is_remote() && !REMOTE.contains(&plan.advice) {
            plan.advice = REMOTE[usize::try_from(number % 4).unwrap()];
        }
        let alone = plan.is_command();
        if plan.place == Place::Anonymous {
            if alone {
                plan.advice = "populate-read";
            }
            // Read-only anonymous memory is useless to the program, and 'w' is shared.
            plan.access = if plan.access == "r" { "c" } else { plan.access };
        }
        if alone || plan.is_remote() {
            plan.touch = false;
            plan.hold = false;
        }
        let needs_root = matches!(
            plan.place,
            Place::Device | Place::DeviceHeldOpen | Place::Descriptor
        );
        if plan.is_remote() || needs_root {
            plan.asker = Asker::Root;
        }
        if plan.asker == Asker::Stranger {
            plan.access = if plan.access == "w" { "r" } else { plan.access };
        }
        if plan.place == Place::OverlayLower && plan.access == "w" {
            // Opening it for writing would copy it to the upper layer.
            plan.access = "r";
        }
        if plan.is_device() && plan.state == State::Sparse {
            plan.state = State::Cold;
        }
        plan
    }

    /// Whether the advice is a command of its own.
    fn is_command(&self) -> bool {
        matches!(self.advice, "warm" | "evict")
    }

    /// The words that say what to do.
    pub fn command(&self) -> Vec<&'static str> {
        match self.is_command() {
            true => vec![self.advice],
            false => vec!["advise", self.advice],
        }
    }

    pub const fn is_remote(&self) -> bool {
        matches!(
            self.place,
            Place::ProcessFile | Place::ProcessTmpfs | Place::ProcessAnonymous
        )
    }

    pub const fn is_device(&self) -> bool {
        matches!(self.place, Place::Device | Place::DeviceHeldOpen)
    }

    pub const fn is_overlay(&self) -> bool {
        matches!(self.place, Place::OverlayUpper | Place::OverlayLower)
    }

    pub const fn has_file(&self) -> bool {
        !matches!(self.place, Place::Anonymous | Place::ProcessAnonymous)
    }

    /// Whether the pages are only in memory.
    pub const fn in_memory(&self) -> bool {
        matches!(self.place, Place::Tmpfs | Place::Tag | Place::ProcessTmpfs) || !self.has_file()
    }

    /// Whether mapping it for the advice creates private copies.
    pub fn is_private(&self) -> bool {
        self.access == "c"
    }

    /// The size in bytes.
    pub fn size(&self) -> u64 {
        match self.advice {
            "collapse" | "hugepage" => 4 << 20,
            _ => 1 << 20,
        }
    }

    /// The selected bytes, and the options that select them.
    pub fn range(&self) -> (u64, u64) {
        match self.part {
            Part::Whole => (0, self.size()),
            Part::Aligned => (64 << 10, self.size() / 2),
            Part::Unaligned => (70_001, self.size() / 2 + 3),
        }
    }

    /// The options other than those that name the source.
    pub fn options(&self) -> Vec<OsString> {
        let mut options = args!["--json"].to_vec();
        if self.is_remote() {
            return options;
        }
        let (offset, length) = self.range();
        if self.place == Place::Anonymous {
            options.extend(args!["-n", length.to_string()]);
        } else if self.part != Part::Whole {
            options.extend(args!["-o", offset.to_string(), "-n", length.to_string()]);
        }
        if !self.is_command() {
            options.extend(args!["-a", self.access]);
        }
        if self.touch {
            options.extend(args!["--touch"]);
        }
        if self.hold {
            options.extend(args!["--hold"]);
        }
        if self.advice == "remove" {
            options.extend(args!["--destructive"]);
        }
        options
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options: Vec<String> = self
            .options()
            .iter()
            .map(|option| option.display().to_string())
            .collect();
        write!(
            f,
            "{} on {:?} ({:?}{}) as {:?}: {}",
            self.command().join(" "),
            self.place,
            self.state,
            if self.large { ", written at once" } else { "" },
            self.asker,
            options.join(" ")
        )
    }
}
