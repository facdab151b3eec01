//! The text does not depend on how the bytes are split into pieces and holes.

use super::*;

/// An input that delivers its pieces one by one, and then fails on request.
#[derive(Clone, Debug)]
pub(super) struct Pieces {
    pieces: std::collections::VecDeque<Result<Vec<u8>, u64>>,
    fails: bool,
    pauses: bool,
    /// Whether the next call is the one after a pause.
    paused: bool,
}

impl Pieces {
    /// Splits `bytes` at `cuts`. With `holes`, a part that is all zeros becomes a hole.
    fn new(bytes: &[u8], cuts: &[prop::sample::Index], holes: bool) -> Self {
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        places.push(bytes.len());
        places.sort_unstable();
        let mut start = 0;
        let mut pieces = std::collections::VecDeque::new();
        for end in places {
            let part = &bytes[start..end];
            match part.iter().all(|byte| *byte == 0) {
                _ if part.is_empty() => {}
                true if holes => pieces.push_back(Err(part.len() as u64)),
                _ => pieces.push_back(Ok(part.to_vec())),
            }
            start = end;
        }
        Self::of(pieces)
    }

    /// Every longest run of at least `least` zeros as a hole, the rest as bytes.
    pub(super) fn sparse(bytes: &[u8], least: usize) -> Self {
        let mut pieces = std::collections::VecDeque::new();
        for part in bytes.chunk_by(|a, b| (*a == 0) == (*b == 0)) {
            if part[0] == 0 && part.len() >= least {
                pieces.push_back(Err(part.len() as u64));
            } else {
                pieces.push_back(Ok(part.to_vec()));
            }
        }
        Self::of(pieces)
    }

    /// Bytes, and the lengths of holes.
    fn of(pieces: impl IntoIterator<Item = Result<Vec<u8>, u64>>) -> Self {
        Self {
            pieces: pieces.into_iter().collect(),
            fails: false,
            pauses: false,
            paused: false,
        }
    }

    /// The same, with a pause before each piece and before the end.
    pub(super) fn pausing(self) -> Self {
        Self {
            pauses: true,
            ..self
        }
    }

    /// The same pieces, with a failure in place of the end.
    pub(super) fn failing(self) -> Self {
        Self {
            fails: true,
            ..self
        }
    }
}

impl Input for Pieces {
    type Error = &'static str;

    fn next(&mut self, buffer: &mut [u8]) -> Result<Piece, &'static str> {
        if self.pauses && !std::mem::take(&mut self.paused) {
            self.paused = true;
            return Ok(Piece::Pause);
        }
        // The old content of the buffer must not matter.
        buffer.fill(0xa5);
        match self.pieces.pop_front() {
            None if self.fails => Err("unreadable"),
            None => Ok(Piece::End),
            Some(Err(zeros)) => Ok(zeros_piece(zeros)),
            Some(Ok(bytes)) if bytes.is_empty() => self.next(buffer),
            Some(Ok(bytes)) => {
                let length = bytes.len().min(buffer.len());
                buffer[..length].copy_from_slice(&bytes[..length]);
                if length < bytes.len() {
                    self.pieces.push_front(Ok(bytes[length..].to_vec()));
                }
                Ok(bytes_piece(length))
            }
        }
    }
}

