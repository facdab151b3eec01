//! The grammar of `--then`.
//!
//! ```text
//! step   = action ["@" range]
//! action = "protect=" access | "advise=" advice | "lock" ["=onfault"] | "unlock" | "touch" ["=write"]
//!        | "sync" ["=async" | "=invalidate"] | "remap=" size [",dontunmap" | ",fixed=" address] | "unmap"
//!        | "probe" | "seal" | "name=" text
//! ```
//!
//! The range is that of `--range`, counted from the start of the mapping.

use std::ffi::CString;

use super::named::spelling;
use super::protection::parse_protection;
use super::range::parse_part;
use super::size::{parse_address, parse_length};
use crate::mapping::types::{Action, ByteLength, LockMode, RemapPlace, Step, SyncKind};

/// The actions, each with the form of its value.
const ACTIONS: &str = "protect=ACCESS, advise=ADVICE, lock[=onfault], unlock, touch[=write], \
                       sync[=async|=invalidate], remap=SIZE, unmap, probe, seal, name=TEXT";

/// The longest name of memory in bytes (`prctl(2)`, PR_SET_VMA_ANON_NAME).
const LONGEST_NAME: usize = 79;

/// Parses a step: "touch", "protect=r+sem@4K..8K".
///
/// # Errors
/// What is wrong with it.
pub fn parse_step(text: &str) -> Result<Step, String> {
    let (action, part) = match text.rsplit_once('@') {
        Some((action, range)) => (action, Some(parse_part(range)?)),
        None => (text, None),
    };
    let action = parse_action(action)?;
    Ok(Step { action, part })
}

fn parse_action(text: &str) -> Result<Action, String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    };
    let name = name.to_ascii_lowercase();
    let action = match (&*name, value) {
        ("protect", Some(access)) => Action::Protect(parse_protection(access)?),
        ("advise", Some(advice)) => {
            let unknown = || format!("unknown advice '{advice}'; 'mmapctl advise --help' lists it");
            Action::Advise(spelling(advice).ok_or_else(unknown)?)
        }
        ("lock", None) => Action::Lock(LockMode::Now),
        ("lock", Some("onfault")) => Action::Lock(LockMode::OnFault),
        ("unlock", None) => Action::Unlock,
        ("touch", None) => Action::Touch { write: false },
        ("touch", Some("write")) => Action::Touch { write: true },
        ("sync", None) => Action::Sync(SyncKind::Wait),
        ("sync", Some("async")) => Action::Sync(SyncKind::Async),
        ("sync", Some("invalidate")) => Action::Sync(SyncKind::Invalidate),
        ("remap", Some(value)) => parse_remap(value)?,
        ("unmap", None) => Action::Unmap,
        ("probe", None) => Action::Probe,
        ("seal", None) => Action::Seal,
        ("name", Some(name)) => Action::Name(parse_name(name)?),
        _ => {
            let text = text.escape_debug();
            return Err(format!("unknown step '{text}'; use one of {ACTIONS}"));
        }
    };
    Ok(action)
}

/// Parses the value of `remap`: "2M", "2M,dontunmap", "2M,fixed=0x7f0000000000".
fn parse_remap(text: &str) -> Result<Action, String> {
    let (size, place) = match text.split_once(',') {
        Some((size, place)) => (size, Some(place)),
        None => (text, None),
    };
    let length = parse_length(size).map_err(|error| format!("length '{size}': {error}"))?;
    if length == ByteLength::ZERO {
        return Err("a length of 0 maps nothing; use unmap".to_owned());
    }
    let place = match place {
        None => RemapPlace::Free,
        Some("dontunmap") => RemapPlace::LeaveOld,
        Some(place) => match place.strip_prefix("fixed=") {
            Some(address) => RemapPlace::At(
                parse_address(address).map_err(|error| format!("address '{address}': {error}"))?,
            ),
            None => {
                let place = place.escape_debug();
                return Err(format!("unknown '{place}'; use dontunmap or fixed=ADDRESS"));
            }
        },
    };
    Ok(Action::Remap(length, place))
}

/// Parses a name that the kernel takes.
fn parse_name(text: &str) -> Result<CString, String> {
    let refused = |c: char| !matches!(c, ' '..='~') || matches!(c, '\\' | '`' | '$' | '[' | ']');
    if text.is_empty() || text.len() > LONGEST_NAME || text.contains(refused) {
        return Err(format!(
            "not a name: 1 to {LONGEST_NAME} printable ASCII characters, without \\ ` $ [ ]"
        ));
    }
    CString::new(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_step_is_read_and_written_in_the_same_form() {
        for text in [
            "protect=r",
            "protect=wx+sem+growsdown",
            "protect=none@4096+4096",
            "advise=dontneed-locked@-8192+4096",
            "lock",
            "lock=onfault@0+1",
            "unlock",
            "touch",
            "touch=write@4096..",
            "sync",
            "sync=async",
            "sync=invalidate",
            "remap=8192",
            "remap=8192,dontunmap",
            "remap=8192,fixed=0x200000000000",
            "unmap@-4096..",
            "probe",
            "seal",
            "name=ring buffer",
        ] {
            assert_eq!(parse_step(text).unwrap().to_string(), text);
        }
        for (text, form) in [
            ("PROTECT=PROT_READ", "protect=r"),
            ("advise=MADV_RANDOM@1pg..2pg", "advise=random@4096+4096"),
            ("touch@4K..8K", "touch@4096+4096"),
            ("remap=1M", "remap=1048576"),
            ("unmap@..4K", "unmap@0+4096"),
        ] {
            if !text.contains("pg")
                || crate::mapping::measure::page_sizes::page_size().bytes() == 4096
            {
                assert_eq!(parse_step(text).unwrap().to_string(), form);
            }
        }
    }

    #[test]
    fn a_wrong_step_is_refused_with_what_is_wrong() {
        for (wrong, why) in [
            ("", "unknown step ''; use one of protect=ACCESS"),
            ("jump", "unknown step 'jump'"),
            ("lock=now", "unknown step 'lock=now'"),
            ("protect", "unknown step 'protect'"),
            ("unmap=4K", "unknown step 'unmap=4K'"),
            ("protect=q", "unknown access 'q'"),
            ("advise=sleep", "unknown advice 'sleep'"),
            ("touch@", "not a range"),
            ("touch@8K..4K", "the end is before the start"),
            ("touch@7000-8000", "START-END takes addresses"),
            ("remap=0", "a length of 0"),
            ("remap=x", "length 'x'"),
            ("remap=4K,move", "unknown 'move'"),
            ("remap=4K,fixed=x", "address 'x'"),
            ("name=", "not a name"),
            ("name=a[b", "not a name"),
            ("name=\u{e4}", "not a name"),
        ] {
            let error = parse_step(wrong).unwrap_err();
            assert!(error.starts_with(why), "{wrong}: {error}");
        }
        assert!(parse_step(&format!("name={}", "x".repeat(79))).is_ok());
        assert!(parse_step(&format!("name={}", "x".repeat(80))).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = parse_step(&text);
        }

        #[test]
        fn no_text_that_resembles_a_step_makes_it_panic(
            text in "(protect|advise|lock|touch|sync|remap|name)=?[a-z0-9,+=]{0,9}@?-?[0-9K.+]{0,12}",
        ) {
            if let Ok(step) = parse_step(&text) {
                prop_assert_eq!(parse_step(&step.to_string()), Ok(step));
            }
        }
    }
}
