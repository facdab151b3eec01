//! The same bytes through the peers' binaries. A peer that is not installed is skipped by name.

use std::path::PathBuf;
use std::process::Command;

use super::*;

/// Where a peer is installed, looked up in `PATH` and in `MMAPCTL_PEERS`.
fn peer(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let extra = std::env::var_os("MMAPCTL_PEERS").map(PathBuf::from);
    let found = std::env::split_paths(&path)
        .chain(extra)
        .map(|dir| dir.join(name))
        .find(|file| file.is_file());
    if found.is_none() {
        println!("skipped: {name} is not installed");
    }
    found
}

/// Inputs that show every feature: empty, short, whole lines, runs, all bytes.
fn samples() -> Vec<Vec<u8>> {
    let all: Vec<u8> = (0..=255).collect();
    let mut samples = vec![Vec::new(), all.clone()];
    samples.extend((1..=33).map(|length| all[60..60 + length].to_vec()));
    for run in [15, 16, 17, 31, 32, 33, 47, 48, 49, 64, 100, 1000] {
        for lead in [0, 1, 16, 20] {
            for tail in [0, 1, 16, 20] {
                let mut sample = all[..lead].to_vec();
                sample.extend(std::iter::repeat_n(b'x', run));
                sample.extend(&all[..tail]);
                samples.push(sample);
            }
        }
    }
    // Lines that repeat without being uniform, and uniform lines of different bytes in a row.
    samples.push(all[..16].repeat(7));
    samples.push(
        [0_u8, 0, 1, 1, 1, 2, 1]
            .iter()
            .flat_map(|byte| [*byte; 16])
            .collect(),
    );
    samples
}

fn same_as(name: &str, arguments: &[&str], format: &Format) {
    let Some(program) = peer(name) else { return };
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("sample.bin");
    for sample in samples() {
        std::fs::write(&file, &sample).unwrap();
        let theirs = Command::new(&program)
            .args(arguments)
            .arg("sample.bin")
            .current_dir(&directory)
            .output()
            .unwrap();
        let ours = dumped(format, 0, &mut SliceInput::new(&sample));
        assert_eq!(
            String::from_utf8_lossy(&theirs.stdout),
            String::from_utf8_lossy(&ours),
            "{name} {arguments:?} of {sample:?}",
        );
        assert_eq!(theirs.stdout, ours);
    }
}

#[test]
fn xxd_is_as_xxd_prints() {
    same_as("xxd", &[], &Format::Xxd);
}

#[test]
fn plain_is_as_xxd_prints() {
    same_as("xxd", &["-p"], &Format::Plain);
}

#[test]
fn c_is_as_xxd_prints() {
    same_as(
        "xxd",
        &["-i"],
        &Format::C {
            name: Some(c_identifier(b"sample.bin")),
        },
    );
}

#[test]
fn canonical_is_as_hexdump_prints() {
    same_as("hexdump", &["-C"], &Format::Canonical { squeeze: true });
    same_as("hexdump", &["-Cv"], &Format::Canonical { squeeze: false });
}

#[test]
fn hexyl_is_as_hexyl_prints() {
    let plain = HexylOptions::default();
    same_as("hexyl", &["--color=never"], &Format::Hexyl(plain));
    same_as(
        "hexyl",
        &["--color=force"],
        &Format::Hexyl(HexylOptions {
            color: true,
            ..plain
        }),
    );
    same_as(
        "hexyl",
        &[
            "--color=never",
            "--base=octal",
            "--group-size=2",
            "--endianness=little",
            "--no-characters",
            "--border=ascii",
        ],
        &Format::Hexyl(HexylOptions {
            base: Base::Octal,
            group_size: GroupSize::Two,
            endianness: Endianness::Little,
            characters: false,
            border: BorderStyle::Ascii,
            ..plain
        }),
    );
    same_as(
        "hexyl",
        &["--color=force", "--no-position"],
        &Format::Hexyl(HexylOptions {
            color: true,
            position: false,
            ..plain
        }),
    );
}

#[test]
fn values_are_as_od_prints() {
    use ByteOrder::{Big, Little};
    use ValueType::{F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
    for (kind, letters, bytes_per_line, width) in [
        (U8, "u1", "-w16", 71),
        (U16, "u2", "-w16", 55),
        (U32, "u4", "-w12", 50),
        (U64, "u8", "-w8", 10),
        (I8, "d1", "-w16", 91),
        (I16, "d2", "-w16", 63),
        (I32, "d4", "-w16", 55),
        (I64, "d8", "-w16", 49),
        (F32, "f4", "-w16", 71),
        (F64, "f8", "-w16", 57),
    ] {
        for (order, endian) in [(Little, "--endian=little"), (Big, "--endian=big")] {
            let options = ValuesOptions {
                kind,
                order,
                width,
                squeeze: true,
            };
            let arguments = ["-A", "d", "-t", letters, bytes_per_line, endian];
            same_as("od", &arguments, &Format::Values(options));
        }
    }
}
