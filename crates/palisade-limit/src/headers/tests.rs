use super::*;
use palisade_core::Timestamp;
use proptest::prelude::*;

/// A string and its parameters.
type Item = (String, Vec<(String, u64)>);

/// A list of strings with integer parameters, read as RFC 9651 section 4.2 says: no more than one space after a comma, no empty
/// items, keys that begin with a lower-case letter, integers of at most 15 digits.
fn parse(text: &str) -> Option<Vec<Item>> {
    let mut items = Vec::new();
    let mut rest = text;
    loop {
        let (name, after) = rest.strip_prefix('"')?.split_once('"')?;
        if name.contains('\\') || !name.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return None;
        }
        rest = after;
        let mut parameters = Vec::new();
        while let Some(after) = rest.strip_prefix(';') {
            let (key, after) = after.split_once('=')?;
            let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            if key.is_empty()
                || !key.bytes().all(|byte| byte.is_ascii_lowercase())
                || !(1..=15).contains(&end)
            {
                return None;
            }
            parameters.push((key.to_owned(), after[..end].parse().ok()?));
            rest = &after[end..];
        }
        items.push((name.to_owned(), parameters));
        if rest.is_empty() {
            return Some(items);
        }
        rest = rest.strip_prefix(", ")?;
    }
}

proptest! {
    #[test]
    fn both_fields_are_structured_and_say_what_was_decided(
        told in proptest::collection::vec(("[ !#-Z^-~]{1,64}", 1..u32::MAX, any::<u32>(), 0..630_720_000_u64), 1..8),
    ) {
        let now = Moment { mono: Timestamp::from_nanos(7), ..Moment::default() };
        let decisions: Vec<(Policy, Decision)> = told.iter().map(|(name, limit, remaining, wait)| {
            let at = now.mono.plus_nanos(wait * 1_000_000_000);
            let remaining = (*remaining).min(*limit);
            let decision = Decision { admitted: true, limit: *limit, remaining, reset: at, next: at, retry: None };
            (Policy::new(name, &format!("\"{name}\";q={limit};w=60")), decision)
        }).collect();
        let pairs = decisions.iter().map(|(policy, decision)| (policy, decision));
        let mut lines = Vec::new();
        Headers::Draft10.write(pairs, (None, 0), None, now, |name, value| lines.push((name.to_string(), value)));
        let lines: Vec<_> = lines.iter().map(|(name, value)| (name.as_str(), value)).collect();
        let [("ratelimit-policy", policies), ("ratelimit", states)] = &lines[..] else { panic!("{lines:?}") };
        let [policies, states] = [policies, states].map(|line| parse(line.as_ref().unwrap().to_str().unwrap()).unwrap());
        for (nth, (name, limit, _, wait)) in told.iter().enumerate() {
            prop_assert_eq!(&policies[nth], &(name.clone(), vec![("q".into(), u64::from(*limit)), ("w".into(), 60)]));
            let mut parameters = vec![("r".into(), u64::from(decisions[nth].1.remaining))];
            if decisions[nth].1.remaining < *limit {
                parameters.push(("t".into(), *wait));
            }
            prop_assert_eq!(&states[nth], &(name.clone(), parameters));
        }
        prop_assert_eq!((policies.len(), states.len()), (told.len(), told.len()));
    }
}

#[test]
fn lines_come_in_the_order_of_their_names() {
    let decision = Decision {
        admitted: true,
        limit: 7,
        remaining: 5,
        reset: Timestamp::from_nanos(7),
        next: Timestamp::from_nanos(7),
        retry: None,
    };
    let policy = Policy::new("a", "\"a\";q=7;w=1");
    for headers in [Headers::Both, Headers::XRateLimit, Headers::Draft10, Headers::None] {
        let mut names = Vec::new();
        let decisions = [(&policy, &decision)].into_iter();
        headers.write(decisions, (None, 0), None, Moment::default(), |name, _| names.push(name));
        assert_eq!(names, headers.names());
        assert_eq!(names.len(), headers.lines());
    }
}
