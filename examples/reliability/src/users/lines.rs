//! The text of a file of users.

use palisade::jwt::login::{PasswordHash, UserName};
use std::collections::BTreeSet;

/// One user of a file.
#[derive(Debug, Clone)]
pub struct Line {
    /// What they call themselves.
    pub name: UserName,
    /// What is kept of their password.
    pub hash: PasswordHash,
}

/// The users of a text; blank lines and those that begin with `#` are left out.
///
/// # Errors
///
/// Every line that is none, by its number; never what stands in it.
pub fn lines(text: &str) -> Result<Vec<Line>, Vec<String>> {
    let (mut users, mut mistakes, mut names) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !is_comment(line)) {
        let mut wrong = |what: &str| mistakes.push(format!("line {}: {what}", at + 1));
        let Some((name, hash)) = line.trim().split_once(':') else {
            wrong("not of the form name:hash");
            continue;
        };
        match (name.parse::<UserName>(), PasswordHash::imported(hash)) {
            (Ok(name), Ok(hash)) if names.insert(name.canonical().clone()) => users.push(Line { name, hash }),
            (Ok(_), Ok(_)) => wrong("the user stands there twice"),
            (Err(error), _) => wrong(&error.to_string()),
            (_, Err(error)) => wrong(&error.to_string()),
        }
    }
    if mistakes.is_empty() && users.is_empty() {
        mistakes.push("it has no user; add one with `htpasswd -nBC 12 ada`".to_owned());
    }
    if mistakes.is_empty() { Ok(users) } else { Err(mistakes) }
}

/// The text with the hashes that users have now; whatever else stands in it stays.
pub(super) fn renewed(text: &str, hash_of: impl Fn(&UserName) -> Option<PasswordHash>) -> String {
    let mut renewed = String::with_capacity(text.len() + 64);
    for line in text.lines() {
        let name = line.trim().split_once(':').filter(|_| !is_comment(line)).map(|(name, _)| name);
        let hash = name.and_then(|name| hash_of(&name.parse().ok()?));
        match (name, hash) {
            (Some(name), Some(hash)) => renewed += &format!("{name}:{}", hash.expose()),
            _ => renewed += line,
        }
        renewed.push('\n');
    }
    renewed
}

fn is_comment(line: &str) -> bool {
    line.trim().is_empty() || line.trim_start().starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    const BCRYPT: &str = "$2y$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";

    #[test]
    fn users_are_read_and_mistakes_told_by_line() {
        let check = |text: &str, expected: Result<&[&str], &[&str]>| {
            let found = lines(text);
            let names = found.as_ref().map(|users| users.iter().map(|user| user.name.as_str()).collect());
            let told = names.map_err(|mistakes| mistakes.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(told, expected.map(<[_]>::to_vec).map_err(<[_]>::to_vec), "{text}");
        };
        check(&format!("# people\n\nada:{BCRYPT}\nbob:{BCRYPT}\n"), Ok(&["ada", "bob"]));
        check("", Err(&["it has no user; add one with `htpasswd -nBC 12 ada`"]));
        check("ada", Err(&["line 1: not of the form name:hash"]));
        check(
            &format!("ada:{BCRYPT}\nADA:{BCRYPT}\nbob:hunter2"),
            Err(&["line 2: the user stands there twice", "line 3: the stored hash is of no known kind"]),
        );
        check(
            &format!("ada:{}", BCRYPT.replace("$10$", "$04$")),
            Err(&["line 1: the hash is too weak to be taken over"]),
        );
    }

    #[test]
    fn nothing_but_hashes_changes() {
        let text = format!("# people\nada:{BCRYPT}\n\n  bob:{BCRYPT}\n");
        let other = |name: &UserName| (name.as_str() == "ada").then(|| PasswordHash::stored("other"));
        assert_eq!(renewed(&text, other), format!("# people\nada:other\n\n  bob:{BCRYPT}\n"));
    }
}
