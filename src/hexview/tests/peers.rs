//! The same bytes through the peers' binaries. A peer that is not installed, or of another version, is skipped by name.

use std::path::PathBuf;
use std::process::Command;

use super::*;

/// The path of a peer of a version that prints the same bytes, or a skip.
#[track_caller]
fn peer(name: &str) -> Option<PathBuf> {
    installed::find(name).map_err(crate::skip::skip).ok()
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
    // Repeated lines that are not uniform, and consecutive uniform lines of different bytes.
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
    same_for(&samples(), name, arguments, format);
}

/// Compares the output of a peer with ours for each of `samples`.
fn same_for(samples: &[Vec<u8>], name: &str, arguments: &[&str], format: &Format) {
    let Some(program) = peer(name) else { return };
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("sample.bin");
    for sample in samples {
        std::fs::write(&file, sample).unwrap();
        let theirs = Command::new(&program)
            .args(arguments)
            .arg("sample.bin")
            .current_dir(&directory)
            .output()
            .unwrap();
        let ours = dumped(format, 0, &mut SliceInput::new(sample));
        let [theirs, ours] = [&theirs.stdout, &ours].map(|text| String::from_utf8_lossy(text));
        for (number, (theirs, ours)) in theirs.lines().zip(ours.lines()).enumerate() {
            assert_eq!(theirs, ours, "line {number} of {name} {arguments:?}");
        }
        assert!(theirs == ours, "the end of {name} {arguments:?}");
    }
}

#[test]
fn the_xxd_format_matches_xxd() {
    same_as("xxd", &[], &Format::Xxd(XxdOptions::default()));
}

#[test]
fn the_plain_format_matches_xxd() {
    same_as("xxd", &["-p"], &Format::Plain(PlainOptions::default()));
}

#[test]
fn the_c_format_matches_xxd() {
    let name = Some(c_identifier(b"sample.bin"));
    same_as("xxd", &["-i"], &c_named(name));
}

/// Options of `xxd` and of the formats that mean the same, as far as this version has them.
fn layouts(newest: bool) -> impl Strategy<Value = (Vec<String>, Format)> {
    let flag = |given: bool, name: &'static str| given.then_some(name);
    let xxd = xxd_options()
        .prop_filter(
            "older versions have no colour and put characters over digits",
            move |xxd| {
                newest || !xxd.color && (!xxd.little || xxd.columns.is_multiple_of(xxd.group))
            },
        )
        .prop_filter(
            "the newest version forgets the colour of a last line of zeros",
            |xxd| !(xxd.color && xxd.autoskip),
        )
        .prop_map(move |xxd| {
            let flags = [
                flag(xxd.uppercase, "-u"),
                flag(xxd.little, "-e"),
                flag(xxd.binary, "-b"),
                flag(xxd.decimal, "-d"),
                flag(xxd.autoskip, "-a"),
                flag(xxd.ebcdic, "-E"),
                flag(xxd.color, "-Ralways"),
            ];
            let sizes = [format!("-c{}", xxd.columns), format!("-g{}", xxd.group)];
            let flags = flags.into_iter().flatten().map(str::to_owned);
            (flags.chain(sizes).collect(), Format::Xxd(xxd))
        });
    let plain = plain_options().prop_map(move |plain| {
        let flags = [Some("-p"), flag(plain.uppercase, "-u")];
        let columns = format!("-c{}", plain.columns);
        let flags = flags.into_iter().flatten().map(str::to_owned);
        (flags.chain([columns]).collect(), Format::Plain(plain))
    });
    let c = c_options()
        .prop_filter("older versions have no binary elements", move |c| {
            newest || !c.binary
        })
        .prop_map(move |mut c| {
            let name = c.name.get_or_insert_with(|| "sample_bin".to_owned());
            let flags = [
                Some("-i"),
                flag(c.capitalize, "-C"),
                flag(c.uppercase, "-u"),
                flag(c.binary, "-b"),
            ];
            let values = ["-n".to_owned(), name.clone(), format!("-c{}", c.columns)];
            let flags = flags.into_iter().flatten().map(str::to_owned);
            (flags.chain(values).collect(), Format::C(c))
        });
    prop_oneof![6 => xxd, 1 => plain, 2 => c]
}

#[test]
fn all_layouts_match_xxd() {
    let Some(program) = peer("xxd") else { return };
    let version = Command::new(&program).arg("--version").output().unwrap();
    let version = [version.stdout, version.stderr].concat();
    let newest = version.starts_with(b"xxd 2026");
    let directory = tempfile::tempdir().unwrap();
    let config = ProptestConfig::with_cases(400);
    proptest!(config, |(bytes in content(900), (arguments, format) in layouts(newest))| {
        std::fs::write(directory.path().join("sample.bin"), &bytes).unwrap();
        let theirs = Command::new(&program)
            .args(&arguments)
            .arg("sample.bin")
            .current_dir(&directory)
            .output()
            .unwrap();
        let ours = dumped(&format, 0, &mut SliceInput::new(&bytes));
        let [theirs, ours] = [theirs.stdout, ours].map(|text| String::from_utf8(text).unwrap());
        prop_assert_eq!(theirs, ours, "xxd {}", arguments.join(" "));
    });
}

