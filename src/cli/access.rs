//! The options on how a source is opened and mapped: access, visibility, flags and placement.

use clap::Args;

use super::named::Flags;
use super::range::RangeArgs;
use super::size::{parse_address, parse_length};
use crate::mapping::error::{Error, Result};
use crate::mapping::source::{Creation, OpenRequest};
use crate::mapping::types::{
    Access, AccessMode, ByteLength, MapFlag, MapFlags, Named, OpenFlag, OpenFlags, PageSize,
    Placement, Visibility,
};

/// The access to the bytes, and the visibility of writes.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Access")]
pub struct AccessArgs {
    /// Access to the bytes
    #[arg(short, long, value_name = "ACCESS", default_value = "r")]
    pub access: Access,
    /// Keep writes private (MAP_PRIVATE)
    #[arg(long, group = "visibility", hide_short_help = true)]
    pub private: bool,
    /// Share writes with the source and its other mappings (MAP_SHARED)
    #[arg(long, group = "visibility", hide_short_help = true)]
    pub shared: bool,
    /// Share writes, and fail on unknown flags instead of ignoring them (MAP_SHARED_VALIDATE)
    #[arg(long, group = "visibility", hide_short_help = true)]
    pub shared_validate: bool,
}

impl AccessArgs {
    /// The requested access and visibility.
    ///
    /// # Errors
    /// `usage` for private copies in a shared mapping.
    pub fn resolve(&self) -> Result<(Access, Visibility)> {
        self.resolve_for(self.access.natural_visibility())
    }

    /// The same, with another default visibility.
    ///
    /// # Errors
    /// As [`AccessArgs::resolve`].
    pub(super) fn resolve_for(&self, natural: Visibility) -> Result<(Access, Visibility)> {
        let access = self.access;
        let visibility = self.visibility().unwrap_or(natural);
        if access.mode == AccessMode::Copy && visibility.is_shared() {
            return Err(Error::usage(format!(
                "--access {} makes private copies and cannot be combined with --{}",
                access.name(),
                visibility.name()
            )));
        }
        Ok((access, visibility))
    }

    fn visibility(&self) -> Option<Visibility> {
        [
            (self.private, Visibility::Private),
            (self.shared, Visibility::Shared),
            (self.shared_validate, Visibility::SharedValidate),
        ]
        .into_iter()
        .find_map(|(asked, visibility)| asked.then_some(visibility))
    }
}

/// How a file or tag is opened.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Opening")]
pub struct OpenArgs {
    /// Open with these flags, separated by commas: --open create,excl
    #[arg(
        long,
        value_name = "FLAGS",
        value_delimiter = ',',
        hide_short_help = true
    )]
    pub open: Vec<Flags<OpenFlag>>,
    /// Permission bits of a new file or tag, in octal [default: 666 for files, 600 for tags]
    ///
    /// The umask applies: --open create --mode 640.
    #[arg(long, value_name = "BITS", value_parser = parse_mode, hide_short_help = true)]
    pub mode: Option<u32>,
}

fn parse_mode(text: &str) -> Result<u32, String> {
    // from_str_radix accepts a sign.
    let octal = text.chars().all(|c| c.is_digit(8));
    match u32::from_str_radix(text, 8) {
        Ok(mode) if octal && mode <= 0o7777 => Ok(mode),
        _ => Err("not permission bits: an octal number up to 7777".to_owned()),
    }
}

impl OpenArgs {
    /// The request to open the source.
    #[must_use]
    pub fn request(&self, writable: bool, creation: Creation) -> OpenRequest {
        OpenRequest {
            writable,
            creation,
            flags: self.flags(),
            mode: self.mode,
            pages: false,
        }
    }

    /// The requested flags of `open(2)`.
    #[must_use]
    pub fn flags(&self) -> OpenFlags {
        Flags::all(&self.open).collect()
    }

    /// Refuses to truncate a file whose range then depends on its size.
    ///
    /// # Errors
    /// `usage` for `--open truncate` without `--length`, or with an offset from the end.
    pub fn check_truncation(&self, range: &RangeArgs) -> Result<()> {
        if !self.flags().has(OpenFlag::Truncate) {
            return Ok(());
        }
        if range.length.is_none() {
            return Err(Error::usage(
                "--open truncate empties the file; add --length for its new size",
            ));
        }
        range.check_from_start()
    }
}

/// Where in the address space a mapping goes.
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = "Placement")]
pub struct PlacementArgs {
    /// Map at this address; fail if it is in use: --addr 0x7f0000000000
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address, conflicts_with = "addr_hint", hide_short_help = true)]
    pub addr: Option<u64>,
    /// Map near this address if possible: --addr-hint 0x7f0000000000
    ///
    /// The address is rounded down to a multiple of the page size.
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address, hide_short_help = true)]
    pub addr_hint: Option<u64>,
}

