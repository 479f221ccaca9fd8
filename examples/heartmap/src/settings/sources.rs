//! Where settings stand.

use super::{args::Args, file::ConfigFile, mistake::Mistake};
use std::{fmt, io, path::Path};

pub(super) type Env<'a> = &'a dyn Fn(&str) -> Option<String>;
pub(super) type Read<'a> = &'a dyn Fn(&Path) -> io::Result<String>;

/// A text, and the name of the place where it stands.
pub(super) type Found = Option<(String, String)>;

/// The sources of settings, and every mistake that was found in them.
pub(super) struct Sources<'a> {
    pub(super) env: Env<'a>,
    pub(super) mistakes: Vec<Mistake>,
}

impl Sources<'_> {
    /// The TOML file, where one is named; an empty one otherwise, and where it cannot be used.
    pub(super) fn file(&mut self, args: &Args, read: Read<'_>) -> ConfigFile {
        let by_flag = args.config.as_ref().map(|path| path.to_string_lossy().into_owned());
        let Some((place, path)) = self.find("config", by_flag.as_ref(), None) else {
            return ConfigFile::default();
        };
        let file = match read(Path::new(&path)) {
            Ok(text) => ConfigFile::parse(&path, &text),
            Err(fault) => {
                Err(Mistake::new(format!("{place} {path}"), format!("cannot be read: {}", fault.kind())))
            }
        };
        file.unwrap_or_else(|mistake| {
            self.mistakes.push(mistake);
            ConfigFile::default()
        })
    }

    /// The strongest of three sources; `key` is the name in the file, with dashes that of the flag, and in capitals that of the
    /// variable.
    pub(super) fn find(&self, key: &str, by_flag: Option<&String>, by_file: Option<String>) -> Found {
        let variable = format!("HEARTMAP_{}", key.to_uppercase());
        let by_flag = by_flag.map(|text| (format!("--{}", key.replace('_', "-")), text.clone()));
        let by_env = || (self.env)(&variable).map(|text| (variable, text));
        by_flag.or_else(by_env).or_else(|| by_file.map(|value| (key.to_owned(), value)))
    }

    pub(super) fn parsed<T, E: fmt::Display>(
        &mut self,
        found: Found,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let (place, text) = found?;
        parse(&text).map_err(|fault| self.mistakes.push(Mistake::new(place, fault))).ok()
    }
}
