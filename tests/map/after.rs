//! Changes to an existing mapping: remapping, protecting, advising, locking, probing.

use std::fs;

use serde_json::json;

use crate::support::{Env, Limit, Open, allocated, args, page_size, pattern, smaps_at};
use crate::{Mapping, address};

#[test]
fn the_new_protection_is_visible_in_the_kernel() {
    let env = Env::new();
    env.file("f", pattern(5000));
    for (access, to, permissions) in [
        ("w", "r", "r--s"),
        ("w", "none", "---s"),
        ("w", "wx", "rwxs"),
        ("r", "rx", "r-xs"),
        ("r", "none", "---s"),
        ("none", "r", "r--s"),
        ("c", "r", "r--p"),
        ("c", "cx", "rwxp"),
        ("c", "w", "rw-p"),
    ] {
        let mapping = Mapping::hold(&env, ["f", "-a", access, "--protect", to]);
        assert_eq!(mapping.permissions(), permissions, "{access} to {to}");
        assert_eq!(
            (
                &mapping.report["access"],
                &mapping.report["steps"][0]["before"]["access"]
            ),
            (&json!(to), &json!([access]))
        );
    }
}

#[test]
fn protection_cannot_exceed_the_access_of_the_descriptor() {
    let env = Env::new();
    let path = env.file("f", pattern(5000));
    for to in ["w", "wx"] {
        env.run(["map", "f", "--protect", to])
            .refuses(
                4,
                "f: cannot protect: it is open for reading only, but the access needs shared \
                 writes",
            )
            .stderr_line("hint: use --access c to map it copy-on-write");
    }
    env.cmd(["map", "-q", "--fd", "3", "--protect", "w"])
        .fd(3, Open::ReadWrite, path)
        .run()
        .ok();
    env.run(["map", "f", "--protect", "c"]).refuses(
        2,
        "protect=c makes private copies, but the mapping is shared; add --private",
    );
    env.run(["map", "-q", "f", "--private", "--protect", "c"])
        .ok();
}

#[test]
fn extra_bits_of_protection_reach_the_kernel_and_are_reported() {
    let env = Env::new();
    env.file("f", pattern(5000));
    env.run(["map", "f", "--protect", "r+sem"])
        .ok()
        .stdout_line("  step 1      protect=r+sem: succeeded, but nothing changed")
        .stdout_line("  bit         sem: ignored by the kernel");
    let down = ["--anon", "-n", "64K", "-a", "c", "--flags", "growsdown"];
    let mapping = Mapping::hold(&env, down.iter().chain(&["--protect", "r+growsdown"]));
    assert_eq!(mapping.permissions(), "r--p");
    assert_eq!(
        mapping.report["steps"][0]["flags"],
        json!([{"flag": "growsdown", "effect": "done"}])
    );
    env.run(["map", "f", "--protect", "r+growsdown"]).refuses(
        8,
        "f: cannot protect: 'growsdown' needs a mapping that grows down (--flags growsdown)",
    );
    env.run(["map", "f", "--protect", "r+growsup"]).refuses(
        8,
        "f: cannot protect: 'growsup' needs a mapping that grows upward",
    );
    let Some(strace) = env.peer("strace") else {
        return;
    };
    for (arguments, name) in [
        (&["f", "--protect", "r+sem"][..], "PROT_SEM"),
        (&["f", "--protect", "r+growsdown"], "PROT_GROWSDOWN"),
        (&["f", "--protect", "r+growsup"], "PROT_GROWSUP"),
    ] {
        let _run = env
            .tool(&strace, args!["-f", "-o", "trace", "-e", "trace=mprotect"])
            .args([crate::support::MMAPCTL, "map", "-q"])
            .args(arguments)
            .run();
        assert!(
            fs::read_to_string(env.path("trace"))
                .unwrap()
                .contains(name),
            "{name}"
        );
    }
}

#[test]
fn invalid_protections_are_refused() {
    let env = Env::new();
    env.file("f", pattern(5000));
    let invalid = |text: &str, why: &str| {
        let message = format!("invalid value '{text}' for '--protect <ACCESS>': {why}");
        env.run(["map", "f", "--protect", text]).refuses(2, message);
    };
    for (text, word) in [("q", "q"), ("r+", ""), ("r+y", "y")] {
        let names = "r, w, c, none, x, wo, rx, wx, cx, wox, and + with sem, growsdown, growsup";
        invalid(
            text,
            &format!("unknown access '{word}'; use one of {names}"),
        );
    }
}

