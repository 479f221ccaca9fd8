//! The `deepaas` program.

use clap::Parser as _;
use deepaas::settings::{self, Args};
use std::process::ExitCode;

/// Unsafe or unreadable settings.
const EXIT_SETTINGS: u8 = 2;

fn main() -> ExitCode {
    let args = Args::parse();
    match settings::resolve(&args, &settings::process_variable, &settings::read_file) {
        Ok(choice) => {
            for warning in choice.warnings() {
                eprintln!("deepaas: warning: {warning}");
            }
            ExitCode::SUCCESS
        }
        Err(errors) => {
            for error in errors {
                eprintln!("deepaas: {error}");
            }
            ExitCode::from(EXIT_SETTINGS)
        }
    }
}
