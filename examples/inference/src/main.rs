//! An AI inference server's API behind palisade: API keys, logins, permissions, limits by plan, and errors in one envelope.
//!
//! ```sh
//! cargo run --release -p inference
//! ```
//!
//! The first start makes `./data`, prints the administrator's key and the password of the user `admin` once, and `curl` lines to
//! paste. Nothing else has to run. It stops on Ctrl-C or SIGTERM after the requests in flight.
//!
//! | path below `/api/v1` | needs | answer |
//! | --- | --- | --- |
//! | GET `/health` | nothing | that it is alive |
//! | GET `/models`, GET `/models/{name}` | `read_models` | the models |
//! | POST `/inference` | `run_inference` | what a model says to `{"prompt","model","max_tokens"}` |
//! | POST `/auth/login`, `/auth/refresh`, `/auth/logout` | nothing | tokens for a name and a password; new ones; their end |
//! | GET `/auth/whoami` | a key or token | who calls, what they may, until when, and what is left of their limits |
//! | POST, GET `/auth/api-keys` | `manage_users` | makes a key, shown once; lists keys |
//! | GET, PATCH, DELETE `/auth/api-keys/{id}` | `manage_users` | one key; changes it; revokes it, for the very next request |
//! | POST `/auth/api-keys/{id}/rotate` | `manage_users` | a successor, beside which the old key holds for a day |
//! | POST `/auth/api-keys/revoke` | `manage_users` | revokes many keys |
//! | GET `/auth/api-keys/self` | any key | the caller's own key |
//! | GET, POST `/users`, GET, PATCH, DELETE `/users/{id}` | `manage_users` | who has a password, and what they may do |
//!
//! Keys go into `X-API-Key` or `Authorization: Bearer`, tokens into `Authorization: Bearer`. An address may make 5 requests a second and 10 at once, a caller 60 a
//! minute, 30 on plan `free` and 600 on plan `pro`; a rotated key counts with its successor.
//!
//! # Keys and passwords without a server
//!
//! ```sh
//! inference key create --name ci --permissions read_models,run_inference --expires-in-days 30
//! inference key list
//! inference key rotate 4kQ9xZ0aBcDe
//! inference key revoke 4kQ9xZ0aBcDe
//! inference user password admin
//! ```
//!
//! # Settings
//!
//! | flag | environment | default |
//! | --- | --- | --- |
//! | `--listen` | | `127.0.0.1:8080` |
//! | `--data-dir` | | `./data` |
//! | `--database-url` | `DATABASE_URL` | `palisade.db` in the data directory; else `sqlite:…` or `postgres://…` |
//! | `--log-level` | `LOG_LEVEL` | `info` |
//! | `--access-log` | `ACCESS_LOG` | a line for every request: `text` on a terminal, otherwise `json`; `off` |
//! | `--token-minutes` | `ACCESS_TOKEN_EXPIRE_MINUTES` | 30 |
//! | `--max-prompt`, `--max-body` | | 10000 characters, 10485760 bytes |
//! | | `INFERENCE_CHECK_KEY`, `INFERENCE_PEPPER`, or each with `_FILE` | made once, in `secrets.json` in the data directory |
//! | | `INFERENCE_JWT_SECRET`, or with `_FILE` | keys that rotate, in `signing-keys` in the data directory |
//!
//! It does not start, and says why in one line, where secrets are missing beside keys, are not those of the keys, or can be
//! read by others.

use clap::Parser as _;
use inference::{
    accounts::Accounts, args::Args, audit::Audit, banner::Banner, command, console, data_dir::DataDir,
    database::Database, keys::Keys, numbers::Numbers, server, service::Service, settings::Settings,
    tuning::Tuning,
};
use std::{error::Error, process::ExitCode, sync::Arc};
use tokio::net::TcpListener;
use tracing_subscriber::filter::LevelFilter;

/// What older versions kept; nothing reads it any more.
const OLD_TOKENS: &str = "tokens.json";

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("inference: {}", console::told(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let usual = if args.command.is_none() { LevelFilter::INFO } else { LevelFilter::ERROR };
    console::logging(args.log_level.unwrap_or(usual))?;
    match &args.command {
        None => serve(args).await,
        Some(act) => Ok(console::print(&command::run(args, act, &console::variable).await?)?),
    }
}

async fn serve(args: &Args) -> Result<(), Box<dyn Error>> {
    let settings = Settings::load(args)?;
    let data_dir = DataDir::open(&args.data_dir)?;
    let old = data_dir.file(OLD_TOKENS);
    if old.exists() {
        let old = old.display();
        eprintln!(
            "inference: warning: {old} is no longer read, and its tokens are refused: make keys with `inference key \
             create` and remove it"
        );
    }
    let listener = TcpListener::bind(settings.listen).await.map_err(|fault| {
        format!("cannot listen on {}: {fault}; choose another with --listen", settings.listen)
    })?;
    let variable = &console::variable;
    // Numbers and the audit log first: what follows tells them what happens.
    let numbers = Numbers::install()?;
    let audit = Audit::open(&data_dir, settings.audit_log.as_deref(), variable)?;
    let database = Database::open(&data_dir, args.database_url.as_deref()).await?;
    let keys = Keys::open(&data_dir, &database, audit.events(), variable).await?;
    let accounts = Accounts::open(&data_dir, &database, settings.token_life, audit.events(), variable)?;
    let log = settings.access_log.open(audit.pseudonyms())?;
    let service = Arc::new(Service::new(Tuning::new(settings.max_prompt), audit, database)?);
    let app = server::app(&settings, &keys, &accounts, &service, log, numbers.render())?;
    let worker = service.queue.work(service.tuner.clone());
    let address = listener.local_addr()?;
    // Last: what was made and never shown would be lost.
    let administrator = &keys.administrator().await?;
    let first_user = &accounts.first_user().await?;
    let program = &std::env::args().next().unwrap_or_default();
    let banner =
        Banner { address, administrator, first_user, place: service.database.place(), program, args };
    console::print(&banner.render())?;
    palisade::serve(listener, app).await?;
    drop(worker);
    service.audit.close().await;
    Ok(())
}
