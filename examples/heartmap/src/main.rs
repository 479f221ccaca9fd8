//! The `heartmap` program; see its README for routes and settings.

use clap::Parser as _;
use heartmap::{
    access::Access,
    banner,
    parameters::{ParameterStore, Parameters},
    pool::Pool,
    results::Results,
    server::{self, Service},
    settings::{self, Args, Settings},
};
use palisade::{
    Clock,
    config::{Loaded, Mistakes},
};
use std::{
    error::Error,
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};
use tokio::net::TcpListener;
use tracing_subscriber::filter::LevelFilter;

/// Unsafe or unreadable settings.
const EXIT_SETTINGS: u8 = 2;

fn main() -> ExitCode {
    let args = Args::parse();
    let (settings, loaded) = match settings::resolve(&args) {
        Ok(settings) => settings,
        Err(mistakes) => {
            tell(&mistakes);
            return ExitCode::from(EXIT_SETTINGS);
        }
    };
    logging();
    for warning in &settings.warnings {
        eprintln!("heartmap: warning: {warning}");
    }
    match serve(&settings, &loaded) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            match error.downcast_ref() {
                Some(mistakes) => tell(mistakes),
                None => eprintln!("heartmap: {error}"),
            }
            ExitCode::FAILURE
        }
    }
}

fn tell(mistakes: &Mistakes) {
    for mistake in mistakes.iter() {
        eprintln!("heartmap: {mistake}");
    }
}

#[tokio::main]
async fn serve(settings: &Settings, loaded: &Loaded) -> Result<(), Box<dyn Error>> {
    let clock = Clock::system();
    let assembly = loaded.build().await?;
    let recorder = assembly.audit.clone().ok_or("there is no audit log")?;
    let administrator = settings.secrets.administrator.as_ref();
    let access = Access::new(administrator, &recorder, &clock).await?;
    let mut keys = Vec::new();
    for tenant in &settings.tenants {
        keys.extend(access.first_keys(tenant).await?);
    }
    let service = Arc::new(Service {
        parameters: ParameterStore::new(Parameters::default(), recorder.clone()),
        pool: Pool::new(settings.threads, clock.clone()),
        results: Results::default(),
        recorder: recorder.clone(),
        max_file: settings.max_file,
        at_once: server::at_once()?,
    });
    let app = server::app(&service, &access, assembly.stack, clock)?;
    let listen = settings.listen;
    let listener =
        TcpListener::bind(listen).await.map_err(|fault| format!("cannot listen on {listen}: {fault}"))?;
    // Whoever reads where it listens may stop it from then on.
    let stop = palisade::shutdown_signal()?;
    let text = banner::render(listener.local_addr()?, &keys, administrator.is_some());
    drop(keys);
    let mut out = io::stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    palisade::serve_until(listener, app, stop).await?;
    recorder.drain(Duration::from_secs(5)).await;
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
