//! Secrets by their shape and by what stands before them.

use std::{borrow::Cow, ops::Range};

/// What stands in a secret's place.
pub(super) const MASK: &str = "[redacted]";

/// What is followed by a credential.
const SCHEMES: [&str; 6] = ["bearer", "basic", "digest", "apikey", "dpop", "negotiate"];

/// How names of secrets end, before `=` or `:`, whatever their case, hyphens and underscores: `x-api-key`, `PGPASSWORD`, `accessToken`.
const SECRETS: [&str; 16] = [
    "accesstoken",
    "apikey",
    "authorization",
    "authtoken",
    COOKIE,
    "idtoken",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "pwd",
    "refreshtoken",
    "secret",
    "secretkey",
    "securitytoken",
    "signature",
];

/// Has several values, with semicolons in between.
const COOKIE: &str = "cookie";

/// What stands between a name and its value, or begins it.
const SIGNS: [char; 8] = ['=', ':', '%', ' ', '"', '\'', '\\', '['];

/// What a secret is called in a query, and an ordinary word elsewhere: before `=` alone.
const PARAMETERS: [&str; 8] = ["code", "jwt", "key", "session", "sig", "state", "ticket", "token"];

/// The text with secrets masked; `recognises` is asked for every word.
pub(super) fn mask<'t>(text: &'t str, recognises: &dyn Fn(&str) -> bool) -> Cow<'t, str> {
    let mut masked = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(run) = next_run(text, at) {
        at = run.end;
        let Some(Found { secret, instead }) = find(text, &run, recognises) else { continue };
        masked.push_str(text.get(copied..secret.start).unwrap_or_default());
        masked.push_str(&instead);
        (copied, at) = (secret.end, secret.end.max(at));
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(masked)
}

struct Found<'t> {
    secret: Range<usize>,
    instead: Cow<'t, str>,
}

fn find<'t>(text: &'t str, run: &Range<usize>, recognises: &dyn Fn(&str) -> bool) -> Option<Found<'t>> {
    let whole = text.get(run.clone())?;
    let after = text.get(run.end..)?;
    let masked = |secret: Range<usize>| Some(Found { secret, instead: Cow::Borrowed(MASK) });
    if is_one_of(&SCHEMES, whole) {
        let value = value(after, after.len() - after.trim_start_matches([' ', '\t']).len(), false)?;
        return masked(shift(value, run.end));
    }
    // What is left of an escape is no part of the word, if it was one.
    let word = unescaped(text.get(..run.start)?, whole);
    let run = run.end - word.len()..run.end;
    let start =
        if after.starts_with(SIGNS) { named(whole, after).or_else(|| named(word, after)) } else { None };
    if let Some(start) = start {
        return masked(shift(value(after, start, ends_with(whole, COOKIE))?, run.end));
    }
    if let Some(authority) = after.strip_prefix("://") {
        let end = authority.find(['/', '?', '#', '"', '\'', ' ', '\n']).unwrap_or(authority.len());
        let host = authority.get(..end)?.rfind('@')?;
        return masked(run.end + 3..run.end + 3 + host);
    }
    let bare = word.trim_end_matches('.');
    if bare.starts_with("eyJ") && bare.len() >= 20 && bare.contains('.') {
        return masked(run.start..run.start + bare.len());
    }
    if let Some((local, domain)) = email(bare) {
        let first: String = local.chars().take(1).collect();
        let instead = Cow::Owned(format!("{first}***@{domain}"));
        return Some(Found { secret: run.start..run.start + bare.len(), instead });
    }
    let mut start = run.start;
    for part in word.split(['.', '-', '~', '+', '@', '%']) {
        if !part.is_empty() && recognises(part) {
            return masked(start..start + part.len());
        }
        start += part.len() + 1;
    }
    None
}

/// The word without the digits of an escape (RFC 3986 §2.1) that stands before it.
fn unescaped<'w>(before: &str, word: &'w str) -> &'w str {
    let digits = word.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    digits.filter(|_| before.ends_with('%')).and_then(|_| word.get(2..)).unwrap_or(word)
}

