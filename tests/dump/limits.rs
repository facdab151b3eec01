//! Dumps under memory limits: buffers shrink to the available memory, and a lack of memory is reported.

use crate::support::{Env, MMAPCTL, Run, args, pattern};

const FORMATS: [&[&str]; 9] = [
    &["-f", "hexyl", "--color", "always"],
    &["-f", "xxd"],
    &["-f", "canonical"],
    &["-f", "plain"],
    &["-f", "c"],
    &["-f", "values"],
    &["-f", "raw"],
    &["--json"],
    &["--json", "-f", "values"],
];

/// The step between limits, and the number of limits tried above the lowest one at which the program starts.
const STEP: u64 = 384 << 10;
const STEPS: u64 = 10;

fn limited(env: &Env, limit: &str, bytes: u64, arguments: &[&str]) -> Run {
    let limit = format!("--{limit}={bytes}:{bytes}");
    env.tool("prlimit", args![limit, "--", MMAPCTL])
        .args(arguments)
        .run()
}

/// Approximately the lowest limit at which the kernel and the loader start the program.
fn loads_at(env: &Env, limit: &str) -> u64 {
    let (mut fails, mut loads) = (0_u64, 1_u64 << 30);
    while loads - fails > 64 << 10 {
        let middle = fails.midpoint(loads);
        match limited(env, limit, middle, &["--version"]).ended_with(&[0, 7]) {
            true => loads = middle,
            false => fails = middle,
        }
    }
    loads
}

#[test]
fn a_dump_needs_little_memory_or_reports_a_lack_of_it() {
    let env = Env::new();
    env.file("f", pattern(300_000));
    for limit in ["as", "data"] {
        let least = loads_at(&env, limit);
        for format in FORMATS {
            let arguments = [&["dump", "f"], format].concat();
            let expected = env.run(&arguments);
            let mut shown = 0;
            for step in 0..STEPS {
                let run = limited(&env, limit, least + step * STEP, &arguments);
                if run.ended_with(&[0]) {
                    run.stdout(expected.out());
                    shown += 1;
                } else {
                    run.code(7);
                    assert_ne!(run.err_text(), "");
                }
            }
            assert!(shown > 0, "{limit} {format:?}");
        }
    }
}

#[test]
fn a_pipe_gets_a_complete_long_dump_under_any_limit() {
    let env = Env::new();
    let bytes = pattern(5 << 20);
    env.file("f", &bytes);
    let least = loads_at(&env, "as");
    for more in [4 << 20, 40 << 20, 160 << 20, 500 << 20] {
        let run = limited(&env, "as", least + more, &["dump", "f", "-f", "raw"]);
        run.ok().stdout(&bytes);
        limited(&env, "as", least + more, &["dump", "f", "-f", "plain"])
            .ok()
            .stdout(crate::plain(&bytes));
    }
}

#[test]
fn lines_that_do_not_fit_memory_are_refused() {
    let env = Env::new();
    env.file("f", pattern(3 << 20));
    let least = loads_at(&env, "as");
    let wide = ["dump", "f", "-f", "hexyl", "--panels", "65535"];
    let run = limited(&env, "as", least + (4 << 20), &wide);
    run.code(7).stdout("");
    env.run(wide).ok();
}
