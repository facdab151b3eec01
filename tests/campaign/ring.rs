//! `ring`: recordings that are killed at a random moment, one after the other into the same ring, while readers follow.
//!
//! After each kill, a reader that knows only the format finds the counted bytes: the last ones of the streams, each up
//! to where its recording was killed, and as many as the ring keeps. `replay` shows exactly these, and whole lines of
//! them with --lines. A reader beside the writer shows bytes at their positions, or whole lines, and nothing else. The
//! next recording is never busy.

use std::io::{self, PipeWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::engine::{self, Campaign, Case, Random, program};
use super::outcome::DEADLINE;
use crate::support::{Cmd, Env, Held, Ring, Run, Signal};

pub const CAMPAIGN: Campaign = Campaign {
    name: "ring",
    cases: 10_000,
    ready: || true,
    numbers: engine::endless,
    run,
};

#[test]
fn every_counted_byte_survives_a_kill_and_readers_see_no_other() {
    engine::short(&CAMPAIGN, 0..24);
}

#[test]
#[ignore = "the long form: ci/campaign.sh ring"]
fn campaign() {
    engine::long(&CAMPAIGN);
}

/// The numbers of last bytes that are kept.
const LENGTHS: &[u64] = &[1, 100, 4096, 10_000, 65_536, 100_000, 300_000];

/// The longest stream in bytes.
const LONGEST: usize = 1 << 20;

/// The longest time before a kill, in microseconds.
const PATIENCE: u64 = 40_000;

/// One ring, and what it should have.
struct World {
    env: Env,
    ring: PathBuf,
    arguments: Vec<String>,
    length: u64,
    /// All counted bytes.
    counted: Vec<u8>,
}

fn run(case: &Case) -> Result<(), String> {
    let mut random = case.random();
    let env = Env::new();
    let length = *random.pick(LENGTHS);
    let tag = random.once_in(2).then(|| env.tag("ring")).flatten();
    let (ring, arguments) = match &tag {
        Some(tag) => (tag.path(), vec!["--tag".to_owned(), tag.name().to_owned()]),
        None => (env.path("ring"), vec!["ring".to_owned()]),
    };
    let mut world = World {
        env,
        ring,
        arguments,
        length,
        counted: Vec::new(),
    };
    for round in 0..=random.below(3) {
        world
            .round(round, &mut random)
            .map_err(|why| format!("length {length}, recording {round}: {why}"))?;
    }
    Ok(())
}

impl World {
    fn command(&self, name: &str, more: &[&str]) -> Cmd {
        let cmd = self.env.tool(program(), [name]);
        cmd.args(&self.arguments).args(more).patience(DEADLINE)
    }

    /// Records a stream, kills the recording, and checks the ring.
    fn round(&mut self, round: u64, random: &mut Random) -> Result<(), String> {
        let stream = stream(round, random);
        let length = self.length.to_string();
        let tees = random.once_in(4);
        let (input, feed) = io::pipe().unwrap();
        let mut more = vec!["--length", &length];
        if tees {
            more.push("--tee");
        }
        let readers = self.readers(random);
        let writer = self.command("record", &more).spawn_reading(input);
        let feeder = feed_from(feed, stream.clone(), Random(random.next()));
        std::thread::sleep(Duration::from_micros(random.below(PATIENCE)));
        let signal = *random.pick(&[Signal::KILL, Signal::KILL, Signal::KILL, Signal::TERM]);
        let before = written(&self.ring);
        writer.signal(signal);
        let run = writer.wait();
        let _ = feeder.join();
        if ![None, Some(0), Some(143)].contains(&run.status().code()) {
            return Err(run.describe());
        }
        self.check(&stream, before, tees.then_some(&run))?;
        for reader in readers {
            reader.check(&self.counted)?;
        }
        Ok(())
    }

    /// Readers of the ring, if it exists.
    fn readers(&self, random: &mut Random) -> Vec<Reader> {
        if !self.ring.exists() {
            return Vec::new();
        }
        let count = random.below(3);
        let reader = |number| {
            let lines = number == 0;
            let form: &[&str] = match lines {
                true => &["--lines", "3", "--follow"],
                false => &["--json", "--follow"],
            };
            let held = self.command("replay", form).spawn();
            Reader { held, lines }
        };
        (0..count).map(reader).collect()
    }

    /// Checks the ring after a recording that was fed with a stream.
    fn check(
        &mut self,
        stream: &[u8],
        before: Option<u64>,
        tee: Option<&Run>,
    ) -> Result<(), String> {
        if written(&self.ring).is_none() {
            return match before {
                None => Ok(()),
                Some(_) => Err("the ring has vanished".to_owned()),
            };
        }
        let ring = Ring::read(&self.ring);
        if before.is_some_and(|before| before > ring.written) {
            return Err(format!(
                "{before:?} bytes were counted, now {}",
                ring.written
            ));
        }
        let old = self.counted.len() as u64;
        let new = ring
            .written
            .checked_sub(old)
            .and_then(|new| usize::try_from(new).ok());
        let new = new
            .filter(|new| *new <= stream.len())
            .ok_or("an impossible count")?;
        self.counted.extend_from_slice(&stream[..new]);
        if let Some(run) = tee {
            let passed_on = run.out();
            if passed_on.len() > new || passed_on != &stream[..passed_on.len()] {
                return Err(format!(
                    "{} bytes passed on, {new} counted",
                    passed_on.len()
                ));
            }
        }
        let kept = usize::try_from(self.length)
            .unwrap()
            .min(self.counted.len());
        let kept = &self.counted[self.counted.len() - kept..];
        if ring.kept != kept {
            return Err("the ring has other bytes than were counted".to_owned());
        }
        let shown = self.command("replay", &[]).run();
        if shown.out() != kept || shown.status().code() != Some(0) {
            return Err(format!("replay shows other bytes: {}", short(&shown)));
        }
        let shown = self.command("replay", &["--lines", "1000000000"]).run();
        let whole = whole_lines(kept, kept.len() == self.counted.len());
        if shown.out() != whole || shown.status().code() != Some(0) {
            return Err(format!("replay shows other lines: {}", short(&shown)));
        }
        Ok(())
    }
}

/// The status and stderr of a run.
fn short(run: &Run) -> String {
    format!(
        "{:?} {} bytes {}",
        run.status(),
        run.out().len(),
        String::from_utf8_lossy(run.err())
    )
}

/// The whole lines in bytes, which start with one or in the middle of one.
fn whole_lines(bytes: &[u8], starts: bool) -> &[u8] {
    let start = match starts {
        true => 0,
        false => bytes
            .iter()
            .position(|b| *b == b'\n')
            .map_or(bytes.len(), |at| at + 1),
    };
    let rest = &bytes[start..];
    let end = rest
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |at| at + 1);
    &rest[..end]
}

