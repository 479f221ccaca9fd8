//! A record as one JSON text, for stores.

use crate::record::{KeyRecord, Metadata, Proof, Revocation};
use palisade_core::UnixTime;
use serde_json::{Map, Value, json};
use std::str::FromStr;

impl KeyRecord {
    /// The record as a JSON object, for a store that keeps documents. It holds the digest: it is for the store alone.
    ///
    /// Points in time are nanoseconds since the epoch.
    #[must_use]
    pub fn to_document(&self) -> Value {
        let time = |at: Option<UnixTime>| at.map(UnixTime::as_nanos);
        json!({
            "id": self.id.as_str(),
            "proof": self.proof.to_stored(),
            "hint": self.hint.as_str(),
            "owner": self.owner.as_str(),
            "tenant": self.tenant.as_ref().map(|tenant| tenant.as_str()),
            "name": self.name.as_str(),
            "permissions": self.permissions.iter().map(|scope| scope.as_str()).collect::<Vec<_>>(),
            "roles": self.roles.iter().map(|role| role.as_str()).collect::<Vec<_>>(),
            "plan": self.plan.as_ref().map(|plan| plan.as_str()),
            "networks": self.networks.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "not_before": time(self.not_before),
            "expires": time(self.expires),
            "disabled": self.disabled,
            "revoked": self.revoked.as_ref().map(|revoked| json!({
                "at": revoked.at.as_nanos(),
                "by": revoked.by.as_str(),
                "reason": revoked.reason.as_ref().map(|reason| reason.as_str()),
            })),
            "metadata": self.metadata.to_value(),
            "lineage": self.lineage.as_str(),
            "predecessor": self.predecessor.as_ref().map(|id| id.as_str()),
            "successor": self.successor.as_ref().map(|id| id.as_str()),
            "rotated": time(self.rotated),
            "grace_ends": time(self.grace_ends),
            "created": self.created.as_nanos(),
            "created_by": self.created_by.as_str(),
            "last_used": time(self.last_used),
            "version": self.version,
        })
    }

    /// Reads what [`to_document`](Self::to_document) wrote.
    ///
    /// # Errors
    ///
    /// The name of the member that is missing or makes no sense. A member that an older version did not write yet is taken as
    /// absent; one that this version does not know is an error, because it may be what forbids the key.
    pub fn from_document(document: Value) -> Result<Self, InvalidDocument> {
        let Value::Object(members) = document else { return Err(InvalidDocument("document")) };
        let mut members = Members(members);
        let id = members.text("id")?;
        let mut record = Self::new(
            id,
            members.text::<Proof>("proof")?,
            members.text("hint")?,
            members.text("owner")?,
            members.text("name")?,
            members.time("created")?.ok_or(InvalidDocument("created"))?,
            members.text("created_by")?,
        );
        record.tenant = members.optional("tenant")?;
        record.permissions = members.list("permissions")?.into_iter().collect();
        record.roles = members.list("roles")?;
        record.plan = members.optional("plan")?;
        record.networks = members.list("networks")?;
        record.not_before = members.time("not_before")?;
        record.expires = members.time("expires")?;
        record.disabled = match members.take("disabled") {
            None => false,
            Some(Value::Bool(disabled)) => disabled,
            Some(_) => return Err(InvalidDocument("disabled")),
        };
        record.revoked = match members.take("revoked") {
            None => None,
            Some(Value::Object(revoked)) => {
                let mut revoked = Members(revoked);
                let at = revoked.time("at")?.ok_or(InvalidDocument("at"))?;
                Some(Revocation { at, by: revoked.text("by")?, reason: revoked.optional("reason")? })
            }
            Some(_) => return Err(InvalidDocument("revoked")),
        };
        record.metadata = match members.take("metadata") {
            None => Metadata::default(),
            Some(value) => Metadata::new(value).map_err(|_| InvalidDocument("metadata"))?,
        };
        record.lineage = members.text("lineage")?;
        record.predecessor = members.optional("predecessor")?;
        record.successor = members.optional("successor")?;
        record.rotated = members.time("rotated")?;
        record.grace_ends = members.time("grace_ends")?;
        record.last_used = members.time("last_used")?;
        record.version = members.number("version")?.ok_or(InvalidDocument("version"))?;
        if !members.0.is_empty() || record.check().is_err() {
            return Err(InvalidDocument("document"));
        }
        Ok(record)
    }
}

/// The members of an object that were not read yet.
struct Members(Map<String, Value>);

impl Members {
    /// Null is the same as absent.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    fn optional<T: FromStr>(&mut self, name: &'static str) -> Result<Option<T>, InvalidDocument> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => text.parse().map(Some).map_err(|_| InvalidDocument(name)),
            Some(_) => Err(InvalidDocument(name)),
        }
    }

    fn text<T: FromStr>(&mut self, name: &'static str) -> Result<T, InvalidDocument> {
        self.optional(name)?.ok_or(InvalidDocument(name))
    }

    fn number(&mut self, name: &'static str) -> Result<Option<u64>, InvalidDocument> {
        self.take(name).map(|value| value.as_u64().ok_or(InvalidDocument(name))).transpose()
    }

    fn time(&mut self, name: &'static str) -> Result<Option<UnixTime>, InvalidDocument> {
        Ok(self.number(name)?.map(UnixTime::from_nanos))
    }

    fn list<T: FromStr>(&mut self, name: &'static str) -> Result<Vec<T>, InvalidDocument> {
        let words = match self.take(name) {
            None => return Ok(Vec::new()),
            Some(Value::Array(words)) => words,
            Some(_) => return Err(InvalidDocument(name)),
        };
        let word = |value: &Value| value.as_str().and_then(|word| word.parse().ok());
        words.iter().map(|value| word(value).ok_or(InvalidDocument(name))).collect()
    }
}

/// A stored document cannot be read as a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored document of a key makes no sense at `{0}`")]
pub struct InvalidDocument(&'static str);
