//! Kinds of credentials that each take any bearer token stand alone.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use palisade::{Auth, Routes, Stack, StackError, StaticToken, StaticTokens, routes::get};

fn tokens(name: &str) -> StaticTokens {
    StaticTokens::new([StaticToken::named(name).value(format!("u5vVlqUIBqbbJEMn2b3Ltw9Y{name}"))]).unwrap()
}

fn routes() -> Routes {
    Routes::new().route("/", get(async || "ok").authenticated())
}

#[test]
fn two_lists_of_tokens_are_told_with_everything_else() {
    let auth = Auth::with(tokens("ci")).or(tokens("ops"));
    let errors = Stack::new(auth).address_limit("nonsense").protect(routes()).unwrap_err();
    assert_eq!(errors.iter().count(), 2, "{errors}");
    let told =
        errors.iter().find(|error| matches!(error, StackError::SeveralOpaque { .. })).unwrap().to_string();
    assert_eq!(
        told,
        "auth: `StaticTokens { names: [\"ci\"], .. }` and `StaticTokens { names: [\"ops\"], .. }` each take any bearer token, so that \
         all but the first would never be asked: give one list of tokens, or tokens that are known by their shape, such as API keys by \
         their prefix"
    );
}

#[test]
fn one_list_may_hold_them_all() {
    let both = [("ci", "u5vVlqUIBqbbJEMn2b3Ltw9Y"), ("ops", "kZ8wQ2rTn5xYbV3mJ7cLs4Kd")];
    let both = both.map(|(name, value)| StaticToken::named(name).value(value));
    assert!(Stack::new(Auth::with(StaticTokens::new(both).unwrap())).protect(routes()).is_ok());
    assert!(Stack::new(Auth::disabled()).protect(routes()).is_ok());
    // What was given before authentication was disabled is not asked.
    assert!(Stack::new(Auth::disabled().or(tokens("ci"))).protect(routes()).is_ok());
}

/// Whoever has tokens among settings and adds others in the program is told at the start.
#[cfg(feature = "config")]
#[tokio::test]
async fn tokens_of_settings_and_of_the_program_do_not_stand_beside_each_other() {
    use palisade::config::{Reload, Sources};
    let digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let toml = format!("[auth]\napplication = true\n[[auth.tokens]]\nname = \"ci\"\nsha256 = \"{digest}\"");
    let started = Reload::start_with(Sources::new().text("app.toml", toml), |assembly| {
        (assembly.stack.clone().map_auth(|auth| auth.or(tokens("ops"))), routes())
    });
    let told = started.await.map(drop).unwrap_err().to_string();
    assert!(told.starts_with("app.toml:1: auth: `StaticTokens"), "{told}");
}
