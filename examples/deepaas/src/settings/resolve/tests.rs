use super::*;
use crate::settings::Warning;
use clap::Parser as _;
use std::collections::HashMap;

/// A command line, an environment and a disk, all made up.
#[derive(Default)]
struct World {
    args: Vec<&'static str>,
    env: HashMap<&'static str, &'static str>,
    files: HashMap<&'static str, &'static str>,
}

impl World {
    fn arg(mut self, flag: &'static str, value: &'static str) -> Self {
        self.args.extend([flag, value]);
        self
    }

    fn env(mut self, name: &'static str, value: &'static str) -> Self {
        self.env.insert(name, value);
        self
    }

    fn file(mut self, path: &'static str, text: &'static str) -> Self {
        self.files.insert(path, text);
        self
    }

    fn resolve(&self) -> Result<TokenChoice, Vec<SettingsError>> {
        let args = Args::try_parse_from(std::iter::once(&"deepaas").chain(&self.args)).unwrap();
        let env = |name: &str| self.env.get(name).map(|&value| value.to_owned());
        let read = |path: &Path| {
            let text = path.to_str().and_then(|path| self.files.get(path));
            text.map(|&text| text.to_owned()).ok_or_else(|| io::ErrorKind::NotFound.into())
        };
        resolve(&args, &env, &read)
    }

    /// Adds the source of this rank with this value, as its grammar wants it.
    fn source(self, rank: usize, value: &'static str) -> Self {
        match rank {
            0 => self.arg("--auth-bearer-token", value),
            1 => self.arg("--auth-bearer-token-file", "/flag").file("/flag", value),
            2 => self.env(TOKEN_VARIABLE, value),
            3 => self.env(TOKEN_FILE_VARIABLE, "/env").file("/env", value),
            _ => self.arg("--config-file", "/ini").file("/ini", value),
        }
    }
}

fn origin(rank: usize) -> Origin {
    match rank {
        0 => Origin::Flag,
        1 => Origin::FlagFile("/flag".into()),
        2 => Origin::Environment,
        3 => Origin::EnvironmentFile("/env".into()),
        _ => Origin::ConfigFile("/ini".into()),
    }
}

#[track_caller]
fn check(world: &World, expected: Result<(&str, Origin), Vec<SettingsError>>) {
    let found = match world.resolve() {
        Ok(TokenChoice::Set { token, origin }) => Ok((token.expose().to_owned(), origin)),
        Ok(TokenChoice::Unset) => panic!("no token found"),
        Err(errors) => Err(errors),
    };
    assert_eq!(found, expected.map(|(token, origin)| (token.to_owned(), origin)));
}

const TOKENS: [&str; 5] =
    ["by-flag", "by-flag-file", "by-variable", "by-variable-file", "[DEFAULT]\nauth_bearer_token = by-ini\n"];

#[test]
fn nothing_set_is_unset() {
    assert!(matches!(World::default().resolve(), Ok(TokenChoice::Unset)));
    let other_keys = World::default().source(4, "[DEFAULT]\ndebug = true\n");
    assert!(matches!(other_keys.resolve(), Ok(TokenChoice::Unset)));
}

#[test]
fn the_strongest_source_wins_in_every_combination() {
    for set in 1_usize..1 << 5 {
        let ranks = (0..5).filter(|rank| set & (1 << rank) != 0);
        let world = ranks.fold(World::default(), |world, rank| world.source(rank, TOKENS[rank]));
        let winner = set.trailing_zeros() as usize;
        let token = if winner == 4 { "by-ini" } else { TOKENS[winner] };
        check(&world, Ok((token, origin(winner))));
    }
}

#[test]
fn a049_a_blank_winner_never_falls_through() {
    for (rank, blanks) in [
        (0, &["", " ", "\n"][..]),
        (1, &["", "\n", "\r\n", " \n", "\n\n"]),
        (2, &["", "\t"]),
        (3, &["", "\n"]),
        (4, &["[DEFAULT]\nauth_bearer_token =\n", "[DEFAULT]\nauth_bearer_token = \"  \"\n"]),
    ] {
        for blank in blanks {
            let weaker = (rank + 1..5).fold(World::default(), |world, rank| world.source(rank, TOKENS[rank]));
            check(&weaker.source(rank, blank), Err(vec![SettingsError::Blank(origin(rank))]));
        }
    }
}

