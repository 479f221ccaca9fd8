//! The cases, one file for each group of attacks.
//!
//! Ids are stable. A row is added by appending to its group; the runner needs no change.

use crate::case::Case;

mod client_ip;
mod credential;
mod errors;
mod routing;
mod static_token;

/// Cases about one part of a server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Group {
    /// A word for command lines and file names.
    pub name: &'static str,
    /// The cases, in the order of their ids.
    pub cases: Vec<Case>,
}

/// All groups.
#[must_use]
pub fn groups() -> Vec<Group> {
    vec![
        Group { name: "routing", cases: routing::cases() },
        Group { name: "credential", cases: credential::cases() },
        Group { name: "static_token", cases: static_token::cases() },
        Group { name: "client_ip", cases: client_ip::cases() },
        Group { name: "errors", cases: errors::cases() },
    ]
}

/// All cases of all groups.
#[must_use]
pub fn all() -> Vec<Case> {
    groups().into_iter().flat_map(|group| group.cases).collect()
}

/// The case with this id, such as `A029`.
#[must_use]
pub fn by_id(id: &str) -> Option<Case> {
    all().into_iter().find(|case| case.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;
    use crate::template::Fill;

    fn full() -> Target {
        Target::new(([127, 0, 0, 1], 80).into(), "/v1/models")
            .protected_post("/v1/models")
            .public("/healthz")
            .public_wildcard("/public/")
            .panic("/v1/panic", "canary")
            .token("t")
            .weak_token("w")
            .retired_token("r")
            .api_key_header("X-API-Key")
            .header_limit(16)
            .body_limit(16)
    }

    #[test]
    fn ids_are_unique_ordered_and_well_formed() {
        for group in groups() {
            let ids: Vec<_> = group.cases.iter().map(|case| case.id).collect();
            assert!(ids.is_sorted(), "{}: {ids:?}", group.name);
            let well_formed =
                |id: &str| id.len() == 4 && id.starts_with('A') && id[1..].parse::<u16>().is_ok();
            assert!(ids.iter().all(|id| well_formed(id)), "{ids:?}");
        }
        let mut ids: Vec<_> = all().iter().map(|case| case.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all().len());
        assert_eq!(by_id("A029").unwrap().title, "two Authorization lines");
        assert!(by_id("A999").is_none());
    }

    #[test]
    fn every_template_can_be_filled() {
        let target = full();
        for case in all() {
            assert!(!case.exchanges.is_empty(), "{}", case.id);
            for exchange in &case.exchanges {
                let text = exchange.request.render(&Fill::new(&target));
                assert!(text.is_ok(), "{}: {text:?}", case.id);
            }
        }
    }
}
