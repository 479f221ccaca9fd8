//! The `deepaas` program.

use clap::Parser as _;
use deepaas::{
    server,
    settings::{self, Args, TokenChoice},
};
use palisade::config::Loaded;
use std::{
    error::Error,
    io::{self, IsTerminal as _, Write as _},
    net::SocketAddr,
    process::ExitCode,
};
use tokio::net::TcpListener;
use tracing_subscriber::filter::LevelFilter;

/// Unsafe or unreadable settings.
const EXIT_SETTINGS: u8 = 2;

fn main() -> ExitCode {
    let args = Args::parse();
    logging();
    let token = match settings::resolve(&args, &settings::process_variable, &settings::read_file) {
        Ok(token) => token,
        Err(errors) => {
            for error in errors {
                eprintln!("deepaas: {error}");
            }
            return ExitCode::from(EXIT_SETTINGS);
        }
    };
    for warning in token.warnings() {
        eprintln!("deepaas: warning: {warning}");
    }
    let loaded = match settings::stack(&token) {
        Ok(loaded) => loaded,
        Err(mistakes) => {
            for mistake in mistakes.iter() {
                eprintln!("deepaas: {mistake}");
            }
            return ExitCode::from(EXIT_SETTINGS);
        }
    };
    match serve(&args, &token, &loaded) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("deepaas: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn serve(args: &Args, token: &TokenChoice, loaded: &Loaded) -> Result<(), Box<dyn Error>> {
    let app = server::app(loaded.build().await?.stack)?;
    let listen = args.listen();
    let listener =
        TcpListener::bind(listen).await.map_err(|fault| format!("cannot listen on {listen}: {fault}"))?;
    // Whoever reads where it listens may stop it from then on.
    let stop = palisade::shutdown_signal()?;
    greet(listener.local_addr()?, token)?;
    palisade::serve_until(listener, app, stop).await?;
    Ok(())
}

/// Where it listens, and lines to paste. The token is not repeated: whoever started the program knows it.
fn greet(address: SocketAddr, token: &TokenChoice) -> io::Result<()> {
    let header = match token {
        TokenChoice::Unset => "",
        TokenChoice::Set { .. } => "-H \"Authorization: Bearer $TOKEN\" ",
    };
    let file = "-F data=@examples/deepaas/pictures/sunset.png";
    let mut out = io::stdout().lock();
    writeln!(out, "deepaas listens on http://{address}\n")?;
    if matches!(token, TokenChoice::Set { .. }) {
        writeln!(out, "Paste the token here first; it is not shown while you do.\n  read -rs TOKEN\n")?;
    }
    writeln!(out, "The models:\n  curl {header}http://{address}/v2/models/\n")?;
    writeln!(
        out,
        "What one finds in a picture:\n  curl {header}{file} http://{address}/v2/models/my-model/predict\n"
    )?;
    out.flush()
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