#[test]
fn remapping_grows_and_shrinks_a_mapping_of_a_file() {
    let env = Env::new();
    let page = page_size();
    let bytes = pattern(16 * page as usize);
    env.file("f", &bytes);
    for access in ["r", "w", "c"] {
        for (from, to) in [(2, 16), (16, 2), (4, 4)] {
            let (from, to) = ((from * page).to_string(), to * page);
            let to_text = to.to_string();
            let mapping =
                Mapping::hold(&env, ["f", "-a", access, "-n", &from, "--remap", &to_text]);
            let seen = smaps_at(mapping.held.pid(), mapping.address()).unwrap();
            assert_eq!(
                (seen.line.start, seen.line.length()),
                (mapping.address(), to)
            );
            assert_eq!(mapping.get(to - 1), bytes[to as usize - 1]);
            assert_eq!(mapping.report["length"], to);
            let step = &mapping.report["steps"][0];
            assert!(step["before"]["address"].is_string());
            assert_eq!(step["after"]["length"], to);
        }
    }
    let whole = env.run(["map", "f", "--remap", "1", "--json"]).ok().json();
    assert_eq!((&whole["length"], &whole["pages"]), (&json!(1), &json!(1)));
}

#[test]
fn remapping_anonymous_memory_keeps_its_contents_addressable() {
    let env = Env::new();
    let arguments = ["--anon", "-n", "64K", "-a", "c", "--remap", "1M", "--lock"];
    let mapping = Mapping::hold(&env, arguments);
    mapping.set((1 << 20) - 1, 7);
    assert_eq!(mapping.get((1 << 20) - 1), 7);
}

#[test]
fn remapping_beyond_the_end_of_the_file_is_too_short() {
    let env = Env::new();
    env.file("f", pattern(5000));
    for access in ["r", "w", "c"] {
        env.run(["map", "f", "-a", access, "--remap", "5001"])
            .refuses(
                5,
                "f: cannot remap: the mapping would end at 4.88 KiB (5001 bytes), but the file is \
                 4.88 KiB (5000 bytes)",
            )
            .stderr_line("hint: with write access, use --length N to extend the file first");
    }
    assert_eq!(crate::support::size(env.path("f")), 5000);
    env.run(["map", "--anon", "-n", "1M", "-a", "w", "--remap", "2M"])
        .refuses(
            5,
            "anonymous memory: cannot remap: shared anonymous memory has a fixed size of 1 MiB \
             (1048576 bytes)",
        )
        .stderr_line("hint: use --private to let it grow");
    env.run([
        "map", "-q", "--anon", "-n", "1M", "-a", "w", "--remap", "64K",
    ])
    .ok();
}

#[test]
fn remapping_to_an_excessive_or_zero_length_is_refused() {
    let env = Env::new();
    let anonymous = ["map", "--anon", "-n", "1M", "-a", "c", "--remap"];
    env.cmd(anonymous).arg("1P").run().refuses(
        7,
        "anonymous memory: cannot remap: no room for 1 PiB (1125899906842624 bytes)",
    );
    env.cmd(anonymous)
        .arg("0")
        .run()
        .refuses(2, "--remap 0: a length of 0 maps nothing");
    env.cmd(anonymous).arg("8E").run().code(2).stdout("");
}

#[test]
fn a_remapped_mapping_reports_its_old_address() {
    let env = Env::new();
    env.file("f", pattern(64 << 10));
    let report = env
        .run([
            "map",
            "f",
            "-n",
            "1pg",
            "--addr",
            "0x200000000000",
            "--remap",
            "2pg",
            "--json",
        ])
        .ok()
        .json();
    let step = &report["steps"][0];
    assert_eq!(step["before"]["address"], "0x200000000000");
    assert_eq!(address(&report), 0x2000_0000_0000);
    env.run([
        "map",
        "--anon",
        "-a",
        "c",
        "-n",
        "4K",
        "--addr",
        "0x200000000000",
        "--remap",
        "8K",
    ])
    .ok()
    .stdout_line("  step 1      remap=8192: mapped 4 KiB to 8 KiB");
}

#[test]
fn advice_that_marks_a_mapping_is_visible_from_outside() {
    let env = Env::new();
    env.file("f", pattern(64 << 10));
    let anonymous = ["--anon", "-n", "64K", "-a", "c"];
    for (advice, code) in [
        ("sequential", "sr"),
        ("random", "rr"),
        ("dontfork", "dc"),
        ("dont-fork", "dc"),
        ("wipeonfork", "wf"),
        ("dontdump", "dd"),
        ("hugepage", "hg"),
        ("nohugepage", "nh"),
        ("mergeable", "mg"),
        ("guard-install", "gu"),
    ] {
        let mapping = Mapping::hold(&env, anonymous.iter().chain(&["--advise", advice]));
        assert!(
            mapping.vm_flags().iter().any(|flag| flag == code),
            "{advice}"
        );
    }
    let mapping = Mapping::hold(&env, ["f", "--advise", "random"]);
    assert!(mapping.vm_flags().iter().any(|flag| flag == "rr"));
    let advised = &mapping.report["steps"][0];
    assert_eq!(
        (&advised["step"], &advised["effects"][0]["lasts"]),
        (&json!("advise=random"), &json!("while-mapped"))
    );
}

