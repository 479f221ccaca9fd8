//! The `reliability` program; see its README for routes and settings.

use clap::Parser as _;
use palisade::Clock;
use reliability::{
    accounts::Accounts,
    banner,
    client::Upstream,
    exchange::Exchange,
    server,
    settings::{self, Args, LogLevel, Settings},
    upstream::OwnUpstream,
    users,
};
use std::{
    error::Error,
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
    sync::Arc,
};
use tokio::net::TcpListener;

/// Unsafe or unreadable settings.
const EXIT_SETTINGS: u8 = 2;

fn main() -> ExitCode {
    let args = Args::parse();
    let settings = match settings::resolve(&args) {
        Ok(settings) => settings,
        Err(mistakes) => {
            for mistake in mistakes.iter() {
                eprintln!("reliability: {mistake}");
            }
            return ExitCode::from(EXIT_SETTINGS);
        }
    };
    logging(settings.log_level);
    for warning in &settings.warnings {
        eprintln!("reliability: warning: {warning}");
    }
    match serve(&settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("reliability: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn serve(settings: &Settings) -> Result<(), Box<dyn Error>> {
    let clock = Clock::system();
    let (upstream, own) = match &settings.upstream {
        Some(upstream) => (upstream.clone(), None),
        None => {
            let own = OwnUpstream::start().await?;
            (Upstream::parse(&own.url())?, Some(own))
        }
    };
    let exchange = Arc::new(Exchange::new(upstream, settings.breaker_open, clock.clone())?);
    let (shared, people) = (settings.shared.as_ref(), settings.users.clone());
    let drawn = people.is_none();
    let accounts = Accounts::new(
        people.unwrap_or_default(),
        &settings.keys,
        settings.token_life,
        shared,
        clock.clone(),
    )?;
    let demo = if drawn { Some(users::demo(&accounts.management()).await?) } else { None };
    let app = server::app(&exchange, &accounts, shared, clock)?;
    let listen = settings.listen;
    let listener =
        TcpListener::bind(listen).await.map_err(|fault| format!("cannot listen on {listen}: {fault}"))?;
    let own_url = own.as_ref().map(OwnUpstream::url);
    // Whoever reads where it listens may stop it from then on.
    let stop = palisade::shutdown_signal()?;
    let text = banner::render(listener.local_addr()?, own_url.as_deref(), demo.as_ref());
    let mut out = io::stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    palisade::serve_until(listener, app, stop).await?;
    Ok(())
}

/// Warnings and what happens beside responses, on the standard error.
fn logging(level: LogLevel) {
    let colours = io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(colours)
        .with_max_level(level.filter())
        .init();
}
