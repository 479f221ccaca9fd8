//! The command line.

use clap::Parser;
use std::path::PathBuf;

/// An analysis of uploaded .h5ad files behind roles. Starts without any option.
///
/// Values are read as text and judged by [`resolve`](super::resolve()), so that a wrong one reads the same from every source.
#[derive(Clone, Debug, Default, Parser)]
#[command(name = "heartmap", version, about = "An analysis of uploaded .h5ad files behind roles", long_about = None)]
pub struct Args {
    /// Address and port to listen on; port 0 takes any free one (HEARTMAP_LISTEN; default 127.0.0.1:8002).
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,

    /// The largest file that is taken, in MiB, 1 to 512 (HEARTMAP_MAX_FILE_MIB; default 64).
    #[arg(long, value_name = "MIB")]
    pub max_file_mib: Option<String>,

    /// How many files are read at once, 1 to 16 (HEARTMAP_THREADS; default 2).
    #[arg(long, value_name = "NUMBER")]
    pub threads: Option<String>,

    /// Networks from which requests are taken, with commas between them (HEARTMAP_ALLOW; default: all).
    #[arg(long, value_name = "NETWORKS")]
    pub allow: Option<String>,

    /// Networks from which no request is taken, with commas between them (HEARTMAP_DENY; default: none).
    #[arg(long, value_name = "NETWORKS")]
    pub deny: Option<String>,

    /// Who is served, with commas between them: each gets keys of their own and sees their own results (HEARTMAP_TENANTS; default lab).
    #[arg(long, value_name = "NAMES")]
    pub tenants: Option<String>,

    /// The audit log (HEARTMAP_AUDIT_FILE; default: in memory, gone at the end).
    #[arg(long, value_name = "PATH")]
    pub audit_file: Option<String>,

    /// Write no line for each request (HEARTMAP_QUIET).
    #[arg(long)]
    pub quiet: bool,

    /// A TOML file with the same settings (HEARTMAP_CONFIG).
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
