//! `map`: makes a mapping and reports what the kernel made of it.

use std::time::Instant;

use super::{Outcome, for_each_source};
use crate::cli::MapArgs;
use crate::mapping::access::{Flag, OpenFlag};
use crate::mapping::error::{Error, Kind, Result};
use crate::mapping::observe::{Address, Amount, Expectation, Mapped};
use crate::mapping::range::{
    ByteLength, Bytes, OffsetRequest, RegionOffset, SourceOffset, SourceRange,
};
use crate::mapping::region::Region;
use crate::mapping::size::{Provided, Reserve};
use crate::mapping::source::{Source, SourceSpec};
use crate::report::{Console, MapReport, MapTable, SourceFields, Verbosity, picture_spans};

/// Carries out the command.
pub(super) fn run(args: &MapArgs, console: &mut Console) -> Outcome {
    let specs = args.sources.specs();
    check_before_opening(args)?;
    let spans = picture_spans(console.view(), specs.len());
    let several = specs.len() > 1 && !console.json();
    let mut table = MapTable::default();
    let outcome = for_each_source(console, &specs, |console, spec| {
        let (source, mapped) = map(spec, args, spans)?;
        if several {
            table.add(source.name(), &mapped, console.view());
        } else {
            console.report(&MapReport {
                source: SourceFields(source.name()),
                mapped: &mapped,
                verbose: console.options().verbosity == Verbosity::Verbose,
            })?;
        }
        Ok(check_expectation(args.after.expect_resident, &mapped)?)
    })?;
    if !console.is_quiet() {
        console.write_text(|out, view| table.write(out, view))?;
    }
    Ok(outcome)
}

/// Refuses what cannot be right whatever the source is, before anything is created or cut.
fn check_before_opening(args: &MapArgs) -> Result<()> {
    let request = args.range.request();
    let offset = match request.offset {
        OffsetRequest::FromStart(offset) => offset,
        OffsetRequest::FromEnd(_) => SourceOffset(0),
    };
    let length = request.length.unwrap_or(ByteLength(1));
    let range = SourceRange::new(offset, length)
        .ok_or_else(|| Error::usage(crate::mapping::range::RangeError::TooLarge.to_string()))?;
    args.map_request(range)?.check()
}

/// Maps one source and does all that was asked for.
fn map(spec: &SourceSpec, args: &MapArgs, spans: u64) -> Result<(Source, Mapped)> {
    let (access, visibility) = args.access.resolve()?;
    let writable = access.writes() && visibility.is_shared();
    let mut source = Source::open(spec, &args.open_request(writable))?;
    let range = source.resolve(&args.range.request(), writable)?;
    if range.is_empty() && args.range.length.is_none() {
        return Err(nothing_to_map(&source, range));
    }
    let grown = provide(&mut source, range, writable)?;
    let started = Instant::now();
    let mut region = Region::map(&source, &args.map_request(range)?)?;
    let done = change(&mut region, &source, args)?;
    let duration = started.elapsed();
    let seen = region.observe(&source, spans)?;
    let probe = args.after.probe.then(|| region.probe()).transpose()?;
    source.commit();
    let mapped = Mapped {
        kind: source.kind(),
        size: source.size()?,
        created: grown.is_some_and(|grown| grown.created),
        grown: grown
            .map(|grown| grown.provided)
            .filter(|p| p.new_size > p.old_size),
        flags: seen.effects(args.map_request(range)?.flags),
        open_flags_without_effect: idle_open_flags(args),
        seen,
        remapped_from: done.remapped_from,
        protected_from: done.protected_from,
        advised: done.advised,
        probe,
        duration_ns: u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX),
    };
    Ok((source, mapped))
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

fn nothing_to_map(source: &Source, range: SourceRange) -> Error {
    let reason = match range.offset() {
        SourceOffset(0) => "it is empty".to_owned(),
        SourceOffset(offset) => format!("no bytes follow offset {offset}, where it ends"),
    };
    let error = Error::new(Kind::FileTooShort, "map", reason).on(source.name());
    error.hint("with write access, --length N extends it")
}

/// What was changed after mapping.
#[derive(Default)]
struct Changes {
    remapped_from: Option<Address>,
    protected_from: Option<crate::mapping::access::Access>,
    advised: Option<String>,
}

/// Does to a mapping what was asked for once it is made.
fn change(region: &mut Region, source: &Source, args: &MapArgs) -> Result<Changes> {
    let after = &args.after;
    let mut changes = Changes::default();
    if let Some(length) = after.remap {
        check_remap(region, source, length)?;
        changes.remapped_from = Some(Address(region.address()));
        region.remap(length)?;
    }
    if let Some(protection) = after.protect {
        changes.protected_from = Some(region.access());
        region.protect(protection)?;
    }
    if let Some(name) = after.advise {
        let advice = name.into();
        region.advise(advice, RegionOffset(0), region.length())?;
        changes.advised = Some(advice.name().to_owned());
    }
    if after.lock {
        region.lock_resident()?;
    }
    Ok(changes)
}

/// A mapping may reach beyond the end of its file, and every touch there is a fault.
fn check_remap(region: &Region, source: &Source, length: ByteLength) -> Result<()> {
    if source.handle().is_none() {
        return Ok(());
    }
    let size = source.size()?;
    let end = region.range().offset().0.saturating_add(length.0);
    if end <= size.0 {
        return Ok(());
    }
    let reason = format!(
        "the mapping would end at {} and the file has {}",
        Bytes(ByteLength(end)),
        Bytes(size)
    );
    Err(Error::new(Kind::FileTooShort, "remap", reason).on(source.name()))
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
        .map(Flag::name)
        .collect()
}

fn check_expectation(expected: Option<Expectation>, mapped: &Mapped) -> Result<()> {
    let Some(expected) = expected else {
        return Ok(());
    };
    let seen = &mapped.seen.residency;
    let fail = |reason| Err(Error::new(Kind::Mismatch, "find what was expected", reason));
    match (expected.is_met(seen), seen.counts.resident) {
        (Some(true), _) => Ok(()),
        (Some(false), Some(resident)) => {
            let reason = match expected.amount {
                Amount::Share(_) => {
                    format!("{resident} of {} pages are resident", seen.counts.pages)
                }
                Amount::Bytes(_) => {
                    let bytes = ByteLength(resident.saturating_mul(seen.page_size));
                    format!("{} are resident", Bytes(bytes))
                }
            };
            fail(reason)
        }
        _ => fail(match seen.unknown_reason {
            Some(reason) => format!("residency is unknown: {}", reason.text()),
            None => "residency is unknown".to_owned(),
        }),
    }
}
