//! The text of a quota; the grammar stands at [`Quotas`](crate::Quotas).

use super::{
    error::{QuotaError, QuotaErrorKind},
    rate::{Algorithm, Align, Period, Quota, Rate},
};
use std::{fmt, str::FromStr};

/// A mistake and its byte.
pub(super) type Flaw = (QuotaErrorKind, usize);

/// Reads one quota from byte `at` on; gives it and the byte after it. Works at compile time.
pub(super) const fn quota(text: &[u8], at: usize) -> Result<(Quota, usize), Flaw> {
    let start = skip_space(text, at);
    if start == text.len() {
        return Err((QuotaErrorKind::Empty, start));
    }
    let (count, at) = match number(text, start) {
        Ok(number) => number,
        Err(flaw) => return Err(flaw),
    };
    let slash = skip_space(text, at);
    let word = word_end(text, slash);
    let at = if slash < text.len() && text[slash] == b'/' {
        slash + 1
    } else if is(text, slash, word, b"per") {
        word
    } else {
        return Err((QuotaErrorKind::ExpectedPer, slash));
    };
    let times_at = skip_space(text, at);
    let (times, at) = if times_at < text.len() && text[times_at].is_ascii_digit() {
        match number(text, times_at) {
            Ok(number) => number,
            Err(flaw) => return Err(flaw),
        }
    } else {
        (1, times_at)
    };
    let unit_at = skip_space(text, at);
    let unit_end = word_end(text, unit_at);
    let Some(unit) = unit_secs(text, unit_at, unit_end) else {
        return Err((QuotaErrorKind::UnknownUnit, unit_at));
    };
    let rate = Rate::new(count, Period::seconds(unit.saturating_mul(times)));
    let (rate, burst_at, at) = match options(text, unit_end, rate) {
        Ok(options) => options,
        Err(flaw) => return Err(flaw),
    };
    match rate.quota() {
        Ok(quota) => Ok((quota, at)),
        Err(kind) => {
            let at = match kind {
                QuotaErrorKind::ZeroPeriod | QuotaErrorKind::PeriodTooLong => times_at,
                QuotaErrorKind::ZeroBurst
                | QuotaErrorKind::BurstTooLong
                | QuotaErrorKind::BurstInWindow => burst_at,
                _ => start,
            };
            Err((kind, at))
        }
    }
}

/// What may follow the unit; gives the rate, the byte of the burst, and the byte after the options.
const fn options(text: &[u8], mut at: usize, mut rate: Rate) -> Result<(Rate, usize, usize), Flaw> {
    let (mut burst_at, mut fixed) = (at, false);
    loop {
        let word = skip_space(text, at);
        let end = word_end(text, word);
        if word == end {
            return Ok((rate, burst_at, word));
        }
        let repeated = if is(text, word, end, b"burst") {
            let before = burst_at;
            burst_at = skip_space(text, end);
            let (burst, after) = match number(text, burst_at) {
                Ok(number) => number,
                Err(flaw) => return Err(flaw),
            };
            rate = rate.burst(burst);
            at = after;
            before != burst_at && rate_had_burst(text, before)
        } else if is(text, word, end, b"fixed") {
            let (align, after) = align(text, end);
            rate = rate.fixed_window(align);
            at = after;
            std::mem::replace(&mut fixed, true)
        } else {
            return Err((QuotaErrorKind::UnexpectedText, word));
        };
        if repeated {
            return Err((QuotaErrorKind::RepeatedOption, word));
        }
    }
}