#[test]
fn a051_a_padded_winner_is_refused() {
    for (rank, padded) in [
        (0, " t"),
        (0, "t\n"),
        (1, "t \n"),
        (1, "t\n\n"),
        (2, "t\n"),
        (3, "\tt"),
        (4, "[DEFAULT]\nauth_bearer_token = 't '\n"),
    ] {
        check(&World::default().source(rank, padded), Err(vec![SettingsError::Padded(origin(rank))]));
    }
}

#[test]
fn one_newline_at_the_end_of_a_file_is_removed() {
    for text in ["t", "t\n", "t\r\n"] {
        check(&World::default().source(1, text), Ok(("t", origin(1))));
        check(&World::default().source(3, text), Ok(("t", origin(3))));
    }
    check(&World::default().source(1, "t\nu\n"), Err(vec![SettingsError::Unsendable(origin(1))]));
}

#[test]
fn a_value_is_judged_only_where_it_wins() {
    check(&World::default().source(0, "by-flag").source(2, ""), Ok(("by-flag", Origin::Flag)));
    check(&World::default().source(1, "t").source(3, " "), Ok(("t", origin(1))));
}

#[test]
fn a049_a_named_file_must_be_there_even_where_it_loses() {
    let missing = |setting, path: &str| SettingsError::Unreadable {
        setting,
        path: path.into(),
        reason: io::ErrorKind::NotFound,
    };
    let world = World::default().source(0, "by-flag").arg("--auth-bearer-token-file", "/nowhere");
    check(&world, Err(vec![missing("--auth-bearer-token-file", "/nowhere")]));

    let world = World::default().source(2, "by-variable").arg("--auth-bearer-token-file", "/nowhere");
    check(&world, Err(vec![missing("--auth-bearer-token-file", "/nowhere")]));

    let world = World::default().env(TOKEN_FILE_VARIABLE, "/nowhere");
    check(&world, Err(vec![missing(TOKEN_FILE_VARIABLE, "/nowhere")]));

    let world = World::default().env(CONFIG_FILE_VARIABLE, "/nowhere");
    check(&world, Err(vec![missing(CONFIG_FILE_VARIABLE, "/nowhere")]));
}

#[test]
fn a_setting_that_names_no_file_is_refused() {
    for variable in [TOKEN_FILE_VARIABLE, CONFIG_FILE_VARIABLE] {
        for blank in ["", " "] {
            let world = World::default().source(0, "by-flag").env(variable, blank);
            check(&world, Err(vec![SettingsError::NoPath(variable)]));
        }
    }
}

#[test]
fn the_config_file_is_named_by_flag_or_else_by_variable() {
    let ini = "[DEFAULT]\nauth_bearer_token = t\n";
    let world = World::default().env(CONFIG_FILE_VARIABLE, "/etc/d.ini").file("/etc/d.ini", ini);
    check(&world, Ok(("t", Origin::ConfigFile("/etc/d.ini".into()))));
    check(&world.arg("--config-file", "/ini").file("/ini", TOKENS[4]), Ok(("by-ini", origin(4))));
}

#[test]
fn all_mistakes_are_told_at_once_and_none_tells_a_value() {
    let world = World::default()
        .source(0, "canary ")
        .arg("--auth-bearer-token-file", "/nowhere")
        .env(TOKEN_FILE_VARIABLE, "")
        .arg("--config-file", "/ini")
        .file("/ini", "[DEFAULT]\ncanary\nauth_bearer_token = canary\ncanary\n");
    let errors = world.resolve().unwrap_err();
    let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "--auth-bearer-token: white space or a newline around the token",
            "--auth-bearer-token-file /nowhere: cannot be read: entity not found",
            "DEEPAAS_AUTH_BEARER_TOKEN_FILE: names no file",
            "/ini:2: not a [section], a `key = value` or a comment",
            "/ini:4: not a [section], a `key = value` or a comment",
        ]
    );
    assert!(!format!("{errors:?}").contains("canary"));
}

#[test]
fn only_a_token_by_flag_is_warned_about() {
    for (rank, token) in TOKENS.into_iter().enumerate() {
        let choice = World::default().source(rank, token).resolve().unwrap();
        let expected: &[Warning] = if rank == 0 { &[Warning::TokenInProcessList] } else { &[] };
        assert_eq!(choice.warnings(), expected);
        assert!(!format!("{choice:?}").contains("by-"), "the token is redacted");
    }
    assert!(TokenChoice::Unset.warnings().is_empty());
    assert_eq!(
        Warning::TokenInProcessList.to_string(),
        "--auth-bearer-token: visible to every user of the machine in the process list; \
         prefer --auth-bearer-token-file"
    );
}
