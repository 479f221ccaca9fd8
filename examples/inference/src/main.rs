//! Starts the example: reads the options, opens the data directory, prints where and how to call it, serves.

use std::{
    error::Error,
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
};

use clap::Parser as _;
use inference::{
    args::Args,
    banner::Banner,
    data_dir::DataDir,
    generator, rfc3339,
    server::{self, AT_ONCE, Limits},
};
use palisade::Clock;
use tokio::net::TcpListener;
use tracing_subscriber::filter::LevelFilter;

fn main() -> ExitCode {
    logging();
    match start(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("inference: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn start(args: &Args) -> Result<(), Box<dyn Error>> {
    let now = rfc3339::format(Clock::system().now().wall.as_secs());
    let data_dir = DataDir::open(&args.data_dir)?;
    // The address first: a token that was stored but never shown would be lost.
    let listener = TcpListener::bind(args.listen).await.map_err(|fault| {
        format!("cannot listen on {}: {fault}; choose another with --listen", args.listen)
    })?;
    let (tokens, token) = data_dir.prepare(args.new_token, &now)?;
    let app = server::app(&tokens, Limits { prompt: args.max_prompt, body: args.max_body })?;
    // The first call builds the tables; no request should pay for that.
    let _ = generator::models();
    let tokens_path = data_dir.tokens_path();
    let address = listener.local_addr()?;
    let banner = Banner { address, token: &token, tokens_path: &tokens_path, at_once: AT_ONCE };
    let mut out = io::stdout();
    out.write_all(banner.render().as_bytes())?;
    out.flush()?;
    palisade::serve(listener, app).await?;
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
