//! From sources to one choice.

use super::args::Args;
use super::choice::TokenChoice;
use super::error::SettingsError;
use super::ini_file;
use super::origin::Origin;
use super::redacted::Redacted;
use super::token::Token;
use std::io;
use std::path::{Path, PathBuf};

/// The environment variable that holds the token.
pub const TOKEN_VARIABLE: &str = "DEEPAAS_AUTH_BEARER_TOKEN";
/// The environment variable that names a file with the token.
pub const TOKEN_FILE_VARIABLE: &str = "DEEPAAS_AUTH_BEARER_TOKEN_FILE";
/// The environment variable that names the INI file.
pub const CONFIG_FILE_VARIABLE: &str = "DEEPAAS_CONFIG_FILE";

/// What one source says: nothing, a text, or what is wrong with it.
type Source = Result<Option<(Origin, Redacted)>, Vec<SettingsError>>;
type Read<'a> = &'a dyn Fn(&Path) -> io::Result<String>;

/// Finds the token: in the strongest source that is set, or nowhere.
///
/// It depends on nothing but its arguments: `env` looks up an environment variable, `read` reads a file.
///
/// ```
/// use clap::Parser as _;
/// use deepaas::settings::{Args, Origin, TokenChoice, resolve};
///
/// let args = Args::parse_from(["deepaas"]);
/// let env = |name: &str| (name == "DEEPAAS_AUTH_BEARER_TOKEN").then(|| "my-secret-token".to_owned());
/// let no_files = |_: &std::path::Path| Err(std::io::ErrorKind::NotFound.into());
///
/// let TokenChoice::Set { token, origin } = resolve(&args, &env, &no_files).unwrap() else { panic!() };
/// assert_eq!((token.expose(), origin), ("my-secret-token", Origin::Environment));
/// ```
///
/// # Errors
///
/// Every mistake there is, strongest source first: a blank, padded or unsendable token in the source that wins, and in
/// any source a file that is named but cannot be read or parsed. No message holds a value.
pub fn resolve(
    args: &Args,
    env: &dyn Fn(&str) -> Option<String>,
    read: Read<'_>,
) -> Result<TokenChoice, Vec<SettingsError>> {
    let flag_file = args.auth_bearer_token_file.clone();
    let sources: [Source; 5] = [
        Ok(args.auth_bearer_token.clone().map(|text| (Origin::Flag, text))),
        token_file("--auth-bearer-token-file", flag_file, Origin::FlagFile, read),
        Ok(env(TOKEN_VARIABLE).map(|text| (Origin::Environment, Redacted::from(text)))),
        token_file(
            TOKEN_FILE_VARIABLE,
            env(TOKEN_FILE_VARIABLE).map(PathBuf::from),
            Origin::EnvironmentFile,
            read,
        ),
        config_file(args, env, read),
    ];

    let mut choice = TokenChoice::Unset;
    let mut errors = Vec::new();
    // A broken source is decided too: it must not hand over to a weaker one.
    let mut decided = false;
    for source in sources {
        match source {
            Ok(None) => continue,
            Ok(Some((origin, text))) if !decided => match Token::parse(text, &origin) {
                Ok(token) => choice = TokenChoice::Set { token, origin },
                Err(error) => errors.push(error),
            },
            Ok(Some(_)) => {}
            Err(broken) => errors.extend(broken),
        }
        decided = true;
    }
    if errors.is_empty() { Ok(choice) } else { Err(errors) }
}

fn token_file(
    setting: &'static str,
    path: Option<PathBuf>,
    origin: fn(PathBuf) -> Origin,
    read: Read<'_>,
) -> Source {
    let Some(path) = path else { return Ok(None) };
    let text = named_file(setting, &path, read)?;
    // Editors and `echo` end a file with one newline; anything beyond that is a mistake worth hearing of.
    let line = text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(&text);
    Ok(Some((origin(path), Redacted::from(line.to_owned()))))
}

fn config_file(args: &Args, env: &dyn Fn(&str) -> Option<String>, read: Read<'_>) -> Source {
    let (setting, path) = match &args.config_file {
        Some(path) => ("--config-file", path.clone()),
        None => match env(CONFIG_FILE_VARIABLE) {
            Some(path) => (CONFIG_FILE_VARIABLE, PathBuf::from(path)),
            None => return Ok(None),
        },
    };
    let text = named_file(setting, &path, read)?;
    let token = ini_file::token(&text, &path)?;
    Ok(token.map(|text| (Origin::ConfigFile(path), text)))
}

fn named_file(setting: &'static str, path: &Path, read: Read<'_>) -> Result<String, Vec<SettingsError>> {
    if path.to_string_lossy().trim().is_empty() {
        return Err(vec![SettingsError::NoPath(setting)]);
    }
    read(path)
        .map_err(|error| vec![SettingsError::Unreadable { setting, path: path.into(), reason: error.kind() }])
}

#[cfg(test)]
mod tests;
