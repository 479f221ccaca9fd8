//! The log over HTTP.

use super::{
    query::{AuditQuery, MAX_AUDIT_PAGE},
    record::Record,
    recorder::Recorder,
    time,
    walk::Verification,
};
use axum::{
    body::Body,
    extract::{RawQuery, State},
    response::Response,
};
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use palisade_core::{Denial, DenialKind, Requirement};
use palisade_routes::{Description, Routes, get, requires};
use serde_json::{Value, json};

impl Recorder {
    /// `GET /`, for callers who meet `reads`: a page of records, newest first, and what came of looking through the chain. Put it below
    /// a prefix: `routes.nest("/audit", recorder.routes(VIEW_AUDIT_LOGS))`.
    ///
    /// | parameter | |
    /// | --- | --- |
    /// | `limit` | how many records, 1 to 200; 50 otherwise |
    /// | `cursor` | `next_cursor` of the page before |
    /// | `act`, `actor`, `target` | exactly this |
    /// | `since`, `until` | from then on, before then: RFC 3339 in UTC |
    ///
    /// Nothing of it can be mounted open, and no cache keeps it.
    pub fn routes(&self, reads: impl Into<Requirement>) -> Routes {
        let page = get(page).policy(requires(reads).never_open()).describe(description());
        Routes::new().route("/", page).with_state(self.clone())
    }
}

/// What an API document says of it.
fn description() -> Description {
    let text = || json!({ "type": "string", "minLength": 1, "maxLength": 512 });
    let time = || json!({ "type": "string", "format": "date-time" });
    let limit = json!({ "type": "integer", "minimum": 1, "maximum": MAX_AUDIT_PAGE, "default": 50 });
    let body = json!({
        "type": "object",
        "required": ["events", "next_cursor", "chain"],
        "properties": {
            "events": { "type": "array", "items": {
                "type": "object",
                "required": ["sequence", "hash", "act", "outcome"],
                "properties": {
                    "sequence": { "type": "integer" }, "hash": { "type": "string" },
                    "act": { "type": "string" }, "outcome": { "type": "string" },
                },
            } },
            "next_cursor": { "type": ["string", "null"] },
            "chain": {
                "type": "object",
                "required": ["holds", "records"],
                "properties": { "holds": { "type": "boolean" }, "records": { "type": "integer" } },
            },
        },
    });
    Description::of("Read the audit log")
        .tag("audit")
        .details("The newest records first, and what came of looking through their chain.")
        .query("limit", "How many at most", limit)
        .query(
            "cursor",
            "`next_cursor` of the page before",
            json!({ "type": "string", "pattern": "^[0-9]{1,20}$" }),
        )
        .query("act", "Exactly this act", text())
        .query("actor", "Acts of this caller", text())
        .query("target", "Acts on this", text())
        .query("since", "From then on", time())
        .query("until", "Before then", time())
        .answers(200, "A page", "application/json", body)
}

async fn page(State(recorder): State<Recorder>, RawQuery(query): RawQuery) -> Result<Response, Denial> {
    let query = read(query.as_deref().unwrap_or_default())?;
    let down = |error| Denial::new(DenialKind::Unavailable).because("audit_unavailable").with_source(error);
    let page = recorder.page(&query).await.map_err(down)?;
    let newest = page.records.first().map_or(0, |record| record.link.sequence);
    let verified = recorder.verify_with(newest).await.map_err(down)?;
    let events: Vec<Value> = page.records.iter().map(event).collect();
    let body = json!({ "events": events, "next_cursor": page.next.map(|next| next.to_string()), "chain": chain(&verified) });
    let response = Response::builder()
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .header(CACHE_CONTROL, HeaderValue::from_static("no-store"))
        .body(Body::from(body.to_string()));
    response.map_err(|error| Denial::new(DenialKind::Internal).with_source(error))
}

fn event(record: &Record) -> Value {
    let mut event = serde_json::to_value(&record.entry).unwrap_or_default();
    if let Value::Object(members) = &mut event {
        members.insert("sequence".to_owned(), record.link.sequence.into());
        members.insert("hash".to_owned(), record.link.hex().into());
    }
    event
}

fn chain(found: &Verification) -> Value {
    let fault = found.fault.map(|fault| json!({ "sequence": fault.sequence, "kind": fault.kind.as_str() }));
    json!({
        "holds": fault.is_none(),
        "records": found.records,
        "anchor": { "sequence": found.anchor.sequence, "hash": found.anchor.hex() },
        "head": { "sequence": found.head.sequence, "hash": found.head.hex() },
        "fault": fault,
    })
}

/// Each parameter at most once, and no other: a condition that is silently left out would tell too much.
fn read(text: &str) -> Result<AuditQuery, Denial> {
    let (mut query, mut seen) = (AuditQuery::default(), Vec::new());
    for (name, value) in form_urlencoded::parse(text.as_bytes()).take(16) {
        if seen.contains(&name) || set(&mut query, &name, &value).is_none() {
            let detail = format!(
                "`limit` 1 to {MAX_AUDIT_PAGE}, `cursor`, `act`, `actor`, `target`, `since`, `until`, each once"
            );
            let details = json!([{ "detail": detail, "pointer": "#" }]);
            return Err(Denial::new(DenialKind::Invalid).with_details(details));
        }
        seen.push(name);
    }
    Ok(query)
}

fn set(query: &mut AuditQuery, name: &str, value: &str) -> Option<()> {
    let text = |place: &mut Option<Box<str>>| {
        let is = !value.is_empty() && value.len() <= 512;
        is.then(|| *place = Some(value.into()))
    };
    match name {
        "limit" => query.limit = value.parse().ok().filter(|limit| (1..=MAX_AUDIT_PAGE).contains(limit))?,
        "cursor" => query.before = Some(value.parse().ok()?),
        "act" => text(&mut query.act)?,
        "actor" => text(&mut query.actor)?,
        "target" => text(&mut query.target)?,
        "since" => query.since = Some(time::parse(value)?),
        "until" => query.until = Some(time::parse(value)?),
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: bool) {
        assert_eq!(read(query).is_ok(), expected, "{query}");
    }

    #[test]
    fn queries() {
        for query in
            ["", "limit=1&cursor=7", "act=key.created&actor=user%3A1", "since=2026-01-01T00:00:00.000Z"]
        {
            check(query, true);
        }
        for query in
            ["limit=0", "limit=201", "limit=1&limit=1", "cursor=-1", "act=", "who=1", "until=yesterday"]
        {
            check(query, false);
        }
    }
}
