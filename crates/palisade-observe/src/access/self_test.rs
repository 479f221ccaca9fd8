//! A request full of secrets, logged before the first real one.

use super::{inner::Inner, record::Record};
use http::{Request, header};
use palisade_core::{Clock, Ending, Facts};

/// What no line may have.
const CANARY: &str = "c4n4ryc4n4ryc4n4ryc4n4ry";
const TOKEN: &str = "eyJjYW5hcnkiOiJjNG40cnkifQ.eyJjYW5hcnkiOiJjNG40cnkifQ.YzRuNHJ5YzRuNHJ5";

/// The parameter with which a secret came out, where one did.
pub(super) fn leak(log: &Inner) -> Option<String> {
    let names = log.query.iter().map(AsRef::as_ref).chain(["access_token"]);
    for name in names {
        let secret_by_name = log.redactor.redact(&format!("{name}={CANARY}")) != format!("{name}={CANARY}");
        let value = if secret_by_name { CANARY } else { TOKEN };
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
        let request = Request::get(format!("/{CANARY}?{query}"))
            .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
            .header(header::COOKIE, format!("session={CANARY}"))
            .header("x-api-key", CANARY)
            .header(header::USER_AGENT, CANARY)
            .body(());
        let Ok(request) = request else { return Some(name.to_owned()) };
        let (head, ()) = request.into_parts();
        let facts = Facts::new(Clock::system());
        let now = facts.now();
        let record = Record {
            at: now.wall,
            number: 0,
            method: &head.method,
            query: &log.told(head.uri.query()),
            tls: None,
            status: Some(401),
            first_byte_us: Some(0),
            total_us: 0,
            sent: 0,
            ending: Ending::Complete,
            denied: None,
            facts: &facts,
            pseudonyms: &log.pseudonyms,
            shortens: log.shortens,
        };
        let mut out = Vec::new();
        record.json(&mut out);
        record.text(&mut out);
        let out = String::from_utf8_lossy(&out);
        if out.contains(CANARY) || out.contains(TOKEN) {
            return Some(name.to_owned());
        }
    }
    None
}