#[test]
fn advice_without_effect_is_reported_as_such() {
    let env = Env::new();
    env.file("f", pattern(64 << 10));
    env.run(["map", "f", "--advise", "random"])
        .ok()
        .stdout_line("  step 1      advise=random: VmFlags +rr");
    let report = env
        .run(["map", "f", "--advise", "mergeable", "--json"])
        .ok()
        .json();
    assert_eq!(report["steps"][0]["effects"][0]["lasts"], "no-effect");
}

#[test]
fn reverting_advice_and_page_advice_are_accepted() {
    let env = Env::new();
    let anonymous = ["map", "-q", "--anon", "-n", "64K", "-a", "c", "--advise"];
    for advice in [
        "normal",
        "willneed",
        "dontneed",
        "dontneed-locked",
        "free",
        "dofork",
        "unmergeable",
        "dodump",
        "keeponfork",
        "cold",
        "pageout",
        "populate-read",
        "populate-write",
        "guard-remove",
    ] {
        env.cmd(anonymous).arg(advice).run().ok();
    }
}

#[test]
fn advice_that_populates_is_visible_from_outside() {
    let env = Env::new();
    let Some(tag) = env.tag("populate") else {
        return;
    };
    tag.create("");
    fs::File::options()
        .write(true)
        .open(tag.path())
        .unwrap()
        .set_len(65536)
        .unwrap();
    let arguments = ["map", "-q", "--tag", tag.name(), "-a", "w", "--advise"];
    assert_eq!(allocated(tag.path()), 0);
    env.cmd(arguments).arg("populate-write").run().ok();
    assert_eq!(allocated(tag.path()), 65536);
    env.cmd(arguments)
        .args(["remove", "--destructive"])
        .run()
        .ok();
    assert_eq!(allocated(tag.path()), 0);
}

#[test]
fn destructive_advice_requires_confirmation() {
    let env = Env::new();
    let path = env.file("f", pattern(64 << 10));
    for (advice, harm) in [
        ("remove", "destroys data"),
        ("hwpoison", "destroys data"),
        ("soft-offline", "takes memory from the system"),
    ] {
        env.run(["map", "f", "-a", "w", "--advise", advice])
            .refuses(
                2,
                format!("'{advice}' {harm}; add --destructive to confirm"),
            );
    }
    assert!(fs::read(path).unwrap() == pattern(64 << 10));
    env.run(["map", "f", "--destructive"])
        .refuses(2, "--destructive needs --advise <ADVICE>");
}

#[test]
fn advice_that_does_not_apply_to_a_mapping_is_refused() {
    let env = Env::new();
    env.file("f", pattern(64 << 10));
    for (advice, reason) in [
        ("free", "'free' needs private anonymous memory"),
        ("wipeonfork", "'wipeonfork' needs private anonymous memory"),
        (
            "populate-write",
            "'populate-write' needs a writable mapping; use --access w",
        ),
    ] {
        env.run(["map", "f", "--advise", advice])
            .refuses(8, format!("f: cannot advise: {reason}"));
    }
    env.run(["map", "f", "--advise", "nonsense"])
        .code(2)
        .stdout("");
}

#[test]
fn a_lock_keeps_every_page_in_memory() {
    let env = Env::new();
    let path = env.file("f", pattern(100_000));
    let mapping = Mapping::hold(&env, args![&path, "--lock"]);
    let seen = smaps_at(mapping.held.pid(), mapping.address()).unwrap();
    let whole = 100_000_u64.div_ceil(page_size()) * page_size();
    assert_eq!((seen.get("Locked"), seen.get("Rss")), (whole, whole));
    assert!(seen.has_flag("lo"));
    env.run(["map", "f", "-a", "none", "--lock"])
        .refuses(2, "--lock cannot load pages without access (none)");
    env.cmd(["map", "f", "--lock"])
        .without_capability("ipc_lock")
        .limit(Limit::LockedMemory, 0)
        .run()
        .code(13);
}

