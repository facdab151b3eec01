//! A trace of `strace(1)`: which calls the program makes, and which of them was made to fail.

use std::collections::BTreeMap;
use std::fs;

use crate::support::Env;

/// How often a call is made before `main` and inside it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Count {
    pub before: u64,
    pub inside: u64,
}

/// The file that strace writes to; outside the directory that is compared.
pub struct Trace {
    env: Env,
}

impl Trace {
    pub fn new() -> Trace {
        Trace { env: Env::new() }
    }

    pub fn strace(&self, options: &[&str]) -> Vec<String> {
        let path = self.env.path("trace");
        let start = ["strace", "-f", "-qq", "-o", path.to_str().unwrap()];
        start
            .iter()
            .chain(options)
            .map(ToString::to_string)
            .collect()
    }

    fn text(&self) -> String {
        let bytes = fs::read(self.env.path("trace")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// How often each call was made. The C library, the loader and the runtime's own start, whose last act
    /// is to handle SIGBUS, are before `main`. A thread counts by itself, as it does for strace.
    pub fn counts(&self) -> BTreeMap<String, Count> {
        let mut threads: BTreeMap<String, BTreeMap<String, Count>> = BTreeMap::new();
        let mut main = String::new();
        let mut started = false;
        for line in self.text().lines() {
            let Some((thread, call)) = line.split_once(' ') else {
                continue;
            };
            let call = call.trim_start();
            if main.is_empty() {
                thread.clone_into(&mut main);
            }
            let Some((name, _)) = call.split_once('(') else {
                continue;
            };
            if name.starts_with('<') {
                continue;
            }
            let counts = threads.entry(thread.to_owned()).or_default();
            // Another program from here on.
            if name == "execve" && thread != main {
                counts.clear();
                counts.entry("execve".to_owned()).or_default();
            }
            if thread != main && counts.contains_key("execve") {
                continue;
            }
            let count = counts.entry(name.to_owned()).or_default();
            let early = thread == main && !started;
            *(if early {
                &mut count.before
            } else {
                &mut count.inside
            }) += 1;
            started |= thread == main && call.starts_with("rt_sigaction(SIGBUS, {");
        }
        let mut all = threads.remove(&main).unwrap_or_default();
        for (name, count) in threads.into_values().flatten() {
            // strace counts in each thread from 1: what lies before `main`'s first cannot be hit alone.
            let total = all.entry(name).or_default();
            total.inside = total.inside.max(count.inside.saturating_sub(total.before));
        }
        all.retain(|_, count| count.inside > 0);
        all
    }

    /// The call that was made to fail, as strace wrote it.
    pub fn injected(&self) -> Option<String> {
        let text = self.text();
        let line = text.lines().find(|line| line.ends_with("(INJECTED)"))?;
        // The beginning of a call that another thread's interrupted stands in a line before.
        let (thread, rest) = line.split_once(' ')?;
        let Some((_, name)) = rest.split_once("<... ") else {
            return Some(line.to_owned());
        };
        let name = name.split(' ').next()?;
        let start = text.lines().take_while(|other| *other != line);
        let begun =
            start.filter(|other| other.starts_with(thread) && other.contains(&format!(" {name}(")));
        Some(format!("{} {line}", begun.last()?))
    }

    /// Whether the call failed in the program that the command runs, and not in ours.
    pub fn in_other_program(&self, injected: &str) -> bool {
        let thread = injected.split(' ').next().unwrap_or_default();
        let text = self.text();
        let programs = text.lines().filter(|line| line.contains(" execve("));
        programs.skip(1).any(|line| line.starts_with(thread))
    }
}
