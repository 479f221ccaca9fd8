//! schemathesis: asks all that an API document tells, and objects to answers that it does not tell.

use super::with;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,\
                      response_headers_conformance";
/// How long it may ask, in seconds. `SCHEMATHESIS_SECONDS` asks for longer.
const SECONDS: &str = "25";

/// How often each operation was answered with each status.
#[derive(Debug)]
pub(crate) struct Tally(BTreeMap<String, BTreeMap<String, u64>>);

/// Asks what the document at this URL tells, with these hooks; nothing, said aloud, where there is no schemathesis.
pub(crate) fn schemathesis(url: &str, hooks: &Path, variables: &[(&str, &str)]) -> Option<Tally> {
    let python = with("schemathesis", "4.32.5")?;
    let home = tempfile::tempdir().unwrap();
    // By itself it would log in as well, and two credentials at once are refused.
    let settings = home.path().join("schemathesis.toml");
    fs::write(&settings, "[auth]\nauto-signup = false\n").unwrap();
    let seconds = std::env::var("SCHEMATHESIS_SECONDS").unwrap_or_else(|_| SECONDS.to_owned());
    let seed = std::env::var("SCHEMATHESIS_SEED").unwrap_or_else(|_| "1".to_owned());
    let tally = home.path().join("tally.json");
    let output = Command::new(python.with_file_name("st"))
        .arg("--config-file")
        .arg(&settings)
        .args(["run", url, "--checks", CHECKS, "--seed", &seed])
        .args(["--phases", "examples,coverage,fuzzing", "--max-time", &seconds, "--continue-on-failure"])
        .args(["--generation-with-security-parameters", "false", "--generation-database", "none"])
        .args(["--no-color", "--warnings", "off"])
        .current_dir(home.path())
        .env("PYTHONPATH", here())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("SCHEMATHESIS_HOOKS", hooks)
        .env("TALLY", &tally)
        .env("URL", url)
        .env("NO_PROXY", "*")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    let tally = Tally(serde_json::from_slice(&fs::read(tally).unwrap()).unwrap());
    eprintln!("{} calls: {:?}", tally.all(), tally.0);
    Some(tally)
}

impl Tally {
    /// A run in which everything was refused would find nothing either: every operation but these did what it is for.
    pub(crate) fn everything_worked_but(&self, others: &[&str]) {
        let worked = |statuses: &BTreeMap<String, u64>| statuses.keys().any(|status| status.starts_with('2'));
        let without = self.0.iter().filter(|(_, statuses)| !worked(statuses)).map(|(operation, _)| operation);
        assert_eq!(without.collect::<Vec<_>>(), others, "{self:?}");
        self.not_all_was_refused();
    }

    /// Where there are too many operations for that: some calls did what they are for, and limits kept few away.
    pub(crate) fn not_all_was_refused(&self) {
        assert!(self.all() > 100, "{self:?}");
        assert!(self.of("2") * 20 > self.all() && self.of("429") * 4 < self.all(), "{self:?}");
        assert_eq!(self.of("5"), 0, "{self:?}");
    }

    fn all(&self) -> u64 {
        self.0.values().flat_map(BTreeMap::values).sum()
    }

    fn of(&self, begin: &str) -> u64 {
        let all = self.0.values().flatten().filter(|(status, _)| status.starts_with(begin));
        all.map(|(_, count)| count).sum()
    }
}

/// The directory of this file: the package that runs it may be another.
fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../inference/tests/python")
}
