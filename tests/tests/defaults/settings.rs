//! What settings hold where a file says nothing, and how far they go.

use palisade::config::{Mistakes, Sources};

fn mistakes(text: &str) -> String {
    Sources::new()
        .text("app.toml", text)
        .load()
        .err()
        .map(|mistakes: Mistakes| mistakes.to_string())
        .unwrap_or_default()
}

fn disabled(more: &str) -> String {
    mistakes(&format!("auth = \"disabled\"\n{more}"))
}

#[test]
fn settings_must_say_who_may_call() {
    assert!(mistakes("").starts_with("auth: is missing"));
    assert!(mistakes("[auth]").contains("declares no credential"));
    assert_eq!(disabled(""), "");
}

#[test]
fn a_hundred_mistakes_are_told_at_once() {
    let text: String = (0..150).map(|number| format!("wrong_{number} = 1\n")).collect();
    let told = disabled(&text);
    assert_eq!(told.lines().filter(|line| line.contains("there is no such setting")).count(), 100, "{told}");
}

#[test]
fn settings_bound_what_they_loosen() {
    for (setting, good, bad) in [
        ("[limits]\ncapacity", "10_000_000", "10_000_001"),
        ("[limits]\nin_flight", "1_000_000", "0"),
        ("[server]\nbody_limit", "\"1 GiB\"", "\"2 GiB\""),
        ("[server]\ncors_origins = [\"https://a.example\"]\ncors_max_age", "\"24 h\"", "\"25 h\""),
    ] {
        assert_eq!(disabled(&format!("{setting} = {good}")), "", "{setting}");
        assert!(
            disabled(&format!("{setting} = {bad}")).contains("out of bounds"),
            "{setting}: {}",
            disabled(&format!("{setting} = {bad}"))
        );
    }
}

#[test]
fn patterns_of_origins_stand_for_one_label() {
    for (pattern, good) in [
        ("https://*.example.com", true),
        ("https://*.com", false),
        ("https://a.*.com", false),
        ("null", false),
    ] {
        let told = disabled(&format!("[server]\ncors_origins = [\"{pattern}\"]"));
        assert_eq!(told.is_empty(), good, "{pattern}: {told}");
    }
}
