//! The application under attack, and what was tried so far.

use super::{
    answer::Answer,
    door::{Door, Lock},
    judge::{Want, problems},
    log::Listener,
    outcome::Failure,
    probe::Probe,
    report::Report,
    settings::Settings,
    shot::Shot,
};
use crate::{exchange::Likeness, likeness::unlike, response::Response};
use axum::{body::Body, extract::ConnectInfo};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use palisade_core::{Clock, Facts, ManualClock, Peer, UnixTime};
use std::{
    collections::BTreeMap,
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Mutex, MutexGuard, PoisonError, atomic::AtomicU32, atomic::Ordering::Relaxed},
    time::Duration,
};
use tower::{ServiceExt as _, util::BoxCloneSyncService};
use tracing::instrument::WithSubscriber as _;

/// The application.
pub(crate) type App = BoxCloneSyncService<http::Request<Body>, http::Response<Body>, Infallible>;

/// How much of an answer is read.
const LONGEST: usize = 1 << 20;
/// How long one request may take, for applications that wait for something that a test does not have.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Scene {
    app: App,
    pub(crate) probe: Probe,
    pub(crate) settings: Settings,
    pub(crate) doors: Vec<Door>,
    clock: ManualClock,
    strangers: AtomicU32,
    report: Mutex<Report>,
    models: Mutex<BTreeMap<String, Response>>,
}

impl Scene {
    pub(crate) fn new(app: App, probe: Probe, settings: Settings, report: Report) -> Self {
        let now = Clock::system().now();
        let clock = ManualClock::new(now.wall);
        clock.set_mono(now.mono);
        let mut doors: Vec<Door> = probe.rows().iter().map(|row| Door::of(row, &settings.paths)).collect();
        doors.extend(settings.doors.iter().cloned());
        let (report, models) = (Mutex::new(report), Mutex::default());
        Self { app, probe, settings, doors, clock, strangers: AtomicU32::new(1), report, models }
    }

    /// The report so far.
    pub(crate) fn into_report(self) -> Report {
        self.report.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> UnixTime {
        self.clock.now().wall
    }

    /// Lets limits forget, and no token expire.
    fn advance(&self, seconds: u64) {
        self.clock.set_mono(self.clock.now().mono.plus_nanos(seconds.saturating_mul(1_000_000_000)));
    }

    /// An address from which nothing came yet.
    pub(crate) fn stranger(&self) -> IpAddr {
        address(self.strangers.fetch_add(1, Relaxed))
    }

    /// What somebody sends who means well: the path, and a body where one is usual.
    pub(crate) fn knock(&self, door: &Door) -> Shot {
        let shot = Shot::new(door.method.clone(), &door.path);
        let bodies = &self.settings.bodies;
        let known = bodies.iter().find(|(method, of, _)| *method == door.method && *of == door.template);
        match known {
            Some((_, _, body)) => shot.body("application/json", body.to_string()),
            None if door.takes_body() => shot.body("application/json", "{}"),
            None => shot,
        }
    }

    /// A bearer token that opens every door, where there is one.
    pub(crate) fn bearer(&self) -> Option<String> {
        self.settings.bearer(self.now())
    }

    /// The path of an open route, where there is one.
    pub(crate) fn open_path(&self) -> Option<&str> {
        let open = |door: &&Door| door.lock == Lock::Public && door.method == http::Method::GET;
        self.doors.iter().find(open).map(|door| door.path.as_str())
    }

    pub(crate) fn guarded(&self) -> impl Iterator<Item = &Door> {
        self.doors.iter().filter(|door| door.is_guarded())
    }

    /// Adds what opens every door, where it is known and does not end there.
    pub(crate) fn with_credential(&self, door: &Door, shot: Shot) -> Option<Shot> {
        if self.settings.spared.contains(&door.template) {
            return None;
        }
        let (name, value) = self.settings.credential(self.now())?;
        Some(shot.line(&name, value))
    }

    /// An attack of a group.
    pub(crate) const fn attack(
        &self,
        group: &'static str,
        id: &'static str,
        title: &'static str,
    ) -> Attack<'_> {
        Attack { scene: self, group, id, title }
    }

