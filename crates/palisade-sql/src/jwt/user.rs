//! A user as a row.

use crate::{cells::Cells, failure::Failure, row::MAX_DOCUMENT};
use palisade_core::{Scope, UnixTime};
use palisade_jwt::login::{PasswordHash, User};
use serde_json::{Map, Value, json};
use std::str::FromStr;

/// Everything about a user but the columns, as JSON.
pub(super) fn document(user: &User) -> String {
    let roles: Vec<_> = user.roles.iter().map(|role| role.as_str()).collect();
    let permissions: Vec<_> = user.permissions.iter().map(Scope::as_str).collect();
    let document = json!({
        "name": user.name.as_str(),
        "email": user.email.as_ref().map(|email| email.expose()),
        "roles": roles,
        "permissions": permissions,
        "plan": user.plan.as_ref().map(|plan| plan.as_str()),
        "disabled": user.disabled,
        "password": user.password.expose(),
        "not_before": user.not_before.map(UnixTime::as_nanos),
        "narrowed": user.narrowed.map(UnixTime::as_nanos),
        "created": user.created.as_nanos(),
    });
    document.to_string()
}

/// Whether a user can be kept so that nothing of them is lost.
pub(super) fn fits(user: &User) -> bool {
    user.is_bounded() && user.version < i64::MAX as u64 && document(user).len() <= MAX_DOCUMENT
}

/// The columns that [`user`] reads, in its order.
pub(super) const COLUMNS: &str = "SELECT id, name, version, document FROM palisade_users WHERE ";

/// The user, where columns and document agree. A document that says more than is known here is refused: what it adds may be a
/// reason to keep somebody out.
pub(super) fn user(mut row: Cells) -> Result<User, Failure> {
    let id = row.text()?.parse().map_err(|_| Failure::Corrupt("id"))?;
    let name = row.text()?;
    let version = u64::try_from(row.number()?).map_err(|_| Failure::Corrupt("version"))?;
    let text = row.text()?;
    if text.len() > MAX_DOCUMENT {
        return Err(Failure::Corrupt("document"));
    }
    let members = serde_json::from_str(&text).map_err(|_| Failure::Corrupt("document"))?;
    let mut document = Document(members);
    let password = PasswordHash::stored(document.text("password")?);
    let mut user = User::new(id, document.parsed("name")?, password, document.time("created")?);
    user.email = document.some_parsed("email")?;
    user.roles = document.list("roles")?;
    user.permissions = document.list::<Scope>("permissions")?.into_iter().collect();
    user.plan = document.some_parsed("plan")?;
    user.disabled = document.take("disabled")?.as_bool().ok_or(Failure::Corrupt("disabled"))?;
    user.not_before = document.some_time("not_before")?;
    user.narrowed = document.some_time("narrowed")?;
    user.version = version;
    if !document.0.is_empty() || !user.is_bounded() {
        return Err(Failure::Corrupt("document"));
    }
    if user.name.canonical().as_str() != name {
        return Err(Failure::Corrupt("name"));
    }
    Ok(user)
}

struct Document(Map<String, Value>);

impl Document {
    fn take(&mut self, name: &'static str) -> Result<Value, Failure> {
        self.0.remove(name).ok_or(Failure::Corrupt(name))
    }

    fn text(&mut self, name: &'static str) -> Result<String, Failure> {
        match self.take(name)? {
            Value::String(text) => Ok(text),
            _ => Err(Failure::Corrupt(name)),
        }
    }

    fn parsed<T: FromStr>(&mut self, name: &'static str) -> Result<T, Failure> {
        self.text(name)?.parse().map_err(|_| Failure::Corrupt(name))
    }

    fn some_parsed<T: FromStr>(&mut self, name: &'static str) -> Result<Option<T>, Failure> {
        match self.take(name)? {
            Value::Null => Ok(None),
            Value::String(text) => text.parse().map(Some).map_err(|_| Failure::Corrupt(name)),
            _ => Err(Failure::Corrupt(name)),
        }
    }

    fn list<T: FromStr>(&mut self, name: &'static str) -> Result<Vec<T>, Failure> {
        let Value::Array(items) = self.take(name)? else { return Err(Failure::Corrupt(name)) };
        let parse = |item: &Value| item.as_str()?.parse().ok();
        items.iter().map(parse).collect::<Option<_>>().ok_or(Failure::Corrupt(name))
    }

    fn time(&mut self, name: &'static str) -> Result<UnixTime, Failure> {
        self.some_time(name)?.ok_or(Failure::Corrupt(name))
    }

    fn some_time(&mut self, name: &'static str) -> Result<Option<UnixTime>, Failure> {
        match self.take(name)? {
            Value::Null => Ok(None),
            value => value.as_u64().map(UnixTime::from_nanos).map(Some).ok_or(Failure::Corrupt(name)),
        }
    }
}