/// The number of counted bytes; `None` without a ring.
fn written(ring: &Path) -> Option<u64> {
    let mut head = [0; 72];
    std::fs::File::open(ring).ok()?.read_exact(&mut head).ok()?;
    Some(u64::from_le_bytes(head[64..].try_into().unwrap()))
}

/// Numbered lines of random lengths.
fn stream(round: u64, random: &mut Random) -> Vec<u8> {
    let size = usize::try_from(random.below(LONGEST as u64)).unwrap();
    let longest = *random.pick(&[10, 100, 5000]);
    let mut stream = Vec::with_capacity(size + 6000);
    let mut number = 0;
    while stream.len() < size {
        let filler = usize::try_from(random.below(longest)).unwrap();
        let letter = char::from(b'a' + u8::try_from(number % 26).unwrap());
        writeln!(
            stream,
            "{round} {number} {}",
            letter.to_string().repeat(filler)
        )
        .unwrap();
        number += 1;
    }
    stream
}

/// Writes a stream to a pipe in pieces of random lengths, until its reader is gone.
fn feed_from(mut feed: PipeWriter, stream: Vec<u8>, mut random: Random) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let most = *random.pick(&[100, 5000, 200_000]);
        let mut rest = stream.as_slice();
        while !rest.is_empty() {
            let length = usize::try_from(random.below(most)).unwrap() + 1;
            let (piece, later) = rest.split_at(length.min(rest.len()));
            if feed.write_all(piece).is_err() {
                break;
            }
            rest = later;
        }
    })
}

/// A reader beside the writer.
struct Reader {
    held: Held,
    lines: bool,
}

impl Reader {
    /// Ends it, and checks what it has shown.
    fn check(self, counted: &[u8]) -> Result<(), String> {
        self.held.signal(Signal::TERM);
        let run = self.held.wait();
        let ended = run.status().code() == Some(143);
        let signalled = std::os::unix::process::ExitStatusExt::signal(&run.status()) == Some(15);
        if !ended && !signalled {
            return Err(format!("a reader failed: {}", short(&run)));
        }
        match self.lines {
            true => check_lines(run.out(), counted),
            false => check_pieces(run.out(), counted),
        }
    }
}

/// Every line is one of the counted lines, in their order.
fn check_lines(shown: &[u8], counted: &[u8]) -> Result<(), String> {
    let mut rest = counted.split_inclusive(|b| *b == b'\n');
    for line in shown.split_inclusive(|b| *b == b'\n') {
        if !rest.any(|counted| counted == line && line.ends_with(b"\n")) {
            let text = String::from_utf8_lossy(line);
            return Err(format!("a torn line: {text:?}"));
        }
    }
    Ok(())
}

/// Every piece has the bytes of its position, and follows the one before it and the lost bytes.
fn check_pieces(shown: &[u8], counted: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(shown);
    let mut at = None;
    for line in text.lines() {
        let object: Value = serde_json::from_str(line).map_err(|e| e.to_string())?;
        let Some(data) = object["data_base64"].as_str() else {
            continue;
        };
        let data = STANDARD.decode(data).map_err(|e| e.to_string())?;
        let position = usize::try_from(object["position"].as_u64().unwrap()).unwrap();
        let lost = usize::try_from(object["lost"].as_u64().unwrap()).unwrap();
        if at.is_some_and(|at| at + lost != position) {
            return Err(format!(
                "position {position} after {at:?} and {lost} lost bytes"
            ));
        }
        if counted.get(position..position + data.len()) != Some(&data[..]) {
            return Err(format!("garbage at {position}, {} bytes", data.len()));
        }
        at = Some(position + data.len());
    }
    Ok(())
}
