//! Bearer tokens, checked by hand.

use hyper::http::request::Parts;

use crate::flaw::Flaw;
use crate::server::{Answer, World, with_message};

pub(crate) const TOKEN: &str = "tK-9mQ2vX7bLr4Zc8Wd1Jh";
pub(crate) const WEAK: &str = "wK-9mQ2vX7bLr4Zc8Wd1Jh";
pub(crate) const RETIRED: &str = "rK-9mQ2vX7bLr4Zc8Wd1Jh";

pub(crate) enum Access {
    Full,
    Weak,
}

#[derive(Clone, Copy)]
pub(crate) enum Refusal {
    Nobody,
    Malformed,
    Unknown,
    Ambiguous,
    Fault,
}

pub(crate) fn authenticate(world: &World, head: &Parts) -> Result<Access, Refusal> {
    let flaw = world.flaw;
    let mut lines: Vec<String> = lines(head, "authorization");
    let keys = lines_of_keys(head, flaw);
    if flaw == Flaw::FirstAuthorization {
        lines.truncate(1);
    }
    match flaw {
        Flaw::QueryToken if head.uri.query().is_some_and(|query| query.contains(TOKEN)) => {
            return Ok(Access::Full);
        }
        Flaw::CookieToken if lines_contain(head, "cookie") => return Ok(Access::Full),
        _ => {}
    }
    if lines.len() + keys.len() > 1 {
        return Err(Refusal::Ambiguous);
    }
    let Some(line) = lines.pop() else {
        return keys.first().map_or(Err(Refusal::Nobody), |key| token(flaw, key));
    };
    let line = if flaw == Flaw::FoldsWidth { folded(&line) } else { line };
    let separator: &[char] = if flaw == Flaw::AnyWhiteSpace { &[' ', '\t'] } else { &[' '] };
    let (scheme, rest) = line.split_once(separator).unwrap_or((&line, ""));
    let same = if flaw == Flaw::SchemeCaseMatters {
        scheme == "Bearer"
    } else {
        scheme.eq_ignore_ascii_case("bearer")
    };
    if !same {
        return Err(if rest.is_empty() { Refusal::Malformed } else { Refusal::Unknown });
    }
    let given = rest.trim_start_matches(' ');
    let given = if flaw == Flaw::FirstOfList { given.split(',').next().unwrap_or_default() } else { given };
    token(flaw, given)
}

fn token(flaw: Flaw, given: &str) -> Result<Access, Refusal> {
    if flaw == Flaw::EmptyPasses && given.is_empty() {
        return Ok(Access::Full);
    }
    if flaw == Flaw::LongTokenFaults && given.len() > 8192 && given.starts_with(TOKEN) {
        return Err(Refusal::Fault);
    }
    let almost = flaw == Flaw::IgnoresLastByte
        && given.len() == TOKEN.len()
        && given.get(..TOKEN.len() - 1) == TOKEN.get(..TOKEN.len() - 1);
    let retired = flaw == Flaw::KeepsRetired && given == RETIRED;
    match given {
        TOKEN => Ok(Access::Full),
        WEAK => Ok(Access::Weak),
        _ if almost || retired => Ok(Access::Full),
        "" => Err(Refusal::Malformed),
        _ => Err(Refusal::Unknown),
    }
}

/// How a refusal reads: one text for everything that is wrong with a token.
pub(crate) fn refusal(world: &World, head: &Parts, refusal: Refusal) -> Answer {
    let flaw = world.flaw;
    let realm = match lines(head, "x-forwarded-host").first() {
        Some(host) if flaw == Flaw::TrustsForwardedHost => host.clone(),
        _ => "api".to_owned(),
    };
    let message = match refusal {
        Refusal::Malformed if flaw == Flaw::TellsCauses => "malformed",
        _ => "refused",
    };
    let (status, code, error) = match refusal {
        Refusal::Nobody if flaw == Flaw::ErrorForNobody => {
            (401, "AUTHENTICATION_FAILED", ", error=\"invalid_token\"")
        }
        Refusal::Nobody => (401, "AUTHENTICATION_FAILED", ""),
        Refusal::Malformed | Refusal::Unknown => (401, "AUTHENTICATION_FAILED", ", error=\"invalid_token\""),
        Refusal::Ambiguous => (400, "VALIDATION_ERROR", ", error=\"invalid_request\""),
        Refusal::Fault => (500, "INTERNAL_ERROR", ""),
    };
    let mut answer = with_message(status, code, message);
    let challenge = format!("Bearer realm=\"{realm}\"{error}");
    answer.headers_mut().insert("www-authenticate", challenge.parse().unwrap());
    answer
}

pub(crate) fn lines(head: &Parts, name: &str) -> Vec<String> {
    let values = head.headers.get_all(name);
    values.iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
}

fn lines_of_keys(head: &Parts, flaw: Flaw) -> Vec<String> {
    let mut keys = lines(head, "x-api-key");
    if flaw == Flaw::FirstApiKey {
        keys.truncate(1);
    }
    keys
}

fn lines_contain(head: &Parts, name: &str) -> bool {
    lines(head, name).iter().any(|line| line.contains(TOKEN))
}

/// Full-width forms to ASCII, as a compatibility normalisation would.
fn folded(text: &str) -> String {
    let fold = |c: char| match u32::from(c) {
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(c),
        _ => c,
    };
    text.chars().map(fold).collect()
}
