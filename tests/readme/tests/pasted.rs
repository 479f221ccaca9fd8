//! What the README shows is what happens.
use palisade_testing::programs::find;
use std::{
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    thread::sleep,
    time::Duration,
};

const README: &str = include_str!("../../../README.md");
const WRITTEN: &str = "127.0.0.1:8080";
const TOKEN: &str = "Zk3vQ9xT0aBcDeLtw9Yw";

/// The program of the README; it is stopped when this is dropped.
struct Running(Child, String);

impl Running {
    fn start() -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let mut program = Command::new(env!("CARGO_BIN_EXE_readme"));
        program.env("ADDRESS", &address).env("CI_TOKEN", format!("{TOKEN}{TOKEN}"));
        let mut running = Self(program.spawn().unwrap(), address);
        while TcpStream::connect(&running.1).is_err() {
            assert!(running.0.try_wait().unwrap().is_none(), "it ended");
            sleep(Duration::from_millis(20));
        }
        running
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn block(language: &str) -> &'static str {
    let (_, rest) = README.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn the_program_of_the_readme_is_the_one_that_runs() {
    let program =
        include_str!("../src/main.rs").replace("std::env::var(\"ADDRESS\")?", &format!("{WRITTEN:?}"));
    assert_eq!(block("rust,no_run"), program);
    assert!(program.lines().count() <= 25, "it is to be read in one go");
}

#[test]
fn its_lines_of_shell_answer_as_it_says() {
    if find("curl", "curl").is_none() {
        return;
    }
    let running = Running::start();
    let mut seen = 0;
    for told in block("console").split("$ ").filter(|told| told.starts_with("curl ")) {
        let (line, expected) = told.split_once('\n').unwrap();
        let line = line.replace(WRITTEN, &running.1);
        let mut shell = Command::new("sh");
        let shell = shell.args(["-c", &line]).env("CI_TOKEN", format!("{TOKEN}{TOKEN}"));
        let output = shell.output().unwrap();
        let found = String::from_utf8(output.stdout).unwrap().replace('\r', "");
        assert_eq!(found.trim_end(), expected.trim_end(), "{line}");
        seen += 1;
    }
    assert_eq!(seen, 2);
}

#[test]
fn without_a_token_and_with_a_weak_one_it_refuses_to_start() {
    for token in ["", "changeme", "short"] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_readme"));
        let output = program.env("ADDRESS", "127.0.0.1:0").env("CI_TOKEN", token).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && told.contains("ci"), "{told}");
        assert!(token.is_empty() || !told.contains(token), "{told}");
    }
}