#[test]
fn characters_of_ebcdic_match_xxd() {
    let ebcdic = XxdOptions {
        ebcdic: true,
        ..XxdOptions::default()
    };
    same_as("xxd", &["-E"], &Format::Xxd(ebcdic));
}

#[test]
fn the_canonical_format_matches_hexdump() {
    same_as("hexdump", &["-C"], &Format::Canonical { squeeze: true });
    same_as("hexdump", &["-Cv"], &Format::Canonical { squeeze: false });
}

#[test]
fn the_hexyl_format_matches_hexyl() {
    let same = |arguments: &str, format: Format| {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        same_as("hexyl", &arguments, &format);
    };
    same("--color=never", hexyl_with(|_| ()));
    same("--color=force", hexyl_with(|hexyl| hexyl.color = true));
    let octal = Format::Hexyl(HexylOptions {
        base: Base::Octal,
        group_size: GroupSize::Two,
        endianness: Endianness::Little,
        characters: false,
        border: BorderStyle::Ascii,
        ..HexylOptions::default()
    });
    let arguments = [
        "--color=never",
        "--base=octal",
        "--group-size=2",
        "--endianness=little",
        "--no-characters",
        "--border=ascii",
    ];
    // hexyl has Unicode lines in an empty dump with every border.
    same_for(&samples()[1..], "hexyl", &arguments, &octal);
    same(
        "--color=force --no-position",
        hexyl_with(|hexyl| (hexyl.color, hexyl.position) = (true, false)),
    );
}

#[test]
fn values_match_od() {
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
            let arguments = ["-A", "d", "-t", letters, bytes_per_line, endian];
            same_as("od", &arguments, &values(kind, order, width));
        }
    }
}

#[test]
fn rows_of_several_types_match_od() {
    use ByteOrder::{Big, Little};
    use Offsets::{Decimal, Hexadecimal, None, Octal};
    use ValueType::*;
    for (types, letters, columns, offsets, radix) in [
        (&[X8][..], "x1", 16, Decimal, "d"),
        (&[X16, O16, U16], "x2o2u2", 16, Hexadecimal, "x"),
        (&[X32, O8, I8], "x4o1d1", 12, Octal, "o"),
        (&[X64, O32, U64], "x8o4u8", 24, None, "n"),
        (&[O64, Char], "o8c", 8, Decimal, "d"),
        (&[Char, X8, F64], "cx1f8", 16, Hexadecimal, "x"),
        (&[U8], "u1", 3, None, "n"),
        (&[F32, X32], "f4x4", 20, Decimal, "d"),
    ] {
        for (order, endian) in [(Little, "--endian=little"), (Big, "--endian=big")] {
            let width = format!("-w{columns}");
            let arguments = ["-A", radix, "-t", letters, &width, endian];
            let rows = Format::Rows(RowsOptions {
                types: types.iter().map(|kind| (*kind, order)).collect(),
                columns,
                offsets,
                squeeze: true,
            });
            same_as("od", &arguments, &rows);
        }
    }
}

#[test]
fn floating_point_numbers_match_od() {
    let mut numbers = vec![
        0.0,
        1.0,
        0.1,
        1.0 / 3.0,
        1e-5,
        1e-4,
        123_456.0,
        1_234_567.0,
        5e-324,
    ];
    numbers.extend([
        1e15,
        1e16,
        1e17,
        1e22,
        1e300,
        2.5e-310,
        1_444_907.25,
        2_029_722_597_469_453.2,
    ]);
    numbers.extend([
        f64::MAX,
        f64::MIN_POSITIVE,
        f64::EPSILON,
        f64::INFINITY,
        f64::NAN,
    ]);
    // No powers of two, for which od may print one digit too many.
    numbers.extend((-60..60).map(|power| 3.0 * 2_f64.powi(power)));
    numbers.extend((-60..60).map(|power| 10_f64.powi(power)));
    let signed = numbers.iter().flat_map(|number| [*number, -number]);
    let double: Vec<u8> = signed.clone().flat_map(f64::to_le_bytes).collect();
    let single: Vec<u8> = signed
        .flat_map(|number| (number as f32).to_le_bytes())
        .collect();
    let doubles = values(ValueType::F64, ByteOrder::Little, 57);
    same_for(&[double], "od", &["-A", "d", "-t", "f8", "-w16"], &doubles);
    let singles = values(ValueType::F32, ByteOrder::Little, 71);
    same_for(&[single], "od", &["-A", "d", "-t", "f4", "-w16"], &singles);
}

#[test]
fn the_c_format_without_a_name_matches_xxd_of_standard_input() {
    let Some(program) = peer("xxd") else { return };
    for sample in samples() {
        let mut child = Command::new(&program)
            .arg("-i")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), &sample).unwrap();
        let theirs = child.wait_with_output().unwrap().stdout;
        let ours = dumped(
            &Format::C(COptions::default()),
            0,
            &mut SliceInput::new(&sample),
        );
        assert_eq!(theirs, ours);
    }
}

