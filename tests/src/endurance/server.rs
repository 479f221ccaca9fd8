//! The service, everything of which can be changed while it serves.

use crate::{
    keys::{CHECK, format},
    load::serving,
    server::READ,
};
use axum::body::Body;
use futures_util::stream;
use metrics_exporter_prometheus::PrometheusBuilder;
use palisade::{
    AccessLog, Auth, By, Clock, Concurrency, ManualClock, Overload, RateLimit, Secret, Stack, StaticToken,
    StaticTokens, Tracing, UnixTime,
    jwt::{Grant, Issuer, Jwt, Rotation, SigningKeys},
    keys::{ApiKeys, CachedStore, Caller, Created, Keyring, MemoryStore, NewKey, Peppers},
    limit::Fallback,
    observe::{
        Explain, Metrics, Suspicions,
        audit::{Chain, MemoryAudit, Recorder},
    },
    redis::RedisStore,
    routes::{Routes, get, post},
};

use std::{convert::Infallible, path::Path, sync::Arc, time::Duration};
use tokio::{runtime::Handle, time::sleep};

/// Of a signed token.
pub(super) const LIFE: Duration = Duration::from_secs(30);
const HOUR: Duration = Duration::from_secs(3_600);
const GRACE: Duration = Duration::from_secs(60);
/// In seconds; buckets take the same memory whatever happens.
const BUCKETS: [f64; 4] = [0.001, 0.01, 0.1, 1.0];
/// What is full before anything is measured.
const RECORDS: usize = 100;

/// Serves until its input ends; counts in the Redis server at this address, and reads tokens from this file.
///
/// # Panics
///
/// Where it cannot be put together.
pub async fn serve(redis: &str, tokens: &Path) {
    let prometheus = PrometheusBuilder::new().set_buckets(&BUCKETS).unwrap().install_recorder().unwrap();
    let chain = Chain::keyed(&Secret::new("the key of a chain")).unwrap();
    let recorder = Recorder::builder(MemoryAudit::new(chain, RECORDS)).build().unwrap();
    let peppers = Peppers::new(1, &Secret::new([7; 32])).unwrap();
    let keys = ApiKeys::new(format(CHECK), peppers, CachedStore::new(MemoryStore::new()));
    let keys = keys.events(recorder.clone());
    let keyring = Keyring::new(&keys, [READ], READ).others_administer();

    // Keys that sign live in another time, in which an hour passes whenever this process is told so, and which never reaches ours.
    let (clock, directory) = (Clock::system(), tempfile::tempdir().unwrap());
    let mut then = clock.now().wall.as_secs() - 10_000 * HOUR.as_secs();
    let time = ManualClock::new(UnixTime::from_secs(then));
    let signing = SigningKeys::in_directory(directory.path().join("keys"))
        .rotation(Rotation::every(HOUR).longest_token(6 * HOUR).max_age(Duration::from_secs(60)))
        .clock(Clock::manual(&time))
        .refreshed_by_hand()
        .open()
        .unwrap();
    let issuer = Issuer::builder("https://api.example").audience("https://api.example");
    let issuer = issuer.lifetime(LIFE).keys(&signing).unwrap();
    let jwt = Jwt::new(issuer.verifier().unwrap());
    let tokens = StaticTokens::new([StaticToken::named("ops").file(tokens).scopes([READ])]).unwrap();

    let overload = Overload::new(500).unwrap();
    let streams = Concurrency::new("streams", 100, By::principal()).unwrap();
    let store = || RedisStore::builder(redis).build().unwrap();
    let closed = RateLimit::new("closed", "100000/minute", By::principal()).unwrap();
    let closed = closed.store(Arc::new(Fallback::closed(store())));
    let routes: Routes = Routes::new()
        .route("/models", get(async || "llama-7b").requires(READ))
        .route("/upload", post(async |body: String| body.len().to_string()).requires(READ))
        .route("/counted", get(async || "counted").requires(READ).limit("20/day"))
        .route("/closed", get(async || "counted").requires(READ).guard(closed))
        .route("/chunks", get(chunks).requires(READ).guard(streams.clone()))
        .route("/never", get(std::future::pending::<String>).requires(READ).guard(streams.clone()));
    let app = Stack::new(Auth::keys(keys).or(jwt.clone()).or(tokens).strip())
        .in_flight_limit(overload.clone())
        .limit_store(Arc::new(Fallback::local(store())), &Secret::new("the same on every node"))
        .principal_limit("100000/minute")
        .access_log(AccessLog::json(tempfile::tempfile().unwrap()).build().unwrap())
        .audit(&recorder)
        .metrics(Metrics::new())
        .explain(&Explain::with(RECORDS * 512, 100))
        .suspicions(Suspicions::new(Tracing).unwrap())
        .protect(routes)
        .unwrap();
    let operator = Caller::operator("endurance");
    serving::run(app, async |words| {
        let id = || words.split(' ').nth(1).unwrap().parse().unwrap();
        let told = |made: Created| format!("{} {}", made.record.id, made.key.expose());
        match words.split(' ').next().unwrap() {
            "create" => {
                let mut new = NewKey::named("customer".parse().unwrap());
                new.permissions = [READ].into_iter().collect();
                told(keyring.create(&operator, new).await.unwrap())
            }
            "rotate" => told(keyring.rotate(&operator, id(), GRACE).await.unwrap()),
            "revoke" => {
                keyring.revoke(&operator, id(), None).await.unwrap();
                "revoked".to_owned()
            }
            "turn" => {
                then += HOUR.as_secs();
                time.set_wall(UnixTime::from_secs(then));
                signing.refresh().unwrap();
                "turned".to_owned()
            }
            "mint" => {
                let grant = Grant::to("ada").scopes([READ].into_iter().collect());
                let minted = issuer.mint(&grant, clock.now().wall).unwrap();
                String::from_utf8(minted.token.expose().to_vec()).unwrap()
            }
            _ => {
                prometheus.run_upkeep();
                let tasks = Handle::current().metrics().num_alive_tasks();
                let in_flight = u64::from(overload.in_flight()) + streams.in_flight() + streams.keys() as u64;
                format!("{tasks} {in_flight} {}", jwt.remembered())
            }
        }
    })
    .await;
}

/// Chunks without end, 5 ms apart.
async fn chunks() -> Body {
    Body::from_stream(stream::unfold((), async |()| {
        sleep(Duration::from_millis(5)).await;
        Some((Ok::<_, Infallible>("chunk"), ()))
    }))
}
