//! The outcome of a scenario in a case, compared with its outcome without interference.

use std::time::Duration;

use super::oracle::{complaint, ended_well};
use super::scenario::{Scenario, World};
use super::tree::{Entry, Tree};
use crate::support::Run;

/// A command that takes longer hangs.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// The result of a scenario without interference.
pub struct Baseline {
    pub before: Tree,
    pub after: Tree,
    pub status: i32,
    pub out: Vec<u8>,
    pub elapsed: Duration,
}

impl Baseline {
    pub fn of(scenario: &Scenario, world: impl Fn() -> World) -> Baseline {
        let world = world();
        let before = world.tree();
        let run = world.command(scenario, &[]).patience(DEADLINE).run();
        let status = ended_well(&run, scenario.allowed()).unwrap_or_else(|why| panic!("{why}"));
        Baseline {
            before,
            after: world.tree(),
            status,
            out: run.out().to_vec(),
            elapsed: run.elapsed(),
        }
    }
}

/// The facts for judging a case.
pub struct Outcome<'a> {
    pub scenario: &'a Scenario,
    pub baseline: &'a Baseline,
    pub start: Tree,
    pub end: Tree,
    pub run: &'a Run,
}

impl Outcome<'_> {
    /// Checks that everything is as without interference, and no other file was replaced.
    pub fn succeeded(&self) -> Result<(), String> {
        if self.scenario.data && self.run.out() != self.baseline.out {
            return Err(complaint(self.run, "stdout is not that of a success"));
        }
        if let Some(difference) = self.end.difference(&self.baseline.after, false) {
            let why = format!("success, but the files are not as expected:\n{difference}");
            return Err(complaint(self.run, &why));
        }
        match self.replaced() {
            Some(name) => Err(complaint(self.run, &format!("{name} is another file"))),
            None => Ok(()),
        }
    }

    /// A file that should be the same but was replaced.
    fn replaced(&self) -> Option<&String> {
        let kept = |before: &Tree, after: &Tree, name: &str| {
            before.identity(name).is_some() && before.identity(name) == after.identity(name)
        };
        let mut files = self.start.0.iter().filter(|(name, entry)| {
            matches!(entry, Entry::File { .. }) && self.end.identity(name).is_some()
        });
        let wrong = files.find(|(name, _)| {
            kept(&self.baseline.before, &self.baseline.after, name)
                && !kept(&self.start, &self.end, name)
        });
        wrong.map(|(name, _)| name)
    }

    /// Checks that nothing changed except a range that is overwritten in place, and that the data on stdout, if any, is
    /// a prefix of the expected data.
    pub fn failed(&self) -> Result<(), String> {
        if self.scenario.prefix && !self.baseline.out.starts_with(self.run.out()) {
            let why = "stdout is not a prefix of that of a success";
            return Err(complaint(self.run, why));
        }
        let Some(difference) = self.end.difference(&self.start, true) else {
            return Ok(());
        };
        if self.is_half_written(false) || self.is_done_in_part() || self.reports_the_change() {
            return Ok(());
        }
        let why = format!("failed, but something changed:\n{difference}");
        Err(complaint(self.run, &why))
    }

    /// Whether nothing changed, including the identity of the files.
    pub fn is_unchanged(&self) -> bool {
        self.end.difference(&self.start, true).is_none()
    }

    /// Whether the request was carried out completely.
    pub fn has_new_content(&self) -> bool {
        self.end.difference(&self.baseline.after, false).is_none()
    }

    /// Whether an irreversible change was made, and the failure reports it.
    fn reports_the_change(&self) -> bool {
        let told = "the size had already been changed";
        String::from_utf8_lossy(self.run.err()).contains(told) && self.has_new_content()
    }

    /// Whether some of several files exist, each complete.
    fn is_done_in_part(&self) -> bool {
        let mut made = self.end.clone();
        made.0.retain(|name, _| !self.start.0.contains_key(name));
        let mut promised = self.baseline.after.clone();
        promised.0.retain(|name, _| made.0.contains_key(name));
        let mut rest = self.end.clone();
        rest.0.retain(|name, _| self.start.0.contains_key(name));
        self.scenario.piecewise
            && made.difference(&promised, false).is_none()
            && rest.difference(&self.start, true).is_none()
    }

    /// Whether the range that is overwritten in place is partly old and partly new, and all else is old. With `grown`,
    /// a file that was to be extended may be partly extended.
    pub fn is_half_written(&self, grown: bool) -> bool {
        let Some((name, from, to)) = self.scenario.overwrites else {
            return false;
        };
        let (Some(old), Some(new), Some(is)) = (
            self.start.content(name),
            self.baseline.after.content(name),
            self.end.content(name),
        ) else {
            return false;
        };
        let inside = |at: usize| (from..to).contains(&(at as u64));
        let right = |(at, byte): (usize, &u8)| {
            let old = old.get(at).unwrap_or(&0);
            byte == old || (inside(at) && new.get(at) == Some(byte))
        };
        let sizes = old.len()..=if grown { new.len() } else { old.len() };
        let mut rest = (self.end.clone(), self.start.clone());
        rest.0.0.remove(name);
        rest.1.0.remove(name);
        sizes.contains(&is.len())
            && is.iter().enumerate().all(right)
            && self.end.identity(name) == self.start.identity(name)
            && rest.0.difference(&rest.1, true).is_none()
    }
}
