//! Parses amounts of memory, and expected ones.

use super::size::parse_length;
use crate::mapping::measure::expectation::{Amount, Comparison, Expectation, WHOLE_SHARE};

/// Parses a comparison sign and an amount: ">=90%", "==0.5%", "<1G". Without a sign the amount is a minimum.
pub(super) fn parse_expectation(text: &str) -> Result<Expectation, String> {
    let found = Comparison::SIGNS.iter().find_map(|(sign, comparison)| {
        text.strip_prefix(sign)
            .map(|amount| (*comparison, amount.trim_start()))
    });
    let (comparison, amount) = found.unwrap_or((Comparison::AtLeast, text));
    if !amount.starts_with(|c: char| c.is_ascii_digit()) {
        return Err("not an expectation (examples: 90%, >=90%, ==100%, <1G)".to_owned());
    }
    if found.is_none() && amount.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("no unit (examples: {amount}%, {amount}M)"));
    }
    let amount = parse_amount(amount)?;
    Ok(Expectation { comparison, amount })
}

/// Parses a size or a percentage.
pub(super) fn parse_amount(text: &str) -> Result<Amount, String> {
    Ok(match text.strip_suffix('%') {
        Some(percent) => Amount::Share(parse_percent(percent)?),
        None => Amount::Bytes(parse_length(text).map_err(|error| error.to_string())?),
    })
}

/// Parses a percentage with at most three decimals. The result is in thousandths of a percent.
fn parse_percent(text: &str) -> Result<u32, String> {
    let wrong =
        || format!("'{text}%' is not a percentage from 0% to 100% with at most three decimals");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 3 {
        return Err(wrong());
    }
    let thousandths = format!("{whole}{fraction:0<3}")
        .parse()
        .map_err(|_| wrong())?;
    if thousandths > WHOLE_SHARE {
        Err(wrong())
    } else {
        Ok(thousandths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::types::ByteLength;

    #[test]
    fn an_expectation_is_a_sign_and_a_share_or_a_size() {
        let expect = |text| parse_expectation(text).map(|e| (e.comparison, e.amount));
        assert_eq!(
            expect(">=90%"),
            Ok((Comparison::AtLeast, Amount::Share(90_000)))
        );
        assert_eq!(
            expect("== 100%"),
            Ok((Comparison::Equal, Amount::Share(WHOLE_SHARE)))
        );
        assert_eq!(
            expect("<0.125%"),
            Ok((Comparison::Less, Amount::Share(125)))
        );
        assert_eq!(
            expect(">1K"),
            Ok((Comparison::More, Amount::Bytes(ByteLength(1024))))
        );
        assert_eq!(
            expect("90%"),
            Ok((Comparison::AtLeast, Amount::Share(90_000)))
        );
        assert_eq!(
            expect("1Mi"),
            Ok((Comparison::AtLeast, Amount::Bytes(ByteLength(1 << 20))))
        );
        for wrong in [
            "", ">=", ">=%", ">101%", "101%", "<1.2345%", ">-1%", "-1%", "=1%", ">1Q", "1Q", "%",
        ] {
            assert!(expect(wrong).is_err(), "{wrong}");
        }
    }
}
