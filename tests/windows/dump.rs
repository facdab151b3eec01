//! `dump` on Windows.

use std::fs::File;

use std::io::Write as _;

use super::support::{Env, GRANULARITY, args, pattern};

/// The output of `xxd -p`.
fn plain(bytes: &[u8]) -> String {
    let line = |line: &[u8]| line.iter().map(|b| format!("{b:02x}")).collect::<String>() + "\n";
    bytes.chunks(30).map(line).collect()
}

#[test]
fn a_range_across_the_granularity_is_dumped_exactly() {
    let env = Env::new();
    let bytes = pattern(3 * GRANULARITY + 777);
    let path = env.file("file", &bytes);
    for (offset, length) in [
        (0, 1),
        (1, 4096),
        (GRANULARITY - 1, 2),
        (GRANULARITY + 4095, GRANULARITY + 2),
        (2 * GRANULARITY, GRANULARITY),
        (3 * GRANULARITY + 700, 77),
    ] {
        let range = args!["-o", offset.to_string(), "-n", length.to_string()];
        let run = env.run(
            args!["dump", &path, "--format", "raw"]
                .into_iter()
                .chain(range),
        );
        run.ok().stdout(&bytes[offset..offset + length]);
    }
    let run = env.run(args!["dump", &path, "--format", "plain", "-o", "-61"]);
    run.ok().stdout(plain(&bytes[bytes.len() - 61..]));
}

#[test]
fn the_whole_file_is_copied_to_an_output_file() {
    let env = Env::new();
    let bytes = pattern(500_000);
    let path = env.file("file", &bytes);
    let copy = env.path("copy");
    env.run(args!["dump", &path, "--format", "raw", "--output", &copy])
        .ok();
    assert_eq!(std::fs::read(copy).unwrap(), bytes);
}

#[test]
fn the_box_of_hexyl_is_drawn() {
    let env = Env::new();
    let path = env.file("file", b"0123456789abcdef");
    env.run(args!["dump", &path])
        .ok()
        .shows("│00000000│ 30 31 32 33 34 35 36 37 ┊ 38 39 61 62 63 64 65 66 │");
}

#[test]
fn an_empty_file_has_an_empty_dump_and_a_range_beyond_the_end_fails() {
    let env = Env::new();
    let empty = env.file("empty", b"");
    env.run(args!["dump", &empty, "--format", "plain"])
        .ok()
        .stdout("");
    let small = env.file("small", b"abc");
    let run = env.run(args!["dump", &small, "-n", "4", "--format", "plain"]);
    run.code(5).stdout("616263\n");
}

#[test]
fn names_longer_than_260_characters_and_in_any_script_are_opened() {
    let env = Env::new();
    let mut directory = env.path("Ünïcödé 目録");
    while directory.as_os_str().len() < 300 {
        directory.push("a directory with a name of forty letters");
    }
    // Use the form without a length limit, to create the file in the test itself.
    let unlimited = format!(
        r"\\?\{}",
        std::path::absolute(&directory).unwrap().display()
    );
    std::fs::create_dir_all(&unlimited).unwrap();
    let path = std::path::absolute(directory.join("файл.bin")).unwrap();
    std::fs::write(format!(r"\\?\{}", path.display()), b"found").unwrap();
    env.run(args!["dump", &path, "--format", "raw"])
        .ok()
        .stdout("found");
    let missing = path.with_file_name("нет");
    env.run(args!["dump", &missing])
        .refuses(3, "нет: cannot open");
    // All commands open files in the same way; this one also creates a file and queries the free space of the volume.
    let new = path.with_file_name("新しい.bin");
    env.run(args!["fill", &new, "-n", "70000", "--text", "ü"])
        .ok();
    let made = std::fs::read(format!(r"\\?\{}", new.display())).unwrap();
    assert_eq!(made, "ü".repeat(35_000).into_bytes());
    env.run(args!["filesize", &new]).ok().stdout("70000\n");
}

#[test]
fn a_reader_that_closes_the_pipe_ends_the_dump_quietly() {
    let env = Env::new();
    let path = env.file("file", &pattern(4 << 20));
    for format in ["hexyl", "plain", "raw"] {
        let run = env.run_half_read(args!["dump", &path, "--format", format]);
        run.code(0);
        assert_eq!(run.err_text(), "", "{format}");
    }
}

#[test]
fn a_file_on_standard_input_is_dumped_by_its_descriptor() {
    let env = Env::new();
    let bytes = pattern(70_000);
    let path = env.file("file", &bytes);
    let run = env.run_on(
        File::open(&path).unwrap(),
        args!["dump", "--fd", "0", "--format", "raw"],
    );
    run.ok().stdout(&bytes);
    env.run(args!["dump", "--fd", "987654320"])
        .refuses(3, "fd 987654320");
}

#[test]
fn a_device_is_read_and_the_error_for_others_names_the_type() {
    let env = Env::new();
    env.run(args!["dump", "NUL", "--format", "plain"])
        .ok()
        .stdout("");
    env.run(args!["map", "NUL"])
        .refuses(8, "a character device");
    env.run(args!["dump", "."]).refuses(8, "a directory");
}

#[test]
fn a_pipe_is_read() {
    let env = Env::new();
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"abc").unwrap();
    drop(writer);
    env.run_on(reader, args!["dump", "--format", "plain"])
        .ok()
        .stdout("616263\n");
}

#[test]
fn a_tag_is_dumped_while_another_process_holds_it() {
    let env = Env::new();
    let tag = env.tag();
    env.run(args!["dump", "--tag", &tag])
        .refuses(3, "cannot open");
    let held = env.hold(args![
        "map", "--tag", &tag, "-n", "64K", "--access", "w", "--hold"
    ]);
    env.run(args![
        "dump", "--tag", &tag, "--format", "plain", "-n", "30"
    ])
    .ok()
    .stdout("00".repeat(30) + "\n");
    held.end();
    env.run(args!["dump", "--tag", &tag])
        .refuses(3, "cannot open");
}
