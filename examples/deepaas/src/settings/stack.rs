//! What stands in front of the models.

use super::choice::TokenChoice;
use palisade::config::{AuthSettings, Loaded, Mistakes, Sources};
use serde::{Deserialize, Serialize};

/// Nothing is set beside the stack.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// The settings of the stack: the token that was found, under the name of the source it is from, over what the environment says of
/// everything else, such as `DEEPAAS__LIMITS__ADDRESS`.
///
/// # Errors
///
/// Every mistake there is.
pub fn stack(choice: &TokenChoice) -> Result<Loaded, Mistakes> {
    on(Sources::new().prefix("DEEPAAS").environment(), choice)
}

fn on(mut sources: Sources, choice: &TokenChoice) -> Result<Loaded, Mistakes> {
    if let TokenChoice::Set { token, origin } = choice {
        // The documented command starts with a token of 15 characters; parity with it is worth a warning, not a refusal.
        let settings = [("name", "deepaas"), ("value", token.expose()), ("dangerous_weak", "true")];
        for (setting, value) in settings {
            sources = sources.flag(origin.to_string(), format!("auth.tokens.0.{setting}"), Some(value));
        }
    }
    let judged = sources.load_judged(|_: Nothing, config, _, _| {
        if matches!(choice, TokenChoice::Unset) {
            config.auth.get_or_insert(AuthSettings::Disabled);
        }
        config.errors.dress_rejections = true;
    });
    judged.map(|((), loaded)| loaded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Origin, Redacted, Token};

    fn set(token: &str) -> TokenChoice {
        let origin = Origin::ConfigFile("/etc/deepaas.ini".into());
        TokenChoice::Set { token: Token::parse(Redacted::from(token.to_owned()), &origin).unwrap(), origin }
    }

    fn sources(variables: &[(&str, &str)]) -> Sources {
        Sources::new().prefix("DEEPAAS").variables(variables.iter().copied())
    }

    #[test]
    fn the_token_is_shown_with_its_source_and_never_its_value() {
        let loaded =
            on(sources(&[("DEEPAAS__LIMITS__ADDRESS", "5/second")]), &set("canary-3f9a1c77")).unwrap();
        let shown = loaded.effective().to_string();
        assert!(!shown.contains("canary") && !format!("{loaded:?}").contains("canary"), "{shown}");
        let origin = loaded.effective().origin("auth.tokens[0].value").to_string();
        assert_eq!(origin, "/etc/deepaas.ini: [DEFAULT] auth_bearer_token");
        assert_eq!(loaded.effective().origin("limits.address").to_string(), "DEEPAAS__LIMITS__ADDRESS");
    }

    #[test]
    fn no_variable_opens_what_a_token_closes() {
        let opened = on(sources(&[("DEEPAAS__AUTH", "disabled")]), &set("canary-3f9a1c77")).map(drop);
        let told = opened.unwrap_err().to_string();
        assert!(told.contains("auth") && !told.contains("canary"), "{told}");
        let open = on(sources(&[]), &TokenChoice::Unset).unwrap();
        assert!(matches!(open.config().auth, Some(AuthSettings::Disabled)));
        let misspelt = on(sources(&[("DEEPAAS__LIMITS__ADRESS", "5/second")]), &TokenChoice::Unset).map(drop);
        assert_eq!(
            misspelt.unwrap_err().to_string(),
            "DEEPAAS__LIMITS__ADRESS: there is no such setting; did you mean `address`?"
        );
    }
}
