//! The command line.

use clap::Parser;
use std::path::PathBuf;

/// A picture comparison API. Starts without any option.
///
/// Values are read as text and judged by [`resolve`](super::resolve()), so that a wrong one reads the same from every source.
#[derive(Debug, Clone, Default, Parser)]
#[command(name = "face", version, about = "A picture comparison API", long_about = None)]
pub struct Args {
    /// Address and port to listen on; port 0 takes any free one (FACE_LISTEN; default 127.0.0.1:8000).
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,

    /// off, observe or enforce (FACE_AUTH; default off).
    #[arg(long, value_name = "MODE")]
    pub auth: Option<String>,

    /// A file whose lines are tokens that may do everything (FACE_TOKEN_FILE; or the token itself in FACE_TOKEN).
    #[arg(long, value_name = "PATH")]
    pub token_file: Option<PathBuf>,

    /// A network whose X-Forwarded-For is believed; may be given several times (FACE_TRUSTED_PROXIES, with commas).
    #[arg(long, value_name = "NETWORK")]
    pub trusted_proxy: Vec<String>,

    /// A TOML file with the same settings and more tokens (FACE_CONFIG).
    #[arg(long, value_name = "TOML")]
    pub config: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_is_well_formed() {
        Args::command().debug_assert();
    }
}