proptest! {
    #[test]
    fn pieces_and_holes_do_not_change_the_text(
        format in formats(),
        offset in offsets(),
        bytes in content(3000),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        least in 1..100_usize,
    ) {
        let whole = dumped(&format, offset, &mut SliceInput::new(&bytes));
        for mut input in [
            Pieces::new(&bytes, &cuts, false),
            Pieces::new(&bytes, &cuts, true),
            Pieces::sparse(&bytes, least),
            Pieces::new(&bytes, &cuts, false).pausing(),
            Pieces::new(&bytes, &cuts, true).pausing(),
        ] {
            let text = dumped(&format, offset, &mut input);
            prop_assert_eq!(String::from_utf8_lossy(&text), String::from_utf8_lossy(&whole));
            prop_assert_eq!(&text, &whole);
        }
    }

    #[test]
    fn vectors_do_not_change_the_text(format in formats(), offset in offsets(), bytes in content(3000)) {
        let portable = dumped_with(None, &format, offset, &bytes);
        for level in levels() {
            let text = dumped_with(level, &format, offset, &bytes);
            prop_assert_eq!(&text, &portable, "{:?}", level);
        }
    }

    #[test]
    fn a_failing_input_is_shown_up_to_the_failure(
        format in formats(),
        offset in offsets(),
        bytes in content(1000),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
    ) {
        let whole = dumped(&format, offset, &mut SliceInput::new(&bytes));
        let mut text = Vec::new();
        let mut input = Pieces::new(&bytes, &cuts, true).failing();
        let error = dump(&format, offset, &mut input, &mut text, Control::default()).unwrap_err();
        let shown = Summary { input: bytes.len() as u64, output: whole.len() as u64 };
        let DumpError::Input { error: "unreadable", shown: told } = error else {
            panic!("{error}")
        };
        prop_assert_eq!(told, shown);
        prop_assert_eq!(&text, &whole);
    }
}

/// A hole that is too long to format line by line.
#[test]
fn a_long_hole_costs_one_squeezed_run() {
    let long = 1 << 62;
    for lead in [0_usize, 1, 15, 16, 17, 40] {
        for tail in [0_usize, 1, 16, 40] {
            let input = || Pieces::of([Ok(vec![7; lead]), Err(long), Ok(vec![7; tail])]);
            // The same with a short hole, whose length differs by a multiple of the line length.
            let mut bytes = vec![7; lead];
            bytes.extend(vec![0; 160]);
            bytes.extend(vec![7; tail]);
            let format = Format::Canonical { squeeze: true };
            let text = dumped(&format, 0, &mut input());
            let short = dumped(&format, 0, &mut SliceInput::new(&bytes));
            let lines = |text: &[u8]| text.split(|byte| *byte == b'\n').count();
            assert_eq!(lines(&text), lines(&short));
            let text = String::from_utf8(text).unwrap();
            let end = format!("{:08x}\n", long + lead as u64 + tail as u64);
            assert!(text.ends_with(&end), "{text}");
            let text = dumped(&Format::Hexyl(HexylOptions::default()), 0, &mut input());
            assert!(text.len() < 2000);
        }
    }
}

#[test]
fn offsets_beyond_64_bits_are_refused() {
    let mut text = Vec::new();
    let mut input = Pieces::of([Ok(vec![1; 20]), Err(u64::MAX - 10), Ok(vec![1; 20])]);
    let error = dump(
        &Format::Xxd(XxdOptions::default()),
        0,
        &mut input,
        &mut text,
        Control::default(),
    )
    .unwrap_err();
    assert!(matches!(error, DumpError::OffsetOverflow));
    let shown = dumped(
        &Format::Xxd(XxdOptions::default()),
        0,
        &mut SliceInput::new(&[1; 20]),
    );
    assert_eq!(text, shown);
}

#[test]
fn the_summary_counts_bytes_and_text() {
    let mut text = Vec::new();
    let mut input = Pieces::of([Ok(vec![1; 20]), Err(1 << 40), Ok(vec![1; 3])]);
    let format = Format::Canonical { squeeze: true };
    let summary = dump(&format, 0, &mut input, &mut text, Control::default()).unwrap();
    let (input, output) = ((1 << 40) + 23, text.len() as u64);
    assert_eq!(summary, Summary { input, output });
}

/// A writer that fails after this number of bytes.
struct Full(usize);

impl std::io::Write for Full {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        if self.0 == 0 {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        let length = text.len().min(self.0).min(100);
        self.0 -= length;
        Ok(length)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_failing_output_is_an_output_error() {
    let bytes = vec![5; 3_000_000];
    for limit in [0, 50, 100_000, 5_000_000] {
        for threads in [1, 2, 4] {
            let mut input = SliceInput::new(&bytes);
            let output = &mut Full(limit);
            let error = dump(
                &Format::Xxd(XxdOptions::default()),
                0,
                &mut input,
                output,
                on(threads),
            )
            .unwrap_err();
            let DumpError::Output(error) = error else {
                panic!("{error}")
            };
            assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
        }
    }
}
