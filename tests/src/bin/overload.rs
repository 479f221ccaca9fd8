//! A service that is asked for three times what it can do, and a table of what became of it; about two minutes.
//!
//! Server and clients share the machine: where others want its processors too, late answers are partly theirs.

use std::process::ExitCode;
use tests::overload::{run, serve};

fn main() -> ExitCode {
    let Ok(runtime) = tokio::runtime::Builder::new_multi_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    let mut arguments = std::env::args().skip(1);
    let good = match (arguments.next().as_deref(), arguments.next()) {
        (Some("serve"), Some(keys)) => {
            runtime.block_on(serve(keys.parse().unwrap_or(1)));
            true
        }
        _ => runtime.block_on(run()),
    };
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
