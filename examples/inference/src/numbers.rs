//! Numbers for Prometheus.

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::time::Duration;
use tokio::{task::JoinHandle, time::sleep};

/// Buckets of durations, in seconds.
const SECONDS: [f64; 12] = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0];
/// Buckets of bodies, in bytes.
const BYTES: [f64; 6] = [0.0, 1_024.0, 16_384.0, 262_144.0, 1_048_576.0, 10_485_760.0];
/// How often what was observed is summed up, so that it does not pile up while nobody reads it.
const UPKEEP: Duration = Duration::from_secs(5);

/// What is counted and timed in this process, as Prometheus reads it.
#[derive(Debug)]
pub struct Numbers {
    handle: PrometheusHandle,
    upkeep: JoinHandle<()>,
}

impl Numbers {
    /// Collects them from now on.
    ///
    /// # Errors
    ///
    /// Where something in this process collects them already.
    pub fn install() -> Result<Self, BuildError> {
        let handle = PrometheusBuilder::new()
            .set_buckets(&SECONDS)?
            .set_buckets_for_metric(Matcher::Suffix("size".to_owned()), &BYTES)?
            .install_recorder()?;
        describe();
        let summed = handle.clone();
        let upkeep = tokio::spawn(async move {
            loop {
                sleep(UPKEEP).await;
                summed.run_upkeep();
            }
        });
        Ok(Self { handle, upkeep })
    }

    /// What says them.
    pub fn render(&self) -> impl Fn() -> String + Clone + Send + Sync + 'static {
        let handle = self.handle.clone();
        move || handle.render()
    }
}

impl Drop for Numbers {
    fn drop(&mut self) {
        self.upkeep.abort();
    }
}

fn describe() {
    metrics::describe_counter!(
        "inference.answers",
        "Answers of POST /inference, by what the cache had to do with them"
    );
    metrics::describe_counter!("inference.tokens", "Tokens that models wrote, by the way they went");
    metrics::describe_gauge!("inference.streams", "Streams that are being written");
}
