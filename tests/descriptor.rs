//! `--fd`: the position of an open file is shared with the process that passed the descriptor, and never changes.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use support::{Env, MMAPCTL, Open, page_size, pattern};

/// Every command that takes a descriptor, with options that make it look for holes or sizes.
const COMMANDS: &[&str] = &[
    "map --fd 0",
    "map --fd 0 -n 1pg --probe",
    "dump --fd 0 -f canonical",
    "dump --fd 0 -f raw",
    "dump --fd 0 -n 1pg --json",
    "dump --fd 0 -f raw --output out",
    "fill --fd 0 -n 1pg --byte 7",
    "fill --fd 0 -n 1pg --byte 7 --verify",
    "filesize --fd 0",
    "filesize --fd 0 --long",
    "mirror --fd 0 -n 1pg --verify",
    "sync --fd 0",
    "warm --fd 0",
    "evict --fd 0",
    "why --fd 0",
    "advise willneed --fd 0",
    "advise populate-read --fd 0",
    "advise cold --fd 0",
    "advise pageout --fd 0",
    "advise sequential --fd 0 --touch",
];

/// The number of runs of data in the file, each followed by a hole.
const RUNS: u64 = 300;

/// A file with many holes, open for reading and writing.
fn open(path: &Path) -> File {
    let options = || {
        let mut options = File::options();
        options.read(true).write(true).create(true).clone()
    };
    fs::remove_file(path).ok();
    let file = options().open(path).unwrap();
    for run in 0..RUNS {
        let at = run * 4 * page_size();
        std::os::unix::fs::FileExt::write_all_at(&file, &pattern(100), at).unwrap();
    }
    file
}

/// Starts the program with this file as its standard input: the same open file description.
fn start(env: &Env, command: &str, file: &File) -> Child {
    Command::new(MMAPCTL)
        .args(command.split(' '))
        .current_dir(env.dir())
        .stdin(file.try_clone().unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn end(child: Child, command: &str) {
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    // Some advice has no effect, which does not matter.
    let known = [0, 8].map(Some).contains(&output.status.code());
    assert!(known, "{command}: {}: {said}", output.status);
}

#[test]
fn every_command_keeps_the_position() {
    let env = Env::new();
    let Some(disk) = env.on_disk() else { return };
    for command in COMMANDS.iter().chain(&["fill other --from - -n 1pg"]) {
        let mut file = open(&disk.path().join("f"));
        let position = 3 * page_size() + 17;
        file.seek(SeekFrom::Start(position)).unwrap();
        end(start(&env, command, &file), command);
        assert_eq!(file.stream_position().unwrap(), position, "{command}");
    }
}

#[test]
fn concurrent_writes_at_the_position_are_not_torn() {
    let env = Env::new();
    let Some(disk) = env.on_disk() else { return };
    for command in COMMANDS {
        let mut file = open(&disk.path().join("f"));
        let begin = file.seek(SeekFrom::End(0)).unwrap();
        let mut child = start(&env, command, &file);
        let mut written = Vec::new();
        let mut record = 0_u64;
        while child.try_wait().unwrap().is_none() {
            for _ in 0..100 {
                record += 1;
                file.write_all(&record.to_le_bytes()).unwrap();
                written.extend(record.to_le_bytes());
            }
        }
        end(child, command);
        let mut found = Vec::new();
        file.seek(SeekFrom::Start(begin)).unwrap();
        file.read_to_end(&mut found).unwrap();
        assert!(found == written, "{command}: {record} records");
    }
}

#[test]
fn the_position_of_a_block_device_is_not_moved_even_for_a_moment() {
    let env = Env::new();
    let image = env.file("image", pattern(1 << 20));
    let Some(device) = env.loop_device(&image) else {
        return;
    };
    for command in [
        "map --fd 0",
        "dump --fd 0 -f raw",
        "filesize --fd 0",
        "filesize --fd 0 --long",
        "sync --fd 0",
        "warm --fd 0",
    ] {
        let mut file = File::options().read(true).open(device.path()).unwrap();
        let mut child = start(&env, command, &file);
        let mut found = Vec::new();
        // A process that reads through the descriptor meanwhile gets every byte once.
        while child.try_wait().unwrap().is_none() || found.len() < 1 << 20 {
            let mut part = [0; 512];
            let count = file.read(&mut part).unwrap();
            found.extend_from_slice(&part[..count]);
        }
        end(child, command);
        assert!(
            found == pattern(1 << 20),
            "{command}: {} bytes",
            found.len()
        );
    }
}

#[test]
fn a_descriptor_that_cannot_be_reopened_is_read_as_data() {
    let env = Env::new();
    let path = env.path("f");
    drop(open(&path));
    let bytes = fs::read(&path).unwrap();
    let Some(dump) = env.without_proc(["dump", "--fd", "4", "-f", "raw"]) else {
        return;
    };
    dump.fd(4, Open::Read, &path).run().ok().stdout(&bytes);
    let Some(size) = env.without_proc(["filesize", "--fd", "4", "--long", "--json"]) else {
        return;
    };
    let object = size.fd(4, Open::Read, &path).run().ok().json();
    assert_eq!(object["size"], bytes.len());
    assert_eq!(object["holes"], serde_json::Value::Null);
}
