//! Which requests are spared a limit that stands outside of the routes.

use crate::{
    table::{Row, RowKind},
    verb::Verb,
};
use http::Method;
use matchit::Router;
use std::{fmt, sync::Arc};

/// Knows, before a request is routed, whether its route is exempt from an outer limit.
///
/// It holds every declared path and not only exempt ones, so that the route it finds is the one that answers: an exempt
/// `/files/{name}` does not spare `/files/secret` where that is a route of its own.
#[derive(Clone)]
pub struct Exemptions(Arc<Known>);

struct Known {
    paths: Router<Vec<Rule>>,
    fallback: Vec<Rule>,
}

/// What one declaration says; those of one path stand together.
#[derive(Clone)]
struct Rule {
    verb: Verb,
    from: Arc<[&'static str]>,
}

impl Exemptions {
    /// The exemptions of these rows, `None` where no row has any.
    ///
    /// Rows whose templates are mistakes are left out: no router is made of them either.
    pub(crate) fn of(rows: &[Row]) -> Option<Self> {
        if rows.iter().all(|row| row.policy.exempt.is_empty()) {
            return None;
        }
        let mut paths: Vec<(String, Vec<Rule>)> = Vec::new();
        let mut fallback = Vec::new();
        for row in rows {
            let rule = Rule { verb: row.verb, from: row.policy.exempt.as_slice().into() };
            let templates = match row.kind {
                RowKind::Fallback => vec![],
                RowKind::Mount if row.path.is_empty() => vec![],
                RowKind::Mount => vec![row.template(), row.path.clone(), format!("{}/", row.path)],
                RowKind::Route => vec![row.path.clone()],
            };
            if templates.is_empty() {
                fallback.push(rule);
                continue;
            }
            for template in templates {
                match paths.iter_mut().find(|(path, _)| *path == template) {
                    Some((_, rules)) => rules.push(rule.clone()),
                    None => paths.push((template, vec![rule.clone()])),
                }
            }
        }
        let mut known = Router::new();
        for (path, rules) in paths {
            // A conflict is a mistake in the routes, told where the router is made.
            let _ = known.insert(path, rules);
        }
        Some(Self(Arc::new(Known { paths: known, fallback })))
    }

    /// Whether the route that will answer is exempt from the limit of this name.
    #[must_use]
    pub fn spare(&self, limit: &str, method: &Method, path: &str) -> bool {
        let rules = self.0.paths.at(path).map_or(&self.0.fallback, |found| found.value);
        answering(rules, method).is_some_and(|rule| rule.from.contains(&limit))
    }
}

/// The declaration that answers a method: its own, for `HEAD` that of `GET`, else the one for all.
fn answering<'r>(rules: &'r [Rule], method: &Method) -> Option<&'r Rule> {
    let of = |verb: Verb| rules.iter().find(|rule| rule.verb == verb);
    let own = rules.iter().find(|rule| rule.verb != Verb::Any && rule.verb.as_str() == method.as_str());
    let got = || if *method == Method::HEAD { of(Verb::Get) } else { None };
    own.or_else(got).or_else(|| of(Verb::Any))
}

impl fmt::Debug for Exemptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exemptions")
    }
}

#[cfg(test)]
mod tests {
    use crate::{Routes, any, get, public};
    use http::Method;

    fn check(routes: &Routes, method: &Method, path: &str, spared: bool) {
        let exemptions = routes.exemptions().unwrap();
        assert_eq!(exemptions.spare("address", method, path), spared, "{method} {path}");
        assert!(!exemptions.spare("principal", method, path));
    }

    #[test]
    fn the_route_that_answers_decides() {
        let routes: Routes = Routes::new()
            .route("/health", get(async || "").public().exempt_from("address").post(async || "").public())
            .route("/files/{name}", get(async || "").public().exempt_from("address"))
            .route("/files/secret", get(async || "").public())
            .mount("/docs", public().exempt_from("address"), axum::Router::new())
            .fallback(any(async || "").public());
        for (method, path, spared) in [
            (Method::GET, "/health", true),
            (Method::HEAD, "/health", true),
            (Method::POST, "/health", false),
            (Method::PUT, "/health", false),
            (Method::GET, "/health/", false),
            (Method::GET, "//health", false),
            (Method::GET, "/files/a", true),
            (Method::GET, "/files/secret", false),
            (Method::GET, "/files/a/b", false),
            (Method::DELETE, "/docs", true),
            (Method::GET, "/docs/", true),
            (Method::GET, "/docs/a/b", true),
            (Method::GET, "/nothing", false),
        ] {
            check(&routes, &method, path, spared);
        }
    }

    #[test]
    fn without_a_word_there_is_nothing_to_ask() {
        let routes: Routes = Routes::new().route("/health", get(async || "").public());
        assert!(routes.exemptions().is_none());
    }

    #[test]
    fn a_mount_at_the_root_and_a_fallback_take_the_rest() {
        let routes: Routes = Routes::new().route("/a", get(async || "").public()).mount(
            "/",
            public().exempt_from("address"),
            axum::Router::new(),
        );
        check(&routes, &Method::GET, "/a", false);
        check(&routes, &Method::GET, "/b/c", true);
    }
}
