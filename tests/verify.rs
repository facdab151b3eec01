//! `mmapctl verify`, with files whose bytes were changed on their disk, below the page cache.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{
    Env, Mapped, Mount, args, cache, cached, clean_file, evict, last_line, page_size, pattern,
    while_pages_stay,
};

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{FallocateFlags, fallocate};
use serde_json::{Value, json};

/// Bytes that are nowhere else on a disk with files of other seeds.
fn contents(seed: u8, length: u64) -> Vec<u8> {
    let mut bytes = pattern(usize::try_from(length).unwrap());
    bytes.iter_mut().for_each(|byte| *byte ^= seed);
    bytes
}

/// A clean file, all of which is in memory.
fn file(mount: &Mount, name: &str, seed: u8, length: u64) -> PathBuf {
    let path = mount.file(name, contents(seed, length));
    File::open(&path).unwrap().sync_all().unwrap();
    fs::read(&path).unwrap();
    path
}

/// The kinds of file systems on which bytes can be altered below the page cache.
fn disks(env: &Env) -> Vec<Mount> {
    let ext4 = env.small_ext4(4096 * page_size());
    // With checksums, btrfs finds the altered bytes by itself and returns no data.
    let all = [ext4, env.xfs(), env.btrfs("nodatasum")];
    all.into_iter().flatten().collect()
}

fn total(rows: &[Value]) -> &Value {
    rows.last().unwrap()
}

#[test]
fn altered_bytes_are_found_at_the_start_in_the_middle_and_at_the_end() {
    while_pages_stay(|| {
        let env = Env::new();
        for mount in disks(&env) {
            let length = 700 * page_size() + 77;
            let path = file(&mount, "f", 1, length);
            let Some(before) = cached(&path) else { return };
            env.run(args!["verify", &path]).ok();
            let places = [3, 400 * page_size() + 1000, length - 1];
            let truth = contents(1, length);
            let altered = places.map(|place| mount.alter(&path, place));
            let run = env.run(args!["verify", &path, "--json"]);
            let rows = run.code(10).json_lines();
            let difference = |(place, byte): (&u64, &u8)| {
                let memory = truth[usize::try_from(*place).unwrap()];
                json!({
                    "offset": place,
                    "length": 1,
                    "memory": format!("{memory:02x}"),
                    "storage": format!("{byte:02x}"),
                })
            };
            let expected: Vec<Value> = places.iter().zip(&altered).map(difference).collect();
            assert_eq!(rows[0]["differences"], json!(expected), "{rows:?}");
            assert_eq!(rows[0]["kind"], "file");
            assert_eq!(rows[0]["difference_count"], 3);
            for row in &rows {
                assert_eq!(row["compared"], 701 * page_size());
                assert_eq!(row["different"], 3 * page_size());
                assert_eq!(row["equal"], 698 * page_size());
                assert_eq!(row["different_files"], 1);
            }
            assert_eq!(total(&rows)["kind"], "total");
            // Nothing was dropped or loaded, and programs still see the old bytes.
            assert_eq!(cached(&path), Some(before));
            assert_eq!(fs::read(&path).unwrap(), truth);
        }
    });
}

#[test]
fn the_lines_of_both_sides_are_shown_with_a_mark_below_what_differs() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(mount) = env.small_ext4(4096 * page_size()) else {
            return;
        };
        let mut bytes = contents(2, page_size());
        bytes[0x20..0x30].copy_from_slice(b"0123456789abcdef");
        let path = mount.file("f", &bytes);
        File::open(&path).unwrap().sync_all().unwrap();
        mount.alter(&path, 0x22);
        mount.alter(&path, 0x2f);
        let run = env.run(args!["verify", &path]);
        let name = path.display();
        let size = format!("{} KiB", page_size() / 1024);
        let lines = "
  00000020  memory   30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|
            storage  30 31 cd 33 34 35 36 37  38 39 61 62 63 64 65 99  |01.3456789abcde.|
                           ^^                                      ^^
