//! A guard that can be replaced while requests pass.

use crate::{
    denial::Denial,
    facts::Facts,
    guard::{Guard, Pass},
    reply::Reply,
};
use arc_swap::ArcSwap;
use http::{request, response};
use std::{fmt, sync::Arc};

/// A guard in whose place another of its type can be put, for every clone at once.
///
/// A request sees exactly one of them, from the check to the response: those under way go on with the one that admitted them.
///
/// ```
/// use palisade_core::{Live, Networks, NetworkRules, gate};
///
/// let office = Live::new(Networks::new(NetworkRules::new().allow(["10.0.0.0/8"])?));
/// let layer = gate(office.clone());
/// office.replace(Networks::new(NetworkRules::new().allow(["192.0.2.0/24"])?));
/// # let _ = layer;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Live<G>(Arc<ArcSwap<G>>);

impl<G> Live<G> {
    /// This guard, until another takes its place.
    #[must_use]
    pub fn new(guard: G) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(guard)))
    }

    /// Puts another guard in its place, and gives back the one there was.
    pub fn replace(&self, guard: G) -> Arc<G> {
        self.0.swap(Arc::new(guard))
    }

    /// The guard that new requests meet.
    #[must_use]
    pub fn current(&self) -> Arc<G> {
        self.0.load_full()
    }
}

impl<G> Clone for Live<G> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<G: Guard> Guard for Live<G> {
    type Pass = LivePass<G>;

    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<Self::Pass, Denial>> {
        let guard = self.0.load_full();
        let verdict = guard.check(head, facts);
        verdict.map(|verdict| verdict.map(|pass| LivePass { pass, seals: Some(guard) }))
    }

    /// Seals as the guard does that is there now; one that admitted a request before seals it too, when it goes in.
    fn seal(&self, head: &mut request::Parts) {
        self.0.load().seal(head);
    }

    fn check_and_seal(&self, head: &mut request::Parts, facts: &Facts) -> Reply<Result<Self::Pass, Denial>> {
        let guard = self.0.load_full();
        let verdict = guard.check_and_seal(head, facts);
        let seals = (!verdict.is_now()).then_some(guard);
        verdict.map(|verdict| verdict.map(|pass| LivePass { pass, seals }))
    }
}

impl<G: fmt::Debug> fmt::Debug for Live<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Live").field(&*self.0.load()).finish()
    }
}

/// The pass of the guard that was asked.
pub struct LivePass<G: Guard> {
    pass: G::Pass,
    /// Who admitted, where the head was not sealed at once.
    seals: Option<Arc<G>>,
}

impl<G: Guard> Pass for LivePass<G> {
    const SILENT: bool = G::Pass::SILENT;

    fn inbound(&mut self, head: &mut request::Parts) {
        if let Some(guard) = self.seals.take() {
            guard.seal(head);
        }
        self.pass.inbound(head);
    }

    fn outbound(self, head: &mut response::Parts, facts: &Facts) {
        self.pass.outbound(head, facts);
    }
}

impl<G: Guard> fmt::Debug for LivePass<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LivePass")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::Clock, denial::DenialKind, gate::gate};
    use http::{HeaderValue, Request, Response};
    use std::sync::Mutex;
    use std::{
        convert::Infallible,
        future::poll_fn,
        sync::atomic::{AtomicBool, Ordering},
        task::Poll,
    };
    use tower::{Layer as _, ServiceExt as _, service_fn};

    /// Writes its number on whatever passes, waits where it is told to, and refuses where its number is 0.
    struct Numbered {
        number: u16,
        opens: Option<Arc<AtomicBool>>,
    }

    struct NumberPass(u16);

    impl Guard for Numbered {
        type Pass = NumberPass;

        fn check(&self, _: &request::Parts, _: &Facts) -> Reply<Result<NumberPass, Denial>> {
            let number = self.number;
            let verdict = move || match number {
                0 => Err(Denial::new(DenialKind::Forbidden)),
                number => Ok(NumberPass(number)),
            };
            let Some(opens) = self.opens.clone() else { return Reply::now(verdict()) };
            Reply::later(async move {
                poll_fn(|cx| {
                    cx.waker().wake_by_ref();
                    if opens.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }
                })
                .await;
                verdict()
            })
        }

        fn seal(&self, head: &mut request::Parts) {
            head.headers.append("sealed", HeaderValue::from(self.number));
        }
    }

    impl Pass for NumberPass {
        fn inbound(&mut self, head: &mut request::Parts) {
            head.headers.append("in", HeaderValue::from(self.0));
        }

        fn outbound(self, head: &mut response::Parts, _: &Facts) {
            head.headers.append("out", HeaderValue::from(self.0));
        }
    }

    fn numbers(headers: &http::HeaderMap, name: &str) -> Vec<u16> {
        headers.get_all(name).iter().map(|value| value.to_str().unwrap().parse().unwrap()).collect()
    }

    async fn ask(
        live: &Live<Numbered>,
        meanwhile: impl Fn() + Clone + Send + Sync,
    ) -> (u16, Vec<u16>, Vec<u16>, Vec<u16>) {
        let seen = Mutex::new((Vec::new(), Vec::new()));
        let service = gate(live.clone()).layer(service_fn(|request: Request<()>| {
            *seen.lock().unwrap() = (numbers(request.headers(), "in"), numbers(request.headers(), "sealed"));
            meanwhile();
            async { Ok::<_, Infallible>(Response::new(String::new())) }
        }));
        let response = service.oneshot(Request::new(())).await.unwrap();
        let (inbound, sealed) = seen.into_inner().unwrap();
        (response.status().as_u16(), inbound, sealed, numbers(response.headers(), "out"))
    }

    #[tokio::test]
    async fn a_request_sees_one_version_from_check_to_response() {
        let live = Live::new(Numbered { number: 1, opens: None });
        let replaced = live.clone();
        let swap = move || drop(replaced.replace(Numbered { number: 2, opens: None }));
        assert_eq!(ask(&live, swap).await, (200, vec![1], vec![1], vec![1]));
        assert_eq!(ask(&live, || ()).await, (200, vec![2], vec![2], vec![2]));
        live.replace(Numbered { number: 0, opens: None });
        assert_eq!(ask(&live, || ()).await.0, 403);
    }

    #[tokio::test]
    async fn who_was_asked_decides_also_when_the_answer_comes_late() {
        let opens = Arc::new(AtomicBool::new(false));
        let live = Live::new(Numbered { number: 1, opens: Some(opens.clone()) });
        let under_way = ask(&live, || ());
        let swap = async {
            tokio::task::yield_now().await;
            live.replace(Numbered { number: 0, opens: None });
            opens.store(true, Ordering::Relaxed);
        };
        let ((status, inbound, sealed, outbound), ()) = tokio::join!(under_way, swap);
        assert_eq!((status, inbound, outbound), (200, vec![1], vec![1]));
        // By whoever is there now, and by whoever admitted it.
        assert!(sealed.contains(&1), "{sealed:?}");
    }

    #[test]
    fn clones_are_one_and_it_is_never_absent() {
        let live = Live::new(None::<Numbered>);
        assert!(!live.is_absent());
        live.clone().replace(Some(Numbered { number: 0, opens: None }));
        let (head, ()) = Request::new(()).into_parts();
        let verdict = live.check(&head, &Facts::new(Clock::system())).try_now().unwrap();
        assert_eq!(verdict.unwrap_err().kind(), DenialKind::Forbidden);
    }
}
