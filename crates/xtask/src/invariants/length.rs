//! No file above 400 lines: beyond that it holds more than one noun.

use super::source::SourceFile;
use super::violation::Violation;

const LINES_AT_MOST: usize = 400;

pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    files.iter().filter_map(too_long).collect()
}

fn too_long(file: &SourceFile) -> Option<Violation> {
    let lines = file.text.lines().count();
    (lines > LINES_AT_MOST).then(|| {
        let what =
            format!("{lines} lines, {LINES_AT_MOST} are allowed; give the second noun a file of its own");
        Violation::new(&file.path, LINES_AT_MOST + 1, what)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limit_is_inclusive() {
        let check = |lines: usize, expected: &[&str]| {
            let file = SourceFile::new("crates/a/src/b.rs", &"x\n".repeat(lines));
            let found: Vec<_> = check(&[file]).iter().map(ToString::to_string).collect();
            assert_eq!(found, expected);
        };
        check(0, &[]);
        check(400, &[]);
        check(
            401,
            &["crates/a/src/b.rs:401 401 lines, 400 are allowed; give the second noun a file of its own"],
        );
    }
}
