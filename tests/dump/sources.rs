//! Sources of dumps: files, descriptors, tags, devices, memory; and sources that are refused.

use std::os::unix::net::UnixListener;

use crate::plain;
use crate::support::{
    Env, Open, Sink, allocated, args, cache, evict, page_size, pattern, size, unmappable,
    while_pages_stay,
};

#[test]
fn a_tag_is_shown() {
    let env = Env::new();
    let Some(tag) = env.tag("dump") else { return };
    let bytes = pattern(5000);
    tag.create(&bytes);
    env.run(["dump", "--tag", tag.name(), "-f", "plain"])
        .ok()
        .stdout(plain(&bytes));
    let run = env.run(["dump", "--tag", tag.name(), "-f", "c", "-n", "1"]);
    let name: String = tag
        .name()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    run.ok().stdout(format!(
        "unsigned char {name}[] = {{\n  0x{:02x}\n}};\nunsigned int {name}_len = 1;\n",
        bytes[0]
    ));
}

#[test]
fn a_descriptor_is_shown_from_its_start_and_keeps_its_position() {
    let env = Env::new();
    let text = b"first line\nsecond line\n";
    let path = env.file("f", text);
    let script = "read line <&4; \"$0\" dump --fd 4 -f plain; cat <&4";
    let expected = plain(text) + "second line\n";
    env.tool("sh", args!["-c", script, crate::support::MMAPCTL])
        .fd(4, Open::Read, &path)
        .run()
        .ok()
        .stdout(expected);
}

#[test]
fn a_descriptor_has_no_name_in_c() {
    let env = Env::new();
    let path = env.file("f", [1, 2]);
    env.cmd(["dump", "--fd", "4", "-f", "c"])
        .fd(4, Open::Read, path)
        .run()
        .ok()
        .stdout("  0x01, 0x02\n");
}

#[test]
fn a_descriptor_for_writing_only_is_denied_before_anything_is_printed() {
    let env = Env::new();
    for (name, bytes) in [("f", pattern(100)), ("empty", Vec::new())] {
        let path = env.file(name, bytes);
        env.cmd(["dump", "--fd", "4"])
            .fd(4, Open::Append, path)
            .run()
            .refuses(4, "fd 4: cannot read: it is open for writing only");
    }
}

#[test]
fn anonymous_memory_is_zeros() {
    let env = Env::new();
    env.run(["dump", "--anon", "-n", "40", "-f", "plain"])
        .ok()
        .stdout(plain(&[0; 40]));
    env.run(["dump", "--anon"])
        .refuses(2, "anonymous memory: --length is required");
}

#[test]
fn anonymous_memory_of_any_length_is_one_hole() {
    let Some(env) = Env::with_disk() else { return };
    let all = ["dump", "--anon", "-n", "7E"];
    let squeezed = env.run([&all[..], &["-f", "canonical"]].concat());
    squeezed.ok().stdout(
        "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n*\n\
         7000000000000000\n",
    );
    for format in [&[][..], &["-q"], &["-f", "values"]] {
        env.run([&all[..], format].concat()).ok();
    }
    // A format without squeezing continues until its reader closes the pipe.
    for format in ["raw", "plain", "xxd", "c"] {
        env.cmd([&all[..], &["-f", format]].concat())
            .stdout(Sink::ClosedAfter(10_000))
            .run()
            .ok();
    }
    env.run([&all[..], &["-f", "raw", "--output", "out"]].concat())
        .refuses(6, "out: cannot write: File too large");
    assert!(!env.path("out").exists());
    env.run(["dump", "--anon", "-n", "1T", "-f", "raw", "--output", "out"])
        .ok();
    assert_eq!(
        (size(env.path("out")), allocated(env.path("out"))),
        (1 << 40, 0)
    );
}

