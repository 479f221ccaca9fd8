//! Which versions were measured, from the lock file that this program was built with.

const LOCK: &str = include_str!("../../Cargo.lock");

/// The package's name, then the names and versions of what it depends on directly.
pub(crate) fn direct() -> Vec<(&'static str, &'static str)> {
    direct_in(LOCK, env!("CARGO_PKG_NAME"))
}

/// The version of one of them.
pub(crate) fn of(name: &str) -> &'static str {
    direct().into_iter().find(|(there, _)| *there == name).map_or("", |(_, version)| version)
}

fn direct_in<'l>(lock: &'l str, root: &str) -> Vec<(&'l str, &'l str)> {
    let packages = || lock.split("[[package]]").skip(1);
    let Some(package) = packages().find(|package| value(package, "name") == root) else { return Vec::new() };
    let dependencies = package.split("dependencies = [").nth(1).unwrap_or_default();
    dependencies
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split('"').next())
        .map(|dependency| match dependency.split_once(' ') {
            // Spelled out where several versions of the name are locked.
            Some((name, version)) => (name, version.split(' ').next().unwrap_or_default()),
            None => {
                let found = packages().find(|package| value(package, "name") == dependency);
                (dependency, found.map_or("", |package| value(package, "version")))
            }
        })
        .collect()
}

fn value<'l>(package: &'l str, key: &str) -> &'l str {
    package
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"'))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_file_is_read() {
        let lock = concat!(
            "[[package]]\nname = \"axum\"\nversion = \"0.8.9\"\n\n",
            "[[package]]\nname = \"rand\"\nversion = \"0.8.1\"\n\n[[package]]\nname = \"rand\"\nversion = \"0.9.2\"\n\n",
            "[[package]]\nname = \"me\"\nversion = \"0.1.0\"\ndependencies = [\n \"axum\",\n \"rand 0.9.2\",\n]\n",
        );
        assert_eq!(direct_in(lock, "me"), [("axum", "0.8.9"), ("rand", "0.9.2")]);
    }

    #[test]
    fn the_peers_have_versions() {
        for peer in ["axum", "tower_governor", "tower-http"] {
            assert!(!of(peer).is_empty(), "{peer}");
        }
    }
}
