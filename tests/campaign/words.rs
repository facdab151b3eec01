//! The words of random command lines: every command with its options, and valid and invalid values for each.

/// Values of one kind, valid ones first.
pub type Values = &'static [&'static str];

pub const SIZES: Values = &[
    "0",
    "1",
    "16",
    "4096",
    "1pg",
    "2pg",
    "5000",
    "-1",
    "-4K",
    "1.5K",
    "0x1000",
    "1_000",
    "64K",
    "3M",
    "200M",
    "7E",
    "8E",
    "18446744073709551615",
    "18446744073709551616",
    "1e3",
    "K",
    "",
    "١",
    "1 K",
    "+5",
];
pub const PATHS: Values = &[
    "old",
    "second",
    "in",
    "empty",
    "holes",
    "dangling",
    "patch",
    "missing",
    "directory",
    "directory/new",
    "old/x",
    "-",
    ".",
    "node",
    "",
    "missing/x",
    "a\nb",
    "\u{1b}[31m",
];
pub const TAGS: Values = &["{tag}", "{new}", "a/b", "", ".", "..", "/{new}", "x\ny"];
pub const DESCRIPTORS: Values = &["0", "3", "9", "-1", "x", "1048576", "99999999999"];
pub const ACCESS: Values = &[
    "r", "w", "c", "none", "rx", "wx", "cx", "rw", "x", "wo", "", "W",
];
pub const MODES: Values = &["600", "0644", "0", "9", "77777", "-1", ""];
pub const ADDRESSES: Values = &[
    "0x7f0000000000",
    "0x10000",
    "0",
    "0x1000",
    "4096",
    "12345",
    "0x555555555000",
    "0xffffffffff600000",
    "0x7ffffffff000",
    "-1",
    "x",
];
pub const MAP_FLAGS: Values = &[
    "fixed",
    "fixed-noreplace",
    "growsdown",
    "denywrite",
    "executable",
    "locked",
    "lock-onfault",
    "noreserve",
    "populate",
    "nonblock",
    "stack",
    "hugetlb",
    "sync",
    "uninitialized",
    "32bit",
    "nothing",
    "",
];
pub const OPEN_FLAGS: Values = &[
    "create",
    "excl",
    "truncate",
    "direct",
    "sync",
    "dsync",
    "noctty",
    "nonblock",
    "nofollow",
    "async",
    "directory",
    "largefile",
    "append",
    "",
];
pub const ADVICE: Values = &[
    "normal",
    "sequential",
    "random",
    "willneed",
    "dontneed",
    "free",
    "remove",
    "dontfork",
    "dofork",
    "mergeable",
    "unmergeable",
    "hugepage",
    "nohugepage",
    "dontdump",
    "dodump",
    "wipeonfork",
    "keeponfork",
    "cold",
    "pageout",
    "populate-read",
    "populate-write",
    "dontneed-locked",
    "collapse",
    "guard-install",
    "guard-remove",
    "MADV_COLD",
    "nonsense",
    "",
];
pub const SHARES: Values = &[
    ">=90%",
    "==100%",
    "<1G",
    ">0pg",
    "90%",
    ">=x%",
    ">=101%",
    ">=0%",
    "=",
    "<=0.0001%",
];
pub const DURATIONS: Values = &["1ms", "0s", "5us", "-1s", "x", ""];
pub const FORMATS: Values = &[
    "hexyl",
    "xxd",
    "canonical",
    "plain",
    "c",
    "values",
    "raw",
    "hex",
    "",
];
pub const TYPES: Values = &[
    "u8", "u16", "u32be", "i64le", "f32", "f64be", "u128", "u8be", "", "f16",
];
pub const NUMBERS: Values = &[
    "0",
    "1",
    "2",
    "3",
    "8",
    "16",
    "100",
    "auto",
    "-1",
    "65536",
    "4294967296",
    "x",
    "",
];
pub const PATTERNS: Values = &["55aa", "5", "zz", "", "0x55", "55:aa", "ff_00", "55 aa"];
pub const BYTES: Values = &["0", "255", "0xff", "256", "-1", "x", ""];
pub const TEXTS: Values = &["abc", "", "ä", "a\nb", "-"];
pub const WORDS: Values = &["auto", "always", "never", "sometimes", ""];
pub const WINDOWS: Values = &["2", "3", "1", "0", "50", "-1", "x", "70000"];
pub const NONE: Values = &[];

pub type Options = &'static [(&'static str, Values)];

