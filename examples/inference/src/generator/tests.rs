use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::{FinishReason, MAX_WORDS, Model, TrainingError, bundled, count_tokens};
use std::sync::LazyLock;

static MODELS: LazyLock<[Model; 3]> = LazyLock::new(bundled);

fn models() -> &'static [Model; 3] {
    &MODELS
}

fn find(name: &str) -> Option<&'static Model> {
    models().iter().find(|model| model.name() == name)
}

fn answer(model: &str, prompt: &str, max_tokens: u16) -> super::Generation {
    find(model).unwrap().generate(prompt, max_tokens)
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
    check("llama-7b", "How is a gate hung?", "On the second day there are hens. What does it cost");
    check("llama-mini", "How is a gate hung?", "On the bark, because a spillway is not by something.");
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

/// How often each word begins an answer to prompts that end so.
fn next_words(model: &Model, end: &str) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for n in 0..1_000 {
        let text = model.generate(&format!("{n} xyzzy {end}"), 1).text.to_lowercase();
        *counts.entry(text).or_default() += 1;
    }
    counts
}

#[test]
fn the_next_word_is_drawn_as_often_as_it_followed_the_last_words_of_the_prompt() {
    let text = "red fox red fox red fox red hen blue hen blue cat green cat red fox, old red hen, \
                grey red hen, one two three four five.";
    let train = |order| Model::train("m", "", order, text, "2026-01-01T00:00:00Z").unwrap();
    // "fox" follows "red" four times of seven, "hen" three times.
    let counts = next_words(&train(2), "a red");
    assert_eq!(counts.len(), 2, "{counts:?}");
    assert!((500..640).contains(&counts["fox"]), "{counts:?}");
    // A mark at the end of the prompt changes nothing of that.
    assert_eq!(next_words(&train(2), "a red?").len(), 2);
    // A model of order 3 knows that "old red" has only ever been a hen; one time in eight it leaves that and draws by "red" alone.
    let counts = next_words(&train(3), "old red");
    assert!((880..1_000).contains(&counts["hen"]) && counts.len() == 2, "{counts:?}");
}

#[test]
fn a_text_makes_a_model_where_it_is_neither_too_short_nor_too_long() {
    let check = |text: &str, expected: Result<usize, TrainingError>| {
        let trained = Model::train("m", "", 3, text, "");
        assert_eq!(trained.map(|model| count_tokens(&model.generate("x", 5).text)), expected);
    };
    check(&"word ".repeat(19), Err(TrainingError::TooShort));
    check(&". ".repeat(500), Err(TrainingError::TooShort));
    check(&"word ".repeat(20), Ok(5));
    check(&"a ".repeat(MAX_WORDS + 1), Err(TrainingError::TooLong));
}

fn prompts() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z ]{0,30}(gate|river|bread|the)[a-z ?]{0,30}", "\\PC{1,80}"]
        .prop_filter("blank", |text| !text.trim().is_empty())
}

proptest! {
    #[test]
    fn a_smaller_limit_gives_a_beginning(prompt in prompts(), model in 0..3_usize, small in 1..=512_u16, large in 1..=512_u16) {
        let name = models()[model].name();
        let (small, large) = (small.min(large), small.max(large));
        let (short, long) = (answer(name, &prompt, small), answer(name, &prompt, large));
        prop_assert!(long.text.starts_with(&short.text));
        prop_assert!(long.tokens.starts_with(&short.tokens));
    }

    #[test]
    fn an_answer_is_its_tokens_joined(prompt in prompts(), model in 0..3_usize, limit in 1..=512_u16) {
        let answer = answer(models()[model].name(), &prompt, limit);
        prop_assert_eq!(&answer.text, &answer.tokens.concat());
        prop_assert_eq!(count_tokens(&answer.text), answer.tokens.len());
        prop_assert!(!answer.tokens.is_empty());
        match answer.finish_reason {
            FinishReason::Length => prop_assert_eq!(answer.tokens.len(), usize::from(limit)),
            FinishReason::Stop => prop_assert!(answer.text.ends_with(['.', '?', '!'])),
        }
    }
}