";
        let expected = format!("{name}: compared {size}; {size} differ{lines}");
        let text = run.code(10).out_text();
        assert!(text.starts_with(&expected), "{text}");
        let last = last_line(text);
        assert!(
            last.ends_with(&format!("{size} differ in 1 file")),
            "{last}"
        );
        let bytes = page_size();
        run.stderr_line(format!(
            "mmapctl: {name}: {size} ({bytes} bytes) in memory differ from the storage"
        ));
        let run = env.run(args!["verify", &path, "--color", "always"]);
        let text = run.code(10).out_text();
        assert!(
            text.contains("\u{1b}[32mcd\u{1b}[0m") && !text.contains('^'),
            "{text}"
        );
    });
}

#[test]
fn sixteen_differences_of_a_file_are_shown_unless_all_are_wanted() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(mount) = env.small_ext4(4096 * page_size()) else {
            return;
        };
        let path = file(&mount, "f", 3, 30 * page_size());
        for page in 0..20 {
            mount.alter(&path, page * page_size() + 64);
        }
        let run = env.run(args!["verify", &path, "--json"]);
        let rows = run.code(10).json_lines();
        assert_eq!(rows[0]["differences"].as_array().unwrap().len(), 16);
        assert_eq!(rows[0]["differences"][15]["offset"], 15 * page_size() + 64);
        assert_eq!(rows[0]["difference_count"], 20);
        let run = env.run(args!["verify", &path]);
        assert!(
            run.code(10)
                .out_text()
                .contains("  and 4 more; --all shows them\n")
        );
        let run = env.run(args!["verify", &path, "--json", "--all"]);
        let rows = run.code(10).json_lines();
        assert_eq!(rows[0]["differences"].as_array().unwrap().len(), 20);
    });
}

#[test]
fn evicting_makes_programs_read_the_storage_again() {
    while_pages_stay(|| {
        let env = Env::new();
        for mount in disks(&env) {
            let path = file(&mount, "f", 4, 100 * page_size() + 5);
            let place = 100 * page_size() + 2;
            let altered = mount.alter(&path, place);
            let run = env.run(args!["verify", "--evict", &path, "--json"]);
            let rows = run.code(10).json_lines();
            assert_eq!(rows[0]["healed"], page_size());
            assert_eq!(rows[0]["still"], Value::Null);
            let seen = fs::read(&path).unwrap()[usize::try_from(place).unwrap()];
            assert_eq!(seen, altered);
            env.run(args!["verify", &path]).ok();
        }
    });
}

#[test]
fn a_process_that_keeps_altered_pages_is_named() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(mount) = env.small_ext4(4096 * page_size()) else {
            return;
        };
        let path = file(&mount, "f", 5, 4 * page_size());
        mount.alter(&path, 9);
        let mapped = Mapped::read_only(&path);
        mapped.touch();
        let run = env.run(args!["verify", "--evict", &path, "--json"]);
        let rows = run.code(10).json_lines();
        assert_eq!(rows[0]["healed"], 0);
        assert_eq!(rows[0]["still"]["kept"], page_size());
        assert_eq!(rows[0]["still"]["mapped_by"][0]["pid"], std::process::id());
        let text = env
            .run(args!["verify", "--evict", &path])
            .code(10)
            .err_text()
            .to_owned();
        let pid = std::process::id().to_string();
        assert!(
            text.contains("cannot be dropped: ") && text.contains(&pid),
            "{text}"
        );
    });
}

#[test]
fn only_cached_pages_are_compared_and_none_is_loaded() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let path = clean_file(disk.path(), "f", 300 * page_size());
        evict(&path);
        // One page in the middle, without read-ahead.
        let mapped = Mapped::read_only(&path);
        let file = File::open(&path).unwrap();
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::Random).unwrap();
        file.read_exact_at(&mut [0], 100 * page_size()).unwrap();
        drop(mapped);
        let Some(before) = cached(&path) else { return };
        let run = env.run(args!["verify", &path, "--json"]);
        let rows = run.ok().json_lines();
        assert_eq!(total(&rows)["compared"], before * page_size());
        assert_eq!(cached(&path), Some(before));
    });
}

