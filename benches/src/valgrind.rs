//! This program, run again under valgrind.

use crate::failure::Failure;
use std::{
    env, io,
    process::{Command, Stdio},
};

/// Instructions in [`Load::work`](crate::load::Load::work) of a process that lets a contender work so many times: what happens
/// before is left out, such as a library that waits for its clock to be calibrated.
pub(crate) fn instructions(contender: &'static str, times: u64) -> Result<u64, Failure> {
    let tool = ["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*load*Load*work*"];
    number(&run(&tool, contender, times)?, "Collected :").map_err(|failure| failure.of(contender))
}

/// Allocations of such a process.
pub(crate) fn allocations(contender: &'static str, times: u64) -> Result<u64, Failure> {
    let tool = ["--tool=memcheck", "--leak-check=no", "--undef-value-errors=no"];
    number(&run(&tool, contender, times)?, "total heap usage:").map_err(|failure| failure.of(contender))
}

/// Which valgrind there is, as it calls itself.
pub(crate) fn version() -> Result<String, Failure> {
    let output = Command::new("valgrind").arg("--version").stdin(Stdio::null()).output().map_err(missing)?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn missing(error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound => Failure::NoValgrind,
        _ => Failure::Io(error),
    }
}

fn run(tool: &[&str], contender: &str, times: u64) -> Result<String, Failure> {
    let output = Command::new("valgrind")
        .args(tool)
        .arg(env::current_exe()?)
        .args(["run", contender, &times.to_string()])
        .stdin(Stdio::null())
        .output()
        .map_err(missing)?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(said) } else { Err(Failure::NoCount(said)) }
}

/// The number that follows a label, as valgrind groups it: `1,234`.
fn number(said: &str, label: &str) -> Result<u64, Failure> {
    let after = said.split(label).nth(1).unwrap_or_default().trim_start();
    let digits: String =
        after.chars().take_while(|c| c.is_ascii_digit() || *c == ',').filter(char::is_ascii_digit).collect();
    digits.parse().map_err(|_| Failure::NoCount(said.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valgrind_is_understood() {
        assert_eq!(number("==7== \n==7== Collected : 31415926\n", "Collected :").unwrap(), 31_415_926);
        assert_eq!(
            number("==7==   total heap usage: 1,234 allocs, 1 frees", "total heap usage:").unwrap(),
            1_234
        );
        assert!(number("valgrind: no such tool", "Collected :").is_err());
    }
}
