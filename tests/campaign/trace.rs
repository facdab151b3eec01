//! A trace of `strace(1)`: the calls of the program, and the call that was made to fail.

use std::collections::BTreeMap;
use std::fs;

use crate::support::Env;

/// The number of times a call is made before `main` and in it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Count {
    pub before: u64,
    pub inside: u64,
}

/// The output file of strace, outside the directory that is compared.
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

    /// The number of times each call was made. The loader, the C library and the start of the runtime, which ends with
    /// handling SIGBUS, come before `main`. Threads are counted separately, as in strace.
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
            // From here on, it is another program.
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
            // strace counts from 1 in each thread, so calls before `main` cannot be selected separately.
            let total = all.entry(name).or_default();
            total.inside = total.inside.max(count.inside.saturating_sub(total.before));
        }
        all.retain(|_, count| count.inside > 0);
        all
    }

    /// The call that was made to fail, as strace printed it.
    pub fn injected(&self) -> Option<String> {
        let text = self.text();
        let line = text.lines().find(|line| line.ends_with("(INJECTED)"))?;
        // If another thread interrupted the output, the beginning of the call is in an earlier line.
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

    /// Whether the call failed in the program that the command runs, not in mmapctl.
    pub fn in_other_program(&self, injected: &str) -> bool {
        let thread = injected.split(' ').next().unwrap_or_default();
        let text = self.text();
        let programs = text.lines().filter(|line| line.contains(" execve("));
        programs.skip(1).any(|line| line.starts_with(thread))
    }
}
