//! Permitted operations on mapped bytes and their visibility, as reported by the kernel and as tried.

use std::fs;
use std::os::unix::fs::FileExt;

use crate::Mapping;
use crate::support::{Env, Open, args, page_size, pattern};

/// Each access mode, as typed, with its letters in `/proc/PID/maps`.
const ACCESSES: [(&str, &str); 7] = [
    ("r", "r--"),
    ("w", "rw-"),
    ("c", "rw-"),
    ("none", "---"),
    ("rx", "r-x"),
    ("wx", "rwx"),
    ("cx", "rwx"),
];

const VISIBILITIES: [&str; 3] = ["--shared", "--shared-validate", "--private"];

/// Holds a mapping of each access and visibility of a source, and compares with the memory map.
fn every_access_of(env: &Env, source: &[&str], has_file: bool) {
    for (access, letters) in ACCESSES {
        for visibility in VISIBILITIES {
            let arguments = [source, &["-a", access, visibility]].concat();
            let copies = access.starts_with('c');
            if copies && visibility != "--private" {
                env.cmd(["map"]).args(&arguments).run().refuses(
                    2,
                    format!(
                        "--access {access} makes private copies and cannot be combined with {visibility}"
                    ),
                );
            } else if visibility == "--shared-validate" && !has_file {
                env.cmd(["map"]).args(&arguments).run().refuses(
                    8,
                    "anonymous memory: cannot map: 'shared-validate' needs a file",
                );
            } else {
                let mapping = Mapping::hold(env, &arguments);
                let last = if visibility == "--private" { 'p' } else { 's' };
                assert_eq!(
                    mapping.permissions(),
                    format!("{letters}{last}"),
                    "{arguments:?}"
                );
                assert_eq!(mapping.report["access"], access);
                assert_eq!(mapping.report["visibility"], visibility[2..]);
            }
        }
    }
}

#[test]
fn access_and_visibility_of_files_agree_with_the_kernel() {
    let env = Env::new();
    env.file("f", pattern(5000));
    every_access_of(&env, &["f"], true);
}

#[test]
fn access_and_visibility_of_tags_agree_with_the_kernel() {
    let env = Env::new();
    let Some(tag) = env.tag("access") else { return };
    tag.create(pattern(5000));
    if is_noexec("/dev/shm") {
        crate::support::skip("a /dev/shm that is not mounted noexec");
        return;
    }
    every_access_of(&env, &["--tag", tag.name()], true);
}

fn is_noexec(directory: &str) -> bool {
    let flags = rustix::fs::statvfs(directory).unwrap().f_flag;
    flags.contains(rustix::fs::StatVfsMountFlags::NOEXEC)
}

#[test]
fn access_and_visibility_of_anonymous_memory_agree_with_the_kernel() {
    every_access_of(&Env::new(), &["--anon", "-n", "5000"], false);
}

#[test]
fn only_copies_are_private_by_default() {
    let env = Env::new();
    env.file("f", pattern(5000));
    for (access, _) in ACCESSES {
        let report = env.run(["map", "f", "-a", access, "--json"]).ok().json();
        let natural = if access.starts_with('c') {
            "private"
        } else {
            "shared"
        };
        assert_eq!(report["visibility"], natural, "{access}");
    }
    let report = env.run(["map", "f", "--json"]).ok().json();
    assert_eq!(
        (&report["access"], &report["visibility"]),
        (&"r".into(), &"shared".into())
    );
}

#[test]
fn a_descriptor_opened_for_reading_maps_for_reading_and_copying_only() {
    let env = Env::new();
    let path = env.file("f", pattern(5000));
    for (arguments, allowed) in [
        (&["-a", "r"][..], true),
        (&["-a", "c"], true),
        (&["-a", "rx"], true),
        (&["-a", "none"], true),
        (&["-a", "w", "--private"], true),
        (&["-a", "w"], false),
        (&["-a", "wx"], false),
        (&["-a", "w", "--shared-validate"], false),
        // Its size is not the reason for the refusal.
        (&["-a", "w", "-n", "1M"], false),
    ] {
        let run = env
            .cmd(["map", "-q", "--fd", "4"])
            .args(arguments)
            .fd(4, Open::Read, &path)
            .run();
        if allowed {
            run.ok();
        } else {
            run.refuses(
                4,
                "fd 4: cannot map: it is open for reading only, but the access needs shared \
                 writes",
            )
            .stderr_line("hint: use --access c to map it copy-on-write");
        }
    }
    assert_eq!(fs::read(path).unwrap(), pattern(5000));
}

#[test]
fn a_descriptor_opened_for_writing_only_cannot_be_mapped_at_all() {
    let env = Env::new();
    for (name, bytes) in [("f", pattern(5000)), ("empty", Vec::new())] {
        let path = env.file(name, bytes);
        for arguments in [
            &["-a", "r"][..],
            &["-a", "w"],
            &["-a", "c"],
            &["-a", "w", "-n", "1M"],
        ] {
            env.cmd(["map", "--fd", "4"])
                .args(arguments)
                .fd(4, Open::Append, &path)
                .run()
                .refuses(
                    4,
                    "fd 4: cannot map: the descriptor is open for writing only; \
                     a mapping also needs read access",
                );
        }
    }
}

