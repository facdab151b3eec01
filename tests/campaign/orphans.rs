//! A case of `races`: other threads map and unmap regions while orphans are removed.
//!
//! A region that is mapped at all times, each moment by another mapping, must stay. One that is never mapped must go. The
//! report must agree with the names that are left.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use memmap2::MmapOptions;
use serde_json::Value;

use super::engine::Random;
use super::oracle::{Allowed, complaint, ended_well};
use super::outcome::DEADLINE;
use crate::support::{Env, Mapped, Run, Tag};

/// The regions of a case.
struct Regions {
    mapped: Tag,
    changing: Vec<Tag>,
    unused: Vec<Tag>,
}

pub fn run(random: &mut Random) -> Result<(), String> {
    let env = Env::new();
    let tag = |label: String| {
        let tag = env.tag(&label)?;
        tag.create("bytes");
        Some(tag)
    };
    let many = |label: &str| -> Option<Vec<Tag>> {
        (0..8).map(|n| tag(format!("race-{label}-{n}"))).collect()
    };
    let (Some(mapped), Some(changing), Some(unused)) = (
        tag("race-mapped".to_owned()),
        many("changing"),
        many("unused"),
    ) else {
        return Ok(());
    };
    let regions = Regions {
        mapped,
        changing,
        unused,
    };
    let inode = fs::metadata(regions.mapped.path()).unwrap().ino();
    let pauses: Vec<u64> = (0..64).map(|_| random.below(300)).collect();
    let run = beside(&regions, &pauses, || {
        let all = std::iter::once(&regions.mapped)
            .chain(&regions.changing)
            .chain(&regions.unused);
        env.cmd(["unlink", "--orphans", "--json"])
            .args(all.map(Tag::name))
            .patience(DEADLINE)
            .run()
    });
    judge(&regions, inode, &run)
}

/// Runs the command while one thread exchanges the mapping of the mapped region, and another maps and unmaps the
/// changing ones.
fn beside(regions: &Regions, pauses: &[u64], command: impl FnOnce() -> Run) -> Run {
    let (first, is_done) = (
        Mapped::shared(regions.mapped.path()),
        AtomicBool::new(false),
    );
    let pause = |step: usize| {
        let micros = pauses[step % pauses.len()];
        thread::sleep(Duration::from_micros(micros));
        !is_done.load(Ordering::Acquire)
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut mapping = first;
            for step in 0.. {
                // The new mapping exists before the old one ends. A name that is gone is found by the judge.
                if !pause(step) || !regions.mapped.path().exists() {
                    break;
                }
                mapping = Mapped::shared(regions.mapped.path());
            }
            drop(mapping);
        });
        scope.spawn(|| {
            for step in 0.. {
                let tag = &regions.changing[step % regions.changing.len()];
                let file = fs::File::open(tag.path()).ok();
                let mapping = file.map(|file| MmapOptions::new().map_raw_read_only(&file).unwrap());
                if !pause(step) {
                    break;
                }
                drop(mapping);
            }
        });
        let run = command();
        is_done.store(true, Ordering::Release);
        run
    })
}

fn judge(regions: &Regions, inode: u64, run: &Run) -> Result<(), String> {
    let json = Allowed {
        json: true,
        ..Allowed::default()
    };
    let status = ended_well(run, json)?;
    let told = |why: String| Err(complaint(run, &why));
    if status != 0 {
        return told(format!("status {status}"));
    }
    let is = fs::metadata(regions.mapped.path()).map(|facts| facts.ino());
    if is.ok() != Some(inode) {
        return told("a region that was mapped at all times was removed".to_owned());
    }
    let lines = run.out_text().lines().map(serde_json::from_str);
    let objects: Vec<Value> = lines.collect::<Result<_, _>>().map_err(|e| e.to_string())?;
    for tag in regions.changing.iter().chain(&regions.unused) {
        let object = objects.iter().find(|object| object["tag"] == tag.name());
        let removed = object.is_some_and(|object| object["removed"] == true);
        // Another test may list all regions, and opens each for a moment.
        let in_use = object.is_some_and(|object| object["kept"] == "in_use");
        let unused = regions
            .unused
            .iter()
            .any(|unused| unused.name() == tag.name());
        if unused && !removed && !in_use {
            return told(format!("{} is left: {object:?}", tag.name()));
        }
        if removed == tag.path().exists() {
            return told(format!("the report on {} is wrong: {object:?}", tag.name()));
        }
    }
    Ok(())
}
