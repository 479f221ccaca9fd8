//! The `face` program; see its README for routes and settings.

use clap::Parser as _;
use face::{
    banner::{self, Samples},
    server,
    settings::{self, Args, Settings},
};
use std::{
    error::Error,
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
};
use tokio::net::TcpListener;
use tracing_subscriber::filter::LevelFilter;

/// Unsafe or unreadable settings.
const EXIT_SETTINGS: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    logging();
    let settings = match settings::resolve(&args) {
        Ok(settings) => settings,
        Err(mistakes) => {
            for mistake in mistakes.iter() {
                eprintln!("face: {mistake}");
            }
            return ExitCode::from(EXIT_SETTINGS);
        }
    };
    for warning in &settings.warnings {
        eprintln!("face: warning: {warning}");
    }
    match serve(&settings).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("face: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(settings: &Settings) -> Result<(), Box<dyn Error>> {
    let app = server::app(settings)?;
    let listen = settings.listen;
    let listener =
        TcpListener::bind(listen).await.map_err(|fault| format!("cannot listen on {listen}: {fault}"))?;
    // A service without a place for temporary files still serves.
    let samples =
        Samples::draw().map_err(|fault| eprintln!("face: warning: no sample pictures: {fault}")).ok();
    // Whoever reads where it listens may stop it from then on.
    let stop = palisade::shutdown_signal()?;
    let text = banner::render(listener.local_addr()?, settings.auth, samples.as_ref().map(Samples::path));
    let mut out = io::stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    palisade::serve_until(listener, app, stop).await?;
    Ok(())
}

/// Warnings and what happens beside responses, on the standard error.
fn logging() {
    let colours = io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(colours)
        .with_max_level(LevelFilter::INFO)
        .init();
}
