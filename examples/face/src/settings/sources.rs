//! Where settings are looked for.

use super::{args::Args, file::ConfigFile, mistake::Mistake};
use crate::permissions;
use palisade::{StaticToken, TrustedProxies};
use std::{
    io,
    path::{Path, PathBuf},
    str::FromStr,
};

/// The environment variable that holds a token that may do everything.
pub const TOKEN_VARIABLE: &str = "FACE_TOKEN";

pub(super) type Env<'a> = &'a dyn Fn(&str) -> Option<String>;
pub(super) type Read<'a> = &'a dyn Fn(&Path) -> io::Result<String>;

/// The sources, and what is wrong in them.
pub(super) struct Sources<'a> {
    pub(super) env: Env<'a>,
    pub(super) mistakes: Vec<Mistake>,
}

impl Sources<'_> {
    /// The TOML file, where one is named; an empty one otherwise, and where it cannot be used.
    pub(super) fn file(&mut self, args: &Args, read: Read<'_>) -> ConfigFile {
        let Some((place, path)) = self.path("--config", args.config.as_ref(), "FACE_CONFIG", None) else {
            return ConfigFile::default();
        };
        let name = path.display().to_string();
        let file = match read(&path) {
            Ok(text) => ConfigFile::parse(&name, &text),
            Err(fault) => {
                Err(Mistake::new(format!("{place} {name}"), format!("cannot be read: {}", fault.kind())))
            }
        };
        file.unwrap_or_else(|mistake| {
            self.mistakes.push(mistake);
            ConfigFile::default()
        })
    }

    /// The strongest of three texts, with the name of its place.
    pub(super) fn text(
        &self,
        flag: &str,
        by_flag: Option<&String>,
        variable: &str,
        by_file: Option<&String>,
    ) -> Option<(String, String)> {
        let key = flag.trim_start_matches('-').replace('-', "_");
        let by_flag = by_flag.map(|text| (flag.to_owned(), text.clone()));
        let by_env = || (self.env)(variable).map(|text| (variable.to_owned(), text));
        by_flag.or_else(by_env).or_else(|| by_file.map(|text| (key, text.clone())))
    }

    pub(super) fn parsed<T: FromStr>(
        &mut self,
        flag: &str,
        by_flag: Option<&String>,
        variable: &str,
        by_file: Option<&String>,
    ) -> Option<T>
    where
        T::Err: std::fmt::Display,
    {
        let (place, text) = self.text(flag, by_flag, variable, by_file)?;
        text.parse().map_err(|fault| self.mistakes.push(Mistake::new(place, fault))).ok()
    }

    pub(super) fn path(
        &mut self,
        flag: &str,
        by_flag: Option<&PathBuf>,
        variable: &str,
        by_file: Option<&PathBuf>,
    ) -> Option<(String, PathBuf)> {
        let text = |path: &PathBuf| path.to_string_lossy().into_owned();
        let (by_flag, by_file) = (by_flag.map(text), by_file.map(text));
        let (place, text) = self.text(flag, by_flag.as_ref(), variable, by_file.as_ref())?;
        if text.trim().is_empty() {
            self.mistakes.push(Mistake::new(place, "names no file"));
            return None;
        }
        Some((place, text.into()))
    }

    /// The strongest of three lists, with the name of its place; in the environment commas stand between the items.
    pub(super) fn list(
        &self,
        flag: &str,
        by_flag: &[String],
        variable: &str,
        by_file: Option<&Vec<String>>,
    ) -> Option<(String, Vec<String>)> {
        let by_env = || {
            let text = (self.env)(variable)?;
            Some((variable.to_owned(), text.split(',').map(|one| one.trim().to_owned()).collect()))
        };
        let by_flag = (!by_flag.is_empty()).then(|| (flag.to_owned(), by_flag.to_vec()));
        let key = format!("{}s", flag.trim_start_matches('-').replace('-', "_"));
        // The file has the plural of the flag.
        let key = key.replace("proxys", "proxies");
        by_flag.or_else(by_env).or_else(|| Some((key, by_file?.clone())))
    }

    pub(super) fn proxies(&mut self, args: &Args, by_file: Option<&Vec<String>>) -> Option<TrustedProxies> {
        let flag = "--trusted-proxy";
        let (place, networks) = self.list(flag, &args.trusted_proxy, "FACE_TRUSTED_PROXIES", by_file)?;
        if networks.is_empty() {
            self.mistakes.push(Mistake::new(place, "the list is empty; leave it out to trust nobody"));
            return None;
        }
        TrustedProxies::parse(networks).map_err(|fault| self.mistakes.push(Mistake::new(place, fault))).ok()
    }

    pub(super) fn tokens(&mut self, args: &Args, file: &ConfigFile) -> Vec<StaticToken> {
        let mut tokens = Vec::new();
        let named = file.token_file.as_ref();
        if let Some((_, path)) = self.path("--token-file", args.token_file.as_ref(), "FACE_TOKEN_FILE", named)
        {
            tokens.push(StaticToken::named("token-file").file(path).scopes(permissions::ALL));
        }
        if (self.env)(TOKEN_VARIABLE).is_some() {
            tokens.push(StaticToken::named(TOKEN_VARIABLE).env(TOKEN_VARIABLE).scopes(permissions::ALL));
        }
        for (at, token) in file.tokens.iter().enumerate() {
            match token.declared(&format!("tokens[{at}]")) {
                Ok(token) => tokens.push(token),
                Err(mistake) => self.mistakes.push(mistake),
            }
        }
        tokens
    }
}
