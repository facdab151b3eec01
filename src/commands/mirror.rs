//! `mirror`: maps the same bytes several times in a row.

use std::time::Instant;

use super::Outcome;
use super::hold::{Held, Keeper};
use super::map::nothing_to_map;
use crate::cli::MirrorArgs;
use crate::mapping::error::{Error, Kind, Result};
use crate::mapping::memfd;
use crate::mapping::mirror::{self, Mirror};
use crate::mapping::range::{ByteLength, OffsetRequest, RangeError, SourceOffset, SourceRange};
use crate::mapping::size::{Provided, Reserve};
use crate::mapping::source::{Source, SourceSpec};
use crate::report::{Console, MirrorReport, SourceFields, Verbosity};

/// Carries out the command.
pub(super) fn run(args: &MirrorArgs, console: &mut Console) -> Outcome {
    check_before_opening(args)?;
    let mut keeper = Keeper::new(&args.hold, &[args.source.spec()])?;
    let mut source = open(args)?;
    keeper.source_is_open(&mut source)?;
    if args.verify {
        keeper.watch()?;
    }
    let asked = source.resolve(&args.range.request(), args.writes())?;
    if asked.is_empty() && args.range.length.is_none() {
        return Err(nothing_to_map(&source, asked)
            .hint("--length N extends it")
            .into());
    }
    let range = mirror::widen(asked).map_err(|e| e.on(source.name()))?;
    let created = source.created();
    let grown = provide(&mut source, asked, range, args.writes())?;
    let started = Instant::now();
    let mut mirror = Mirror::map(&source, &args.mirror_request(range))?;
    let duration = started.elapsed();
    if args.lock {
        mirror.pin()?;
    }
    let verified = args.verify.then(|| mirror.verify()).transpose()?;
    keeper.end_if_signalled("mirror")?;
    let seen = mirror.observe(asked)?;
    source.commit();
    let report = MirrorReport {
        source: SourceFields(source.name()),
        kind: source.kind(),
        created,
        grown,
        seen,
        verified,
        duration_ns: u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX),
    };
    let verbose = console.options().verbosity == Verbosity::Verbose && !console.json();
    if !keeper.holds() || (verbose && !keeper.runs_program()) {
        console.report(&report)?;
    }
    let held = Held {
        source: &source,
        range: asked,
        summary: report.summary(console.view()),
    };
    Ok(keeper.keep(console, &[held], &[report])?)
}

/// Refuses what cannot be right whatever the source is, before anything is created or cut.
fn check_before_opening(args: &MirrorArgs) -> Result<()> {
    let request = args.range.request();
    let offset = match request.offset {
        OffsetRequest::FromStart(offset) => offset,
        OffsetRequest::FromEnd(_) => SourceOffset(0),
    };
    let length = request.length.unwrap_or(ByteLength(1));
    let range = SourceRange::new(offset, length)
        .ok_or_else(|| Error::usage(RangeError::TooLarge.to_string()))?;
    let mut mirror = args.mirror_request(range);
    mirror.range = range;
    mirror.check(args.verify)
}

fn open(args: &MirrorArgs) -> Result<Source> {
    let spec = args.source.spec();
    let request = args.open_request();
    if spec == SourceSpec::Anonymous {
        // Opening checks the options; the memory that all windows show is made for its length.
        Source::open(&spec, &request)?.resolve(&args.range.request(), true)?;
        return memfd::create(args.range.length.unwrap_or_default(), None);
    }
    Source::open(&spec, &request).map_err(|error| {
        if error.kind() == Kind::AccessDenied && args.writes() {
            error.hint("--access r mirrors what may only be read")
        } else {
            error
        }
    })
}

/// Extends the source to whole pages when it has to grow at all.
fn provide(
    source: &mut Source,
    asked: SourceRange,
    widened: SourceRange,
    writable: bool,
) -> Result<Option<Provided>> {
    if !writable || asked.end().0 <= source.size()?.0 {
        return Ok(None);
    }
    let provided = source.provide(widened, Reserve::Growth)?;
    Ok(Some(provided).filter(|provided| provided.new_size > provided.old_size))
}
