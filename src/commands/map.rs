//! `map`: makes a mapping and reports what the kernel made of it.

use std::time::{Duration, Instant};

use super::details::describe;
use super::failure::for_each_source;
use super::hold::{Hold, Keeper};
use super::outcome::Outcome;
use crate::cli::MapArgs;
use crate::mapping::actions::advise::own::{self, AdviseRequest};
use crate::mapping::actions::map::expectation::{Amount, Expectation};
use crate::mapping::actions::map::outcome::{GivenAdvice, Mapped};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::page_sizes;
use crate::mapping::region::observation::{Address, Observation};
use crate::mapping::region::{MapRequest, Region};
use crate::mapping::source::size::{Provided, Reserve};
use crate::mapping::source::{Source, SourceSpec};
use crate::mapping::types::{
    ByteLength, Bytes, Kind, MapFlag, Named, OpenFlag, SourceKind, SourceOffset, SourceRange,
};
use crate::report::{Console, MapReport, MapTable, SourceFields, View, picture_spans};

/// Carries out the command.
pub(super) fn run(args: &MapArgs, console: &mut Console) -> Outcome {
    let specs = args.sources.specs();
    check_before_opening(args)?;
    let mut keeper = Keeper::new(&args.hold, &specs, console)?;
    let spans = picture_spans(console.view(), specs.len());
    let several = specs.len() > 1 && !console.json();
    // A table has no room for more.
    let whole = !several || console.is_verbose() || args.after.probe;
    let result = args.after.probe || args.after.lock;
    let mut table = MapTable::with_room(if several { specs.len() } else { 0 });
    let mut kept = keeper.room_for(specs.len())?;
    let outcome = for_each_source(console, &specs, |console, spec| {
        let mut live = map(spec, args, spans, &mut keeper)?;
        if keeper.tells(console, result) {
            describe(console, &live.source, Some(&live.mapped.seen.residency));
            if several {
                table.add(live.source.name(), &live.mapped, console.view());
            }
            match whole {
                true => console.report(&live.report(console))?,
                false => tell_why_unknown(&live, console),
            }
        }
        check_expectation(args.after.expect_resident, &live.mapped)?;
        keeper.end_if_signalled("map")?;
        keeper.is_done(&mut live.source)?;
        if keeper.keeps() {
            kept.push(live);
        }
        Ok(())
    })?;
    if !console.is_quiet() {
        console.write_text(|out, view| table.write(out, view))?;
    }
    keeper.keep_after(outcome, console, &mut kept)
}

/// A table has no room to say why a question mark stands in it.
fn tell_why_unknown(live: &Live, console: &mut Console) {
    if let Some(reason) = live.mapped.seen.residency.unknown_reason {
        let name = live.source.name();
        console.note(
            Some(name),
            format_args!("residency is unknown: {}", reason.text()),
        );
    }
}

/// A mapping, with what it is of and what was seen of it.
struct Live {
    /// Unmapped before the source is put back, which some systems refuse otherwise.
    region: Region,
    source: Source,
    mapped: Mapped,
}

impl Hold for Live {
    type Report<'a> = MapReport<'a>;

    fn source(&self) -> &Source {
        &self.source
    }

    fn source_mut(&mut self) -> &mut Source {
        &mut self.source
    }

    fn range(&self) -> SourceRange {
        self.region.range()
    }

    fn report(&self, console: &Console) -> MapReport<'_> {
        MapReport {
            source: SourceFields(self.source.name()),
            mapped: &self.mapped,
            verbose: console.is_verbose(),
        }
    }

    fn summary(&self, view: &View) -> String {
        let seen = &self.mapped.seen;
        let mut summary = format!("{} at {:#x}", view.size(seen.length), seen.address.0);
        if let Some(locked) = seen.locked.filter(|locked| !locked.is_zero()) {
            summary.push_str(&format!(", {} locked", view.size(locked)));
        }
        summary
    }
}

/// Refuses what cannot be right whatever the source is, before anything is created or cut.
fn check_before_opening(args: &MapArgs) -> Result<()> {
    args.check()?;
    args.map_request(args.range.least()?)?.check()
}

