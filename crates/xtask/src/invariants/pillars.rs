//! Pillars do not depend on each other: each is one concept, and the facade joins them.

use std::collections::BTreeSet;

use super::violation::Violation;
use crate::metadata::Package;

const PILLARS: [&str; 4] = ["palisade-apikey", "palisade-jwt", "palisade-limit", "palisade-observe"];

/// `manifest` returns the text of the manifest at a path, to point at the line.
pub(super) fn check(packages: &[Package], manifest: impl Fn(&str) -> String) -> Vec<Violation> {
    let mut violations = Vec::new();
    for package in packages.iter().filter(|package| is_pillar(&package.name)) {
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            let reached = if is_pillar(name) {
                Some(name)
            } else if dependency.dev {
                // What tests reach through a test kit does not ship.
                None
            } else {
                pillar_behind(packages, name)
            };
            if let Some(pillar) = reached {
                let through = if pillar == name { String::new() } else { format!(" through {name}") };
                let what = format!(
                    "{} depends on {pillar}{through}; let core own a small trait and the facade connect the two",
                    package.name
                );
                let line = line_of(&manifest(&package.manifest), name);
                violations.push(Violation::new(&package.manifest, line, what));
            }
        }
    }
    violations
}

fn is_pillar(name: &str) -> bool {
    PILLARS.contains(&name)
}

/// The first pillar that `name` ships with, at any depth of the workspace.
fn pillar_behind<'a>(packages: &'a [Package], name: &str) -> Option<&'a str> {
    let mut seen = BTreeSet::new();
    let mut open = vec![name.to_owned()];
    while let Some(name) = open.pop() {
        let Some(package) = packages.iter().find(|package| package.name == name) else { continue };
        if !seen.insert(name) {
            continue;
        }
        for dependency in package.dependencies.iter().filter(|dependency| !dependency.dev) {
            if is_pillar(&dependency.name) {
                return Some(&dependency.name);
            }
            open.push(dependency.name.clone());
        }
    }
    None
}

fn line_of(manifest: &str, dependency: &str) -> usize {
    let names = |line: &str| {
        let line = line.trim_start();
        let key = line.split(['=', '.', ' ']).next().unwrap_or_default().trim_matches('"');
        key == dependency || line.trim_end().ends_with(&format!(".{dependency}]"))
    };
    manifest.lines().position(names).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Dependency;

    fn package(name: &str, dependencies: &[(&str, bool)]) -> Package {
        Package {
            name: name.into(),
            manifest: format!("crates/{name}/Cargo.toml"),
            dependencies: dependencies
                .iter()
                .map(|&(name, dev)| Dependency { name: name.into(), dev })
                .collect(),
            features: Default::default(),
        }
    }

    fn check(packages: &[Package], expected: &[&str]) {
        let found: Vec<_> =
            super::check(packages, |_| String::new()).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn pillars_stand_on_lower_floors() {
        check(
            &[
                package("palisade", &[("palisade-jwt", false), ("palisade-limit", false)]),
                package("palisade-core", &[]),
                package("palisade-limit", &[("palisade-core", false), ("governor", false)]),
            ],
            &[],
        );
    }

    #[test]
    fn direct_dependency_is_found() {
        for dev in [false, true] {
            check(
                &[package("palisade-limit", &[("palisade-jwt", dev)])],
                &["crates/palisade-limit/Cargo.toml:1 palisade-limit depends on palisade-jwt; \
                   let core own a small trait and the facade connect the two"],
            );
        }
    }

    #[test]
    fn detour_is_found_unless_it_is_for_tests() {
        let routes = || package("palisade-routes", &[("palisade-core", false), ("palisade-observe", false)]);
        check(
            &[
                package("palisade-limit", &[("palisade-routes", false)]),
                package("palisade-core", &[]),
                routes(),
            ],
            &[
                "crates/palisade-limit/Cargo.toml:1 palisade-limit depends on palisade-observe through palisade-routes; \
               let core own a small trait and the facade connect the two",
            ],
        );
        check(&[package("palisade-limit", &[("palisade-routes", true)]), routes()], &[]);
    }

    #[test]
    fn line_of_the_manifest_is_named() {
        let check = |manifest, expected| assert_eq!(line_of(manifest, "palisade-jwt"), expected);
        check("[dependencies]\npalisade-jwt-x = \"1\"\npalisade-jwt.workspace = true\n", 3);
        check("[dependencies]\npalisade-jwt = { path = \"x\" }\n", 2);
        check("[package]\n[dependencies.palisade-jwt]\n", 2);
        check("", 1);
    }
}
