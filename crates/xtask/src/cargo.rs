//! One child `cargo`: its environment, and its output caught or shown.

use std::env;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::Command;

/// Debug information and incremental state cost link time and disk, and a run that only
/// wants a verdict uses neither. A value that the caller set stays.
const QUICK_BUILD: [(&str, &str); 3] =
    [("CARGO_INCREMENTAL", "0"), ("CARGO_PROFILE_DEV_DEBUG", "0"), ("CARGO_PROFILE_TEST_DEBUG", "0")];

/// What a child said, and whether it succeeded.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) ok: bool,
    /// Standard output and standard error, in the order written.
    pub(crate) text: String,
}

/// A `cargo` of the running toolchain in `root`.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    forget_parent(&mut command);
    command
}

/// [`cargo`] for a verdict: as little build work as possible.
pub(crate) fn quick_cargo(root: &Path) -> Command {
    let mut command = cargo(root);
    for (name, value) in QUICK_BUILD {
        if env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    command
}

/// Removes what the outer `cargo run` set for this package. Build scripts that watch these
/// variables would otherwise run again each time a build is started from here.
pub(crate) fn forget_parent(command: &mut Command) {
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(describes_a_package) {
            command.env_remove(name);
        }
    }
}

fn describes_a_package(variable: &str) -> bool {
    variable.starts_with("CARGO_PKG_")
        || variable.starts_with("CARGO_MANIFEST_")
        || matches!(variable, "CARGO_BIN_NAME" | "CARGO_CRATE_NAME" | "CARGO_PRIMARY_PACKAGE" | "OUT_DIR")
}

/// Runs `command` to its end, keeps what it writes, and shows it meanwhile if `live`.
pub(crate) fn capture(mut command: Command, live: bool) -> Output {
    match try_capture(&mut command, live) {
        Ok(output) => output,
        Err(error) => Output { ok: false, text: format!("cannot run {}: {error}\n", line(&command)) },
    }
}

fn try_capture(command: &mut Command, live: bool) -> io::Result<Output> {
    let (mut reader, writer) = io::pipe()?;
    command.stdin(std::process::Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn()?;
    // The command holds the writing ends until it gets others; the reader would never see the end.
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());

    let mut bytes = Vec::new();
    let mut chunk = [0; 8192];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => {
                bytes.extend_from_slice(&chunk[..count]);
                if live {
                    let mut stdout = io::stdout().lock();
                    stdout.write_all(&chunk[..count])?;
                    stdout.flush()?;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let status = child.wait()?;
    Ok(Output { ok: status.success(), text: String::from_utf8_lossy(&bytes).into_owned() })
}

/// Runs `command` with this terminal as its own.
pub(crate) fn attach(mut command: Command) -> bool {
    println!("$ {}", line(&command));
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("cannot run {}: {error}", line(&command));
            false
        }
    }
}

/// The command as one would type it.
pub(crate) fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    std::iter::once(program)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_streams_are_caught_in_order() {
        let output = capture(shell("echo one; echo two >&2; echo three"), false);
        assert!(output.ok);
        assert_eq!(output.text, "one\ntwo\nthree\n");
    }

    #[test]
    fn failure_is_seen() {
        let output = capture(shell("echo why; exit 3"), false);
        assert!(!output.ok);
        assert_eq!(output.text, "why\n");
    }

    #[test]
    fn absent_program_is_a_sentence() {
        let output = capture(Command::new("no-such-program-anywhere"), false);
        assert!(!output.ok);
        assert!(output.text.starts_with("cannot run no-such-program-anywhere: "), "{}", output.text);
    }

    #[test]
    fn only_package_variables_are_forgotten() {
        for forgotten in ["CARGO_PKG_NAME", "CARGO_MANIFEST_DIR", "CARGO_BIN_NAME", "OUT_DIR"] {
            assert!(describes_a_package(forgotten), "{forgotten}");
        }
        for kept in ["CARGO_TARGET_DIR", "CARGO_HOME", "CARGO_INCREMENTAL", "CARGO", "PATH", "RUSTFLAGS"] {
            assert!(!describes_a_package(kept), "{kept}");
        }
    }

    #[test]
    fn line_reads_as_typed() {
        let mut command = Command::new("/somewhere/bin/cargo");
        command.args(["check", "-p", "x"]);
        assert_eq!(line(&command), "cargo check -p x");
    }
}
