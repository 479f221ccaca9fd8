use std::collections::HashSet;

use proptest::prelude::*;

use super::{FinishReason, MaxTokens, Model, Prompt, count_tokens, find, models};

fn answer(model: &str, prompt: &str, max_tokens: u64) -> super::Generation {
    let prompt = Prompt::new(prompt, 10_000).unwrap();
    find(model).unwrap().generate(prompt, MaxTokens::new(max_tokens).unwrap())
}

#[test]
fn models_are_listed_with_their_figures() {
    let names: Vec<_> = models().iter().map(Model::name).collect();
    assert_eq!(names, ["llama-7b", "llama-mini", "llama-baker"]);
    let value = serde_json::to_value(find("llama-7b").unwrap()).unwrap();
    assert_eq!(value["order"], 3);
    assert_eq!(value["created"], "2025-01-15T00:00:00Z");
    let (vocabulary, corpus) =
        (value["vocabulary_size"].as_u64().unwrap(), value["corpus_size"].as_u64().unwrap());
    assert!(800 < vocabulary && vocabulary < corpus && corpus > 3000, "{vocabulary} {corpus}");
    assert_eq!(value.as_object().unwrap().len(), 6);
    assert!(find("LLAMA-7B").is_none() && find("").is_none());
}

#[test]
fn answers_are_the_same_in_every_build() {
    let check =
        |model: &str, prompt: &str, expected: &str| assert_eq!(answer(model, prompt, 12).text, expected);
    check("llama-7b", "How is a gate hung?", "And the boat hung on the height, and a ford begins");
    check("llama-mini", "How is a gate hung?", "And the boat hung on the neck and they began with a");
    check("llama-baker", "How is a gate hung?", "For somebody who is mending a gate, or the dough into");
    check("llama-7b", "xyzzy", "There was a name. A river carry?");
}

#[test]
fn different_prompts_give_different_answers() {
    let subjects = ["gate", "river", "bread", "weir", "leaven", "oven", "fence", "xyzzy", "Zug", "河川"];
    let questions = ["What is a", "Tell me of the", "Why", "How do I mend a", "Who keeps the"];
    let mut answers = HashSet::new();
    for model in models() {
        for (subject, question) in subjects.iter().flat_map(|s| questions.iter().map(move |q| (s, q))) {
            answers.insert(answer(model.name(), &format!("{question} {subject}?"), 64).text);
        }
    }
    assert_eq!(answers.len(), models().len() * subjects.len() * questions.len());
}

#[test]
fn an_answer_takes_up_a_word_of_the_prompt() {
    for word in ["palisade", "weir", "leaven", "heron"] {
        let text = answer("llama-7b", &format!("Please explain the {word}"), 64).text.to_lowercase();
        assert!([word, "explain", "the"].iter().any(|known| text.contains(known)), "{text}");
    }
    assert!(answer("llama-baker", "palisade", 64).tokens.len() > 5);
}

#[test]
fn both_ends_are_reached() {
    let reasons: HashSet<String> = (0..50)
        .map(|n| format!("{:?}", answer("llama-7b", &format!("{n} gates"), 64).finish_reason))
        .collect();
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert_eq!(answer("llama-7b", "gate", 1).finish_reason, FinishReason::Length);
}

#[test]
fn answers_do_not_recite_the_texts() {
    let recited = (0..100)
        .filter(|n| {
            let text = answer("llama-7b", &format!("{n} gates by the river"), 64).text;
            super::corpus::ALL.iter().any(|corpus| corpus.replace("\n\n", " ").contains(&text))
        })
        .count();
    assert!(recited < 10, "{recited} of 100 answers are quotations");
}

fn prompts() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z ]{0,30}(gate|river|bread|the)[a-z ?]{0,30}", "\\PC{1,80}"]
        .prop_filter("blank", |text| !text.trim().is_empty())
}

proptest! {
    #[test]
    fn a_smaller_limit_gives_a_beginning(prompt in prompts(), model in 0..3_usize, small in 1..=512_u64, large in 1..=512_u64) {
        let name = models()[model].name();
        let (small, large) = (small.min(large), small.max(large));
        let (short, long) = (answer(name, &prompt, small), answer(name, &prompt, large));
        prop_assert!(long.text.starts_with(&short.text));
        prop_assert!(long.tokens.starts_with(&short.tokens));
    }

    #[test]
    fn an_answer_is_its_tokens_joined(prompt in prompts(), model in 0..3_usize, limit in 1..=512_u64) {
        let answer = answer(models()[model].name(), &prompt, limit);
        prop_assert_eq!(&answer.text, &answer.tokens.concat());
        prop_assert_eq!(count_tokens(&answer.text), answer.tokens.len());
        prop_assert!(!answer.tokens.is_empty());
        match answer.finish_reason {
            FinishReason::Length => prop_assert_eq!(answer.tokens.len() as u64, limit),
            FinishReason::Stop => prop_assert!(answer.text.ends_with(['.', '?', '!'])),
        }
    }
}
