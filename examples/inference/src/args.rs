//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Parser, builder::RangedU64ValueParser};

use crate::generator::DEFAULT_MAX_PROMPT;

/// The largest request body unless configured otherwise: 10 MiB.
pub const DEFAULT_MAX_BODY: usize = 10 * 1024 * 1024;

/// An AI inference server's API, guarded by palisade. Starts without any option.
#[derive(Clone, Debug, PartialEq, Eq, Parser)]
#[command(name = "inference", version, about)]
pub struct Args {
    /// Address and port to listen on; port 0 takes any free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Directory for tokens.json; made if missing, readable by its owner only.
    #[arg(long, value_name = "DIRECTORY", default_value = "./data")]
    pub data_dir: PathBuf,

    /// Replace the administrator token and print the new one once.
    #[arg(long)]
    pub new_token: bool,

    /// Longest prompt, in characters (1 to 1000000).
    #[arg(long, value_name = "CHARACTERS", default_value_t = DEFAULT_MAX_PROMPT,
          value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000_000))]
    pub max_prompt: usize,

    /// Largest request body, in bytes (1 to 104857600).
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_MAX_BODY,
          value_parser = RangedU64ValueParser::<usize>::new().range(1..=104_857_600))]
    pub max_body: usize,
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::Args;

    #[test]
    fn the_definition_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn without_options_everything_has_a_default() {
        let args = Args::try_parse_from(["inference"]).unwrap();
        assert_eq!(args.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(args.data_dir.to_str(), Some("./data"));
        assert!(!args.new_token);
        assert_eq!((args.max_prompt, args.max_body), (10_000, 10_485_760));
    }

    #[test]
    fn options_are_read_and_bounded() {
        let check = |options: &[&str], expected: bool| {
            let line = std::iter::once("inference").chain(options.iter().copied());
            assert_eq!(Args::try_parse_from(line).is_ok(), expected, "{options:?}");
        };
        check(&["--listen", "[::1]:0", "--data-dir", "/srv/inference", "--new-token"], true);
        check(&["--max-prompt", "1", "--max-body", "104857600"], true);
        check(&["--listen", "8080"], false);
        check(&["--listen", "localhost:8080"], false);
        check(&["--max-prompt", "0"], false);
        check(&["--max-prompt", "1000001"], false);
        check(&["--max-body", "0"], false);
        check(&["--max-body", "104857601"], false);
        check(&["--max-body", "10MiB"], false);
        check(&["--token", "secret"], false);
        check(&["left-over"], false);
    }
}
