//! The guard that counts requests.

use super::{method, names, watch::Watch};
use http::request;
use metrics::Label;
use palisade_core::{Denial, Facts, Guard, Reply};

/// Tells the `metrics` facade about every request; lets everything pass.
///
/// Names are OpenTelemetry's where it has some. Labels are bounded by the program, whatever strangers send: the template of the
/// route, a method of a fixed list, the class of the status, the route's policy, the reason of a refusal. Keys, ids, addresses and
/// paths are none.
///
/// | name | kind | labels |
/// | --- | --- | --- |
/// | `http.server.request.duration` | histogram, seconds | `http.request.method`, `http.route`, `http.response.status_class` |
/// | `http.server.active_requests` | gauge | `http.request.method` |
/// | `http.server.request.body.size`, `http.server.response.body.size` | histogram, bytes | `http.request.method`, `http.route` |
/// | `palisade.decisions` | counter | `policy`, `outcome` (`allowed`, `denied`, `would_deny`), `reason`, `mode` |
/// | `palisade.endings` | counter | `outcome` (`complete`, `client_closed`, `unread`, `failed`) |
/// | `palisade.stage.duration` | histogram, seconds | `stage` |
///
/// Without a recorder nothing is kept. It belongs into the outermost gate, inside an envelope; `Stack::metrics` puts it there.
///
/// ```
/// use palisade_core::{Envelope, Format, gate};
/// use palisade_observe::Metrics;
///
/// let layer = gate(Metrics::new()).with_envelope(Envelope::new(Format::Json));
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Metrics;

impl Metrics {
    /// Tells the recorder that is installed now what the numbers mean; so install one first.
    #[must_use]
    pub fn new() -> Self {
        names::describe();
        Self
    }
}

impl Guard for Metrics {
    type Pass = ();

    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<(), Denial>> {
        let method = method::label(&head.method);
        let active =
            names::gauge(names::ACTIVE, vec![Label::from_static_parts("http.request.method", method)]);
        active.increment(1);
        facts.witness(Box::new(Watch { method, active, began: facts.now().mono, seen: None }));
        Reply::now(Ok(()))
    }
}
