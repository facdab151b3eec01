//! The grammar of protections: an access, and bits of mprotect(2).

use super::named::{parse_access, spelling};
use crate::mapping::types::{Access, Named, ProtectExtra, Protection};

/// Parses an access and extra bits: "r", "wx+sem", "PROT_READ|PROT_SEM".
pub(super) fn parse_protection(text: &str) -> Result<Protection, String> {
    let words: Vec<&str> = text.split(['+', '|', ',']).map(str::trim).collect();
    let (extras, access): (Vec<_>, Vec<_>) = words
        .into_iter()
        .partition(|word| spelling::<ProtectExtra>(word).is_some());
    match parse_access(&access.join("|")) {
        Some(access) => Ok(Protection {
            access,
            extras: extras.into_iter().filter_map(spelling).collect(),
        }),
        None => {
            let unknown = access.iter().find(|word| parse_access(word).is_none());
            Err(format!(
                "unknown access '{}'; use one of {}, and + with {}",
                unknown.copied().unwrap_or(text),
                names::<Access>(),
                names::<ProtectExtra>()
            ))
        }
    }
}

fn names<N: Named>() -> String {
    let names: Vec<&str> = N::ALL.iter().map(|value| value.name()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protection_is_an_access_with_bits() {
        let protection = parse_protection("wx+sem+growsdown").unwrap();
        assert_eq!(protection.access.name(), "wx");
        assert!(protection.extras.has(ProtectExtra::Sem));
        assert!(protection.extras.has(ProtectExtra::Growsdown));
        assert!(parse_protection("none").unwrap().extras.is_empty());
        for text in [
            "r+sem",
            "ro|SEM",
            "PROT_READ|PROT_SEM",
            "prot_sem, prot_read",
        ] {
            let protection = parse_protection(text).unwrap();
            assert_eq!(protection.access, Access::READ, "{text}");
            assert!(protection.extras.has(ProtectExtra::Sem), "{text}");
        }
        let write = parse_protection("PROT_READ|PROT_WRITE").unwrap();
        assert_eq!(
            (write.access, write.extras.is_empty()),
            (Access::WRITE, true)
        );
        for (wrong, unknown) in [
            ("", ""),
            ("q", "q"),
            ("r+", ""),
            ("r+up", "up"),
            ("+sem", ""),
            ("sem", "sem"),
            ("r+w", "r+w"),
        ] {
            let error = parse_protection(wrong).unwrap_err();
            let start = format!("unknown access '{unknown}'; use one of r, w, c,");
            assert!(error.starts_with(&start), "{error}");
        }
    }
}
