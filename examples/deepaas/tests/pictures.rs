//! The README sends the pictures beside it; this is what it says comes back.

#![allow(clippy::unwrap_used, reason = "a test may")]

use deepaas::model::{Answer, Catalog};
use serde_json::Value;

#[track_caller]
fn answer(file: &[u8]) -> Answer {
    assert!(file.len() < 2048, "small enough to keep beside the code");
    Catalog::new().get("my-model").unwrap().predict(file).unwrap()
}

#[test]
fn the_readme_shows_the_answer_to_the_sunset() {
    let readme = include_str!("../README.md");
    let (_, shown) = readme.split_once("```json\n").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    let shown: Value = serde_json::from_str(shown).unwrap();
    assert_eq!(shown, serde_json::to_value(answer(include_bytes!("../pictures/sunset.png"))).unwrap());
}

#[test]
fn the_chip_is_another_kind_of_picture() {
    let chip = answer(include_bytes!("../pictures/chip.png")).predictions;
    assert_eq!(chip.labels[0].label, "detailed");
    assert_ne!(chip, answer(include_bytes!("../pictures/sunset.png")).predictions);
}
