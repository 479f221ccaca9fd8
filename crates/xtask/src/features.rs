//! Every feature of every crate, alone: what a dependent may turn on must compile.

use crate::metadata::Package;

/// One `cargo check`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    package: String,
    feature: Option<String>,
}

impl Check {
    /// What follows `cargo`.
    pub(crate) fn arguments(&self) -> Vec<&str> {
        let mut arguments = vec!["check", "-p", &self.package, "--no-default-features"];
        if let Some(feature) = &self.feature {
            arguments.extend(["--features", feature]);
        }
        arguments
    }

    /// `palisade-core axum`, `palisade-core without features`.
    pub(crate) fn label(&self) -> String {
        format!("{} {}", self.package, self.feature.as_deref().unwrap_or("without features"))
    }
}

/// For each package under `crates/` that has features: without any, then with each alone.
pub(crate) fn checks(packages: &[Package]) -> Vec<Check> {
    let mut checks = Vec::new();
    for package in packages.iter().filter(|p| p.manifest.starts_with("crates/")) {
        let named = || package.features.iter().filter(|(name, turns_on)| !is_repetition(name, turns_on));
        if package.features.is_empty() {
            continue;
        }
        checks.push(Check { package: package.name.clone(), feature: None });
        checks.extend(
            named().map(|(name, _)| Check { package: package.name.clone(), feature: Some(name.clone()) }),
        );
    }
    checks
}

/// A default that is empty, or is one other feature, builds what another check builds.
fn is_repetition(name: &str, turns_on: &[String]) -> bool {
    name == "default"
        && match turns_on {
            [] => true,
            [one] => !one.contains(['/', ':']),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, manifest: &str, features: &[(&str, &[&str])]) -> Package {
        let strings = |list: &[&str]| list.iter().map(|&s| s.to_owned()).collect::<Vec<_>>();
        Package {
            name: name.into(),
            manifest: manifest.into(),
            dependencies: Vec::new(),
            features: features.iter().map(|(name, on)| ((*name).to_owned(), strings(on))).collect(),
        }
    }

    fn check(packages: &[Package], expected: &[&str]) {
        let lines: Vec<_> = checks(packages).iter().map(|c| c.arguments().join(" ")).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn each_feature_stands_alone() {
        let packages = [
            package(
                "a",
                "crates/a/Cargo.toml",
                &[("axum", &["dep:axum-core"]), ("default", &["axum", "log"]), ("log", &[])],
            ),
            package("b", "crates/b/Cargo.toml", &[]),
            package("c", "examples/c/Cargo.toml", &[("x", &[])]),
        ];
        check(
            &packages,
            &[
                "check -p a --no-default-features",
                "check -p a --no-default-features --features axum",
                "check -p a --no-default-features --features default",
                "check -p a --no-default-features --features log",
            ],
        );
    }

    #[test]
    fn default_that_repeats_another_is_left_out() {
        let features: [(&str, &[&str]); 2] = [("default", &["memory"]), ("memory", &[])];
        check(
            &[package("a", "crates/a/Cargo.toml", &features)],
            &["check -p a --no-default-features", "check -p a --no-default-features --features memory"],
        );
        check(
            &[package("a", "crates/a/Cargo.toml", &[("default", &[])])],
            &["check -p a --no-default-features"],
        );
    }

    #[test]
    fn labels_read_as_words() {
        let packages = [package("a", "crates/a/Cargo.toml", &[("axum", &[])])];
        let labels: Vec<_> = checks(&packages).iter().map(Check::label).collect();
        assert_eq!(labels, ["a without features", "a axum"]);
    }
}
