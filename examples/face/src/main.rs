//! A picture comparison API that is open today, and how it moves behind tokens without breaking its clients.
//!
//! # Start
//!
//! ```sh
//! cargo run -p face
//! ```
//!
//! It prints its URL and lines to paste, draws two faces to compare, needs no other service, and stops on Ctrl-C or SIGTERM
//! after the requests in flight.
//!
//! | path | needs, once enforced | answer |
//! | --- | --- | --- |
//! | GET `/health` | nothing | that it is alive |
//! | GET `/stats` | `read_stats` | counts since the start |
//! | POST `/compare` | `compare` | how alike the PNG or JPEG pictures in the parts `image1` and `image2` are, 0 to 1 |
//! | GET `/migration` | `read_migration` | who would be refused, how often and why |
//!
//! Every endpoint, `/health` included: 5 requests a second for each client address, 10 at once, then 429 with `Retry-After`.
//! Pages of any origin may call, without cookies. A file may have 5 MiB, 4096 pixels on a side and 12 million in all.
//!
//! # The move from open to closed
//!
//! 1. `--auth off`, the default: open as before. One warning says so at the start.
//! 2. Draw a token (`openssl rand -base64 32 > token && chmod 600 token`) for each client, and start with
//!    `--auth observe --token-file token`. Everything is decided and no caller is refused for lack of a token; limits hold as
//!    before. `/stats` counts would-be refusals by reason, `/migration` lists who would be refused, how often and why, and who
//!    is ready; the log has a line for each (`palisade::would_deny`).
//! 3. Hand out tokens until `/migration` is quiet, and start with `--auth enforce`.
//!
//! Instead of tokens of this service's own, or beside them, those of any OpenID provider:
//!
//! ```sh
//! face --auth jwt --issuer https://login.example.com/realms/main --audience face --claims keycloak:face
//! ```
//!
//! `jwt` is `enforce` with an issuer; `observe` looks at its tokens too. Its keys are found by discovery. What callers may do stands in
//! `scope`, or in roles that are called like the permissions.
//!
//! # Settings
//!
//! Flags win over the environment, that over the file named by `--config` or `FACE_CONFIG`.
//!
//! | flag | environment | TOML | default |
//! | --- | --- | --- | --- |
//! | `--listen` | `FACE_LISTEN` | `listen` | `127.0.0.1:8000` |
//! | `--auth` | `FACE_AUTH` | `auth` | `off` |
//! | `--token-file` | `FACE_TOKEN_FILE`, `FACE_TOKEN` | `token_file` | none |
//! | `--issuer` | `FACE_ISSUER` | `issuer` | none |
//! | `--audience` | `FACE_AUDIENCE` | `audience` | must be set with an issuer |
//! | `--claims` | `FACE_CLAIMS` | `claims` | `standard`; `auth0`, `entra`, `okta`, `keycloak:CLIENT`, `cognito:CLIENT` |
//! | `--issuer-network` | `FACE_ISSUER_NETWORKS` | `issuer_networks` | public addresses |
//! | `--issuer-ca` | `FACE_ISSUER_CA` | `issuer_ca` | Mozilla's authorities |
//! | `--dangerous-loopback-http` | | | https alone |
//! | `--trusted-proxy` | `FACE_TRUSTED_PROXIES` | `trusted_proxies` | nobody |
//!
//! Only the TOML file can declare tokens that may do less than everything:
//!
//! ```toml
//! auth = "enforce"
//! trusted_proxies = ["10.0.0.0/8"]
//!
//! [[tokens]]
//! name = "kiosk"
//! file = "/run/secrets/kiosk" # or env = "KIOSK_TOKEN", or sha256 = "<64 hexadecimal digits>"
//! scopes = ["compare"]
//! ```
//!
//! It does not start, exits with code 2 and names each mistake in a line, where a setting is unknown or malformed, a token is
//! weak, blank or cannot be read, tokens are declared and no mode is written, or a mode asks for tokens and there are none.

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