/// Maps one source and does all that was asked for.
fn map(spec: &SourceSpec, args: &MapArgs, spans: u64, keeper: &mut Keeper) -> Result<Live> {
    let (access, visibility) = args.access.resolve()?;
    let writable = access.writes() && visibility.is_shared();
    let mut source = open(spec, args, writable, keeper)?;
    keeper.source_is_open(&mut source, writable)?;
    let range = resolve(&source, args, writable)
        .map_err(|error| why_too_short(error, &source, args, writable))?;
    let request = args.map_request(range)?;
    check_remap(&source, args, range)?;
    source.truncate_for(ByteLength(range.end().0), range.length(), |source| {
        rehearse(source, args, &request)
    })?;
    let grown = provide(&mut source, range, writable)?;
    // From here on it is seen under its name, in memory maps too.
    source.publish()?;
    let started = Instant::now();
    let mut region = Region::map(&source, &request)?;
    let done = change(&mut region, &source, args)?;
    let duration = started.elapsed().saturating_sub(done.looking);
    let probe = args.after.probe.then(|| region.probe()).transpose()?;
    // Last, because every step before it may bring pages in.
    let seen = region.observe(&source, spans)?;
    let mapped = Mapped {
        kind: source.kind(),
        size: source.size()?,
        created: grown.is_some_and(|grown| grown.created),
        grown: grown
            .map(|grown| grown.provided)
            .filter(|p| p.new_size > p.old_size),
        flags: seen.effects(request.flags),
        open_flags_without_effect: idle_open_flags(args),
        seen,
        remapped_from: done.remapped_from,
        protected_from: done.protected_from,
        protect_flags: args
            .after
            .protect
            .map_or_else(Vec::new, |p| Observation::effects_of_protection(p.extras)),
        advised: done.advised,
        probe,
        duration_ns: u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX),
    };
    Ok(Live {
        source,
        region,
        mapped,
    })
}

/// Opens the source.
fn open(spec: &SourceSpec, args: &MapArgs, writable: bool, keeper: &Keeper) -> Result<Source> {
    let source = Source::open(spec, &args.open_request(writable))
        .map_err(|error| why_missing(error, spec, writable))?;
    let longest = |source: &Source| {
        let length = source.resolve(&args.range.request(), writable)?.length();
        Ok(args.after.remap.map_or(length, |remap| remap.max(length)))
    };
    keeper.shareable(source, spec, longest, &args.flags)
}

#[derive(Clone, Copy)]
struct Grown {
    created: bool,
    provided: Provided,
}

fn provide(source: &mut Source, range: SourceRange, writable: bool) -> Result<Option<Grown>> {
    if !writable {
        return Ok(None);
    }
    let created = source.created();
    let provided = source.provide(range, Reserve::Growth)?;
    Ok(Some(Grown { created, provided }))
}

/// Adds to a failure to find something that it can be created, where that is so.
fn why_missing(error: Error, spec: &SourceSpec, writable: bool) -> Error {
    let creatable = spec.has_place();
    let has_hint = error.details().hint.is_some();
    if error.kind() == Kind::NotFound && creatable && !writable && !has_hint {
        return error.hint("write access (--access w) with --length N creates it");
    }
    error
}

/// The range to map, which is not empty.
fn resolve(source: &Source, args: &MapArgs, writable: bool) -> Result<SourceRange> {
    let range = source.resolve(&args.range.request(), writable)?;
    if range.is_empty() {
        Err(nothing_to_map(source, range))
    } else {
        Ok(range)
    }
}

/// The failure for a range that is empty because nothing follows where it begins.
pub(super) fn nothing_to_map(source: &Source, range: SourceRange) -> Error {
    let reason = match range.offset() {
        SourceOffset(0) => "it is empty".to_owned(),
        SourceOffset(offset) => format!("no bytes follow offset {offset}, where it ends"),
    };
    Error::new(Kind::FileTooShort, "map", reason).on(source.name())
}

/// What stands in the way of something that is too short: that it could not be mapped whatever its length,
/// or only that it is to be longer.
fn why_too_short(error: Error, source: &Source, args: &MapArgs, writable: bool) -> Error {
    if error.kind() != Kind::FileTooShort {
        return error;
    }
    if let Some(refusal) = refusal_of_any_byte(source, args) {
        return refusal;
    }
    match (source.kind(), writable) {
        (SourceKind::BlockDevice, _) => error.hint("a block device cannot be extended"),
        (_, true) => error.hint("--length N extends it"),
        (_, false) => error.hint("write access (--access w) with --length N extends it"),
    }
}

/// The refusal to map even one byte. The byte need not be there, because it is not touched.
fn refusal_of_any_byte(source: &Source, args: &MapArgs) -> Option<Error> {
    let (access, visibility) = args.access.resolve().ok()?;
    let range = SourceRange::new(SourceOffset(0), ByteLength(1))?;
    let request = MapRequest {
        visibility,
        ..MapRequest::plain(range, access)
    };
    let refusal = Region::map(source, &request).err();
    refusal.filter(|error| matches!(error.kind(), Kind::AccessDenied | Kind::Unsupported))
}

/// Makes the mapping once without touching a page, so that what would fail does so while the contents are
/// still there.
fn rehearse(source: &Source, args: &MapArgs, request: &MapRequest) -> Result<()> {
    let touches = |flag: &MapFlag| {
        matches!(
            flag,
            MapFlag::Populate | MapFlag::Locked | MapFlag::LockOnfault
        )
    };
    let flags = request.flags.iter().filter(|flag| !touches(flag)).collect();
    let mut region = Region::map(source, &MapRequest { flags, ..*request })?;
    if let Some(length) = args.after.remap {
        region.remap(length)?;
    }
    if let Some(protection) = args.after.protect {
        region.protect(protection)?;
    }
    let locks = request.flags.has(MapFlag::Locked) || request.flags.has(MapFlag::LockOnfault);
    if args.after.lock || locks {
        region.try_pin()?;
    }
    drop(region);
    rehearse_advice(source, args, request)
}

