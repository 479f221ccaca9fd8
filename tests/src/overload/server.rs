//! The service: ten requests at once take it 20 ms each, all others wait for those.

use crate::{
    keys::{Fate, Service},
    load::serving,
    server::READ,
};
use metrics_exporter_prometheus::PrometheusBuilder;
use palisade::{
    AccessLog, Auth, Overload, Secret, Stack,
    observe::{
        Metrics,
        audit::{Chain, MemoryAudit, Recorder},
    },
    routes::{Routes, get},
};
use std::{
    fs::File,
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{sync::Semaphore, time::sleep};

const AT_ONCE: usize = 10;
const TAKES: Duration = Duration::from_millis(20);
/// Those who wait, wait no longer than they are worked on, and a bit.
const IN_FLIGHT: u32 = 27;
/// For routes that must be answered whatever happens.
const RESERVE: u32 = 2;

/// Serves, with so many keys, until its input ends.
///
/// # Panics
///
/// Where it cannot be put together.
pub async fn serve(keys: usize) {
    let prometheus =
        PrometheusBuilder::new().set_buckets(&[0.001, 0.01, 0.1, 1.0]).unwrap().install_recorder().unwrap();
    let service = Service::new();
    let mut made = Vec::new();
    for _ in 0..keys {
        made.push(service.key(Fate::Good).await.expose().to_owned());
    }
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let work = move || {
        let places = Arc::clone(&places);
        async move {
            let _place = places.acquire().await.unwrap();
            sleep(TAKES).await;
            "done"
        }
    };
    let routes: Routes = Routes::new()
        .route("/work", get(work).requires(READ))
        .route("/healthz", get(async || "ok").public().critical());
    let overload = Overload::new(IN_FLIGHT).unwrap().reserve(RESERVE).unwrap();
    let lines = Arc::new(AtomicU64::new(0));
    let file = Lines(tempfile::tempfile().unwrap(), Arc::clone(&lines));
    let chain = Chain::keyed(&Secret::new("the key of a chain")).unwrap();
    let recorder = Recorder::builder(MemoryAudit::new(chain, 10_000)).build().unwrap();
    let app = Stack::new(Auth::keys(service.keys()).strip())
        .in_flight_limit(overload.clone())
        .access_log(AccessLog::json(file).build().unwrap())
        .audit(&recorder)
        .metrics(Metrics::new())
        .protect(routes)
        .unwrap();
    serving::run(app, async |words| {
        prometheus.run_upkeep();
        match words {
            "keys" => made.join(" "),
            _ => format!("{} {}", overload.in_flight(), lines.load(Relaxed)),
        }
    })
    .await;
}

/// A file without a name, and how many lines were written to it.
#[derive(Debug)]
struct Lines(File, Arc<AtomicU64>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.0.write(bytes)?;
        let lines = bytes.iter().take(written).filter(|byte| **byte == b'\n').count();
        self.1.fetch_add(lines as u64, Relaxed);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