#[test]
fn dirty_pages_are_left_out_and_stay_dirty() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(mount) = env.small_ext4(4096 * page_size()) else {
            return;
        };
        let path = file(&mount, "f", 6, 64 * page_size());
        // The kernel may write it back at any moment.
        for _ in 0..50 {
            let writer = File::options().write(true).open(&path).unwrap();
            writer.write_all_at(b"new", 10 * page_size()).unwrap();
            let run = env.run(args!["verify", &path, "--json"]);
            let rows = run.ok().json_lines();
            let after = cache(&path).unwrap();
            if after.dirty == 0 {
                continue;
            }
            // A large folio is dirty as a whole.
            let left_out = total(&rows)["left_out"].as_u64().unwrap();
            assert_eq!(left_out, after.dirty * page_size());
            let compared = total(&rows)["compared"].as_u64().unwrap();
            assert_eq!(compared + left_out, 64 * page_size());
            return;
        }
        panic!("the page was written back each time");
    });
}

#[test]
fn sparse_files_allocated_space_and_hard_links_are_compared_once() {
    while_pages_stay(|| {
        let env = Env::new();
        for mount in disks(&env) {
            let tree = mount.path("tree");
            fs::create_dir(&tree).unwrap();
            let path = tree.join("sparse");
            let sparse = File::create_new(&path).unwrap();
            sparse.set_len(40 * page_size() + 3).unwrap();
            sparse
                .write_all_at(&contents(7, 100), 20 * page_size())
                .unwrap();
            let keep = FallocateFlags::empty();
            fallocate(&sparse, keep, 30 * page_size(), 5 * page_size()).unwrap();
            sparse.sync_all().unwrap();
            fs::hard_link(&path, tree.join("link")).unwrap();
            fs::read(&path).unwrap();
            let Some(before) = cached(&path) else { return };
            let run = env.run(args!["verify", "--strict", &tree, "--json"]);
            let rows = run.ok().json_lines();
            assert_eq!(total(&rows)["files"], 1);
            assert_eq!(total(&rows)["compared"], before * page_size());
            assert_eq!(before, 41);
            mount.alter(&path, 20 * page_size() + 50);
            env.run(args!["verify", &tree]).code(10);
        }
    });
}

/// Changes blocks of a file and flushes each change, until it is stopped.
fn keep_writing(path: &Path, stop: &AtomicBool) {
    let file = File::options().write(true).open(path).unwrap();
    let blocks = file.metadata().unwrap().len() / page_size();
    for round in 0_u64.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let block = contents(u8::try_from(round % 251).unwrap(), page_size());
        let place = round.wrapping_mul(0x9E37_79B1) % blocks;
        file.write_all_at(&block, place * page_size()).unwrap();
        if round % 3 == 0 {
            file.sync_data().unwrap();
        }
    }
}

