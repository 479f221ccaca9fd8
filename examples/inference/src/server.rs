//! The routes behind their fence.

use crate::{
    accounts::Accounts,
    keys::Keys,
    limits,
    routes::{Parts, routes},
    service::Service,
    settings::Settings,
};
use palisade::{
    AccessLog, ApiDocument, Auth, ClientIp, Envelope, Format, Protected, ProxyHeader, Sign, Stack,
    StackLimits,
    observe::{Explain, Metrics, Suspicions, Threshold},
};
use std::{error::Error, sync::Arc, time::Duration};

/// So many made-up credentials in a minute are too many.
const JUNK: u32 = 20;
/// What readers of the API are told first.
const ABOUT: &str = "\
Models that continue a prompt. Callers have an API key (`X-API-Key`) or log in for a token.

To try it here, press *Authorize* and paste one of the two, without a word before it.";
/// What stands under which heading, in the order of a first visit.
const HEADINGS: [(&str, &str); 10] = [
    ("inference", "A prompt, and what follows it: at once or token by token"),
    ("models", "What is asked, and how to make one of a text of one's own"),
    ("queue", "Prompts that may wait"),
    ("auth", "Logging in and out, and who one is"),
    ("api-keys", "Keys for programs: made, rotated, revoked"),
    ("users", "Who may log in"),
    ("cache", "Answers that are kept"),
    ("config", "What changes while it runs"),
    ("audit", "Who did what, and why a request was answered so"),
    ("metrics", "Numbers for Prometheus"),
];
const MINUTE: Duration = Duration::from_secs(60);

/// The service behind its fence; `render` says the numbers of `/metrics`.
///
/// # Errors
///
/// Where a setting cannot be used; all mistakes at once.
pub fn app(
    settings: &Settings,
    keys: &Keys,
    accounts: &Accounts,
    service: &Arc<Service>,
    log: Option<AccessLog>,
    render: impl Fn() -> String + Clone + Send + Sync + 'static,
) -> Result<Protected, Box<dyn Error>> {
    let (standing, explain, streams) = (StackLimits::new(), Explain::new(), limits::streams()?);
    let document = HEADINGS.iter().fold(
        ApiDocument::new("Inference", env!("CARGO_PKG_VERSION")).description(ABOUT),
        |document, (name, words)| document.tag(name, words),
    );
    let parts = Parts {
        service,
        keyring: keys.keyring(),
        accounts,
        standing: &standing,
        streams: &streams,
        explain: &explain,
        max_body: settings.max_body,
        document: &document,
    };
    let routes = routes(&parts, render);
    let client_ip = match &settings.proxies {
        None => ClientIp::peer(),
        Some(proxies) => ClientIp::behind(proxies.clone(), ProxyHeader::XForwardedFor),
    };
    let mut stack = Stack::new(Auth::keys(keys.api()).or(accounts.jwt()).strip())
        .client_ip(client_ip)
        .in_flight_limit(limits::overload()?)
        .address_limit(settings.address_limit.clone())
        .principal_limit(service.tuner.caller_limit().clone())
        .limits(&standing)
        .envelope(Envelope::new(Format::Negotiated).dress_rejections())
        .audit(service.audit.recorder())
        .metrics(Metrics::new())
        .suspicions(suspicions(service, &standing, settings.ban)?)
        .explain(&explain)
        .api_document(&document);
    if let Some(log) = log {
        stack = stack.access_log(log);
    }
    if let Some(cors) = settings.cors.clone() {
        stack = stack.cors(cors);
    }
    Ok(stack.protect(routes)?)
}

/// Whoever tries doors is told of, and refused for a while where that is set.
fn suspicions(
    service: &Service,
    limits: &StackLimits,
    ban: Option<Duration>,
) -> Result<Suspicions, Box<dyn Error>> {
    let suspicions = Suspicions::new(service.audit.events())?;
    let Some(ban) = ban else { return Ok(suspicions) };
    let limits = limits.clone();
    let junk = Threshold::new(JUNK, MINUTE).ban(ban);
    Ok(suspicions.threshold(Sign::Junk, junk).banning(move |ip, time| {
        limits.ban(ip, time);
    }))
}
