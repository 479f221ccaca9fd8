//! `newcomer [SETTINGS.toml]` serves notes.

use metrics_exporter_prometheus::PrometheusBuilder;
use newcomer::Service;
use palisade::config::Sources;
use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let path = std::env::args().nth(1).unwrap_or_else(|| "notes.toml".to_owned());
    let sources = Sources::new().file(path).prefix("NOTES").environment();
    let numbers = PrometheusBuilder::new().install_recorder()?;
    let service = Service::open(&sources, move || numbers.render()).await?;
    service.serve().await?;
    Ok(())
}
