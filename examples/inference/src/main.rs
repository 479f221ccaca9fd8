//! Starts the example: reads the options, opens the data directory, prints where and how to call it.

use std::{
    error::Error,
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use inference::{args::Args, banner::Banner, data_dir::DataDir, rfc3339};
use palisade_core::Clock;

/// Requests a minute for each principal.
const PER_MINUTE: u32 = 60;

fn main() -> ExitCode {
    match start(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("inference: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(args: &Args) -> Result<(), Box<dyn Error>> {
    let now = rfc3339::format(Clock::system().now().wall.as_secs());
    let data_dir = DataDir::open(&args.data_dir)?;
    let (_, token) = data_dir.prepare(args.new_token, &now)?;
    let tokens_path = data_dir.tokens_path();
    let banner =
        Banner { address: args.listen, token: &token, tokens_path: &tokens_path, per_minute: PER_MINUTE };
    io::stdout().write_all(banner.render().as_bytes())?;
    Ok(())
}
