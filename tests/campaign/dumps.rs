//! Randomly damaged hex dumps, read back and compared with `xxd -r`.

use std::fs;

use super::engine::{Random, program};
use super::oracle::{Allowed, complaint, ended_well};
use super::outcome::DEADLINE;
use crate::support::{Env, Limit};

/// A limit that stops damaged offsets from creating files too large to read here.
const LARGEST: u64 = 16 << 20;
/// The exit status for exceeding a limit.
const LIMIT: i32 = 13;

/// A damaged dump of xxd, read back by both programs.
pub fn dump(random: &mut Random) -> Result<(), String> {
    let env = Env::new();
    let length = usize::try_from(random.below(400)).unwrap();
    // Include runs of one byte, and text.
    let bytes: Vec<u8> = (0..length)
        .map(|at| match at / 64 % 3 {
            0 => (random.next() & 0xff) as u8,
            1 => 0,
            _ => b' ' + (random.next() % 95) as u8,
        })
        .collect();
    env.file("bytes", &bytes);
    let columns = (1 + random.below(20)).to_string();
    let group = random.below(9).to_string();
    let seek = random.below(300).to_string();
    let mut words = vec!["bytes"];
    let plain = random.once_in(4);
    if plain {
        words.insert(0, "-p");
    } else {
        for option in [["-c", &columns], ["-g", &group], ["-s", &seek]] {
            if random.once_in(4) {
                words.splice(0..0, option);
            }
        }
        if random.once_in(6) {
            words.insert(0, "-u");
        }
        if random.once_in(8) {
            words.insert(0, "-a");
        }
    }
    let printed = env.tool("xxd", &words).run();
    let mut text = printed.out().to_vec();
    for _ in 0..random.below(4) {
        damage(random, &mut text);
    }
    env.file("dump", &text);
    let columns = words.contains(&"-c").then_some(&*columns);
    compare(&env, plain, columns, &words.join(" "))
}

/// One change at a random position.
fn damage(random: &mut Random, text: &mut Vec<u8>) {
    if text.is_empty() {
        return;
    }
    let at = usize::try_from(random.below(text.len() as u64)).unwrap();
    let mut lines: Vec<Vec<u8>> = text
        .split_inclusive(|b| *b == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    let line = usize::try_from(random.below(lines.len() as u64)).unwrap();
    let other = usize::try_from(random.below(lines.len() as u64)).unwrap();
    match random.below(12) {
        0 => text[at] = *random.pick(b"0123456789abcdefABCDEFxz :.\t\n*|"),
        1 => {
            text.remove(at);
        }
        2 => text.insert(at, *random.pick(b"0123456789abcdef :\t\n ")),
        3 => text[at] = (random.next() & 0xff) as u8,
        4 => text.truncate(at),
        5 => text[at].make_ascii_uppercase(),
        6 => {
            lines.remove(line);
            *text = lines.concat();
        }
        7 => {
            lines.swap(line, other);
            *text = lines.concat();
        }
        8 => {
            let copy = lines[line].clone();
            lines.insert(other, copy);
            *text = lines.concat();
        }
        9 => {
            lines.insert(line, b"\n".to_vec());
            *text = lines.concat();
        }
        10 => {
            *text = text
                .iter()
                .flat_map(|b| {
                    if *b == b'\n' {
                        vec![b'\r', *b]
                    } else {
                        vec![*b]
                    }
                })
                .collect()
        }
        _ => {
            lines[line] = lines[line].to_ascii_uppercase();
            *text = lines.concat();
        }
    }
}

/// Accepted dumps give the bytes of `xxd -r`. A refusal names the position and writes nothing.
fn compare(env: &Env, plain: bool, columns: Option<&str>, how: &str) -> Result<(), String> {
    let mut reverse = if plain { vec!["-r", "-p"] } else { vec!["-r"] };
    // xxd reads at most this number of bytes per line.
    reverse.extend(columns.into_iter().flat_map(|columns| ["-c", columns]));
    reverse.extend(["dump", "theirs"]);
    let peer = env
        .tool("xxd", reverse)
        .limit(Limit::FileSize, LARGEST)
        .run();
    let format = if plain { "plain" } else { "xxd" };
    let words = ["fill", "ours", "--from-hex", "dump", "--hex-format", format];
    let run = env
        .tool(program(), words)
        .limit(Limit::FileSize, LARGEST)
        .patience(DEADLINE)
        .run();
    let status = ended_well(&run, Allowed::default())?;
    let told = |why: &str| {
        let dump = String::from_utf8_lossy(&fs::read(env.path("dump")).unwrap()).into_owned();
        Err(complaint(&run, &format!("xxd {how}: {why}\n{dump}\n")))
    };
    let ours = fs::read(env.path("ours")).ok();
    let theirs = fs::read(env.path("theirs")).unwrap_or_default();
    // For an asterisk, xxd skips a line of zeros; this program repeats the previous line.
    let dump = fs::read_to_string(env.path("dump")).unwrap_or_default();
    if status == 0 && dump.lines().any(|line| line.trim() == "*") {
        return Ok(());
    }
    if status == 0 {
        if ours.as_deref() != Some(&*theirs) || !peer.ended_with(&[0]) {
            return told("the bytes differ from those of xxd -r");
        }
        return Ok(());
    }
    if ours.is_some() {
        return told("refused, but a file exists");
    }
    let text = String::from_utf8_lossy(run.err()).into_owned();
    if status == LIMIT {
        return Ok(());
    }
    let says_where = text.contains("line ") || text.contains("offset") || text.contains("empty");
    if says_where {
        Ok(())
    } else {
        told("the refusal does not name the position")
    }
}
