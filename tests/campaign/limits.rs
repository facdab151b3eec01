//! `limits`: the commands of `faults` in restricted environments: resource limits, closed standard streams, no
//! `/proc`, a user namespace, a read-only directory, a full file system, another user.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use super::engine::{self, Campaign, Case, Random, program};
use super::faults::SCENARIOS;
use super::oracle::{Allowed, complaint, ended_well};
use super::outcome::{Baseline, DEADLINE, Outcome};
use super::scenario::{Input, Scenario, World};
use crate::support::{Cmd, Env, Limit, OtherUser, page_size, skip};

pub const CAMPAIGN: Campaign = Campaign {
    name: "limits",
    cases: 20_000,
    ready,
    numbers: engine::endless,
    run,
};

#[test]
fn a_limit_is_an_error_that_changes_nothing() {
    engine::short(&CAMPAIGN, SHORT.iter().copied());
}

#[test]
#[ignore = "the long form: ci/campaign.sh limits"]
fn campaign() {
    engine::long(&CAMPAIGN);
}

/// Cases of the short form.
const SHORT: &[u64] = &[
    0, 7, 12, 18, 25, 30, 37, 42, 49, 55, 61, 69, 74, 80, 85, 93, 100, 107, 115, 121, 129, 135,
    141, 146, 154, 160, 165, 172, 178, 186, 192, 199, 207, 214, 218, 223, 233, 240, 246, 252, 259,
    265, 272, 279, 286, 293, 299, 305, 313, 317, 325, 331, 336, 344, 350, 356, 362, 370, 377, 384,
    391, 398, 2_147, 6_011, 6_034,
];

/// The files of the scenarios, as in `faults`.
const SIZE: u64 = 20_603;
const INPUT: u64 = 10_000;

/// An allocation up to this size has a fixed size that does not depend on the input.
const SMALL: u64 = 64 << 10;
/// Memory beyond the start-up memory that suffices for every such allocation.
const MARGIN: u64 = 1 << 20;

/// The environment of a command.
#[derive(Debug, Clone)]
enum Around {
    Limit(Limit, u64),
    /// The closed standard streams, one bit each.
    Closed(u32),
    NoProc,
    UserNamespace,
    ReadOnly,
    /// A tmpfs with this much free space.
    SmallDisk(u64),
    /// Another user, who may own the directory.
    OtherUser(bool),
}

impl Around {
    fn random(random: &mut Random) -> Around {
        match random.below(12) {
            0 => Around::Limit(
                Limit::AddressSpace,
                floor(Limit::AddressSpace) + spread(random),
            ),
            1 => Around::Limit(Limit::Data, floor(Limit::Data) + spread(random)),
            2 => Around::Limit(Limit::OpenFiles, 5 + random.below(10)),
            3 => Around::Limit(Limit::FileSize, random.below(400_000)),
            4 => Around::Limit(Limit::LockedMemory, random.below(40) * page_size()),
            5 => Around::Limit(Limit::Stack, (256 << 10) + spread(random)),
            6 | 7 => Around::Closed(1 + u32::try_from(random.below(7)).unwrap()),
            8 => Around::NoProc,
            9 => Around::UserNamespace,
            10 if random.once_in(2) => Around::ReadOnly,
            10 => Around::SmallDisk(random.below(120) * page_size()),
            _ => Around::OtherUser(random.once_in(2)),
        }
    }

    /// The command that sets up the environment and runs the program.
    fn before(&self) -> Vec<String> {
        let words: &[&str] = match self {
            Around::NoProc => &[
                "unshare",
                "-m",
                "sh",
                "-c",
                "mount -t tmpfs none /proc && exec \"$@\"",
                "sh",
            ],
            Around::ReadOnly => &[
                "unshare",
                "-m",
                "sh",
                "-c",
                "mount --bind . . && mount -o remount,ro,bind . && cd \"$PWD\" && exec \"$@\"",
                "sh",
            ],
            Around::UserNamespace => &["unshare", "-r"],
            Around::OtherUser(_) => &OtherUser::PREFIX,
            Around::Limit(Limit::LockedMemory, _) => {
                &["setpriv", "--bounding-set", "-ipc_lock", "--"]
            }
            _ => &[],
        };
        words.iter().map(ToString::to_string).collect()
    }

    fn apply(&self, cmd: Cmd) -> Cmd {
        match self {
            Around::Limit(limit, value) => cmd.limit(*limit, *value),
            Around::Closed(streams) => (0..3)
                .filter(|stream| streams >> stream & 1 == 1)
                .fold(cmd, Cmd::closed_fd),
            _ => cmd,
        }
    }

    fn closes(&self, stream: u32) -> bool {
        matches!(self, Around::Closed(streams) if streams >> stream & 1 == 1)
    }
}

/// Mostly small values, sometimes large ones.
fn spread(random: &mut Random) -> u64 {
    let bits = 10 + random.below(16);
    random.below(1 << bits)
}

