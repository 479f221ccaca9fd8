//! Where attacks are tried: tests named by id, the attack kit, and fuzz targets.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::catalogue::is_id;

/// Where the ids of the kit stand.
const KIT: [&str; 2] =
    ["crates/palisade-testing/src/catalogue/", "crates/palisade-testing/src/attacks/groups/"];
/// Where tests are.
const TREES: [&str; 4] = ["crates", "examples", "fuzz", "tests"];

/// The places by id.
#[derive(Debug, Default)]
pub(super) struct Proofs(BTreeMap<String, Vec<String>>);

impl Proofs {
    /// Of every source file below `root`.
    pub(super) fn read(root: &Path) -> io::Result<Self> {
        let mut proofs = Self::default();
        for tree in TREES {
            proofs.walk(root, &root.join(tree))?;
        }
        Ok(proofs)
    }

    /// Where this one is tried.
    pub(super) fn of(&self, id: &str) -> &[String] {
        self.0.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    fn walk(&mut self, root: &Path, directory: &Path) -> io::Result<()> {
        let mut entries = fs::read_dir(directory)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                if entry.file_name() != "target" {
                    self.walk(root, &path)?;
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                self.add(&name, &fs::read_to_string(&path)?);
            }
        }
        Ok(())
    }

    /// What this file tries.
    pub(super) fn add(&mut self, path: &str, text: &str) {
        // This package speaks of ids, and tries nothing.
        if path.starts_with("crates/xtask/") {
            return;
        }
        for line in text.lines() {
            if let Some((_, rest)) = line.split_once("fn ") {
                let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
                for id in ids_of(name) {
                    self.note(id, format!("{path} {name}"));
                }
            } else if path.starts_with("fuzz/") && line.starts_with("//! A") {
                let id = line.trim_start_matches("//! ").get(..4).unwrap_or_default();
                if is_id(id) {
                    self.note(id.to_owned(), path.to_owned());
                }
            }
        }
        if KIT.iter().any(|kit| path.starts_with(kit)) {
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for id in code.split('"').filter(|word| is_id(word)) {
                self.note(id.to_owned(), "the attack kit".to_owned());
            }
        }
    }

    fn note(&mut self, id: String, place: String) {
        let places = self.0.entry(id).or_default();
        if !places.contains(&place) {
            places.push(place);
        }
    }
}

/// `A001` and `A002` of `a001_a002_empty_segments`: ids stand at the front, one after the other.
fn ids_of(name: &str) -> Vec<String> {
    let upper = name.split('_').map(str::to_ascii_uppercase);
    upper.skip_while(|word| !is_id(word)).take_while(|word| is_id(word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_names() {
        let check = |name, expected: &[&str]| assert_eq!(ids_of(name), expected, "{name}");
        check("a001_a002_empty", &["A001", "A002"]);
        check("a029_two", &["A029"]);
        check("two_a029", &["A029"]);
        check("a1_two", &[]);
        check("aaaa_a02b", &[]);
    }

    #[test]
    fn places() {
        let check = |path, text, expected: &[(&str, &str)]| {
            let mut proofs = Proofs::default();
            proofs.add(path, text);
            let found: Vec<_> = proofs.0.iter().map(|(id, at)| (id.as_str(), at[0].as_str())).collect();
            assert_eq!(found, expected, "{path}");
        };
        check("a/b.rs", "async fn a001_x() {", &[("A001", "a/b.rs a001_x")]);
        check("fuzz/x.rs", "//! A137: words", &[("A137", "fuzz/x.rs")]);
        check("a/b.rs", "//! A137: words", &[]);
        check("crates/xtask/src/x.rs", "fn a001_x()", &[]);
        let kit = "crates/palisade-testing/src/catalogue/x.rs";
        check(kit, "Case::new(\"A001\")\n#[cfg(test)]\n\"A002\"", &[("A001", "the attack kit")]);
    }
}
