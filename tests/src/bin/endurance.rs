//! A service under steady load while everything about it changes, and a table of what grew; ten minutes, or those of `PALISADE_SOAK_MINUTES`.

use std::process::ExitCode;
use tests::endurance::{run, serve};

fn main() -> ExitCode {
    let Ok(runtime) = tokio::runtime::Builder::new_multi_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    let mut arguments = std::env::args().skip(1);
    let good = match (arguments.next().as_deref(), arguments.next(), arguments.next()) {
        (Some("serve"), Some(redis), Some(file)) => {
            runtime.block_on(serve(&redis, file.as_ref()));
            true
        }
        _ => runtime.block_on(run()),
    };
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