/// The smallest limit with which the program starts. Below it the loader fails.
fn floor(limit: Limit) -> u64 {
    static KNOWN: OnceLock<[u64; 2]> = OnceLock::new();
    let measure = |limit: Limit| {
        let env = Env::new();
        let starts = |pages: &u64| {
            let cmd = env.tool(program(), ["pagesize"]);
            let run = cmd.limit(limit, pages * page_size()).run();
            run.ended_with(&[0])
        };
        let pages = (1..100_000).step_by(16).find(starts);
        pages.expect("a limit that suffices") * page_size()
    };
    let known = KNOWN.get_or_init(|| [measure(Limit::AddressSpace), measure(Limit::Data)]);
    match limit {
        Limit::AddressSpace => known[0],
        _ => known[1],
    }
}

fn ready() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        skip("root for namespaces, mounts and another user");
    }
    root
}

fn baseline(index: usize) -> Arc<Baseline> {
    static KNOWN: OnceLock<Vec<Mutex<Option<Arc<Baseline>>>>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| SCENARIOS.iter().map(|_| Mutex::default()).collect());
    let mut known = known[index].lock().unwrap();
    let made = known.get_or_insert_with(|| {
        let world = || World::with_sizes(SIZE, INPUT);
        Arc::new(Baseline::of(&SCENARIOS[index], world))
    });
    Arc::clone(made)
}

/// A copy of the program that every user may run.
fn for_others() -> PathBuf {
    static PLACE: OnceLock<Env> = OnceLock::new();
    let place = PLACE.get_or_init(|| {
        let env = Env::new();
        // Copied by another process: programs that start meanwhile must not inherit a descriptor open for writing.
        let copy = ["--".as_ref(), program(), &env.path("mmapctl")];
        let _ = env.tool("cp", copy).run().ok();
        env
    });
    place.path("mmapctl")
}

fn run(case: &Case) -> Result<(), String> {
    let mut random = case.random();
    let index = usize::try_from(case.number).unwrap() % SCENARIOS.len();
    let scenario = &SCENARIOS[index];
    let baseline = baseline(index);
    let around = Around::random(&mut random);
    let disk = Env::new();
    let (mut world, _mount) = match around {
        Around::SmallDisk(room) => {
            // The files, the pieces of the sparse file, the directories, and the free space.
            let used = 3 * SIZE + INPUT + 12 * page_size();
            let Some(mount) = disk.small_tmpfs(used + room) else {
                return Ok(());
            };
            (World::inside(&mount.dir(), SIZE, INPUT), Some(mount))
        }
        _ => (World::with_sizes(SIZE, INPUT), None),
    };
    world.program = for_others();
    if let Around::OtherUser(true) = around {
        give_away(world.env.dir());
    }
    let start = world.tree();
    let cmd = world.command(scenario, &around.before());
    let run = around.apply(cmd).patience(DEADLINE).run();
    let outcome = Outcome {
        scenario,
        baseline: &baseline,
        start,
        end: world.tree(),
        run: &run,
    };
    judge(&outcome, &around).map_err(|why| format!("{}: {around:x?}\n{why}", scenario.line))
}

fn give_away(directory: &Path) {
    let user = Some(OtherUser::ID);
    chown(directory, user, user).unwrap();
    for entry in fs::read_dir(directory).unwrap() {
        std::os::unix::fs::lchown(entry.unwrap().path(), user, user).unwrap();
    }
}

fn judge(outcome: &Outcome, around: &Around) -> Result<(), String> {
    let allowed = Allowed {
        no_stderr: around.closes(2),
        ..outcome.scenario.allowed()
    };
    if too_little_to_begin(outcome, around) {
        return Ok(());
    }
    let status = ended_well(outcome.run, allowed)?;
    let needs = needed(outcome.scenario, outcome.baseline, around);
    if needs && status == 0 {
        return Err(complaint(outcome.run, "a required stream is closed"));
    }
    if status == outcome.baseline.status {
        return outcome.succeeded();
    }
    outcome.failed()
}

/// Just above the start-up memory, an allocation of small fixed size may fail, and Rust then aborts with SIGABRT. This
/// is tolerated if nothing has changed.
fn too_little_to_begin(outcome: &Outcome, around: &Around) -> bool {
    let Around::Limit(limit @ (Limit::AddressSpace | Limit::Data), value) = around else {
        return false;
    };
    let errors = String::from_utf8_lossy(outcome.run.err()).into_owned();
    let failed = errors
        .strip_prefix("\nmemory allocation of ")
        .or(errors.strip_prefix("memory allocation of "));
    let bytes = failed.and_then(|rest| rest.split(' ').next()?.parse::<u64>().ok());
    bytes.is_some_and(|bytes| bytes <= SMALL)
        && *value < floor(*limit) + MARGIN
        && outcome.is_unchanged()
}

/// Whether a closed stream is one that the command reads from or writes to.
fn needed(scenario: &Scenario, baseline: &Baseline, around: &Around) -> bool {
    let input = around.closes(0) && !matches!(scenario.input, Input::Nothing);
    let output = around.closes(1) && !baseline.out.is_empty();
    input || output
}
