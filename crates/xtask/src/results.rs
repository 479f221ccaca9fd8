//! What the test harness printed: how many passed, and the part worth reading.

use std::fmt;

/// The sums of all `test result:` lines.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Counts {
    pub(crate) fn read(output: &str) -> Self {
        let mut sums = Self::default();
        for line in output.lines().filter(|line| line.contains("test result:")) {
            let words: Vec<_> = line.split([' ', ';', '.']).filter(|word| !word.is_empty()).collect();
            for pair in words.windows(2) {
                let Ok(count) = pair[0].parse::<u64>() else { continue };
                match pair[1] {
                    "passed" => sums.passed += count,
                    "failed" => sums.failed += count,
                    "ignored" => sums.ignored += count,
                    _ => {}
                }
            }
        }
        sums
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed", self.passed)?;
        if self.failed > 0 {
            write!(f, ", {} failed", self.failed)?;
        }
        if self.ignored > 0 {
            write!(f, ", {} ignored", self.ignored)?;
        }
        Ok(())
    }
}

/// Drops what passing test programs printed, from `running 3 tests` to their result.
pub(crate) fn without_passing(output: &str) -> String {
    let mut text = String::new();
    let mut block: Option<String> = None;
    for line in output.lines() {
        if line.starts_with("running ") && line.trim_end().ends_with(['t', 's']) {
            text.push_str(&block.take().unwrap_or_default());
            block = Some(String::new());
        }
        let passed = line.starts_with("test result:") && line.contains("ok");
        if passed && block.take().is_some() {
            continue;
        }
        let target = block.as_mut().unwrap_or(&mut text);
        let repeats_blank = line.is_empty() && (target.is_empty() || target.ends_with("\n\n"));
        if !repeats_blank {
            target.push_str(line);
            target.push('\n');
        }
        if line.starts_with("test result:") {
            text.push_str(&block.take().unwrap_or_default());
        }
    }
    text.push_str(&block.unwrap_or_default());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "\
warning: idle

running 3 tests
...
test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.00s


running 12 tests
noise: 9 passed
one --- FAILED
test result: \u{1b}[31mFAILED\u{1b}[m. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.50s

running 1 test
aborted
";

    #[test]
    fn results_are_summed() {
        let counts = Counts::read(OUTPUT);
        assert_eq!(counts, Counts { passed: 13, failed: 2, ignored: 1 });
        assert_eq!(counts.to_string(), "13 passed, 2 failed, 1 ignored");
        assert_eq!(Counts::read("").to_string(), "0 passed");
    }

    #[test]
    fn passing_programs_are_dropped() {
        let expected = "\
warning: idle

running 12 tests
noise: 9 passed
one --- FAILED
test result: \u{1b}[31mFAILED\u{1b}[m. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.50s

running 1 test
aborted
";
        assert_eq!(without_passing(OUTPUT), expected);
        assert_eq!(without_passing("error: cannot compile\n"), "error: cannot compile\n");
    }
}