pub const GLOBAL: Options = &[
    ("--json", NONE),
    ("-q", NONE),
    ("-v", NONE),
    ("--color", WORDS),
    ("--progress", WORDS),
    ("--bytes", NONE),
];
pub const SOURCE: Options = &[("--fd", DESCRIPTORS), ("--tag", TAGS), ("--anon", NONE)];
pub const RANGE: Options = &[
    ("--offset", SIZES),
    ("--length", SIZES),
    ("-n", SIZES),
    ("-o", SIZES),
];
pub const OPENING: Options = &[("--open", OPEN_FLAGS), ("--mode", MODES)];
pub const MAPPING: Options = &[
    ("--access", ACCESS),
    ("--private", NONE),
    ("--shared", NONE),
    ("--flags", MAP_FLAGS),
    ("--huge-size", SIZES),
];
pub const HOLDING: Options = &[("--hold=", DURATIONS), ("--unlink-on-exit", NONE)];
pub const MAP: Options = &[
    ("--shared-validate", NONE),
    ("--addr", ADDRESSES),
    ("--addr-hint", ADDRESSES),
    ("--remap", SIZES),
    ("--protect", ACCESS),
    ("--advise", ADVICE),
    ("--destructive", NONE),
    ("--lock", NONE),
    ("--probe", NONE),
    ("--expect-resident", SHARES),
];
pub const MIRROR: Options = &[
    ("--access", ACCESS),
    ("--addr", ADDRESSES),
    ("--addr-hint", ADDRESSES),
    ("--times", WINDOWS),
    ("--verify", NONE),
    ("--lock", NONE),
];
pub const ADVISE: Options = &[
    ("--touch", NONE),
    ("--destructive", NONE),
    ("--pid", &["999999999", "x", "-1"]),
    (
        "--range",
        &["7f0000000000-7f0000010000", "0-0", "x-y", "1000-"],
    ),
    ("--mapping", TEXTS),
];
pub const DUMP: Options = &[
    ("--format", FORMATS),
    ("-f", FORMATS),
    ("--output", PATHS),
    ("--no-squeezing", NONE),
    ("--pid", &["4294967295", "0", "x"]),
    ("--mapping", TEXTS),
    ("--strict", NONE),
    ("--display-offset", SIZES),
    ("--border", &["unicode", "ascii", "none", "x"]),
    ("--panels", NUMBERS),
    ("--terminal-width", NUMBERS),
    ("--group-size", NUMBERS),
    ("--base", &["binary", "octal", "decimal", "x"]),
    ("--endianness", &["little", "big", "x"]),
    ("--character-table", &["default", "ascii", "braille", "x"]),
    ("--color-scheme", &["default", "gradient", "x"]),
    ("--no-characters", NONE),
    ("-C", NONE),
    ("-P", NONE),
    ("-p", NONE),
    ("--type", TYPES),
    ("--width", NUMBERS),
];
pub const FILL: Options = &[
    ("--byte", BYTES),
    ("--pattern", PATTERNS),
    ("--text", TEXTS),
    ("--counter", TYPES),
    ("--random=", NUMBERS),
    ("--from-hex", PATHS),
    ("--hex-format", FORMATS),
    ("--partial", NONE),
    ("--from", PATHS),
    ("--access", ACCESS),
    ("--no-create", NONE),
    ("--no-extend", NONE),
    ("--to-end", NONE),
    ("--verify", NONE),
    ("--flush", &["none", "async", "sync", "x"]),
];
/// Sizes and changes of the present size.
const CHANGES: Values = &[
    "0",
    "4096",
    "1pg",
    "3M",
    "1P",
    "8E",
    "+1",
    "+4K",
    "+0x7fffffffffffffff",
    "-1",
    "-4K",
    "<5000",
    ">5000",
    "/4K",
    "/0",
    "%4K",
    "%0",
    "+",
    "+-1",
];
pub const FILESIZE: Options = &[
    ("--set", CHANGES),
    ("--reference", PATHS),
    ("--allocate", NONE),
    ("--long", NONE),
];

pub const PMAP: Options = &[
    ("--mapping", &["[heap]", "*", "lib*.so", "none"]),
    ("--at", ADDRESSES),
    ("--sort", &["rss", "name", "none"]),
    ("--top", &["1", "3", "0", "-1", "x"]),
];

/// A command, its possible options, and its maximum number of sources.
pub const COMMANDS: &[(&str, &[Options], u64)] = &[
    ("map", &[SOURCE, RANGE, OPENING, MAPPING, HOLDING, MAP], 3),
    ("mirror", &[SOURCE, RANGE, OPENING, HOLDING, MIRROR], 1),
    ("advise", &[SOURCE, RANGE, MAPPING, HOLDING, ADVISE], 3),
    (
        "sync",
        &[SOURCE, RANGE, &[("--async", NONE), ("--invalidate", NONE)]],
        3,
    ),
    ("dump", &[SOURCE, RANGE, DUMP], 1),
    ("fill", &[SOURCE, RANGE, OPENING, FILL], 1),
    (
        "warm",
        &[SOURCE, RANGE, &[("--rate", SIZES), ("--max-memory", SIZES)]],
        3,
    ),
    ("evict", &[SOURCE, RANGE], 3),
    ("why", &[SOURCE], 1),
    ("tags", &[&[("--users", NONE), ("--orphans", NONE)]], 0),
    ("pmap", &[PMAP], 0),
    ("unlink", &[&[("-f", NONE)]], 0),
    (
        "pagesize",
        &[&[
            ("-g", NONE),
            ("--huge", NONE),
            ("--all", NONE),
            ("--align", SIZES),
            ("--down", NONE),
            ("--pages", SIZES),
        ]],
        0,
    ),
    ("filesize", &[SOURCE, RANGE, FILESIZE], 3),
    (
        "generate",
        &[&[("--into", &["tree", "directory", "old", "missing/x"])]],
        0,
    ),
];

pub const GARBAGE: &[&[u8]] = &[
    b"--",
    b"-",
    b"---",
    b"-x",
    b"--no-such",
    b"=",
    b"-n=",
    b"--length=",
    b"-nnn",
    b"\x1b[31m",
    b"\xff\xfe",
    b"",
    b"\xc3\xa4",
    b"--help",
    b"-h",
    b"--version",
    b"help",
    b"0x",
    b"-9",
    b"--json=1",
    b"-qv",
    b"@file",
    b"*",
];
