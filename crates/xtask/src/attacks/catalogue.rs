//! The list of attacks.

/// One line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attack {
    pub(super) id: String,
    pub(super) what: String,
    /// Why no test tries it; empty, where one must.
    pub(super) reason: String,
}

/// Lines of an id, what is tried, and perhaps a reason, between tabs; a line that begins with `#` is none.
pub(super) fn parse(text: &str) -> Result<Vec<Attack>, String> {
    let mut attacks: Vec<Attack> = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
        let mut cells = line.split('\t').map(str::to_owned);
        let attack = Attack {
            id: cells.next().unwrap_or_default(),
            what: cells.next().unwrap_or_default(),
            reason: cells.next().unwrap_or_default(),
        };
        let line = at + 1;
        if !is_id(&attack.id) || attack.what.is_empty() || cells.next().is_some() {
            return Err(format!("line {line} of the attacks is no id, text and reason between tabs"));
        }
        if attacks.last().is_some_and(|last| last.id >= attack.id) {
            return Err(format!("line {line} of the attacks is not in order, or stands twice"));
        }
        attacks.push(attack);
    }
    Ok(attacks)
}

/// `A029`.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 4 && text.starts_with('A') && text.bytes().skip(1).all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let check = |text: &str, expected: Result<usize, &str>| {
            assert_eq!(parse(text).map(|attacks| attacks.len()), expected.map_err(str::to_owned), "{text:?}");
        };
        check("# x\nA001\ta\nA002\tb\tc\n", Ok(2));
        check("A001\n", Err("line 1 of the attacks is no id, text and reason between tabs"));
        check("A1\ta\n", Err("line 1 of the attacks is no id, text and reason between tabs"));
        check("A001\ta\tb\tc\n", Err("line 1 of the attacks is no id, text and reason between tabs"));
        check("A002\ta\nA001\ta\n", Err("line 2 of the attacks is not in order, or stands twice"));
    }
}
