//! Logins, per-route limits by address, and a dependency behind a circuit breaker.
//!
//! # Start
//!
//! ```sh
//! SECRET_KEY=$(openssl rand -base64 32) cargo run -p reliability
//! ```
//!
//! It prints its URL and lines to paste, starts a dependency of its own that can be told to fail, needs no other service, and
//! stops on Ctrl-C or SIGTERM after the requests in flight.
//!
//! | path | limit for each client address | answer |
//! | --- | --- | --- |
//! | POST `/login` | guesses: 20 a minute, 5 at one account in 15 minutes | a token for `username` and `password`, JSON or a form |
//! | GET `/protected` | none; needs a token | who that is |
//! | POST `/debug/summarize-errors` | none; needs a token | what `{"lines":[…],"top":10}` come to, by kind |
//! | POST `/logout` | none; needs a token | 204; the very next request with that token is 401 |
//! | GET `/health` | 5 a minute; the window begins with the first request | that it is alive |
//! | GET `/convert?from=EUR&to=USD&amount=12.50` | 20 a second, 40 at once | the amount in the other currency |
//! | GET `/dependency` | none | how the dependency is doing |
//!
//! Rates come from the dependency. Where it fails, or is slower than a second, the last rates are used and the answer says so
//! (`"source":"fallback"`, and their age). After three failures in a row it is left alone: no request waits for it. After five
//! seconds one request tries it, and if that goes well everything is as before.
//!
//! Users stand in a file, a line `name:hash` each, as `htpasswd -nBC 12 ada` prints it; bcrypt is replaced by Argon2id when somebody logs
//! in. Without a file there is one user, whose password is drawn and printed at the start. Tokens are signed with `SECRET_KEY` (HS256);
//! without a good one it does not start.
//!
//! # Settings
//!
//! Flags win over the environment, that over the file named by `--config` or `RELIABILITY_CONFIG`.
//!
//! | flag | environment | TOML | default |
//! | --- | --- | --- | --- |
//! | `--listen` | `RELIABILITY_LISTEN` | `listen` | `127.0.0.1:8001` |
//! | `--log-level` | `LOG_LEVEL` | `log_level` | `info`; `debug` is warned about |
//! | | `SECRET_KEY`, or `SECRET_KEY_FILE` | | none: it must be set |
//! | `--access-token-expire-minutes` | `ACCESS_TOKEN_EXPIRE_MINUTES` | `access_token_expire_minutes` | 30 |
//! | `--users-file` | `USERS_FILE` | `users_file` | none: one user, drawn at the start |
//! | `--redis-url` | `REDIS_URL`, or `REDIS_URL_FILE` | `redis_url` | none: limits count in this process |
//! | `--redis-timeout-ms` | `REDIS_TIMEOUT_MS` | `redis_timeout_ms` | 50 |
//! | `--nodes` | `RELIABILITY_NODES` | `nodes` | 1 |
//! | `--upstream` | `UPSTREAM_URL` | `upstream` | the example's own |
//! | `--breaker-open-ms` | `BREAKER_OPEN_MS` | `breaker_open_ms` | 5000 |
//!
//! With `REDIS_URL=redis://:password@host:6379` all processes that spell the URL alike admit the quotas together. While Redis
//! is down each admits its share by itself: the whole quota, or that divided by `--nodes`. No request fails for it, but for those with a token: logging
//! out on one is logging out on all, and while nobody can tell who did, the answer is 503.
//!
//! It does not start, exits with code 2 and names each mistake in a line, where a setting is unknown, malformed or out of bounds.

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
