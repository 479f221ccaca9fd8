//! The command line.

use super::redacted::Redacted;
use clap::Parser;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// Image models behind one static bearer token.
///
/// The environment is read by [`resolve`](super::resolve()), not by the parser: its values must neither show up in
/// `--help` nor be taken for flags, which outrank them.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "deepaas",
    version,
    about = "Image models behind one static bearer token",
    long_about = None,
    after_help = "Without a token from any source, every endpoint is open."
)]
pub struct Args {
    /// The token as given by flag; visible to every user of the machine in the process list.
    #[arg(
        long,
        value_name = "TOKEN",
        help = "The token clients must send; visible in the process list, prefer the file \
                (environment: DEEPAAS_AUTH_BEARER_TOKEN)"
    )]
    pub auth_bearer_token: Option<Redacted>,

    /// A file that holds the token and nothing else.
    #[arg(
        long,
        value_name = "PATH",
        help = "A file that holds the token (environment: DEEPAAS_AUTH_BEARER_TOKEN_FILE)"
    )]
    pub auth_bearer_token_file: Option<PathBuf>,

    /// An INI file with `auth_bearer_token` in its `[DEFAULT]` section.
    #[arg(
        long,
        value_name = "INI",
        help = "An INI file with auth_bearer_token in its [DEFAULT] section (environment: DEEPAAS_CONFIG_FILE)"
    )]
    pub config_file: Option<PathBuf>,

    /// The address to listen on.
    #[arg(long, value_name = "IP", default_value = "127.0.0.1", help = "The address to listen on")]
    pub listen_ip: IpAddr,

    /// The port to listen on; 0 takes any free one.
    #[arg(
        long,
        value_name = "PORT",
        default_value_t = 5000,
        help = "The port to listen on; 0 takes any free one"
    )]
    pub listen_port: u16,
}

impl Args {
    /// The address and port to listen on.
    #[must_use]
    pub fn listen(&self) -> SocketAddr {
        SocketAddr::new(self.listen_ip, self.listen_port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_is_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn listens_on_loopback_port_5000_by_default() {
        let args = Args::try_parse_from(["deepaas"]).unwrap();
        assert_eq!(args.listen(), "127.0.0.1:5000".parse().unwrap());

        let args = Args::try_parse_from(["deepaas", "--listen-ip", "::1", "--listen-port", "0"]).unwrap();
        assert_eq!(args.listen(), "[::1]:0".parse().unwrap());
    }

    #[test]
    fn a_token_is_not_printed_with_the_arguments() {
        let args = Args::try_parse_from(["deepaas", "--auth-bearer-token", "canary"]).unwrap();
        assert_eq!(args.auth_bearer_token.as_ref().unwrap().expose(), "canary");
        assert!(!format!("{args:?}").contains("canary"));
    }

    #[test]
    fn refusals_do_not_print_the_token() {
        for line in [
            &["deepaas", "--auth-bearer-token", "canary", "--auth-bearer-token", "canary"][..],
            &["deepaas", "--auth-bearer-tokn=canary"],
            &["deepaas", "--auth-bearer-token=canary", "--listen-port", "70000"],
        ] {
            let error = Args::try_parse_from(line).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{line:?}");
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }
}
