//! Rings. The input is the head of a file, as the format describes it, and then bytes that are repeated over its data. The
//! file is refused, or replayed as a reference reads it. Then its own bytes are recorded into it, and it is replayed
//! again.

use std::io::Seek;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use mmapctl::mapping::actions::ring::{RecordRequest, Replay, ReplayRequest, record};
use mmapctl::mapping::error::Result;
use mmapctl::mapping::process::interrupts::Interrupts;
use mmapctl::mapping::source::SourceSpec;

/// The number of bytes before the data.
const HEAD: u64 = 64 << 10;

/// The number of bytes of the head that are in use, and of those that its checksum covers.
const USED: usize = 160;
const CHECKED: usize = 32;

pub fn check(input: &[u8]) {
    let Some((head, bytes @ [_, ..])) = input.split_first_chunk::<USED>() else {
        return;
    };
    check_ring(head, bytes);
    let mut repaired = *head;
    let sum = checksum(&repaired[..CHECKED]).to_le_bytes();
    repaired[CHECKED..CHECKED + 8].copy_from_slice(&sum);
    check_ring(&repaired, bytes);
}

fn check_ring(head: &[u8; USED], bytes: &[u8]) {
    // Larger files would take long.
    let capacity = number(head, 24).min(256 << 10);
    let data: Vec<u8> = bytes
        .iter()
        .copied()
        .cycle()
        .take(capacity as usize)
        .collect();
    let file = tempfile::tempfile().unwrap();
    // A byte without a meaning in the format makes the file longer than its head says.
    file.set_len(HEAD + capacity + u64::from(head[40])).unwrap();
    file.write_all_at(&data, HEAD).unwrap();
    file.write_all_at(head, 0).unwrap();
    let spec = SourceSpec::File(PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd())));
    let Some(mut ring) = Ring::read(head, data) else {
        for refused in [replay(&spec, None).map(drop), continue_with(&spec, bytes)] {
            super::check_report(refused.unwrap_err());
        }
        return;
    };
    ring.compare(&spec);
    // No stream becomes so long.
    if ring.written < 1 << 62 {
        continue_with(&spec, bytes).unwrap();
        ring.record(bytes);
        ring.compare(&spec);
    }
}

/// Records bytes into a ring.
fn continue_with(spec: &SourceSpec, bytes: &[u8]) -> Result<()> {
    let mut input = tempfile::tempfile().unwrap();
    input.write_all_at(bytes, 0).unwrap();
    input.rewind().unwrap();
    rustix::stdio::dup2_stdin(&input).unwrap();
    let request = RecordRequest {
        length: None,
        tee: None,
    };
    let recording = record(spec, request, &Interrupts::new())?;
    assert_eq!(recording.recorded.recorded.0, bytes.len() as u64);
    recording.passed_on.unwrap();
    recording.failure.map_or(Ok(()), Err)
}

/// The bytes that a replay shows.
fn replay(spec: &SourceSpec, lines: Option<u64>) -> Result<Vec<u8>> {
    let mut shown = Vec::new();
    let mut replay = Replay::open(spec)?;
    let request = ReplayRequest {
        lines,
        follow: false,
    };
    replay.run(request, &Interrupts::new(), &mut |piece| {
        shown.extend(piece.bytes);
        Ok(true)
    })?;
    assert_eq!(replay.outcome()?.shown.0, shown.len() as u64);
    Ok(shown)
}

fn number(head: &[u8; USED], at: usize) -> u64 {
    let bytes = head[at..].first_chunk().copied().unwrap();
    u64::from_le_bytes(bytes)
}

/// FNV-1a.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}

/// A ring, byte by byte.
struct Ring {
    data: Vec<u8>,
    length: u64,
    written: u64,
}

impl Ring {
    /// The ring in a file; `None` if it has none.
    fn read(head: &[u8; USED], data: Vec<u8>) -> Option<Self> {
        let [length, capacity, written] = [16, 24, 64].map(|at| number(head, at));
        let is_ring = head.starts_with(b"MMAPRING\x01\0\0\0\0\0\x01\0")
            && number(head, CHECKED) == checksum(&head[..CHECKED])
            && capacity == data.len() as u64
            && capacity.is_multiple_of(HEAD)
            && (1..capacity).contains(&length)
            && head[40] == 0;
        is_ring.then_some(Self {
            data,
            length,
            written,
        })
    }

    fn record(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let place = self.written % self.data.len() as u64;
            self.data[place as usize] = *byte;
            self.written += 1;
        }
    }

    /// Compares what is replayed of the file.
    fn compare(&self, spec: &SourceSpec) {
        let oldest = self.written.saturating_sub(self.length);
        let at = |position: u64| self.data[(position % self.data.len() as u64) as usize];
        let kept: Vec<u8> = (oldest..self.written).map(at).collect();
        assert!(replay(spec, None).unwrap() == kept);
        // A line of which the start may be lost is not whole.
        let mut whole: Vec<&[u8]> = kept.split_inclusive(|byte| *byte == b'\n').collect();
        whole.pop_if(|last| !last.ends_with(b"\n"));
        if oldest > 0 && !whole.is_empty() {
            whole.remove(0);
        }
        for count in [0, 1, 3, u64::MAX] {
            let count = whole.len().min(usize::try_from(count).unwrap());
            let last = whole[whole.len() - count..].concat();
            assert!(
                replay(spec, Some(count as u64)).unwrap() == last,
                "{count} lines"
            );
        }
    }
}