#[test]
fn a_writer_causes_no_false_alarm() {
    let rounds = std::env::var("MMAPCTL_VERIFY_ROUNDS").map_or(40, |text| text.parse().unwrap());
    let env = Env::new();
    let Some(mount) = env.small_ext4(4096 * page_size()) else {
        return;
    };
    let path = file(&mount, "f", 8, 16 * page_size());
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| keep_writing(&path, &stop));
        for _ in 0..rounds {
            let run = env.run(args!["verify", &path]);
            if !run.status().success() {
                stop.store(true, Ordering::Relaxed);
                run.ok();
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn files_that_are_cut_or_vanish_meanwhile_are_no_failure() {
    let env = Env::new();
    let Some(disk) = env.on_disk() else { return };
    let tree = disk.path().join("tree");
    fs::create_dir(&tree).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0_u64.. {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let path = clean_file(&tree, &format!("f{}", round % 4), 50 * page_size());
                let file = File::options().write(true).open(&path).unwrap();
                file.set_len(round % 50 * page_size() + 1).unwrap();
                file.sync_all().unwrap();
                if round % 3 == 0 {
                    fs::remove_file(&path).unwrap();
                }
            }
        });
        for _ in 0..40 {
            let run = env.run(args!["verify", &tree]);
            if !run.status().success() {
                stop.store(true, Ordering::Relaxed);
                run.ok();
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn only_files_that_give_privileges_are_verified_on_request() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(mount) = env.small_ext4(4096 * page_size()) else {
            return;
        };
        let names = ["plain", "setuid", "setgid", "capable"];
        for (seed, name) in (10..).zip(names) {
            let path = file(&mount, name, seed, page_size());
            let mode = match name {
                "setuid" => 0o4755,
                "setgid" => 0o2755,
                _ => 0o755,
            };
            fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        }
        let set = Command::new("setfattr")
            .args([
                "-n",
                "security.capability",
                "-v",
                "0x0100000200040000000000000000000000000000",
            ])
            .arg(mount.path("capable"))
            .status();
        let capable = set.is_ok_and(|status| status.success());
        if !capable {
            support::skip("setfattr of the package attr");
        }
        let run = env.run(args!["verify", "--setuid", "-v", mount.dir(), "--json"]);
        let rows = run.ok().json_lines();
        let mut found: Vec<String> = rows
            .iter()
            .filter(|row| row["kind"] == "file")
            .map(|row| {
                let path = Path::new(row["path"].as_str().unwrap());
                path.file_name().unwrap().to_str().unwrap().to_owned()
            })
            .collect();
        found.sort();
        let expected: &[&str] = match capable {
            true => &["capable", "setgid", "setuid"],
            false => &["setgid", "setuid"],
        };
        assert_eq!(found, expected);
        // What is altered elsewhere is not found.
        mount.alter(&mount.path("plain"), 5);
        env.run(args!["verify", "--setuid", mount.dir()]).ok();
        mount.alter(&mount.path("setuid"), 5);
        env.run(args!["verify", "--setuid", mount.dir()]).code(10);
    });
}

#[test]
fn what_cannot_be_compared_is_unknown_and_never_equal() {
    let env = Env::new();
    let expect = |path: &Path, reason: &str, text: &str| {
        let pages = cached(path).unwrap() * page_size();
        let run = env.run(args!["verify", path, "--json"]);
        let rows = run.ok().json_lines();
        for row in &rows {
            assert_eq!(row["compared"], 0, "{row}");
            assert_eq!(row["equal"], 0, "{row}");
            assert_eq!(row["unknown"], pages, "{row}");
            assert_eq!(row["unknown_files"], 1, "{row}");
            assert_eq!(row["unknown_reason"], reason, "{row}");
        }
        let run = env.run(args!["verify", path, "--strict"]);
        let error = run.code(10).err_text();
        assert!(
            error.contains(&format!("cannot be compared: {text}")),
            "{error}"
        );
    };
    let Some(memory) = env.small_tmpfs(1 << 20) else {
        return;
    };
    expect(
        &memory.file("f", contents(20, 3 * page_size())),
        "memory_only",
        "the pages exist only in memory",
    );
    if let Some(btrfs) = env.btrfs("compress-force=zlib") {
        // Zeros compress well.
        let path = btrfs.file("f", vec![7; usize::try_from(32 * page_size()).unwrap()]);
        File::open(&path).unwrap().sync_all().unwrap();
        evict(&path);
        fs::read(&path).unwrap();
        let text = "direct reads are not answered by the storage";
        expect(&path, "not_from_storage", text);
    }
}

