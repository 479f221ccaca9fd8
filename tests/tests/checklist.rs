//! `docs/checklist.md` names tests that exist, and links to what is there; so do the other pages.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Files below a directory whose names end so; what is built is not looked at.
fn files(directory: &Path, end: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir()
            && !name.starts_with('.')
            && !["target", "node_modules", "data"].contains(&name.as_str())
        {
            files(&path, end, found);
        } else if path.is_file() && name.ends_with(end) {
            found.push(path);
        }
    }
}

/// The names of all tests of the workspace: functions behind an attribute that ends in `test`.
fn tests() -> BTreeSet<String> {
    let mut sources = Vec::new();
    files(root(), ".rs", &mut sources);
    sources.iter().flat_map(|path| named(&fs::read_to_string(path).unwrap())).collect()
}

fn named(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim_start) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| is_test && !line.starts_with("//"))
        {
            names.extend(rest.split(['(', '<']).next().map(str::to_owned));
            is_test = false;
        }
    }
    names
}

/// The cells of each row that is neither a heading nor its rule.
fn rows(page: &str) -> Vec<Vec<String>> {
    let lines = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| item") && !line.starts_with("| ---"));
    lines
        .map(|line| {
            let line = line.replace("\\|", "\u{1}");
            line.trim_matches('|').split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect()
        })
        .collect()
}

#[test]
fn every_item_is_done_by_something_and_proved_by_tests_that_exist() {
    let page = fs::read_to_string(root().join("docs/checklist.md")).unwrap();
    let (tests, rows) = (tests(), rows(&page));
    assert!(rows.len() > 60 && tests.len() > 1_000, "{} rows, {} tests", rows.len(), tests.len());
    let mut faults = Vec::new();
    for row in &rows {
        let [item, what, proof] = row.as_slice() else { panic!("not three cells: {row:?}") };
        let outside =
            what.starts_with("outside the library: ") || what.starts_with("not yet; in front of it: ");
        if what.is_empty() || (proof == "–" && !(outside && (what.contains("](") || what.contains('`')))) {
            faults.push(format!("{item}: nothing proves it, and it does not say what to paste"));
        }
        let names = proof.split('`').skip(1).step_by(2);
        faults.extend(
            names
                .filter(|name| !tests.contains(*name))
                .map(|name| format!("{item}: there is no test {name}")),
        );
        if proof != "–" && !proof.contains('`') {
            faults.push(format!("{item}: names no test"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn all_five_services_are_in_it() {
    let page = fs::read_to_string(root().join("docs/checklist.md")).unwrap();
    for service in ["face", "heartmap", "inference", "deepaas", "reliability"] {
        assert!(
            page.lines().any(|line| line.starts_with("## ") && line.ends_with(&format!("(`{service}`)"))),
            "{service}"
        );
        assert!(root().join("examples").join(service).is_dir(), "{service}");
    }
}

/// As GitHub makes them of headings.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn anchors(page: &str) -> BTreeSet<String> {
    let mut code = false;
    let headings = page.lines().filter(|line| {
        code ^= line.starts_with("```");
        !code && line.starts_with('#')
    });
    headings.map(|line| anchor(line.trim_start_matches('#'))).collect()
}

/// Relative links outside of code, with the line's number.
fn links(page: &str) -> Vec<(usize, &str)> {
    let mut code = false;
    let mut found = Vec::new();
    for (nth, line) in page.lines().enumerate() {
        code ^= line.trim_start().starts_with("```");
        if code {
            continue;
        }
        for rest in line.split("](").skip(1) {
            let link = rest.split(')').next().unwrap();
            if !link.contains("://") && !link.starts_with("crate::") && !link.is_empty() {
                found.push((nth + 1, link));
            }
        }
    }
    found
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut pages = Vec::new();
    files(&root().join("docs"), ".md", &mut pages);
    pages.extend(["README.md", "SECURITY.md", "CONTRIBUTING.md"].map(|name| root().join(name)));
    let mut faults = Vec::new();
    for path in &pages {
        let page = fs::read_to_string(path).unwrap();
        for (line, link) in links(&page) {
            let (file, fragment) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            let broken = !target.exists()
                || (!fragment.is_empty()
                    && !anchors(&fs::read_to_string(&target).unwrap()).contains(fragment));
            if broken {
                faults.push(format!("{}:{line}: {link}", path.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_page_of_the_guide_is_in_its_index_and_is_compiled() {
    let index = fs::read_to_string(root().join("docs/guide/README.md")).unwrap();
    let modules = fs::read_to_string(root().join("crates/palisade/src/_guide.rs")).unwrap();
    let mut pages = Vec::new();
    files(&root().join("docs/guide"), ".md", &mut pages);
    for page in pages {
        let name = page.file_name().unwrap().to_str().unwrap();
        if name == "README.md" {
            continue;
        }
        assert!(index.contains(&format!("({name})")), "docs/guide/README.md does not list {name}");
        // That one is compiled where its crate is.
        let elsewhere = name == "databases.md";
        assert!(
            elsewhere || modules.contains(&format!("docs/guide/{name}\"")),
            "no example of {name} is compiled"
        );
    }
}
