//! Attacks on an application, and what its test knows of it.

use super::{
    door::{Door, Lock},
    groups,
    probe::Probe,
    report::Report,
    scene::{App, Scene},
    settings::Settings,
    wire,
};
use axum::body::Body;
use http::{HeaderName, Method, Request, Response};
use serde_json::Value;
use std::{convert::Infallible, fmt, net::IpAddr};
use tower::{Service, util::BoxCloneSyncService};

/// Attacks on one application.
///
/// The application is made by a function that is given a [`Probe`]: it lets the probe [`watch`](Probe::watch) its routes, so that the
/// kit knows what there is to attack and sees which handlers run. Everything else is told by what follows; what is not told is
/// listed as not applicable, with the reason.
///
/// ```
/// use palisade_core::{Authenticate, EnvelopeLayer, StaticToken, StaticTokens, gate};
/// use palisade_routes::{Routes, get};
/// use palisade_testing::attacks::Attacks;
///
/// const TOKEN: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Y";
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let report = Attacks::on(|probe| {
///     let routes: Routes = Routes::new().route("/v1/models", get(async || "[]").authenticated());
///     let tokens = StaticTokens::new([StaticToken::named("ci").value(TOKEN)]).unwrap();
///     let guard = gate(Authenticate::with(tokens).identify());
///     probe.watch(routes).into_router().unwrap().layer(guard).layer(EnvelopeLayer::json())
/// })
/// .token(TOKEN)
/// .in_process()
/// .run()
/// .await;
/// assert!(report.held().contains(&"A029"), "{report}");
/// # }
/// ```
#[must_use = "nothing is attacked until it runs"]
pub struct Attacks {
    make: Box<dyn Fn(&Probe) -> App>,
    settings: Settings,
}

impl Attacks {
    /// Attacks what this makes. It is called twice: for what is tried in the process, and for what is tried over a socket.
    ///
    /// A `Protected`, a `Router`, and any other service of axum's requests will do.
    pub fn on<S>(make: impl Fn(&Probe) -> S + 'static) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        let make = move |probe: &Probe| BoxCloneSyncService::new(make(probe));
        Self { make: Box::new(make), settings: Settings::default() }
    }

    /// A bearer token that may call every guarded route: a static token, a signed one that holds for longer than the test takes, or the
    /// API key that [`api_key`](Self::api_key) is given too.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.settings.token = Some(token.into());
        self
    }

    /// A good bearer token without any scope.
    pub fn weak_token(mut self, token: impl Into<String>) -> Self {
        self.settings.weak_token = Some(token.into());
        self
    }

    /// An API key that may call every guarded route, and the header in which it travels.
    ///
    /// # Panics
    ///
    /// Where that is no header's name.
    #[allow(clippy::expect_used, reason = "a test ends here")]
    pub fn api_key(mut self, header: &str, key: impl Into<String>) -> Self {
        let name = HeaderName::from_bytes(header.as_bytes()).expect("a header's name");
        self.settings.key = Some((name, key.into()));
        self
    }

    /// An API key that must be refused, and why in a word: `revoked`, `expired`.
    pub fn dead_key(mut self, why: &str, key: impl Into<String>) -> Self {
        self.settings.dead_keys.push((why.to_owned(), key.into()));
        self
    }

    /// A token of a [`FakeIssuer`](crate::FakeIssuer) that may call every guarded route. It is signed anew for each request.
    #[cfg(feature = "jwt")]
    pub fn issuer(mut self, token: crate::fake_issuer::FakeToken) -> Self {
        self.settings.issuer = Some(token);
        self
    }

    /// An origin that may call from browsers, such as `https://app.example`.
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.settings.origin = Some(origin.into());
        self
    }

    /// A proxy that is trusted to tell the client in `X-Forwarded-For`.
    pub fn trusted_proxy(mut self, address: impl Into<IpAddr>) -> Self {
        self.settings.proxy = Some(address.into());
        self
    }

    /// The path to take for a template, where `x` will not do for its parameters. To be said before [`guarded`](Self::guarded) and
    /// [`open`](Self::open).
    pub fn path(mut self, template: &str, path: &str) -> Self {
        self.settings.paths.push((template.to_owned(), path.to_owned()));
        self
    }

    /// Sends no good credential to this route: for what would end it, such as a logout.
    pub fn spare(mut self, template: &str) -> Self {
        self.settings.spared.push(template.to_owned());
        self
    }

    /// A JSON object that this route takes, so that others can be made of it that it must not take.
    pub fn json(mut self, method: Method, template: &str, body: Value) -> Self {
        self.settings.bodies.push((method, template.to_owned(), body));
        self
    }

    /// A guarded route that no watched `Routes` hold; count its calls with [`Probe::guarded`].
    pub fn guarded(mut self, method: Method, path: &str) -> Self {
        let door = Door::new(method, path, Lock::Known, &self.settings.paths);
        self.settings.doors.push(door);
        self
    }

    /// An open route that no watched `Routes` hold.
    pub fn open(mut self, method: Method, path: &str) -> Self {
        let door = Door::new(method, path, Lock::Public, &self.settings.paths);
        self.settings.doors.push(door);
        self
    }

    /// Does not ask refusals for the envelope of this library, nor for its headers.
    pub const fn own_errors(mut self) -> Self {
        self.settings.own_errors = true;
        self
    }

    /// Tries these ids alone, such as `["A029", "A041"]`.
    pub fn only<I: AsRef<str>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.settings.only.extend(ids.into_iter().map(|id| id.as_ref().to_owned()));
        self
    }

    /// Tries nothing over a socket.
    pub const fn in_process(mut self) -> Self {
        self.settings.without_wire = true;
        self
    }

    /// Tries everything. Needs a tokio runtime with time and I/O, and takes some seconds.
    ///
    /// # Panics
    ///
    /// Where nothing is known of the application: neither watched routes nor stated ones.
    pub async fn run(self) -> Report {
        let probe = Probe::default();
        let app = (self.make)(&probe);
        let scene = Scene::new(app, probe, self.settings.clone(), Report::default());
        assert!(
            !scene.doors.is_empty(),
            "there is nothing to attack: give the routes to `probe.watch(routes)`, or state them with `.guarded(method, path)`"
        );
        groups::play(&scene).await;
        let doors = scene.doors.clone();
        let mut report = scene.into_report();
        if !self.settings.without_wire {
            let probe = Probe::default();
            let app = (self.make)(&probe);
            wire::play(app, &probe, &doors, &self.settings, &mut report).await;
        }
        report.sort();
        report
    }
}

impl fmt::Debug for Attacks {
    /// Leaves the credentials out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attacks").finish_non_exhaustive()
    }
}
