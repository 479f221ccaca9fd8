//! How long an answer says that it is good for.

use http::{
    HeaderMap,
    header::{AGE, CACHE_CONTROL},
};

/// Seconds for which the answer is still fresh (RFC 9111 §4.2): `max-age` less `Age`, the smallest where there are several, zero for
/// `no-store` and `no-cache`; nothing where it does not say or what it says is no number.
pub(crate) fn remaining(headers: &HeaderMap) -> Option<u64> {
    let lines = headers.get_all(CACHE_CONTROL).iter().filter_map(|line| line.to_str().ok());
    let most = lines.flat_map(|line| line.split(',')).filter_map(directive).min()?;
    let age = headers.get(AGE).and_then(|age| seconds(age.to_str().ok()?)).unwrap_or(0);
    Some(most.saturating_sub(age))
}

fn directive(directive: &str) -> Option<u64> {
    let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
    let name = name.trim();
    if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
        return Some(0);
    }
    name.eq_ignore_ascii_case("max-age").then(|| seconds(value.trim().trim_matches('"')))?
}

/// Digits alone; more than fit are as many as fit (RFC 9111 §1.2.2).
fn seconds(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn check(lines: &[&'static str], age: Option<&'static str>, expected: Option<u64>) {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(CACHE_CONTROL, HeaderValue::from_static(line));
        }
        if let Some(age) = age {
            headers.insert(AGE, HeaderValue::from_static(age));
        }
        assert_eq!(remaining(&headers), expected, "{lines:?} {age:?}");
    }

    #[test]
    fn a154_what_an_answer_says_about_its_age_is_read_and_garbage_is_not() {
        check(&[], None, None);
        check(&["public, max-age=300, must-revalidate"], None, Some(300));
        check(&["MAX-AGE=\"300\""], None, Some(300));
        check(&["max-age=300"], Some("100"), Some(200));
        check(&["max-age=300"], Some("400"), Some(0));
        check(&["max-age=300"], Some("soon"), Some(300));
        check(&["max-age=300", "max-age=20"], None, Some(20));
        check(&["max-age=0"], None, Some(0));
        check(&["no-store"], None, Some(0));
        check(&["max-age=9, No-Cache"], None, Some(0));
        check(&["max-age=315360000"], None, Some(315_360_000));
        check(&["max-age=99999999999999999999999"], None, Some(u64::MAX));
        for garbage in
            ["max-age", "max-age=", "max-age=-1", "max-age=1e9", "max-age=soon", "s-maxage=5", ",,;=", "\t"]
        {
            check(&[garbage], None, None);
        }
    }
}