    fn report(&self) -> MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends it; `None` where it is no request at all.
    pub(crate) async fn send(&self, shot: &Shot) -> Option<Answer> {
        let mut request = shot.request()?;
        let peer = SocketAddr::new(shot.from.unwrap_or_else(|| self.stranger()), 40_000);
        let facts = Facts::new(Clock::manual(&self.clock));
        request.extensions_mut().insert(Peer(peer));
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(facts.clone());
        let log = self.probe.log();
        let (before, guarded, open) = (log.len(), self.probe.guarded_runs(), self.probe.open_runs());
        let app = self.app.clone();
        let answering = async move {
            let Ok(response) = app.oneshot(request).await;
            let (head, body) = response.into_parts();
            let read = tokio::time::timeout(PATIENCE, Limited::new(body, LONGEST).collect()).await;
            (head, read)
        };
        let answering = answering.with_subscriber(Listener::new(log.clone()));
        // A panic that nobody catches would end the connection; here it must not end the run.
        let answered = tokio::time::timeout(PATIENCE, tokio::spawn(answering)).await;
        self.report().count(1);
        let response = match answered {
            Err(_) => Response { status: 504, ..Response::default() },
            Ok(Err(_)) => Response { status: 500, ..Response::default() },
            Ok(Ok((head, body))) => {
                let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
                let headers =
                    head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value)));
                let headers = headers.collect();
                let (body, complete) = match body {
                    Ok(Ok(body)) => (body.to_bytes().to_vec(), true),
                    Ok(Err(fault)) => (Vec::new(), fault.is::<LengthLimitError>()),
                    Err(_) => (Vec::new(), true),
                };
                Response { interim: Vec::new(), status: head.status.as_u16(), headers, body, complete }
            }
        };
        Some(Answer {
            response,
            guarded_runs: self.probe.guarded_runs() - guarded,
            open_runs: self.probe.open_runs() - open,
            facts,
            log: log.since(before),
        })
    }

    /// As [`send`](Self::send), waiting for limits that are none of this attack's business.
    async fn send_unlimited(&self, shot: &Shot) -> Option<Answer> {
        for _ in 0..3 {
            let answer = self.send(shot).await?;
            if answer.status() != 429 {
                return Some(answer);
            }
            let wait = answer.header("retry-after").and_then(|it| it.parse().ok()).unwrap_or(60);
            self.advance(wait);
        }
        self.send(shot).await
    }
}

/// The nth of the network for benchmarks, so that nobody trusts it by chance.
pub(crate) fn address(n: u32) -> IpAddr {
    Ipv4Addr::from(0xc612_0000 + n % 0x1_ffff).into()
}

/// One id of the catalogue, tried with one input after the other.
#[derive(Clone, Copy)]
pub(crate) struct Attack<'s> {
    pub(crate) scene: &'s Scene,
    group: &'static str,
    id: &'static str,
    title: &'static str,
}

impl Attack<'_> {
    /// Whether this id is asked for.
    pub(crate) fn is_wanted(&self) -> bool {
        let only = &self.scene.settings.only;
        only.is_empty() || only.iter().any(|id| id == self.id)
    }

    /// What cannot be tried, and why.
    pub(crate) fn lacks(&self, why: &str) {
        if !self.is_wanted() {
            return;
        }
        let mut report = self.scene.report();
        let outcome = report.outcome(self.group, self.id, self.title);
        if !outcome.lacks.iter().any(|lack| lack == why) {
            outcome.lacks.push(why.to_owned());
        }
    }

    /// Sends it and judges what comes.
    pub(crate) async fn send(&self, input: &str, shot: &Shot, want: Want) -> Option<Answer> {
        if !self.is_wanted() {
            return None;
        }
        let Some(answer) = self.scene.send_unlimited(shot).await else {
            self.lacks(&format!("{input}: no client can write this target"));
            return None;
        };
        self.judge(input, shot, &answer, want);
        Some(answer)
    }

    /// Judges what came.
    pub(crate) fn judge(&self, input: &str, shot: &Shot, answer: &Answer, want: Want) {
        let scene = self.scene;
        let problems = problems(want, shot, answer, &scene.settings, scene.probe.counts());
        self.note(input, shot, answer, &want.in_words(), problems.join("; "));
    }

    /// Writes down that this was tried, and what is wrong; nothing, where the problem is empty.
    pub(crate) fn note(
        &self,
        input: &str,
        shot: &Shot,
        answer: &Answer,
        expected: &str,
        problem: impl Into<String>,
    ) {
        if !self.is_wanted() {
            return;
        }
        let problem = problem.into();
        let mut report = self.scene.report();
        let outcome = report.outcome(self.group, self.id, self.title);
        outcome.inputs.insert(input.to_owned());
        if !problem.is_empty() {
            let secrets = self.scene.settings.secrets();
            let blotted =
                |text: String| secrets.iter().fold(text, |text, it| text.replace(it, "[credential]"));
            outcome.failures.push(Failure {
                input: input.to_owned(),
                sent: blotted(shot.to_string()),
                expected: expected.to_owned(),
                got: blotted(format!("{problem}\n{}", answer.in_short())),
            });
        }
    }

    /// The answer must be the same, but for what changes by the request, as the first of its class.
    pub(crate) fn alike(&self, class: &str, input: &str, shot: &Shot, answer: &Answer) {
        let mut models = self.scene.models.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(model) = models.get(class) else {
            models.insert(class.to_owned(), answer.response.clone());
            return;
        };
        let problem = unlike(Likeness::Answer, model, &answer.response);
        drop(models);
        let problem = problem.map(|how| format!("{how} than the first answer of the class {class:?}"));
        self.note(input, shot, answer, "one answer for every cause", problem.unwrap_or_default());
    }
}