#[test]
fn a_probe_tests_the_requested_access() {
    let env = Env::new();
    // A page of return instructions of x86-64.
    env.file("f", [0xc3; 4096]);
    let executed = if cfg!(target_arch = "x86_64") {
        "allowed"
    } else {
        "untried"
    };
    for (access, read, write, execute) in [
        ("r", "allowed", "refused", "refused"),
        ("w", "allowed", "allowed", "refused"),
        ("c", "allowed", "allowed", "refused"),
        ("none", "refused", "refused", "refused"),
        ("rx", "allowed", "refused", executed),
        ("wx", "allowed", "allowed", executed),
        ("cx", "allowed", "allowed", executed),
    ] {
        let report = env
            .run(["map", "f", "-a", access, "--probe", "--json"])
            .ok()
            .json();
        let probe = &report["steps"][0]["probe"];
        assert_eq!(
            (&probe["read"], &probe["write"]),
            (&json!(read), &json!(write)),
            "{access}"
        );
        if cfg!(target_arch = "x86_64") {
            assert_eq!(probe["execute"], execute, "{access}");
        }
    }
    assert!(fs::read(env.path("f")).unwrap() == [0xc3; 4096]);
    env.run(["map", "f", "-a", "w", "--protect", "r", "--probe"])
        .ok()
        .stdout_line("  probe       read yes, write no, execute no");
    let report = env
        .run(["map", "f", "--advise", "guard-install", "--probe", "--json"])
        .ok()
        .json();
    assert_eq!(report["steps"][1]["probe"]["read"], "refused");
}

#[test]
fn a_probe_tests_execution_only_where_it_is_safe() {
    if !cfg!(target_arch = "x86_64") {
        return;
    }
    let env = Env::new();
    env.sparse_file("zeros", page_size(), &[]);
    for (source, access, execute) in [
        (&["zeros"][..], "r", "no"),
        (&["zeros"], "w", "no"),
        (&["zeros"], "none", "no"),
        (&["zeros"], "cx", "yes"),
        (
            &["zeros"],
            "wx",
            "not tried (nothing in the page is safe to execute)",
        ),
        (&["--anon", "-n", "1pg"], "w", "no"),
        (&["--anon", "-n", "1pg"], "none", "no"),
        (&["--anon", "-n", "1pg"], "wx", "yes"),
        (
            &["--anon", "-n", "1pg"],
            "rx",
            "not tried (nothing in the page is safe to execute)",
        ),
    ] {
        let options = [&["map", "-a", access, "--probe"][..], source].concat();
        let run = env.run(options);
        let end = format!(", execute {execute}");
        let found = run
            .ok()
            .out_text()
            .lines()
            .any(|line| line.starts_with("  probe ") && line.ends_with(&end));
        assert!(found, "{run:?}");
    }
    assert!(
        fs::read(env.path("zeros"))
            .unwrap()
            .iter()
            .all(|byte| *byte == 0)
    );
}

#[test]
fn a_probe_survives_an_unreadable_block() {
    let env = Env::new();
    let Some(disk) = env.bad_disk() else { return };
    let report = env
        .run(args![
            "map",
            disk.file(),
            "-o",
            disk.first_bad().to_string(),
            "--probe",
            "--json"
        ])
        .ok()
        .json();
    assert_eq!(report["steps"][0]["probe"]["read"], "io-error");
}

#[test]
fn a_failed_probe_reports_the_reason() {
    let env = Env::new();
    let Some(mut disk) = env.bad_disk() else {
        return;
    };
    disk.begin_with_bad();
    for (access, write) in [("r", "refused"), ("w", "io-error"), ("c", "io-error")] {
        let run = env.run(args!["map", disk.file(), "-a", access, "--probe", "--json"]);
        let probe = &run.code(0).json()["steps"][0]["probe"];
        assert_eq!(
            (&probe["read"], &probe["write"]),
            (&json!("io-error"), &json!(write)),
            "{access}"
        );
    }
    env.run(args!["map", disk.file(), "-a", "rx", "--probe"])
        .code(0)
        .stdout_line("  probe       read no (I/O error), write no, execute no (I/O error)");
    // No page of it is allocated, and the disk is full.
    let Some(mount) = env.small_tmpfs(16 * page_size()) else {
        return;
    };
    let full = mount.path("hole");
    fs::File::create(&full)
        .unwrap()
        .set_len(page_size())
        .unwrap();
    mount.fill_up(0);
    let run = env.run(args!["map", &full, "-a", "w", "--probe", "--json"]);
    let probe = &run.code(0).json()["steps"][0]["probe"];
    assert_eq!(
        (&probe["read"], &probe["write"]),
        (&json!("disk-full"), &json!("disk-full"))
    );
}