#[test]
fn the_file_behind_overlayfs_is_compared() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(mount) = env.small_ext4(4096 * page_size()) else {
            return;
        };
        let Some(overlay) = env.overlay(&mount.dir()) else {
            return;
        };
        let behind = mount.path("lower/f");
        fs::write(&behind, contents(21, 5 * page_size())).unwrap();
        File::open(&behind).unwrap().sync_all().unwrap();
        let shown = overlay.path("f");
        fs::read(&shown).unwrap();
        let run = env.run(args!["verify", "--strict", &shown, "--json"]);
        assert_eq!(total(&run.ok().json_lines())["compared"], 5 * page_size());
        mount.alter(&behind, 4 * page_size());
        env.run(args!["verify", &shown]).code(10);
    });
}

#[test]
fn another_user_cannot_verify_what_may_not_be_seen() {
    let env = Env::new();
    let Some(user) = env.other_user() else { return };
    let Some(disk) = env.on_disk() else { return };
    fs::set_permissions(disk.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let path = clean_file(disk.path(), "f", 2 * page_size());
    let run = env.cmd(args!["verify", &path, "--json"]).user(&user).run();
    let rows = run.ok().json_lines();
    assert_eq!(rows[0]["unknown_reason"], "not_permitted");
    assert_eq!(rows[0]["unknown_files"], 1);
    assert_eq!(rows[0]["compared"], 0);
    let run = env
        .cmd(args!["verify", "--strict", &path])
        .user(&user)
        .run();
    run.code(10).stderr_line(format!(
        "mmapctl: {}: its pages cannot be compared: only the file's owner or a writer may see which of its pages are in memory",
        path.display()
    ));
}

#[test]
fn a_page_whose_storage_cannot_be_read_is_a_failure_and_unknown() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(mount) = env.small_ext4(4096 * page_size()) else {
            return;
        };
        let path = file(&mount, "f", 22, 8 * page_size());
        // The end of the disk is cut off.
        let image = File::options().write(true).open(mount.image()).unwrap();
        image.set_len(page_size()).unwrap();
        let run = env.run(args!["verify", &path, "--json"]);
        let error = run.code(1).json_error();
        assert_eq!(error["os_error"], 5);
        assert_eq!(total(&run.json_lines())["unknown_reason"], "unreadable");
        assert_eq!(total(&run.json_lines())["equal"], 0);
        // For unmounting.
        image.set_len(4096 * page_size()).unwrap();
    });
}

#[test]
fn a_tree_with_links_pipes_and_strange_names_is_verified() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(mount) = env.small_ext4(4096 * page_size()) else {
            return;
        };
        let tree = mount.path("tree");
        fs::create_dir_all(tree.join("-rf")).unwrap();
        let names = ["tree/new\nline", "tree/-rf/--help", "tree/\u{1b}[2J"];
        for (seed, name) in (30..).zip(names) {
            file(&mount, name, seed, 3 * page_size());
        }
        symlink("..", tree.join("-rf/loop")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, tree.join("fifo"), 0o600.into()).unwrap();
        let run = env.run(args!["verify", "--strict", "-L", &tree, "--json"]);
        let rows = run.json_lines();
        assert_eq!(total(&rows)["files"], 3);
        assert_eq!(total(&rows)["compared"], 9 * page_size());
        mount.alter(&mount.path(names[1]), 1);
        let run = env.run(args!["verify", &tree, "--json"]);
        let rows = run.code(10).json_lines();
        let different: Vec<&Value> = rows.iter().filter(|row| row["kind"] == "file").collect();
        assert_eq!(different.len(), 1);
        assert_eq!(different[0]["path"], mount.path(names[1]).to_str().unwrap());
    });
}

#[test]
fn a_range_is_verified_and_applies_to_one_file_only() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(mount) = env.small_ext4(4096 * page_size()) else {
            return;
        };
        let path = file(&mount, "f", 40, 8 * page_size());
        mount.alter(&path, 0);
        let second = page_size().to_string();
        let run = env.run(args!["verify", &path, "--offset", &second, "--json"]);
        assert_eq!(total(&run.ok().json_lines())["compared"], 7 * page_size());
        env.run(args!["verify", &path, "--length", "1"]).code(10);
        env.run(args!["verify", mount.dir(), "--length", "1"])
            .refuses(2, "a range applies to one file only");
    });
}