#[test]
fn a_block_device_is_shown() {
    let env = Env::new();
    let bytes = pattern(1 << 20);
    let image = env.file("image", &bytes);
    let Some(device) = env.loop_device(&image) else {
        return;
    };
    let raw = ["dump", device.path(), "-f", "raw"];
    env.run(raw).ok().stdout(&bytes);
    env.run([&raw[..], &["-o", "-10"]].concat())
        .ok()
        .stdout(&bytes[bytes.len() - 10..]);
    env.run([&raw[..], &["-o", "-10", "-n", "11"]].concat())
        .code(5)
        .stdout(&bytes[bytes.len() - 10..]);
    env.run([&raw[..], &["--output", device.path()]].concat())
        .refuses(
            2,
            format!("{}: output and source are the same file", device.path()),
        );
    assert!(std::fs::read(image).unwrap() == bytes);
}

#[test]
fn unreadable_files_are_refused_by_type() {
    let env = Env::new();
    let _listener = UnixListener::bind(env.path("socket")).unwrap();
    env.run(["dump", "."])
        .refuses(8, ".: cannot read: it is a directory");
    env.run(["dump", "socket"])
        .refuses(8, unmappable("socket", "a socket"));
    env.run(["mirror", "."])
        .refuses(8, unmappable(".", "a directory"));
    for command in ["sync", "warm", "evict", "mirror"] {
        env.run([command, "socket"])
            .refuses(8, unmappable("socket", "a socket"));
    }
}

#[test]
fn a_file_that_cannot_be_mapped_is_read() {
    let env = Env::new();
    let path = "/sys/kernel/mm/transparent_hugepage/enabled";
    let Ok(bytes) = std::fs::read(path) else {
        crate::support::skip("a file that cannot be mapped");
        return;
    };
    let dump = ["dump", path, "-f", "raw"];
    env.run(dump).ok().stdout(&bytes);
    env.run([&dump[..], &["-o", "2", "-n", "3"]].concat())
        .ok()
        .stdout(&bytes[2..5]);
    let held = env
        .cmd(["dump", "-f", "raw"])
        .spawn_reading(std::fs::File::open(path).unwrap());
    held.wait().ok().stdout(&bytes);
    env.run(["fill", "f", "--from", path]).ok();
    assert_eq!(std::fs::read(env.path("f")).unwrap(), bytes);
}

#[test]
fn missing_and_inaccessible_sources_are_refused() {
    let env = Env::new();
    env.run(["dump", "none"])
        .refuses(3, "none: cannot open: No such file or directory")
        .stderr_lines(1);
    env.cmd(["dump", "--fd", "7"])
        .closed_fd(7)
        .run()
        .refuses(3, "fd 7: cannot open: descriptor 7 is not open");
    let Some(user) = env.other_user() else { return };
    let path = env.file("secret", "x");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(path, mode).unwrap();
    env.cmd(["dump", "secret"])
        .user(&user)
        .run()
        .refuses(4, "secret: cannot open: Permission denied");
}

#[test]
fn holes_of_a_tag_take_no_memory() {
    let env = Env::new();
    let Some(tag) = env.tag("holes") else { return };
    let path = tag.create("");
    std::fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(64 << 20)
        .unwrap();
    for format in ["hexyl", "canonical", "raw", "plain"] {
        env.cmd(["dump", "--tag", tag.name(), "-f", format])
            .stdout(crate::support::Sink::Null)
            .run()
            .ok();
        assert_eq!(allocated(&path), 0, "{format}");
    }
}

#[test]
fn holes_of_a_file_do_not_fill_the_page_cache() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(directory) = env.on_disk() else {
            return;
        };
        let path = directory.path().join("f");
        std::fs::File::create(&path)
            .unwrap()
            .set_len(64 << 20)
            .unwrap();
        evict(&path);
        env.cmd(args!["dump", &path, "-f", "canonical"]).run().ok();
        let Some(counts) = cache(&path) else { return };
        assert!(counts.cached * page_size() < 1 << 20, "{counts:?}");
    });
}

#[test]
fn a_dump_does_not_change_the_source() {
    let env = Env::new();
    let path = env.file("f", pattern(10_000));
    let before = std::fs::metadata(&path).unwrap();
    env.run(["dump", "f"]).ok();
    let after = std::fs::metadata(&path).unwrap();
    assert_eq!(before.modified().unwrap(), after.modified().unwrap());
    assert!(std::fs::read(&path).unwrap() == pattern(10_000));
}
