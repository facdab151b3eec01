//! Types of sources that can or cannot be mapped.

use std::os::unix::net::UnixListener;

use serde_json::json;

use crate::Mapping;
use crate::support::{Env, Open, args, page_size, pattern, unmappable};

#[test]
fn unmappable_files_are_refused_by_type() {
    let env = Env::new();
    env.tool("mkfifo", ["pipe"]).run().ok();
    let _listener = UnixListener::bind(env.path("socket")).unwrap();
    for (path, thing) in [(".", "a directory"), ("socket", "a socket")] {
        env.run(["map", path])
            .refuses(8, unmappable(path, thing))
            .stderr_lines(1);
    }
    for (path, thing) in [
        ("pipe", "a pipe"),
        ("/dev/null", "a character device"),
        ("/dev/zero", "a character device"),
        ("/proc/version", "a file of /proc"),
        ("/proc/self/mem", "a file of /proc"),
    ] {
        env.run(["map", path])
            .refuses(8, unmappable(path, thing))
            .stderr_line(
                "hint: use 'mmapctl dump' to read it, or save its contents to a file for other commands",
            );
    }
    for (path, thing) in [
        (".", "a directory"),
        ("pipe", "a pipe"),
        ("socket", "a socket"),
    ] {
        env.run(["map", path, "-a", "w", "-n", "1pg"])
            .refuses(8, unmappable(path, thing));
    }
}

#[test]
fn unmappable_descriptors_are_refused_by_type() {
    let env = Env::new();
    env.cmd(["map", "--fd", "3"])
        .fd(3, Open::Read, "/dev/zero")
        .run()
        .refuses(8, unmappable("fd 3", "a character device"));
    env.cmd(["map", "--fd", "3"])
        .fd(3, Open::Read, ".")
        .run()
        .refuses(8, unmappable("fd 3", "a directory"));
    env.cmd(["map", "--fd", "0"])
        .stdin("text")
        .run()
        .refuses(8, unmappable("fd 0", "a pipe"));
}

#[test]
fn a_file_system_without_mmap_is_unsupported_even_for_empty_files() {
    let env = Env::new();
    let path = "/sys/kernel/mm/transparent_hugepage/enabled";
    if !std::path::Path::new(path).exists() {
        crate::support::skip("a file of /sys");
        return;
    }
    let reason = format!("{path}: cannot map: its file system or driver cannot map it into memory");
    env.run(["map", path]).refuses(8, reason);
}

#[test]
fn missing_sources_are_not_found() {
    let env = Env::new();
    env.file("f", "");
    env.run(["map", "f/x"])
        .refuses(3, "f/x: cannot open: Not a directory");
    env.cmd(["map", "--fd", "7"])
        .closed_fd(7)
        .run()
        .refuses(3, "fd 7: cannot open: descriptor 7 is not open");
    let Some(tag) = env.tag("missing") else {
        return;
    };
    env.run(["map", "--tag", tag.name()]).refuses(
        3,
        format!("tag {}: cannot open: No such file or directory", tag.name()),
    );
}

#[test]
fn exactly_one_kind_of_source_is_accepted() {
    let env = Env::new();
    env.file("f", "x");
    for arguments in [
        &["map"][..],
        &["map", "f", "--anon", "-n", "1"],
        &["map", "f", "--tag", "t"],
        &["map", "--fd", "0", "--tag", "t"],
        &["map", "--tag", "a/b"],
        &["map", "--tag", ""],
        &["map", "--tag", ".."],
        &["map", "--fd", "-1"],
    ] {
        env.cmd(arguments).run().code(2).stdout("");
    }
}

#[test]
fn a_descriptor_is_mapped_and_keeps_its_position() {
    let env = Env::new();
    let path = env.file("f", pattern(5000));
    let script = "read line <&4; \"$0\" map --fd 4 --json; cat <&4";
    let lines = env.file("lines", "one\ntwo\n");
    let run = env
        .tool("sh", args!["-c", script, crate::support::MMAPCTL])
        .fd(4, Open::Read, &lines)
        .run();
    let text = run.ok().out_text();
    let (report, rest) = text.split_once('\n').unwrap();
    let report: serde_json::Value = serde_json::from_str(report).unwrap();
    assert_eq!(
        (&report["source"], &report["fd"]),
        (&json!("descriptor"), &json!(4))
    );
    assert_eq!(rest, "two\n");
    let mapped = env
        .cmd(["map", "--fd", "4", "--json"])
        .fd(4, Open::Read, &path)
        .run();
    assert_eq!(mapped.ok().json()["size"], 5000);
}

#[test]
fn block_devices_are_read_and_written_but_never_extended() {
    let env = Env::new();
    let image = env.file("image", pattern(1 << 20));
    let Some(device) = env.loop_device(&image) else {
        return;
    };
    let device = device.path();
    for access in ["r", "w", "c", "none", "rx", "wx", "cx"] {
        let mapping = Mapping::hold(&env, ["-a", access, device]);
        assert_eq!(mapping.report["kind"], "block-device", "{access}");
        assert_eq!(mapping.report["size"], 1 << 20);
        mapping.held.signal(crate::support::Signal::TERM);
        mapping.held.wait().code(0);
    }
    let mapping = Mapping::hold(&env, args![device, "-a", "w", "-o", "1pg", "-n", "1pg"]);
    assert_eq!(mapping.get(7), pattern(1 << 20)[page_size() as usize + 7]);
    let run = env.run(["map", device, "-a", "w", "-n", "2M"]);
    let truncating = env.run(["map", device, "-a", "w", "-n", "1pg", "--open", "truncate"]);
    run.refuses(
        5,
        format!(
            "{device}: the device is 1 MiB (1048576 bytes), but the range ends at 2 MiB \
             (2097152 bytes)"
        ),
    )
    .stderr_line("hint: a block device cannot be extended");
    truncating.refuses(8, format!("{device}: cannot truncate: its size is fixed"));
    assert!(std::fs::read(&image).unwrap() == pattern(1 << 20));
}

#[test]
fn symbolic_links_are_followed() {
    let env = Env::new();
    env.file("f", pattern(5000));
    std::os::unix::fs::symlink("f", env.path("link")).unwrap();
    let report = env.run(["map", "link", "--json"]).ok().json();
    assert_eq!(
        (&report["path"], &report["size"]),
        (&json!("link"), &json!(5000))
    );
}
