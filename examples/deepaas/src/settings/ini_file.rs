//! The token in an INI file.

use super::error::SettingsError;
use super::redacted::Redacted;
use ini::{Ini, ParseOption};
use std::path::Path;

/// The `auth_bearer_token` of the `[DEFAULT]` section; other keys and sections are not ours to judge.
///
/// Case does not matter, `-` is as good as `_`, and matching quotes around the value are removed. `path` is for the
/// messages.
pub(super) fn token(text: &str, path: &Path) -> Result<Option<Redacted>, Vec<SettingsError>> {
    let mut errors = Vec::new();
    let mut statements = String::with_capacity(text.len());
    for (line, content) in (1..).zip(text.lines()) {
        match statement(content) {
            Some(statement) => statements.push_str(statement),
            None => errors.push(SettingsError::Syntax { path: path.into(), line }),
        }
        statements.push('\n');
    }
    if !errors.is_empty() {
        return Err(errors);
    }

    let ini = Ini::load_from_str_opt(&statements, one_line_values())
        .map_err(|error| vec![SettingsError::Syntax { path: path.into(), line: error.line }])?;
    let mut values = Vec::new();
    for (section, properties) in &ini {
        let inside = section.is_some_and(|name| name.eq_ignore_ascii_case("DEFAULT"));
        for (key, value) in properties {
            match (is_token_key(key), inside) {
                (true, true) => values.push(value),
                (true, false) => errors.push(SettingsError::OutsideDefault(path.into())),
                (false, _) => {}
            }
        }
    }
    if values.len() > 1 {
        errors.push(SettingsError::Repeated(path.into()));
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(values.first().map(|value| Redacted::from(unquoted(value).to_owned())))
}

/// The statement on a line, empty for a blank line or a comment; `None` if the parser would read on into the next line.
///
/// It lets keys, section names, backslashes and indented comments run on. Were the next line the token, it would vanish
/// and the service would open.
fn statement(line: &str) -> Option<&str> {
    let line = line.trim();
    let head = match line.chars().next() {
        None | Some(';' | '#') => return Some(""),
        Some('[') => line.strip_suffix(']').filter(|name| !name.contains(']')),
        Some(_) => line.split_once(['=', ':']).map(|(key, _)| key),
    };
    let stands_alone =
        head.is_some_and(|head| !head.contains('\\')) && !line.ends_with('\\') && !line.contains('\r');
    stands_alone.then_some(line)
}

/// Quotes and escapes may span lines in the parser, so it is told to leave them alone.
fn one_line_values() -> ParseOption {
    ParseOption { enabled_quote: false, enabled_escape: false, ..ParseOption::default() }
}

fn is_token_key(key: &str) -> bool {
    key.replace('-', "_").eq_ignore_ascii_case("auth_bearer_token")
}

fn unquoted(value: &str) -> &str {
    ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Option<String>, Vec<SettingsError>> {
        token(text, Path::new("d.ini")).map(|found| found.map(|value| value.expose().to_owned()))
    }

    #[track_caller]
    fn check(text: &str, expected: Result<Option<&str>, Vec<SettingsError>>) {
        assert_eq!(read(text), expected.map(|found| found.map(str::to_owned)), "{text:?}");
    }

    fn syntax(line: usize) -> SettingsError {
        SettingsError::Syntax { path: "d.ini".into(), line }
    }

    #[test]
    fn finds_the_token() {
        for text in [
            "[DEFAULT]\nauth_bearer_token = t",
            "[DEFAULT]\nauth_bearer_token=t\n",
            "[DEFAULT]\r\nauth_bearer_token = t\r\n",
            "[default]\nAUTH_BEARER_TOKEN = t\n",
            "[DEFAULT]\nauth-bearer-token: t\n",
            "[DEFAULT]\n  auth_bearer_token = t  \n",
            "[DEFAULT]\n  # indented\nauth_bearer_token = t\n",
            "[DEFAULT]\npath = c:\\data\nauth_bearer_token = t\n",
            "[DEFAULT]\nauth_bearer_token = \"t\"\n",
            "[DEFAULT]\nauth_bearer_token = 't'\n",
            "# a comment\n\n[other]\nkey = it's \"open\n[DEFAULT]\n; another\ndebug = true\nauth_bearer_token = t\n[z]\n",
        ] {
            check(text, Ok(Some("t")));
        }
    }

    #[test]
    fn an_absent_or_commented_token_is_unset() {
        for text in [
            "",
            "\n",
            "[DEFAULT]\n",
            "[DEFAULT]\nlisten_port = 5001\n",
            "[DEFAULT]\n#auth_bearer_token = t\n",
        ] {
            check(text, Ok(None));
        }
    }

    #[test]
    fn a_blank_token_is_not_an_absent_one() {
        for text in ["[DEFAULT]\nauth_bearer_token =", "[DEFAULT]\nauth_bearer_token = \"\"\n"] {
            check(text, Ok(Some("")));
        }
        check("[DEFAULT]\nauth_bearer_token = \" t\"\n", Ok(Some(" t")));
    }

    #[test]
    fn refuses_lines_that_run_on() {
        check("[DEFAULT]\nauth_bearer_token\n", Err(vec![syntax(2)]));
        check("[DEFAULT\nauth_bearer_token = t]\n", Err(vec![syntax(1)]));
        check("[DEFAULT]\npath = c:\\\nauth_bearer_token = t\n", Err(vec![syntax(2)]));
        check("nonsense\n[DEFAULT]\nmore nonsense\n", Err(vec![syntax(1), syntax(3)]));
        check("\u{feff}[DEFAULT]\nauth_bearer_token = t\n", Err(vec![syntax(1)]));
        check("[DEFAULT]\na = 1\rauth_bearer_token = t\n", Err(vec![syntax(2)]));
        check("[DEFAULT]\n= t\n", Err(vec![syntax(2)]));
        check("[a]b]\n[DEFAULT]\nauth_bearer_token = t\n", Err(vec![syntax(1)]));
        check("[a\\]\n[DEFAULT]\nauth_bearer_token = t\n", Err(vec![syntax(1)]));
        check("[DEFAULT]\na\\=b\nauth_bearer_token = t\n", Err(vec![syntax(2)]));
    }

    #[test]
    fn refuses_a_token_in_the_wrong_place_or_twice() {
        let outside = SettingsError::OutsideDefault("d.ini".into());
        let repeated = SettingsError::Repeated("d.ini".into());
        check("auth_bearer_token = t\n[DEFAULT]\n", Err(vec![outside.clone()]));
        check("[defaults]\nauth_bearer_token = t\n", Err(vec![outside.clone()]));
        check("[DEFAULT]\nauth_bearer_token = t\nAuth_Bearer_Token = u\n", Err(vec![repeated.clone()]));
        check(
            "[DEFAULT]\nauth_bearer_token = t\n[a]\n[DEFAULT]\nauth_bearer_token = t\n",
            Err(vec![repeated.clone()]),
        );
        check(
            "auth_bearer_token=t\n[DEFAULT]\nauth_bearer_token=t\nauth_bearer_token=t\n",
            Err(vec![outside, repeated]),
        );
    }

    /// Section headers, settings, comments and anything, all prone to run on.
    const LINE: &str = concat!(
        r"\[[a-c\]\\ ]{0,3}\]|",
        r#"[a-c\\ \t]{1,3}[=:][a-c"'\\; ]{0,3}|"#,
        r"[;# ]{1,2}[a-c\\]{0,2}|",
        r#"[\[\]=:;#"'\\a-c \t\r]{0,8}"#,
    );

    proptest! {
        /// Whatever surrounds it, a line that sets the token is never overlooked: it is found, or the file is refused.
        #[test]
        fn a_written_token_never_reads_as_unset(
            before in proptest::collection::vec(LINE, 0..6),
            between in proptest::collection::vec(LINE, 0..3),
            after in proptest::collection::vec(LINE, 0..6),
            line in "[ \t]{0,2}auth_bearer_token[ \t]{0,2}[=:]?[ \t]{0,2}[a-c\"'\\\\;#]{0,4}",
            newline in prop::sample::select(vec!["\n", "\r\n"]),
        ) {
            let lines: Vec<&str> = before.iter().map(String::as_str)
                .chain(["[DEFAULT]"])
                .chain(between.iter().map(String::as_str))
                .chain([line.as_str()])
                .chain(after.iter().map(String::as_str))
                .collect();
            prop_assert_ne!(read(&lines.join(newline)), Ok(None));
        }
    }
}
