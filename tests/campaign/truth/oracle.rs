//! Runs a case, and compares the report with the observations.

use std::fs;

use serde_json::Value;

use super::ground::{Ground, Subject};
use super::observer::{Mapping, Seen, look, mapping, widened};
use super::plan::{Asker, Part, Place, Plan};
use crate::engine::program;
use crate::support::{Cmd, Open, Signal, args};

/// The observations around a successful run.
struct Evidence<'a> {
    plan: &'a Plan,
    report: Value,
    before: Option<Seen>,
    after: Option<Seen>,
    /// The mapping while it was held, or the mapping of the other process.
    held: Option<Mapping>,
}

/// Runs a case. All problems are returned, one per line.
pub fn judge(ground: &Ground, plan: &Plan, name: &str) -> Result<(), String> {
    let subject = Subject::make(ground, plan, name).ok_or("the source cannot be created")?;
    let range = widened(plan.range());
    let see = || {
        plan.has_file()
            .then(|| look(&subject.behind, plan.advice, range.0, range.1))
            .flatten()
    };
    let before = see();
    let command = command(ground, plan, &subject);
    let (report, held) = match plan.hold {
        true => {
            let mut running = command.spawn();
            let line = running.first_line();
            let report: Option<Value> = line.and_then(|line| serde_json::from_str(&line).ok());
            let address = report
                .as_ref()
                .and_then(|report| number(&report["address"]));
            let held = address.and_then(|address| mapping(running.pid(), address));
            if report.is_some() {
                running.signal(Signal::TERM);
            }
            let run = running.wait();
            match report {
                Some(report) => (report, held),
                None => return refused(plan, &subject, &run, before, see()),
            }
        }
        false => {
            let run = command.run();
            if !run.ended_with(&[0]) && run.out().is_empty() {
                return refused(plan, &subject, &run, before, see());
            }
            let address = subject
                .mapped
                .as_ref()
                .map(|mapped| mapped.address() + range.0);
            let held = address.and_then(|address| mapping(std::process::id(), address));
            (run.json(), held)
        }
    };
    let evidence = Evidence {
        plan,
        after: see(),
        report,
        before,
        held,
    };
    let mut wrong = evidence.complaints();
    wrong.extend(contents(plan, &subject));
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "{}\nobserved before: {:?}\nobserved after: {:?}\nmapping: {:?}\n{:#}",
            wrong.join("\n"),
            evidence.before,
            evidence.after,
            evidence.held,
            evidence.report
        )),
    }
}

fn command(ground: &Ground, plan: &Plan, subject: &Subject) -> Cmd {
    let user = plan.asker != Asker::Root;
    let program = if user {
        ground.user.program()
    } else {
        program()
    };
    let mut command = ground
        .env
        .tool(program, plan.command())
        .args(plan.options());
    let name = || subject.path.file_name().unwrap();
    command = match plan.place {
        Place::Anonymous => command.args(["--anon"]),
        Place::Tag => command.args(args!["--tag", name()]),
        Place::Descriptor => command
            .fd(5, Open::ReadWrite, &subject.path)
            .args(["--fd", "5"]),
        Place::ProcessFile | Place::ProcessTmpfs | Place::ProcessAnonymous => {
            let address = subject.mapped.as_ref().map_or(0, |mapped| mapped.address());
            let (offset, length) = plan.range();
            let start = address + offset;
            let range = format!("{start:#x}-{:#x}", start + length);
            command.args(args![
                "--pid",
                std::process::id().to_string(),
                "--range",
                range
            ])
        }
        _ => command.args(args![&subject.path]),
    };
    match user {
        true => command.user(&ground.user),
        false => command,
    }
}

/// Checks that a failed command changed nothing, or reported its changes.
fn refused(
    plan: &Plan,
    subject: &Subject,
    run: &crate::support::Run,
    before: Option<Seen>,
    after: Option<Seen>,
) -> Result<(), String> {
    let mut wrong = contents(plan, subject);
    // Removing whole pages for part of a page would remove other bytes.
    let splits_pages = plan.advice == "remove" && plan.part == Part::Unaligned;
    let expected = run.ended_with(&[1, 4, 8, 12]) || splits_pages && run.ended_with(&[2]);
    if !expected {
        wrong.push("an unexplained exit status".to_owned());
    }
    let blocks = |seen: Option<Seen>| seen.map(|seen| seen.allocated);
    let touched = plan.touch;
    if blocks(before) != blocks(after) && !touched && !run.err_text().contains("allocated") {
        wrong.push(format!("blocks changed: {before:?} to {after:?}"));
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(format!("{}\n{}", wrong.join("\n"), run.describe())),
    }
}

