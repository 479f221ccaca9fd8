//! The workspace as `cargo metadata` tells it.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::cargo;

/// One package of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Relative to the workspace's root, with forward slashes.
    pub(crate) manifest: String,
    pub(crate) dependencies: Vec<Dependency>,
    /// Each feature, and what it turns on.
    pub(crate) features: BTreeMap<String, Vec<String>>,
}

/// One line of a manifest's dependency tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Wanted by tests and examples alone.
    pub(crate) dev: bool,
}

/// The packages of the workspace in `root`, by name; or what cargo said instead.
pub(crate) fn packages(root: &Path) -> Result<Vec<Package>, String> {
    let mut command = cargo::cargo(root);
    command.args(["metadata", "--format-version", "1", "--no-deps"]);
    // Not caught as one stream: warnings on standard error would spoil the JSON.
    let output = command.output().map_err(|error| format!("cannot run cargo metadata: {error}\n"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    parse(&output.stdout).ok_or_else(|| "cargo metadata printed a format that is not known here\n".to_owned())
}

fn parse(json: &[u8]) -> Option<Vec<Package>> {
    let metadata: Value = serde_json::from_slice(json).ok()?;
    let root = metadata["workspace_root"].as_str()?;
    let mut packages =
        metadata["packages"].as_array()?.iter().map(|p| package(p, root)).collect::<Option<Vec<_>>>()?;
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    Some(packages)
}

fn package(value: &Value, root: &str) -> Option<Package> {
    let manifest = value["manifest_path"].as_str()?;
    let manifest = manifest.strip_prefix(root).unwrap_or(manifest).replace('\\', "/");
    let mut features = BTreeMap::new();
    for (name, turns_on) in value["features"].as_object()? {
        let turns_on = turns_on.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        features.insert(name.clone(), turns_on);
    }
    Some(Package {
        name: value["name"].as_str()?.to_owned(),
        manifest: manifest.trim_start_matches('/').to_owned(),
        dependencies: value["dependencies"].as_array()?.iter().map(dependency).collect::<Option<_>>()?,
        features,
    })
}

fn dependency(value: &Value) -> Option<Dependency> {
    Some(Dependency { name: value["name"].as_str()?.to_owned(), dev: value["kind"].as_str() == Some("dev") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_read() {
        let json = br#"{ "workspace_root": "/w", "packages": [ {
            "name": "b", "manifest_path": "/w/crates/b/Cargo.toml",
            "dependencies": [ { "name": "a", "kind": null }, { "name": "c", "kind": "dev" } ],
            "features": { "default": ["fast"], "fast": [] } }, {
            "name": "a", "manifest_path": "/w/crates/a/Cargo.toml", "dependencies": [], "features": {} } ] }"#;
        let packages = parse(json).unwrap();
        let names: Vec<_> = packages.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        let b = &packages[1];
        assert_eq!(b.manifest, "crates/b/Cargo.toml");
        assert_eq!(b.dependencies[0], Dependency { name: "a".into(), dev: false });
        assert_eq!(b.dependencies[1], Dependency { name: "c".into(), dev: true });
        assert_eq!(b.features["default"], ["fast"]);
    }

    #[test]
    fn strange_output_is_refused() {
        for json in [&b""[..], b"[]", b"{}", br#"{"workspace_root":"/w","packages":[{}]}"#] {
            assert_eq!(parse(json), None);
        }
    }
}
