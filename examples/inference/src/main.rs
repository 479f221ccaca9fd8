//! An AI inference server's API behind palisade: API keys, logins, permissions, limits by plan, an audit log, and errors in one envelope.
//!
//! ```sh
//! cargo run --release -p inference
//! ```
//!
//! The first start makes `./data`, prints the administrator's key and the password of the user `admin` once, and `curl` lines to
//! paste. Nothing else has to run. It stops on Ctrl-C or SIGTERM after the requests in flight. `README.md` beside this package says what
//! each route does; `security.lock` who may call it.
//!
//! | path below `/api/v1` | needs |
//! | --- | --- |
//! | GET `/health`, GET `/ready` | nothing; the detail of the latter `read_metrics` |
//! | POST `/auth/login`, `/auth/refresh`, `/auth/logout` | nothing |
//! | GET `/auth/whoami` | a key or token |
//! | `/auth/api-keys`, `/users` | `manage_users` |
//! | GET, POST, DELETE `/models` | `read_models`, `write_models`, `delete_models` |
//! | POST `/inference`, POST `/inference/stream` | `run_inference`, for streams `use_streaming` too |
//! | GET, DELETE `/cache` | `manage_cache` |
//! | GET, POST, DELETE `/queue` | `manage_queue` |
//! | GET, PUT `/config` | `write_config` |
//! | GET `/metrics` | `read_metrics` |
//! | GET `/openapi.json`, and the page `/docs` that reads it | nothing |
//! | GET `/audit`, and `/_palisade/explain/{id}` | `view_audit_logs` |
//!
//! It does not start, and says why in one line, where settings are wrong, the audit log was cut off, or secrets are missing beside keys,
//! are not those of the keys, or can be read by others.

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
    let tls = settings.server_tls()?;
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
    // Whoever reads where it listens may stop it from then on.
    let stop = palisade::shutdown_signal()?;
    // Last: what was made and never shown would be lost.
    let administrator = &keys.administrator().await?;
    let first_user = &accounts.first_user().await?;
    let program = &std::env::args().next().unwrap_or_default();
    let (place, is_tls) = (service.database.place(), tls.is_some());
    let banner = Banner { address, is_tls, administrator, first_user, place, program, args };
    console::print(&banner.render())?;
    match tls {
        Some(tls) => palisade::serve_tls_until(listener, app, tls, stop).await?,
        None => palisade::serve_until(listener, app, stop).await?,
    }
    drop(worker);
    service.audit.close().await;
    Ok(())
}
