//! The text of each layout of `dump`, kept in `tests/golden/`. It is the same on every machine and needs no program to
//! compare with.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use support::Env;

/// Each layout: the name of its file, and the options that select it.
const LAYOUTS: &[(&str, &str)] = &[
    ("hexyl", "-f hexyl"),
    ("hexyl-coloured", "-f hexyl --color always"),
    (
        "hexyl-gradient",
        "--color-scheme gradient --color always -n 0x40",
    ),
    ("hexyl-ascii", "--border ascii --character-table ascii"),
    ("hexyl-bare", "--bare --color always -n 0x30"),
    ("hexyl-no-border", "--border none --no-position"),
    ("hexyl-no-characters", "--no-characters"),
    ("hexyl-octal", "-f hexyl --base octal --panels 1"),
    ("hexyl-binary", "-f hexyl --base binary --panels 1 -n 0x40"),
    ("hexyl-decimal", "-f hexyl --base decimal"),
    (
        "hexyl-groups",
        "-f hexyl --group-size 4 --endianness little --panels 3",
    ),
    ("hexyl-codepage-1047", "--character-table codepage-1047"),
    ("hexyl-codepage-437", "--character-table codepage-437"),
    ("hexyl-braille", "--character-table braille"),
    ("hexyl-whole", "-f hexyl --no-squeezing"),
    ("xxd", "-f xxd"),
    ("xxd-coloured", "-f xxd --color always"),
    ("xxd-columns", "-f xxd -c 10 -g 3"),
    ("xxd-uppercase", "-f xxd --uppercase -g 1"),
    ("xxd-little", "-f xxd -e"),
    ("xxd-binary", "-f xxd --base binary"),
    ("xxd-decimal-offsets", "--decimal-offsets"),
    ("xxd-autoskip", "--autoskip"),
    ("xxd-ebcdic", "--ebcdic"),
    ("xxd-far", "-f xxd --display-offset 0xfffffff0"),
    ("canonical", "-f canonical"),
    ("canonical-whole", "-f canonical --no-squeezing"),
    ("canonical-odd", "-f canonical -o 3 -n 0x60"),
    ("plain", "-f plain"),
    ("plain-columns", "-f plain --columns 7 --uppercase"),
    ("plain-one-line", "-f plain --columns 0"),
    ("c", "-f c"),
    ("c-named", "-f c --name of_bytes --capitalize -n 30"),
    ("c-binary", "-f c --base binary -n 20"),
    ("strings", "--strings"),
    ("strings-long", "--strings=9"),
    ("values-u8", "--type u8"),
    ("values-i8", "--type i8"),
    ("values-x8", "--type x8"),
    ("values-o8", "--type o8"),
    ("values-char", "--type char"),
    ("values-u16", "--type u16"),
    ("values-i16-big", "--type i16be"),
    ("values-x16", "--type x16"),
    ("values-o16", "--type o16"),
    ("values-f16", "--type f16"),
    ("values-bf16", "--type bf16"),
    ("values-u32", "--type u32"),
    ("values-i32", "--type i32"),
    ("values-x32", "--type x32 --columns 24"),
    ("values-f32", "--type f32"),
    ("values-u64", "--type u64"),
    ("values-i64", "--type i64"),
    ("values-o64", "--type o64 --offsets octal"),
    ("values-f64", "--type f64"),
    ("values-several", "--type x8,u32,f64 --columns 16"),
    (
        "values-without-offsets",
        "--type u16 --offsets none --columns 16",
    ),
    (
        "values-decimal-offsets",
        "--type u16 --offsets decimal --columns 8",
    ),
];

/// Text, lines of zeros, a repeated line, every byte, and a last line that is not full.
fn bytes() -> Vec<u8> {
    let mut bytes = b"The quick brown fox\tjumps over\nthe lazy dog.\n".to_vec();
    bytes.resize(0x30, b'~');
    bytes.resize(0x90, 0);
    bytes.extend(b"0123456789abcdef".repeat(4));
    bytes.extend(0..=255_u8);
    bytes.extend(1.5_f64.to_le_bytes());
    bytes.extend((-2.0_f32).to_le_bytes());
    bytes.extend(b"end");
    bytes
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

#[test]
fn layouts_equal_the_texts_that_are_kept() {
    let env = Env::new();
    env.file("bytes", bytes());
    let bless = std::env::var_os("MMAPCTL_BLESS").is_some_and(|value| value == "1");
    let mut changed = Vec::new();
    for (name, options) in LAYOUTS {
        let run = env.cmd(["dump", "bytes"]).args(options.split(' ')).run();
        let text = run.ok().stderr("").out();
        let file = folder().join(format!("{name}.txt"));
        if bless {
            fs::write(&file, text).unwrap();
        }
        if fs::read(&file).ok().as_deref() != Some(text) {
            changed.push(*name);
        }
    }
    let kept: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let of_layouts = LAYOUTS.iter().map(|(name, _)| format!("{name}.txt"));
    assert_eq!(kept, of_layouts.collect(), "the files in tests/golden");
    assert!(
        changed.is_empty(),
        "not as in tests/golden: {changed:?}\nMMAPCTL_BLESS=1 cargo test --test golden\nwrites them"
    );
}