#[test]
fn a_descriptor_opened_for_both_is_written_and_extended() {
    let env = Env::new();
    let path = env.file("f", pattern(5000));
    env.cmd(["map", "-q", "--fd", "4", "-a", "w", "-n", "64K"])
        .fd(4, Open::ReadWrite, &path)
        .run()
        .ok();
    assert_eq!(crate::support::size(path), 65536);
}

#[test]
fn a_file_of_another_user_is_opened_only_as_its_mode_allows() {
    let env = Env::new();
    let Some(user) = env.other_user() else { return };
    env.file("f", pattern(5000));
    let run = |arguments: &[&str]| env.cmd(["map", "f"]).args(arguments).user(&user).run();
    run(&["-q"]).ok();
    run(&["-q", "-a", "c"]).ok();
    run(&["-a", "w"]).refuses(4, "f: cannot open: Permission denied");
    run(&["-a", "w", "-n", "1M"]).refuses(4, "f: cannot open: Permission denied");
    env.cmd(["map", "new", "-a", "w", "-n", "1M"])
        .user(&user)
        .run()
        .refuses(4, "new: cannot open: Permission denied");
}

#[test]
fn a_read_only_file_system_is_not_written() {
    let env = Env::new();
    let Some(mount) = env.small_tmpfs(64 * page_size()) else {
        return;
    };
    let path = mount.file("f", pattern(5000));
    mount.make_read_only();
    env.run(args!["map", "-q", &path]).ok();
    let shown = path.display();
    env.run(args!["map", &path, "-a", "w"])
        .refuses(4, format!("{shown}: cannot open: Read-only file system"));
}

#[test]
fn a_noexec_file_system_allows_no_execution() {
    let env = Env::new();
    let Some(mount) = env.small_tmpfs(64 * page_size()) else {
        return;
    };
    let path = mount.file("f", pattern(5000));
    env.tool("mount", args!["-o", "remount,noexec", mount.dir()])
        .run()
        .ok();
    env.run(args!["map", "-q", &path]).ok();
    let hint = "hint: its file system may be mounted noexec (findmnt -T FILE)";
    for access in ["rx", "wx", "cx"] {
        env.run(args!["map", &path, "-a", access])
            .refuses(
                4,
                format!("{}: cannot map: Operation not permitted", path.display()),
            )
            .stderr_line(hint);
    }
    env.run(args!["map", &path, "--protect", "rx"])
        .refuses(
            4,
            format!("{}: cannot protect: Permission denied", path.display()),
        )
        .stderr_line(hint);
}

#[test]
fn a_memory_file_sealed_against_writing_is_not_written() {
    let env = Env::new();
    let Some(python) = env.peer("python3") else {
        return;
    };
    // F_ADD_SEALS with F_SEAL_WRITE.
    let script = "import fcntl,os,sys\nfd=os.memfd_create('x',os.MFD_ALLOW_SEALING)\n\
                  os.write(fd,b'x'*5000)\nfcntl.fcntl(fd,1033,8)\nos.dup2(fd,5)\n\
                  os.set_inheritable(5,True)\nos.execv(sys.argv[1],sys.argv[1:])";
    let run = |arguments: &[&str]| {
        env.tool(
            &python,
            args!["-c", script, crate::support::MMAPCTL, "map", "--fd", "5"],
        )
        .args(arguments)
        .run()
    };
    run(&["-q"]).ok();
    run(&["-q", "-a", "c"]).ok();
    for arguments in [&["-a", "w"][..], &["-a", "w", "-n", "64K"]] {
        run(arguments)
            .refuses(4, "fd 5: cannot map: Operation not permitted")
            .stderr_line("hint: it may be sealed against writing, or append-only (lsattr)");
    }
}

#[test]
fn two_processes_that_map_a_tag_see_each_others_stores() {
    let env = Env::new();
    let Some(tag) = env.tag("both") else { return };
    let arguments = ["--tag", tag.name(), "-a", "w", "-n", "2pg"];
    let one = Mapping::hold(&env, arguments);
    let other = Mapping::hold(&env, arguments.iter().chain(&["--addr", "0x200000000000"]));
    assert_ne!(one.address(), other.address());
    let far = page_size() + 17;
    one.set(3, 42);
    other.set(far, 43);
    assert_eq!((other.get(3), one.get(far)), (42, 43));
    let file = fs::read(tag.path()).unwrap();
    assert_eq!((file[3], file[far as usize]), (42, 43));
}

#[test]
fn a_private_copy_sees_earlier_writes_and_hides_its_own() {
    let env = Env::new();
    let path = env.file("f", [0; 100]);
    let copy = Mapping::hold(&env, ["f", "-a", "c"]);
    let shared = Mapping::hold(&env, ["f", "-a", "w"]);
    shared.set(7, 1);
    assert_eq!(copy.get(7), 1);
    copy.set(8, 2);
    assert_eq!((shared.get(8), fs::read(&path).unwrap()[8]), (0, 0));
    shared.set(9, 3);
    assert_eq!((copy.get(9), copy.get(8)), (0, 2));
    assert_eq!(fs::read(&path).unwrap()[9], 3);
}

#[test]
fn a_shared_mapping_and_its_file_have_the_same_bytes() {
    let env = Env::new();
    let path = env.file("f", [0; 100]);
    let mapping = Mapping::hold(&env, ["f", "-a", "w"]);
    mapping.set(50, 9);
    assert_eq!(fs::read(&path).unwrap()[50], 9);
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.write_all_at(&[8], 51).unwrap();
    assert_eq!(mapping.get(51), 8);
}
