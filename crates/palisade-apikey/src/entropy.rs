//! How well a key that somebody else made can be guessed.

/// From so many bits on nobody can try them all.
pub(crate) const ENOUGH: u32 = 128;

/// A careful estimate: what a random text of this length and of these kinds of characters would have, and less where
/// few different characters or runs of neighbours show that it is none.
pub(crate) fn bits(key: &[u8]) -> u32 {
    let mut seen = [false; 256];
    let mut steps = 0u32;
    for (at, byte) in key.iter().enumerate() {
        seen[usize::from(*byte)] = true;
        let before = at.checked_sub(1).and_then(|at| key.get(at));
        // The same again, or the next or the previous one: counting up, and keyboards held down.
        steps += u32::from(before.is_some_and(|before| before.abs_diff(*byte) <= 1));
    }
    let count = |range: std::ops::RangeInclusive<u8>| range.filter(|byte| seen[usize::from(*byte)]).count();
    let different = count(0..=255);
    let hex = key.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f' | b'-'));
    let mut alphabet = 0u32;
    if hex && count(b'a'..=b'f') > 0 {
        alphabet = 16;
    } else {
        alphabet += if count(b'0'..=b'9') > 0 { 10 } else { 0 };
        alphabet += if count(b'a'..=b'z') > 0 { 26 } else { 0 };
        alphabet += if count(b'A'..=b'Z') > 0 { 26 } else { 0 };
    }
    let length = u32::try_from(key.len()).unwrap_or(u32::MAX).min(1_024);
    // A sixth of random digits stand beside a neighbour; of other texts fewer.
    let free = length.saturating_sub(steps.saturating_sub(length / 3).saturating_mul(2));
    // log2 in hundredths, rounded down.
    let each = match alphabet {
        0 => 0,
        1..=10 => 332,
        11..=16 => 400,
        17..=26 => 470,
        27..=36 => 516,
        37..=52 => 570,
        _ => 595,
    };
    if different < 8 { 0 } else { free.saturating_mul(each) / 100 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates() {
        for (key, enough) in [
            ("", false),
            ("password", false),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
            ("abcabcabcabcabcabcabcabcabcabcabcabcabcabc", false),
            ("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", false),
            ("01234567890123456789012345678901234567890123456789", false),
            ("u5vVlqUIBqbbJEMn2b3Ltw", true),
            ("u5vVlqUIBqbbJEMn2b3L", false),
            ("9f86d081884c7d659a2feaa0c55ad015", true),
            ("9f86d081884c7d659a2feaa0c55ad0", false),
            ("3f2504e0-4f89-41d3-9a0c-0305e82c3301", true),
        ] {
            assert_eq!(bits(key.as_bytes()) >= ENOUGH, enough, "{key} {}", bits(key.as_bytes()));
        }
    }
}
