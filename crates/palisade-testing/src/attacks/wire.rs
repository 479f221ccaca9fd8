//! What only a socket shows: the cases of the catalogue, against a server of the kit's own around the application.

use super::{
    door::{Door, Lock},
    outcome::Failure,
    probe::Probe,
    report::Report,
    scene::{App, address},
    settings::Settings,
};
use crate::{
    case::{Case, Profile},
    catalogue,
    report::Verdict,
    runner::run,
    target::Target,
};
use axum::{Router, body::Body, extract::ConnectInfo};
use http::{Method, Request};
use palisade_core::{Clock, Facts, ManualClock, Peer, UnixTime};
use std::{
    net::SocketAddr,
    sync::{Arc, atomic::AtomicU32, atomic::Ordering::Relaxed},
};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

const GROUP: &str = "on the wire";

pub(crate) async fn play(app: App, probe: &Probe, doors: &[Door], settings: &Settings, report: &mut Report) {
    // One without parameters and with a name at its end, as far as there is one.
    let gets = doors.iter().filter(|door| door.is_guarded() && !door.is_any && door.method == Method::GET);
    let Some(door) = gets.min_by_key(|door| (door.template.contains('{'), door.path.ends_with('/'))) else {
        let outcome = report.outcome(GROUP, "A027", "framing that can be read in two ways");
        return outcome.lacks.push("no guarded route answers GET".to_owned());
    };
    let Ok(listener) = TcpListener::bind("127.0.0.1:0").await else {
        let outcome = report.outcome(GROUP, "A027", "framing that can be read in two ways");
        return outcome.lacks.push("no port of the loopback interface is free".to_owned());
    };
    let Ok(addr) = listener.local_addr() else { return };
    let cases =
        catalogue::all().into_iter().filter(applies(settings)).filter(|case| suits(case, door, doors));
    let cases: Vec<Case> = cases.collect();
    let app = app.map_request(disguise());
    let service = Router::new().fallback_service(app).into_make_service_with_connect_info::<SocketAddr>();
    let server = tokio::spawn(async move { axum::serve(listener, service).await });
    let target = target(addr, door, doors, settings, Clock::system().now().wall);
    let (probe, counts) = (probe.clone(), probe.counts());
    let target = if counts { target.handler_count(move || probe.guarded_runs()) } else { target };
    let played = run(&cases, |_| std::future::ready(target.clone())).await;
    server.abort();
    for (case, outcome) in cases.iter().zip(played.outcomes()) {
        let into = report.outcome(GROUP, outcome.id, outcome.title);
        match &outcome.verdict {
            Verdict::NotApplicable(why) => into.lacks.push(why.clone()),
            Verdict::Passed(skipped) => {
                into.lacks.extend(skipped.iter().map(|what| format!("the target states {what}")));
                into.inputs.extend((skipped.len()..case.exchanges.len()).map(|at| format!("exchange {at}")));
            }
            Verdict::Failed(failures) => {
                into.inputs.extend((0..case.exchanges.len()).map(|at| format!("exchange {at}")));
                into.failures.extend(failures.iter().map(|failure| Failure {
                    input: outcome.title.to_owned(),
                    sent: failure.sent.clone(),
                    expected: "what the catalogue states".to_owned(),
                    got: format!("{}\n{}", failure.problem, failure.received),
                }));
            }
        }
        let sent = into.inputs.len() as u64;
        report.count(sent);
    }
}

/// Every request comes from an address of its own and a minute after the last, so that no limit stands before what is tried.
fn disguise() -> impl FnMut(Request<Body>) -> Request<Body> + Clone {
    let now = Clock::system().now();
    let clock = ManualClock::new(now.wall);
    clock.set_mono(now.mono);
    let strangers = Arc::new(AtomicU32::new(1));
    move |mut request| {
        let peer = SocketAddr::new(address(strangers.fetch_add(1, Relaxed)), 40_000);
        clock.set_mono(clock.now().mono.plus_nanos(60_000_000_000));
        let extensions = request.extensions_mut();
        extensions.insert(Peer(peer));
        extensions.insert(ConnectInfo(peer));
        extensions.insert(Facts::new(Clock::manual(&clock)));
        request
    }
}

/// Limits are tried in the process, where time stands still; and the shape of errors may be the application's own.
fn applies(settings: &Settings) -> impl Fn(&Case) -> bool + use<> {
    let (own_errors, only) = (settings.own_errors, settings.only.clone());
    move |case| {
        let wanted = only.is_empty() || only.iter().any(|id| id == case.id);
        // Which causes are of one class depends on the kinds of credentials; in the process they are told apart.
        let told_apart = case.id == "A269";
        let of_any = !own_errors || ON_ANY_SERVER.contains(&case.id);
        wanted && of_any && !told_apart && case.profile == Profile::Plain
    }
}

/// Whether a case means what it says at this door.
fn suits(case: &Case, door: &Door, doors: &[Door]) -> bool {
    let leaf = door.path.rsplit('/').next().unwrap_or_default();
    let short = format!("/{leaf}");
    let is_open = |path: &str| doors.iter().any(|other| !other.is_guarded() && other.path == path);
    match case.id {
        "A002" | "A005" | "A006" | "A007" => !leaf.is_empty(),
        // At the root a path has no prefix that could be cut off.
        "A012" => !leaf.is_empty() && short != door.path && !is_open(&short),
        _ => true,
    }
}

/// Cases that ask nothing of an error's body.
const ON_ANY_SERVER: [&str; 11] =
    ["A001", "A002", "A004", "A005", "A006", "A007", "A009", "A010", "A011", "A037", "A042"];

fn target(addr: SocketAddr, door: &Door, doors: &[Door], settings: &Settings, now: UnixTime) -> Target {
    let mut target = Target::new(addr, &door.path);
    let find = |is: &dyn Fn(&&Door) -> bool| doors.iter().find(is);
    if let Some(post) = find(&|door| {
        door.is_guarded() && door.method == Method::POST && !settings.spared.contains(&door.template)
    }) {
        target = target.protected_post(&post.path);
        if let Some(limit) = post.body_limit.filter(|limit| *limit <= 4 << 20) {
            target = target.body_limit(limit);
        }
    }
    let posted =
        |open: &Door| doors.iter().any(|it| it.template == open.template && it.method == Method::POST);
    let public = |door: &&Door| door.lock == Lock::Public && door.method == Method::GET;
    if let Some(open) = find(&|door| public(door) && !door.is_wide && !door.is_any && !posted(door)) {
        target = target.public(&open.path);
    }
    if let Some(wide) = find(&|door| public(door) && door.is_wide && !door.is_any) {
        target = target.public_wildcard(wide.template.split('{').next().unwrap_or("/"));
    }
    if let Some(token) = settings.bearer(now) {
        target = target.token(token);
    }
    if let (Some(weak), Lock::Scoped) = (&settings.weak_token, door.lock) {
        target = target.weak_token(weak);
    }
    if let Some((name, _)) = &settings.key {
        target = target.api_key_header(name.as_str());
    }
    let methods = [Method::PATCH, Method::DELETE, Method::PUT];
    let declared = |method: &Method| {
        doors.iter().any(|it| it.template == door.template && (it.method == *method || it.is_any))
    };
    match methods.iter().find(|method| !declared(method)) {
        Some(method) => target.wrong_method(method.as_str()),
        None => target,
    }
}
