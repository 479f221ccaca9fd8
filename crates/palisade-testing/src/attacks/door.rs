//! One route as it is attacked.

use http::Method;
use palisade_routes::{Row, Verb};

/// One method at one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Door {
    pub(crate) method: Method,
    pub(crate) template: String,
    /// The template with its parameters filled.
    pub(crate) path: String,
    pub(crate) lock: Lock,
    /// The longest body that is read, where one is stated.
    pub(crate) body_limit: Option<usize>,
    /// Whether there is a handler below it for names that nobody declared.
    pub(crate) is_wide: bool,
    /// Whether it answers every method.
    pub(crate) is_any: bool,
}

/// Who may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Anybody.
    Public,
    /// Nobody, or somebody good.
    Optional,
    /// Somebody who is known.
    Known,
    /// Somebody with scopes.
    Scoped,
    /// Whoever: it only reports.
    Reports,
}

impl Door {
    /// Whether a stranger must be refused here.
    pub(crate) fn is_guarded(&self) -> bool {
        matches!(self.lock, Lock::Known | Lock::Scoped)
    }

    /// The door of a row; `named` says which path to take for a template.
    pub(crate) fn of(row: &Row, named: &[(String, String)]) -> Self {
        let policy = row.policy();
        let lock = match policy.requirement() {
            _ if policy.is_report_only() => Lock::Reports,
            _ if policy.is_public() => Lock::Public,
            _ if policy.is_optional() => Lock::Optional,
            Some(_) => Lock::Scoped,
            None => Lock::Known,
        };
        let template = if row.is_fallback() { "/{*path}".to_owned() } else { row.template() };
        let is_wide = template.contains("{*");
        let limit = Some(policy.largest_body());
        let is_any = row.verb() == Verb::Any;
        Self { body_limit: limit, is_wide, is_any, ..Self::new(method(row.verb()), &template, lock, named) }
    }

    pub(crate) fn new(method: Method, template: &str, lock: Lock, named: &[(String, String)]) -> Self {
        let path = named.iter().find(|(of, _)| of == template).map(|(_, path)| path.clone());
        let path = path.unwrap_or_else(|| filled(template));
        Self {
            method,
            template: template.to_owned(),
            path,
            lock,
            body_limit: None,
            is_wide: false,
            is_any: false,
        }
    }

    /// Whether its method usually brings a body.
    pub(crate) fn takes_body(&self) -> bool {
        [Method::POST, Method::PUT, Method::PATCH].contains(&self.method)
    }

    /// `GET /v1/models`.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }
}

fn method(verb: Verb) -> Method {
    match verb {
        Verb::Any => Method::GET,
        other => Method::from_bytes(other.as_str().as_bytes()).unwrap_or(Method::GET),
    }
}

/// Every parameter stands for `x`.
fn filled(template: &str) -> String {
    let mut path = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        path.push_str(before);
        path.push('x');
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    path + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_core::Scope;
    use palisade_routes::{Routes, get, public};

    fn check(routes: &Routes, expected: (&str, &str, Lock)) {
        let doors: Vec<_> = routes.table().iter().map(|row| Door::of(row, &[])).collect();
        let door = doors.first().unwrap();
        assert_eq!((door.name().as_str(), door.path.as_str(), door.lock), expected);
    }

    #[test]
    fn doors_of_rows() {
        let read = Scope::from_static("read");
        let at = |path: &str, endpoint| Routes::new().route(path, endpoint);
        check(&at("/a/{b}/c", get(async || "").requires(read)), ("GET /a/{b}/c", "/a/x/c", Lock::Scoped));
        check(&at("/a/{*b}", get(async || "").authenticated()), ("GET /a/{*b}", "/a/x", Lock::Known));
        check(&at("/", get(async || "").optional()), ("GET /", "/", Lock::Optional));
        check(&at("/", get(async || "").authenticated().report_only()), ("GET /", "/", Lock::Reports));
        let mount = Routes::new().mount("/docs", public(), axum::Router::new());
        check(&mount, ("GET /docs/{*path}", "/docs/x", Lock::Public));
        check(&Routes::new().fallback(get(async || "").public()), ("GET /{*path}", "/x", Lock::Public));
    }

    #[test]
    fn a_named_path_stands_for_its_template() {
        let named = [("/a/{b}".to_owned(), "/a/1".to_owned())];
        assert_eq!(Door::new(Method::GET, "/a/{b}", Lock::Known, &named).path, "/a/1");
    }
}