impl PlacementArgs {
    /// The requested placement.
    #[must_use]
    pub fn placement(&self) -> Placement {
        let near = || self.addr_hint.map(Placement::Near);
        self.addr
            .map(Placement::At)
            .or_else(near)
            .unwrap_or_default()
    }
}

/// Flags of mmap(2).
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Mapping")]
pub struct MapFlagArgs {
    /// Map with these flags, separated by commas: --flags noreserve,populate
    #[arg(
        long,
        value_name = "FLAGS",
        value_delimiter = ',',
        hide_short_help = true
    )]
    pub flags: Vec<Flags<MapFlag>>,
    /// With --flags hugetlb: size of the huge pages, such as --huge-size 2M [default: the kernel's choice]
    #[arg(long, value_name = "SIZE", value_parser = parse_huge_size, hide_short_help = true)]
    pub huge_size: Option<PageSize>,
}

fn parse_huge_size(text: &str) -> Result<PageSize, String> {
    let ByteLength(bytes) = parse_length(text).map_err(|error| error.to_string())?;
    PageSize::new(bytes).ok_or_else(|| "not a power of two".to_owned())
}

impl MapFlagArgs {
    /// The requested flags, and the size of huge pages.
    ///
    /// # Errors
    /// `usage` for a size of huge pages without `--flags hugetlb`.
    pub fn resolve(&self) -> Result<(MapFlags, Option<PageSize>)> {
        let flags: MapFlags = Flags::all(&self.flags).collect();
        if self.huge_size.is_some() && !flags.has(MapFlag::Hugetlb) {
            return Err(Error::usage("--huge-size needs --flags hugetlb"));
        }
        Ok((flags, self.huge_size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use clap::error::ErrorKind;

    #[derive(Debug, Parser)]
    struct All {
        #[command(flatten)]
        access: AccessArgs,
        #[command(flatten)]
        open: OpenArgs,
        #[command(flatten)]
        placement: PlacementArgs,
        #[command(flatten)]
        flags: MapFlagArgs,
    }

    fn parse(arguments: &[&str]) -> Result<All, clap::Error> {
        All::try_parse_from(std::iter::once("x").chain(arguments.iter().copied()))
    }

    #[test]
    fn visibility_follows_the_access_unless_told() {
        let resolve = |arguments: &[&str]| parse(arguments).unwrap().access.resolve();
        assert_eq!(resolve(&[]).unwrap(), (Access::READ, Visibility::Shared));
        assert_eq!(
            resolve(&["-a", "c"]).unwrap(),
            (Access::COPY, Visibility::Private)
        );
        assert_eq!(
            resolve(&["-a", "w", "--private"]).unwrap(),
            (Access::WRITE, Visibility::Private)
        );
        assert_eq!(
            resolve(&["--shared-validate"]).unwrap().1,
            Visibility::SharedValidate
        );
        let error = resolve(&["-a", "cx", "--shared"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "--access cx makes private copies and cannot be combined with --shared"
        );
        let error = parse(&["--shared", "--private"]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ArgumentConflict);
    }

    #[test]
    fn lists_are_separated_by_commas_and_modes_are_octal() {
        let all = parse(&["--open", "create,excl", "--mode", "640"]).unwrap();
        let request = all.open.request(true, Creation::Never);
        assert!(request.flags.has(OpenFlag::Create) && request.flags.has(OpenFlag::Excl));
        assert_eq!(request.mode, Some(0o640));
        for wrong in ["8", "+7", "-1", "10000", "", "0x7"] {
            assert!(parse(&["--mode", wrong]).is_err(), "{wrong}");
        }
        assert!(parse(&["--open", "create,exc"]).is_err());
    }

    #[test]
    fn huge_sizes_are_powers_of_two_and_need_huge_pages() {
        let all = parse(&["--flags", "hugetlb,32bit", "--huge-size", "2M"]).unwrap();
        let (flags, size) = all.flags.resolve().unwrap();
        assert!(flags.has(MapFlag::Hugetlb) && flags.has(MapFlag::Low32));
        assert_eq!(size, PageSize::new(2 << 20));
        assert!(parse(&["--huge-size", "3M"]).is_err());
        let alone = parse(&["--huge-size", "2M"]).unwrap();
        assert!(alone.flags.resolve().is_err());
    }

    #[test]
    fn an_address_is_demanded_or_suggested() {
        let placement = |arguments: &[&str]| parse(arguments).map(|a| a.placement.placement());
        assert_eq!(placement(&[]).unwrap(), Placement::Anywhere);
        assert_eq!(
            placement(&["--addr", "0x1000"]).unwrap(),
            Placement::At(4096)
        );
        assert_eq!(
            placement(&["--addr-hint", "1"]).unwrap(),
            Placement::Near(1)
        );
        assert!(placement(&["--addr", "1", "--addr-hint", "1"]).is_err());
    }
}