/// Checks that the bytes are unchanged, except for those to be removed.
fn contents(plan: &Plan, subject: &Subject) -> Vec<String> {
    if !plan.has_file() {
        return Vec::new();
    }
    let found = fs::read(&subject.path).unwrap();
    let same = found == subject.contents;
    if same || plan.advice != "remove" {
        let wrong = (!same).then(|| "the contents changed".to_owned());
        return wrong.into_iter().collect();
    }
    let (start, length) = plan.range();
    let range = usize::try_from(start).unwrap()..usize::try_from(start + length).unwrap();
    let mut expected = subject.contents.clone();
    expected[range].fill(0);
    let wrong = (found != expected).then(|| "bytes outside the range changed".to_owned());
    wrong.into_iter().collect()
}

impl Evidence<'_> {
    fn complaints(&self) -> Vec<String> {
        let effect = &self.report["effect"];
        let lasts = effect["lasts"].as_str().unwrap_or_default();
        let measured = effect["measured"] == true;
        let mut wrong = Vec::new();
        match (measured, lasts) {
            (false, _) if !self.may_not_know() => {
                wrong.push("reported as unknown, although it can be known".to_owned())
            }
            (false, _) => {}
            (true, "no-effect") => wrong.extend(self.check_none()),
            (true, "outlives-command") => wrong.extend(self.check_lasting()),
            (true, "while-mapped") => wrong.extend(self.check_passing()),
            _ => wrong.push(format!("lasts {lasts:?}")),
        }
        wrong.extend(self.check_counts());
        wrong.extend(self.check_account());
        wrong
    }

    /// The effects that may legitimately be unknown.
    fn may_not_know(&self) -> bool {
        let plan = self.plan;
        match plan.advice {
            // A process that cannot be inspected may have the device open.
            _ if plan.place == Place::Device => true,
            // The marks of pages are visible to root only, and splitting a folio removes it from the page tables.
            "cold" => plan.asker != Asker::Root || plan.is_remote() || plan.is_private(),
            // Dirty pages of overlayfs are not reported.
            "populate-write" if plan.is_overlay() => true,
            // The pages of another user's file are not reported.
            _ if plan.asker == Asker::Stranger => true,
            "willneed" if plan.is_remote() || plan.is_overlay() => true,
            "pageout" | "collapse" if plan.is_remote() => true,
            _ => false,
        }
    }

    fn touched(&self) -> bool {
        self.report["touched"] == true
    }

    /// "No effect": checks that all counters are unchanged.
    fn check_none(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if let (Some(before), Some(after)) = (self.before, self.after)
            && !self.touched()
        {
            let counters = [
                ("allocated", before.allocated, after.allocated),
                ("resident", before.resident, after.resident),
                ("marked", before.marked, after.marked),
                ("huge", before.huge, after.huge),
            ];
            for (name, before, after) in counters {
                if before != after {
                    wrong.push(format!(
                        "no effect, but {name} went from {before} to {after}"
                    ));
                }
            }
            if after.dirty > before.dirty {
                wrong.push(format!(
                    "no effect, but {} pages became dirty",
                    after.dirty - before.dirty
                ));
            }
        }
        // The program fills the page tables for the advice, which then empties them.
        let plan = self.plan;
        let filled = plan.advice == "pageout"
            && !plan.is_remote()
            && !plan.is_private()
            && plan.place != Place::Anonymous;
        for name in ["rss", "swap", "lazy_free", "anonymous"] {
            let figure = |when: &str| self.report[when]["memory"][name].clone();
            let ours = filled && name == "rss";
            if figure("before") != figure("after") && !self.touched() && !ours {
                wrong.push(format!("no effect, but {name} differs"));
            }
        }
        if self.report["before"]["huge"] != self.report["after"]["huge"] && !self.touched() {
            wrong.push("no effect, but the huge pages differ".to_owned());
        }
        wrong
    }

    /// "Outlives the command": checks that something differs after the command has ended.
    fn check_lasting(&self) -> Vec<String> {
        let (Some(before), Some(after)) = (self.before, self.after) else {
            let lasts = self.plan.is_remote();
            return (!lasts)
                .then(|| "outlives the command, but has no source".to_owned())
                .into_iter()
                .collect();
        };
        let found = match self.plan.advice {
            "willneed" | "warm" | "populate-read" | "populate-write" => {
                after.cached > before.cached
                    || after.dirty > before.dirty
                    || after.allocated > before.allocated
                    || self.plan.touch
            }
            "evict" | "pageout" => {
                after.resident < before.resident || self.page_tables_changed() || self.plan.touch
            }
            "cold" => after.marked < before.marked || self.plan.touch || self.plan.is_remote(),
            "collapse" => {
                after.huge > before.huge
                    || after.allocated > before.allocated
                    || self.plan.is_remote()
            }
            "remove" => {
                after.allocated < before.allocated
                    || after.resident < before.resident
                    || self.plan.touch
            }
            _ => false,
        };
        let wrong = "outlives the command, but no change is observed".to_owned();
        (!found).then_some(wrong).into_iter().collect()
    }

    fn page_tables_changed(&self) -> bool {
        let rss = |when: &str| self.report[when]["memory"]["rss"].clone();
        self.plan.is_remote() && rss("before") != rss("after")
    }

    /// "As long as the mapping": checks that nothing differs after the command has ended.
    fn check_passing(&self) -> Vec<String> {
        let (Some(before), Some(after)) = (self.before, self.after) else {
            return Vec::new();
        };
        if self.plan.touch {
            return Vec::new();
        }
        let counters = [
            ("allocated", before.allocated, after.allocated),
            ("resident", before.resident, after.resident),
        ];
        let changed = counters
            .into_iter()
            .filter(|(_, before, after)| before != after);
        changed
            .map(|(name, before, after)| {
                format!("ends with the mapping, but {name} went from {before} to {after}")
            })
            .collect()
    }

    /// Checks that the counts of the report are those observed.
    fn check_counts(&self) -> Vec<String> {
        let (Some(before), Some(after)) = (self.before, self.after) else {
            return Vec::new();
        };
        let mut wrong = Vec::new();
        let mut compare = |name: &str, told: &Value, seen: u64| {
            if let Some(told) = told.as_u64().filter(|told| *told != seen) {
                wrong.push(format!("{name}: {told} reported, {seen} observed"));
            }
        };
        let residency = |when: &str| match &self.report[when]["residency"] {
            Value::Null => self.report[when].clone(),
            found => found.clone(),
        };
        let lives_on = self.plan.place != Place::Device;
        // The pages of a private mapping of a file are reported as those of the file.
        if !self.touched() && lives_on {
            compare(
                "before.resident",
                &residency("before")["resident"],
                before.resident,
            );
        }
        let settled = self.plan.advice != "willneed";
        if settled && lives_on {
            compare(
                "after.resident",
                &residency("after")["resident"],
                after.resident,
            );
        }
        if !self.plan.touch || self.touched_first() {
            compare(
                "after.allocated",
                &self.report["after"]["allocated"],
                after.allocated,
            );
        }
        let marks = |when: &str| self.report[when]["marks"]["used"].clone();
        if !self.plan.touch && !self.plan.is_private() && !self.plan.is_remote() && lives_on {
            compare("before.marks", &marks("before"), before.marked);
            compare("after.marks", &marks("after"), after.marked);
        }
        wrong
    }

    fn touched_first(&self) -> bool {
        !matches!(
            self.plan.advice,
            "normal" | "sequential" | "random" | "hugepage" | "nohugepage"
        )
    }

    /// Checks that the memory counts in the report are those of this mapping only.
    fn check_account(&self) -> Vec<String> {
        let Some(held) = &self.held else {
            return Vec::new();
        };
        let memory = &self.report["after"]["memory"];
        let mut wrong = Vec::new();
        if self.plan.is_remote() {
            return wrong;
        }
        if Some(held.start) != number(&self.report["address"])
            || held.length != self.report["length"]
        {
            wrong.push("the mapping is counted together with a neighbour".to_owned());
        }
        let figures = [
            ("rss", held.rss),
            ("anonymous", held.anonymous),
            ("locked", held.locked),
            ("referenced", held.referenced),
        ];
        for (name, seen) in figures {
            if memory[name] != seen {
                wrong.push(format!(
                    "{name}: {} reported, {seen} observed",
                    memory[name]
                ));
            }
        }
        if self.report["after"]["huge"] != held.huge {
            wrong.push(format!(
                "huge: {} reported, {} observed",
                self.report["after"]["huge"], held.huge
            ));
        }
        let flags: Vec<&str> = memory["vm_flags"]
            .as_array()
            .map_or_else(Vec::new, |flags| {
                flags.iter().filter_map(Value::as_str).collect()
            });
        if flags != held.flags {
            wrong.push(format!(
                "flags: {flags:?} reported, {:?} observed",
                held.flags
            ));
        }
        wrong
    }
}

fn number(text: &Value) -> Option<u64> {
    u64::from_str_radix(text.as_str()?.strip_prefix("0x")?, 16).ok()
}
