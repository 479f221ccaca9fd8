//! What the API tells of a key.

use crate::record::KeyRecord;
use palisade_core::UnixTime;
use serde_json::{Value, json};

/// Everything but how the key is recognised.
pub(super) fn view(record: &KeyRecord) -> Value {
    let time = |at: Option<UnixTime>| at.map(UnixTime::rfc3339);
    let words = |words: &mut dyn Iterator<Item = String>| words.collect::<Vec<_>>();
    json!({
        "id": record.id.as_str(),
        "name": record.name.as_str(),
        "hint": record.hint.as_str(),
        "owner": record.owner.as_str(),
        "tenant": record.tenant.as_ref().map(|tenant| tenant.as_str()),
        "permissions": words(&mut record.permissions.iter().map(ToString::to_string)),
        "roles": words(&mut record.roles.iter().map(ToString::to_string)),
        "plan": record.plan.as_ref().map(|plan| plan.as_str()),
        "networks": words(&mut record.networks.iter().map(ToString::to_string)),
        "disabled": record.disabled,
        "not_before": time(record.not_before),
        "expires_at": time(record.expires),
        "grace_ends_at": time(record.grace_ends),
        "revoked_at": time(record.revoked.as_ref().map(|revoked| revoked.at)),
        "revoked_by": record.revoked.as_ref().map(|revoked| revoked.by.as_str()),
        "revoked_reason": record.revoked.as_ref().and_then(|revoked| revoked.reason.as_ref()).map(|it| it.as_str()),
        "metadata": record.metadata.to_value(),
        "lineage": record.lineage.as_str(),
        "predecessor": record.predecessor.as_ref().map(|id| id.as_str()),
        "successor": record.successor.as_ref().map(|id| id.as_str()),
        "created_at": record.created.rfc3339(),
        "created_by": record.created_by.as_str(),
        "last_used_at": time(record.last_used),
    })
}

/// The version as an entity tag (RFC 9110 §8.8.3).
pub(super) fn tag(record: &KeyRecord) -> String {
    format!("\"v{}\"", record.version)
}
