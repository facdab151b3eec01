//! `mirror`: maps the same bytes several times in a row.

use std::time::{Duration, Instant};

use super::details::describe;
use super::hold::{Hold, Keeper};
use super::map::nothing_to_map;
use super::outcome::Outcome;
use crate::cli::MirrorArgs;
use crate::mapping::actions::mirror::{self, Mirror, MirrorObservation, Verification};
use crate::mapping::error::Result;
use crate::mapping::source::size::{Provided, Reserve};
use crate::mapping::source::{Source, SourceSpec, memfd};
use crate::mapping::types::{ByteLength, Kind, SourceRange};
use crate::report::{Console, MirrorReport, SourceFields, View};

/// Carries out the command.
pub(super) fn run(args: &MirrorArgs, console: &mut Console) -> Outcome {
    check_before_opening(args)?;
    let mut keeper = Keeper::new(&args.hold, &[args.source.spec()], console)?;
    let live = mirror(args, &mut keeper).map_err(|error| {
        let refused = error.kind() == Kind::AccessDenied && error.details().os_error.is_some();
        if refused && args.writes() {
            error.hint("--access r mirrors what may only be read")
        } else {
            error
        }
    })?;
    if keeper.tells(console, args.verify || args.lock) {
        describe(console, &live.source, Some(&live.seen.residency));
        console.report(&live.report(console))?;
    }
    Ok(keeper.keep(console, &mut [live])?)
}

/// A mirror, with what it is of and what was seen of it.
struct Live {
    /// Unmapped before the source is put back, which some systems refuse otherwise.
    _mirror: Mirror,
    source: Source,
    asked: SourceRange,
    created: bool,
    grown: Option<Provided>,
    seen: MirrorObservation,
    verified: Option<Verification>,
    duration: Duration,
}

impl Hold for Live {
    type Report<'a> = MirrorReport<'a>;

    fn source(&self) -> &Source {
        &self.source
    }

    fn source_mut(&mut self) -> &mut Source {
        &mut self.source
    }

    fn range(&self) -> SourceRange {
        self.asked
    }

    fn summary(&self, view: &View) -> String {
        MirrorReport::summary(&self.seen, view)
    }

    fn report(&self, console: &Console) -> MirrorReport<'_> {
        MirrorReport {
            source: SourceFields(self.source.name()),
            kind: self.source.kind(),
            created: self.created,
            grown: self.grown,
            seen: &self.seen,
            verbose: console.is_verbose(),
            verified: self.verified.as_ref(),
            duration_ns: u64::try_from(self.duration.as_nanos()).unwrap_or(u64::MAX),
        }
    }
}

/// Maps the windows and does all that was asked for.
fn mirror(args: &MirrorArgs, keeper: &mut Keeper) -> Result<Live> {
    let mut source = open(args)?;
    keeper.source_is_open(&mut source, args.writes())?;
    let asked = source.resolve(&args.range.request(), args.writes())?;
    if asked.is_empty() && args.range.length.is_none() {
        return Err(nothing_to_map(&source, asked).hint("--length N extends it"));
    }
    let range = mirror::widen(asked).map_err(|e| e.on(source.name()))?;
    let request = args.mirror_request(range);
    source.truncate_for(ByteLength(range.end().0), range.length(), |source| {
        let mut mirror = Mirror::map(source, &request)?;
        if args.lock { mirror.try_pin() } else { Ok(()) }
    })?;
    let created = source.created();
    let grown = provide(&mut source, asked, range, args.writes())?;
    source.publish()?;
    let started = Instant::now();
    let mut mirror = Mirror::map(&source, &request)?;
    let duration = started.elapsed();
    if args.lock {
        mirror.pin()?;
    }
    let verified = args.verify.then(|| mirror.verify()).transpose()?;
    let seen = mirror.observe(asked)?;
    keeper.end_if_signalled("mirror")?;
    keeper.is_done(&mut source)?;
    Ok(Live {
        _mirror: mirror,
        source,
        asked,
        created,
        grown,
        seen,
        verified,
        duration,
    })
}

/// Refuses what cannot be right whatever the source is, before anything is created or cut.
fn check_before_opening(args: &MirrorArgs) -> Result<()> {
    args.open.check_truncation(&args.range)?;
    let name = args.source.spec().name();
    let request = args.mirror_request(args.range.least().map_err(|e| e.on(&name))?);
    request.check().map_err(|e| e.on(&name))
}

fn open(args: &MirrorArgs) -> Result<Source> {
    let spec = args.source.spec();
    let request = args.open_request();
    if spec == SourceSpec::Anonymous {
        // Opening checks the options; the memory that all windows show is made for its length.
        Source::open(&spec, &request)?.resolve(&args.range.request(), true)?;
        return memfd::create(args.range.length.unwrap_or_default(), None);
    }
    Source::open(&spec, &request)
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