/// Where the value begins in what follows a name; `None` where the name names no secret, or no value follows.
fn named(word: &str, after: &str) -> Option<usize> {
    let everywhere = SECRETS.iter().any(|ending| ends_with(word, ending));
    if !everywhere && !is_one_of(&PARAMETERS, word) {
        return None;
    }
    let mut rest = after;
    for close in ["[]", "%5B%5D", "%5b%5d", "\\\"", "\"", "'"] {
        rest = rest.strip_prefix(close).unwrap_or(rest);
    }
    let trimmed = if everywhere { rest.trim_start_matches(' ') } else { rest };
    let signs = if everywhere { &["=", "%3D", "%3d", ":", "%3A", "%3a"][..] } else { &["=", "%3D", "%3d"] };
    let mut rest = signs.iter().find_map(|sign| trimmed.strip_prefix(sign))?;
    if everywhere {
        rest = rest.trim_start_matches(' ');
    }
    for open in ["\\\"", "\"", "'"] {
        rest = rest.strip_prefix(open).unwrap_or(rest);
    }
    // The scheme stays, and what follows it is masked when its turn comes.
    (!begins_with_scheme(rest)).then(|| after.len() - rest.len())
}

/// Looks no further than the longest scheme: a text may have a name at every other word.
fn begins_with_scheme(text: &str) -> bool {
    SCHEMES.iter().any(|scheme| {
        let (first, rest) = text.split_at_checked(scheme.len()).unwrap_or_default();
        first.eq_ignore_ascii_case(scheme) && (rest.is_empty() || rest.starts_with([' ', '\t']))
    })
}

/// The value that begins there: to the quote that ends it where one began it, and else to whatever ends a word. Of cookies there are
/// `several`.
fn value(after: &str, start: usize, several: bool) -> Option<Range<usize>> {
    let (before, rest) = after.split_at_checked(start)?;
    if start == 0 {
        return None;
    }
    if rest.starts_with(MASK) {
        return Some(start..start + MASK.len());
    }
    let end = if before.ends_with("\\\"") {
        rest.find("\\\"").or_else(|| rest.find('\n'))
    } else if let Some(quote) = before.chars().next_back().filter(|sign| matches!(sign, '"' | '\'')) {
        closing(rest, quote)
    } else if several {
        rest.find(['\n', '"', '\''])
    } else {
        rest.find(|c: char| c.is_whitespace() || "&;,\"'\\)}]<>".contains(c))
    };
    let end = end.unwrap_or(rest.len());
    (end > 0).then(|| start..start + end)
}

/// Where this quote stands without a backslash before it, or the line ends.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    text.find(|sign: char| {
        let ends = !is_escaped && sign == quote || sign == '\n';
        is_escaped = !is_escaped && sign == '\\';
        ends
    })
}

/// Whether a word ends like this, apart from its case, hyphens and underscores.
fn ends_with(word: &str, ending: &str) -> bool {
    let mut signs = word.bytes().rev().filter(|byte| !matches!(byte, b'-' | b'_'));
    ending.bytes().rev().all(|byte| signs.next().is_some_and(|sign| sign.eq_ignore_ascii_case(&byte)))
}

const fn shift(range: Range<usize>, by: usize) -> Range<usize> {
    range.start + by..range.end + by
}

fn is_one_of(words: &[&str], word: &str) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// The parts of an e-mail address whose domain has a dot.
fn email(word: &str) -> Option<(&str, &str)> {
    let (local, domain) = word.rsplit_once('@').or_else(|| word.rsplit_once("%40"))?;
    let (name, top) = domain.rsplit_once('.')?;
    let is_name = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '-');
    (!local.is_empty() && name.split('.').all(is_name) && is_name(top) && top.len() > 1)
        .then_some((local, domain))
}

/// The next run of characters of which words are made.
fn next_run(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = text.get(from..)?;
    let start = from + rest.find(is_word)?;
    let rest = text.get(start..)?;
    let mut end = start;
    for (at, char) in rest.char_indices() {
        // An escaped @ belongs to its word, and other escapes stand between words.
        let at_sign = char == '%' && rest.get(at..at + 3) == Some("%40");
        if !is_word(char) && !at_sign {
            break;
        }
        end = start + at + char.len_utf8();
    }
    Some(start..end)
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '-' | '.' | '_' | '~' | '+' | '@')
}