/// Gives the advice to one page. One that destroys data would destroy what is still there.
fn rehearse_advice(source: &Source, args: &MapArgs, request: &MapRequest) -> Result<()> {
    let advice = args.after.advise;
    let Some(advice) = advice.filter(|advice| !advice.is_destructive()) else {
        return Ok(());
    };
    let page = ByteLength(page_sizes::page_size().bytes());
    let length = request.range.length().min(page);
    let range = SourceRange::new(request.range.offset(), length).unwrap_or(request.range);
    let page = MapRequest {
        visibility: request.visibility,
        ..MapRequest::plain(range, request.access)
    };
    let touch = false;
    own::advise(
        source,
        &Region::map(source, &page)?,
        AdviseRequest { advice, touch },
    )
    .map(drop)
}

/// What was changed after mapping.
#[derive(Default)]
struct Changes {
    remapped_from: Option<Address>,
    protected_from: Option<crate::mapping::types::Access>,
    advised: Option<GivenAdvice>,
    /// What was spent on looking, and not on doing.
    looking: Duration,
}

/// Does to a mapping what was asked for once it is made.
fn change(region: &mut Region, source: &Source, args: &MapArgs) -> Result<Changes> {
    let after = &args.after;
    let mut changes = Changes::default();
    if let Some(length) = after.remap {
        changes.remapped_from = Some(Address(region.address()));
        region.remap(length)?;
    }
    if let Some(protection) = after.protect {
        changes.protected_from = Some(region.access());
        region.protect(protection)?;
    }
    if let Some(advice) = after.advise {
        let started = Instant::now();
        let request = AdviseRequest {
            advice,
            touch: false,
        };
        let advised = own::advise(source, region, request)?;
        let giving = Duration::from_nanos(advised.duration_ns);
        changes.looking = started.elapsed().saturating_sub(giving);
        changes.advised = Some(GivenAdvice {
            advice: advised.advice,
            effect: advised.effect,
        });
    }
    if after.lock {
        region.pin()?;
    }
    Ok(changes)
}

/// A mapping may reach beyond the end of its file, and every touch there is a fault.
fn check_remap(source: &Source, args: &MapArgs, range: SourceRange) -> Result<()> {
    let Some(length) = args.after.remap.filter(|_| source.handle().is_some()) else {
        return Ok(());
    };
    let size = source.planned_size()?.max(ByteLength(range.end().0));
    let end = range.offset().0.saturating_add(length.0);
    if end <= size.0 {
        return Ok(());
    }
    let reason = format!(
        "the mapping would end at {} and the file has {}",
        Bytes(ByteLength(end)),
        Bytes(size)
    );
    let error = Error::new(Kind::FileTooShort, "remap", reason).on(source.name());
    Err(error.hint("with write access, --length N extends the file first"))
}

/// The flags of `open(2)` that were asked for and matter to read and write calls only, or to nothing.
fn idle_open_flags(args: &MapArgs) -> Vec<&'static str> {
    let idle = |flag: &OpenFlag| match flag {
        OpenFlag::Create
        | OpenFlag::Excl
        | OpenFlag::Truncate
        | OpenFlag::Nofollow
        | OpenFlag::Directory => false,
        OpenFlag::Direct
        | OpenFlag::Sync
        | OpenFlag::Dsync
        | OpenFlag::Noctty
        | OpenFlag::Nonblock
        | OpenFlag::Async
        | OpenFlag::Largefile => true,
    };
    args.open_flags()
        .iter()
        .filter(idle)
        .map(Named::name)
        .collect()
}

fn check_expectation(expected: Option<Expectation>, mapped: &Mapped) -> Result<()> {
    let Some(expected) = expected else {
        return Ok(());
    };
    let seen = &mapped.seen.residency;
    if expected.is_met(seen) == Some(true) {
        return Ok(());
    }
    let found = match (seen.counts.resident, expected.amount) {
        (Some(resident), Amount::Share(_)) => {
            format!("{resident} of {} pages are resident", seen.counts.pages)
        }
        (Some(resident), Amount::Bytes(_)) => {
            let bytes = ByteLength(resident.saturating_mul(seen.page_size));
            format!("{} are resident", Bytes(bytes))
        }
        (None, _) => match seen.unknown_reason {
            Some(reason) => format!("residency is unknown ({})", reason.text()),
            None => "residency is unknown".to_owned(),
        },
    };
    let reason = format!("{found}, and {expected} was expected");
    Err(Error::new(Kind::Mismatch, "", reason))
}
