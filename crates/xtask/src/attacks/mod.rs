//! `cargo xtask attacks`: where each attack of the catalogue is tried.

mod catalogue;
mod proof;

use std::fs;
use std::path::Path;

use catalogue::Attack;
use proof::Proofs;

/// The catalogue: one attack a line, with the reason where no test tries it.
const CATALOGUE: &str = "tests/attacks.tsv";

/// Prints where each attack is tried, and says whether each is, or has a reason.
pub(crate) fn run(root: &Path) -> bool {
    match check(root) {
        Ok(report) => {
            println!("{}", report.table());
            report.is_complete()
        }
        Err(fault) => {
            eprintln!("{fault}");
            false
        }
    }
}

struct Report {
    attacks: Vec<Attack>,
    proofs: Proofs,
}

fn check(root: &Path) -> Result<Report, String> {
    let text = fs::read_to_string(root.join(CATALOGUE)).map_err(|fault| format!("{CATALOGUE}: {fault}"))?;
    let proofs = Proofs::read(root).map_err(|fault| format!("cannot read the tests: {fault}"))?;
    Ok(Report { attacks: catalogue::parse(&text)?, proofs })
}

impl Report {
    /// Attacks that nothing tries and that have no reason.
    fn missing(&self) -> Vec<&Attack> {
        let unproven = |attack: &&Attack| attack.reason.is_empty() && self.proofs.of(&attack.id).is_empty();
        self.attacks.iter().filter(unproven).collect()
    }

    /// Ids of tests that no line of the catalogue has.
    fn unknown(&self) -> Vec<String> {
        let known = |id: &String| self.attacks.iter().any(|attack| attack.id == *id);
        self.proofs.ids().filter(|id| !known(id)).cloned().collect()
    }

    /// Attacks with a reason why nothing tries them, that something tries.
    fn stale(&self) -> Vec<&Attack> {
        let is_tried = |attack: &&Attack| !attack.reason.is_empty() && !self.proofs.of(&attack.id).is_empty();
        self.attacks.iter().filter(is_tried).collect()
    }

    fn is_complete(&self) -> bool {
        self.missing().is_empty() && self.unknown().is_empty() && self.stale().is_empty()
    }

    fn table(&self) -> String {
        let mut lines = Vec::new();
        let (mut tried, mut idle) = (0, 0);
        for attack in &self.attacks {
            let places = self.proofs.of(&attack.id);
            let place = match (places, attack.reason.as_str()) {
                ([], "") => "NOWHERE".to_owned(),
                ([], reason) => format!("n/a: {reason}"),
                ([place], "") => place.clone(),
                ([place, more @ ..], "") => format!("{place} and {} more", more.len()),
                ([place, ..], _) => format!("{place}; the reason in {CATALOGUE} must go"),
            };
            tried += usize::from(!places.is_empty());
            idle += usize::from(places.is_empty() && !attack.reason.is_empty());
            lines.push(format!("{}  {place}", attack.id));
        }
        for attack in self.missing() {
            lines.push(format!("no test tries {}: {}", attack.id, attack.what));
        }
        for id in self.unknown() {
            lines.push(format!("a test is named by {id}, which {CATALOGUE} does not have"));
        }
        let all = self.attacks.len();
        lines.push(format!(
            "{all} attacks: {tried} tried, {idle} not applicable, {} missing",
            self.missing().len()
        ));
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attack_is_tried_or_has_a_reason() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
        let report = check(root).unwrap();
        assert!(report.is_complete(), "{}", report.table());
        assert!(report.attacks.len() >= 315);
    }

    #[test]
    fn what_is_missing_is_told() {
        let attacks = catalogue::parse("A001\ta\nA002\tb\tno such thing here\nA003\tc\n").unwrap();
        let mut proofs = Proofs::default();
        proofs.add("x/tests/a.rs", "#[test]\nfn a003_a004_both() {}\nfn other() {}");
        let report = Report { attacks, proofs };
        assert!(!report.is_complete());
        assert_eq!(
            report.table(),
            "A001  NOWHERE\n\
             A002  n/a: no such thing here\n\
             A003  x/tests/a.rs a003_a004_both\n\
             no test tries A001: a\n\
             a test is named by A004, which tests/attacks.tsv does not have\n\
             3 attacks: 1 tried, 1 not applicable, 1 missing"
        );
    }
}
