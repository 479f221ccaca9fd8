//! The one order of everything around a router.

use crate::{
    catch_panic::CatchPanic,
    cors_switch::CorsSwitch,
    counters::Counters,
    follow_trace::FollowTrace,
    host::SaysHost,
    in_flight_limit::InFlightLimit,
    metered::Metered,
    outer::{ADDRESS, OnPreflight, Outer, PRINCIPAL},
    panic::{guard_panicked, panicked},
    protected::Protected,
    stack::Stack,
    stack_checks::{build, kept_here, misplaced, unknown_exemptions},
    stack_error::{StackError, StackErrors},
    stack_limits::{Declarer, Listed},
};
use http::header::AUTHORIZATION;
use palisade_core::{Caught, ClientIp, Guard as _, Maybe, RequireHttps, ResponseHeaders, Stage, gate};
use palisade_limit::LimitError;
use palisade_routes::Routes;
use tower_layer::Layer as _;

impl Stack {
    /// Puts these routes behind the fence.
    ///
    /// # Errors
    ///
    /// Every mistake in the settings and in the routes at once, each with its place.
    pub fn protect(self, routes: Routes<()>) -> Result<Protected, StackErrors> {
        let mut errors: Vec<StackError> = crate::document::told(&self, &routes).into_iter().collect();
        errors.extend(self.auth.awaits_kind().then_some(StackError::NoKind));
        errors.extend(self.auth.rivals());
        let is_tls_ours = ends_tls(&self);
        #[cfg(feature = "config")]
        let unasked = crate::config::unasked(&self.given, &routes, self.auth.declared());
        let heads = self.head.mistakes();
        errors.extend(heads.map(|(what, bounds)| StackError::HeadLimit {
            what,
            least: *bounds.start(),
            most: *bounds.end(),
        }));
        let kept_by_auth = self.auth.kept_here();
        let (authenticate, beside) = self.auth.guards();
        let places = authenticate.places().to_vec();
        // Caches and browsers know of `Authorization` by themselves.
        let others: Vec<_> = places.iter().filter(|place| **place != AUTHORIZATION).cloned().collect();
        // Guards beside authentication say some of it themselves.
        let vary = others.iter().filter(|place| !beside.varies_on(place)).cloned();
        let security_headers = self.security_headers.map(|headers| headers.varying_on(vary));
        let overload = build("in_flight_limit", self.in_flight, InFlightLimit::overload, &mut errors);
        if let Some(None) = &self.shared {
            errors.push(StackError::LimitSecret);
        }
        let counters = Counters { shared: self.shared.flatten(), clock: self.clock.clone() };
        let address = build("address_limit", self.address, |limit| limit.address(&counters), &mut errors);
        let principal =
            build("principal_limit", self.principal, |limit| limit.principal(&counters), &mut errors);
        errors.extend(misplaced("address_limit", address.as_ref(), false));
        errors.extend(misplaced("principal_limit", principal.as_ref(), true));
        let routes = match self.body_limit {
            Some(bytes) => routes.default_body_limit(bytes),
            None => routes,
        };
        let routes = routes.default_body_pace(self.body_deadline, self.body_rate);
        let exemptions = routes.exemptions();
        errors.extend(unknown_exemptions(&routes));
        let mut listed = Vec::new();
        for (name, limit) in [(ADDRESS, &address), (PRINCIPAL, &principal)] {
            let limit = limit.clone().map(|limit| Listed { name: name.to_owned(), limit, route: None });
            listed.extend(limit);
        }
        let routes = routes.limits_with(|row, limit| {
            let made = counters.route(row, limit)?;
            let (name, route) = (Counters::route_name(row, limit), Some(Declarer::of(row)));
            listed.push(Listed { name, limit: made.clone(), route });
            Ok::<_, LimitError>(made)
        });
        if self.several_nodes {
            let parts = [kept_by_auth, routes.kept_here().to_vec()].concat();
            errors.extend(kept_here(parts, &listed));
        }
        let cors = match self.cors.as_ref().map(|cors| cors.layer(&others)) {
            Some(Err(faults)) => {
                errors.extend(faults.into_iter().map(StackError::Cors));
                None
            }
            Some(Ok(both)) => Some(both),
            None => None,
        };
        let (cors, for_pages) = cors.unzip();
        let routes = match overload.as_ref().filter(|overload| overload.has_reserve()) {
            Some(overload) => routes.guard_ordinary(overload.ordinary()),
            None => routes,
        };
        let router = match routes.into_router() {
            Ok(router) => router,
            Err(faults) => {
                errors.push(StackError::Routes(faults));
                return Err(StackErrors(errors));
            }
        };
        if !errors.is_empty() {
            return Err(StackErrors(errors));
        }
        #[cfg(feature = "config")]
        for warning in unasked {
            tracing::warn!(target: "palisade::setup", setting = warning.path(), "{warning}");
        }
        if let Some(limits) = self.limits {
            limits.fill(listed);
        }
        let preflight = address.clone().filter(|_| cors.is_some()).map(OnPreflight);
        let address = address.map(|limit| Outer::new(limit, ADDRESS, exemptions.clone()));
        let principal = principal.map(|limit| Outer::new(limit, PRINCIPAL, exemptions));
        let is_logged = self.log.is_some() || self.meter.is_some();
        let is_timed = self.meter.is_some() || self.accounts.is_some();
        let stage = |name| is_timed.then_some(Stage::new(name));
        let inside = overload
            .then(address.then(stage("address_limit")))
            .then(authenticate.then(stage("authentication")))
            .then(beside)
            .then(principal.then(stage("principal_limit")));
        // Where CORS does not come between them, one gate asks both chains.
        let (apart, together) = if cors.is_some() { (Some(inside), None) } else { (None, Some(inside)) };
        let inside =
            gate(Caught::new(Maybe::from(apart), guard_panicked)).layer(CatchPanic::new(router, panicked));
        let trace = self.trace.then(|| self.client_ip.clone());
        // Where TLS ends here, nobody else's word for it counts.
        let https =
            if is_tls_ours { Some(ClientIp::peer()) } else { self.https.then(|| self.client_ip.clone()) };
        let https = https.map(|trusted| RequireHttps::new(&trusted).credentials_in(places));
        #[cfg(feature = "serve")]
        let proxies = self.client_ip.has_proxies().then(|| std::sync::Arc::new(self.client_ip.clone()));
        let finder = self.client_ip.found_by(crate::protected::connect_info);
        let outside = self.log.then(self.meter).then(self.detector).then(self.accounts);
        let outside = outside.then(self.audit).then(ResponseHeaders::new(security_headers)).then(for_pages);
        let outside = outside.then(finder).then(FollowTrace { trace }).then(self.head).then(SaysHost);
        let outside = outside.then(self.strict_path);
        let outside = outside.then(self.networks).then(https).then(stage("head")).then(preflight);
        let outside = outside.then(Maybe::from(together));
        let outside = gate(Caught::new(outside, guard_panicked)).clock(self.clock);
        let outside = if self.report { outside.report_everything() } else { outside };
        let outside = if self.expose { outside.expose_facts() } else { outside };
        let inside = Metered::new(CorsSwitch::new(inside, cors), is_logged);
        let protected = Protected::new(outside.with_envelope(self.envelope).layer(inside));
        #[cfg(feature = "serve")]
        let protected = protected.served_so(crate::served::Served { proxies, ..self.served });
        Ok(protected)
    }
}

/// Whether the settings name a certificate.
const fn ends_tls(stack: &Stack) -> bool {
    #[cfg(feature = "serve")]
    return stack.served.over_tls;
    #[cfg(not(feature = "serve"))]
    {
        let _ = stack;
        false
    }
}
