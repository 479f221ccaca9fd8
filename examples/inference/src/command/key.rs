//! Acts on keys.

use super::Outcome;
use crate::{args::KeyCommand, columns, keys::Keys, permissions, rfc3339};
use palisade::{
    Clock, Scope, UnixTime,
    keys::{
        Caller, Created, DEFAULT_GRACE, KeyId, KeyQuery, KeyRecord, Keyring, KeyringError, Life, MAX_PAGE,
        NewKey,
    },
};
use std::{error::Error, time::Duration};

pub(super) async fn run(keys: &Keys, command: &KeyCommand) -> Outcome {
    let keyring = keys.keyring();
    match command {
        KeyCommand::Create { .. } => {
            let new = new_key(command)?;
            keys.claim().await?;
            let made = keyring.create(&operator(), new).await;
            Ok(told(&made.map_err(|error| explain(&error, None))?))
        }
        KeyCommand::List { all } => list(keyring, *all).await,
        KeyCommand::Revoke { id } => {
            let revoked = keyring.revoke(&operator(), key_id(id)?, None).await;
            revoked.map_err(|error| explain(&error, Some(id)))?;
            Ok(format!("The key {id} is revoked. A running server refuses it within 5 seconds.\n"))
        }
        KeyCommand::Rotate { id, grace_seconds } => {
            let grace = grace_seconds.map_or(DEFAULT_GRACE, Duration::from_secs);
            let made = keyring.rotate(&operator(), key_id(id)?, grace).await;
            let made = made.map_err(|error| explain(&error, Some(id)))?;
            Ok(format!("{}The key {id} holds for {} seconds more.\n", told(&made), grace.as_secs()))
        }
    }
}

fn operator() -> Caller {
    Caller::operator("command-line")
}

fn new_key(command: &KeyCommand) -> Result<NewKey, Box<dyn Error>> {
    let KeyCommand::Create { name, permissions: words, expires_in_days, not_before, plan } = command else {
        return Err("only `key create` makes a key".into());
    };
    let mut new = NewKey::named(name.parse().map_err(|error| format!("--name: {error}"))?);
    new.permissions = match words.as_slice() {
        [word] if word == "all" => permissions::ALL.into_iter().collect(),
        words => {
            let scopes: Result<_, _> = words.iter().map(|word| word.parse::<Scope>()).collect();
            scopes.map_err(|error| format!("--permissions: {error}; {}", legal()))?
        }
    };
    if let Some(date) = not_before {
        let seconds =
            rfc3339::parse(date).ok_or("--not-before: a date is written as 2026-11-22T07:15:18Z")?;
        new.not_before = Some(UnixTime::from_secs(seconds));
    }
    if let Some(days) = expires_in_days {
        new.life = Life::days(*days);
    }
    if let Some(plan) = plan {
        new.plan = Some(plan.parse().map_err(|error| format!("--plan: {error}"))?);
    }
    Ok(new)
}

fn legal() -> String {
    format!("there are: {}, or all", permissions::ALL.map(|scope| scope.to_string()).join(", "))
}

fn key_id(text: &str) -> Result<KeyId, String> {
    // Whoever gives the key itself finds it in the history of the shell; it is not repeated here.
    text.parse().map_err(|error| format!("{error}, not the key: `inference key list` shows it"))
}

async fn list(keyring: &Keyring, all: bool) -> Outcome {
    let now = Clock::system().now().wall;
    let title = ["ID", "NAME", "KEY", "PERMISSIONS", "PLAN", "STATE", "ENDS", "LAST USED"];
    let mut rows = vec![title.map(str::to_owned)];
    let mut query = KeyQuery::default();
    query.limit = MAX_PAGE;
    query.revoked = if all { None } else { Some(false) };
    loop {
        let page = keyring.list(&operator(), query.clone()).await?;
        rows.extend(page.records.iter().map(|record| row(record, now)));
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    Ok(match rows.len() {
        1 => "There are no keys. Make one with `inference key create --name … --permissions …`.\n".to_owned(),
        _ => columns::align(&rows),
    })
}

fn row(record: &KeyRecord, now: UnixTime) -> [String; 8] {
    let date =
        |at: Option<UnixTime>| at.map_or_else(|| "never".to_owned(), |at| rfc3339::format(at.as_secs()));
    let permissions: Vec<_> = record.permissions.iter().map(|scope| scope.as_str()).collect();
    let permissions =
        if permissions.len() == permissions::ALL.len() { "all".to_owned() } else { permissions.join(",") };
    let state = match record.holds(now) {
        Err(unusable) => {
            unusable.reason().trim_end_matches("_key").trim_start_matches("key_").replace('_', " ")
        }
        Ok(()) if record.successor.is_some() => "in grace".to_owned(),
        Ok(()) => "active".to_owned(),
    };
    [
        record.id.to_string(),
        record.name.to_string(),
        record.hint.to_string(),
        permissions,
        record.plan.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string),
        state,
        date(record.ends()),
        date(record.last_used),
    ]
}

fn told(made: &Created) -> String {
    let record = &made.record;
    let ends = record.ends().map_or_else(|| "never".to_owned(), |at| rfc3339::format(at.as_secs()));
    let rows = [["Id", record.id.as_str()], ["Name", record.name.as_str()], ["Ends", &ends]];
    let rows = rows.map(|row| row.map(str::to_owned));
    format!("{}Key, shown this once:\n  {}\n", columns::align(&rows), made.key.expose())
}

/// What went wrong, in the words of the command line.
fn explain(error: &KeyringError, id: Option<&str>) -> String {
    match error {
        KeyringError::Invalid(mistakes) => {
            let told = mistakes.iter().map(|mistake| {
                let field = mistake.pointer.trim_start_matches("#/");
                let field = field.split('/').next().unwrap_or(field).replace('_', "-");
                format!("--{field}: {}", mistake.detail)
            });
            told.collect::<Vec<_>>().join("; ")
        }
        KeyringError::NotFound => format!(
            "there is no key {}, or it is revoked: `inference key list --all` shows them",
            id.unwrap_or_default()
        ),
        KeyringError::Refused(rule) => {
            format!("{}: `inference key list --all` shows its state", rule.message())
        }
        KeyringError::Unavailable(cause) => {
            format!("{cause}; whether it was done is not known: see `inference key list`")
        }
        other => other.to_string(),
    }
}