#[test]
fn offsets_beyond_4_gib_match_the_peers() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("sample.bin");
    let tail: Vec<u8> = (0..=255).collect();
    for start in [(1_u64 << 32) - 40, (1 << 36) - 32, (1 << 40) - 1] {
        let mut sparse = std::fs::File::create(&file).unwrap();
        std::io::Seek::seek(&mut sparse, std::io::SeekFrom::Start(start)).unwrap();
        std::io::Write::write_all(&mut sparse, &tail).unwrap();
        let offset = start.to_string();
        let columns = values(ValueType::U8, ByteOrder::Little, 71);
        for (name, arguments, format) in [
            (
                "xxd",
                vec!["-s", &offset],
                Format::Xxd(XxdOptions::default()),
            ),
            (
                "hexdump",
                vec!["-C", "-s", &offset],
                Format::Canonical { squeeze: true },
            ),
            ("od", vec!["-A", "d", "-t", "u1", "-j", &offset], columns),
            (
                "hexyl",
                vec!["--color=never", "--skip", &offset],
                Format::Hexyl(HexylOptions::default()),
            ),
        ] {
            let Some(program) = peer(name) else { continue };
            let theirs = Command::new(program)
                .args(&arguments)
                .arg(&file)
                .output()
                .unwrap();
            let ours = dumped(&format, start, &mut SliceInput::new(&tail));
            assert_eq!(theirs.stdout, ours, "{name} {arguments:?}");
        }
    }
}

#[test]
fn identifiers_match_xxd() {
    for (path, identifier) in [
        ("sample.bin", "sample_bin"),
        ("./t.bin", "__t_bin"),
        ("1a-b.é", "__1a_b___"),
        ("/tmp/1", "_tmp_1"),
        ("", ""),
    ] {
        assert_eq!(c_identifier(path.as_bytes()), identifier);
    }
}

/// The file that the records make; none if it would be large.
fn applied(text: &[u8]) -> Option<Vec<u8>> {
    let mut reader = HexReader::new(text, None);
    let mut file = Vec::new();
    while let Some(record) = reader.next_record().ok()? {
        if matches!(record, Record::Run { length, .. } if length >= 1 << 20) {
            return None;
        }
        let (start, bytes) = contents(record);
        let start = usize::try_from(start)
            .ok()
            .filter(|start| *start < 1 << 20)?;
        let end = start + bytes.len();
        file.resize(file.len().max(end), 0);
        file[start..end].copy_from_slice(&bytes);
    }
    Some(file)
}

#[test]
fn a_changed_dump_is_refused_or_read_as_xxd_reads_it() {
    let Some(program) = peer("xxd") else { return };
    let places = (any::<prop::sample::Index>(), "[0-9a-f :.]");
    let places = prop::collection::vec(places, 0..4);
    proptest!(ProptestConfig::with_cases(200), |(bytes in content(200), places in places)| {
        let mut text = dumped(&Format::Xxd(XxdOptions::default()), 0, &mut SliceInput::new(&bytes));
        for (place, character) in places {
            if !text.is_empty() {
                let place = place.index(text.len());
                text[place] = character.as_bytes()[0];
            }
        }
        // This is how xxd -d continues.
        let decimal = b"\n00000016:";
        prop_assume!(!text.windows(decimal.len()).any(|part| part == decimal));
        if let Some(ours) = applied(&text) {
            let directory = tempfile::tempdir().unwrap();
            std::fs::write(directory.path().join("text"), &text).unwrap();
            let done = Command::new(&program)
                .args(["-r", "text", "file"])
                .current_dir(&directory)
                .status()
                .unwrap();
            prop_assert!(done.success());
            let theirs = std::fs::read(directory.path().join("file")).unwrap_or_default();
            prop_assert_eq!(ours, theirs, "{}", String::from_utf8_lossy(&text));
        }
    });
}

#[test]
fn a_list_of_bytes_matches_cmp() {
    let Some(program) = peer("cmp") else { return };
    let directory = tempfile::tempdir().unwrap();
    let config = ProptestConfig::with_cases(100);
    proptest!(config, |(a in content(1200), b in content(1200), skipped in 0..30_usize)| {
        std::fs::write(directory.path().join("a"), &a).unwrap();
        std::fs::write(directory.path().join("b"), &b).unwrap();
        let theirs = Command::new(&program)
            .args(["-l", "-i", &skipped.to_string(), "a", "b"])
            .current_dir(&directory)
            .output()
            .unwrap();
        let [a, b] = [&a, &b].map(|side| side.get(skipped..).unwrap_or_default());
        let list = ByteList::new(byte_list_width(Some(a.len().min(b.len()) as u64)), false);
        let mut ours = Vec::new();
        let length = list.lines(0, a, b, &mut ours);
        ours.truncate(length);
        let [theirs, ours] = [theirs.stdout, ours].map(|text| String::from_utf8(text).unwrap());
        prop_assert_eq!(theirs, ours);
    });
}
