//! Where a database is.

use crate::error::OpenErrorKind;
use sqlx::{
    ConnectOptions as _,
    postgres::{PgConnectOptions, PgSslMode},
};
use std::{net::IpAddr, path::PathBuf, str::FromStr as _};

/// Where a database is, out of its URL.
pub(crate) enum Target {
    Sqlite { path: PathBuf, read_only: bool },
    Postgres(Box<PgConnectOptions>),
}

/// Parameters whose meaning is known here; another one may be a misspelt `sslmode`, or a password in the wrong place.
const PARAMETERS: [&str; 6] = ["sslmode", "sslrootcert", "sslcert", "sslkey", "host", "application_name"];

impl Target {
    pub(crate) fn parse(url: &str, plaintext: bool) -> Result<Self, OpenErrorKind> {
        let Some((scheme, rest)) = url.split_once(':') else { return Err(OpenErrorKind::Url) };
        match scheme {
            "sqlite" => sqlite(rest),
            "postgres" | "postgresql" => postgres(url, plaintext),
            _ => Err(OpenErrorKind::Url),
        }
    }
}

fn sqlite(rest: &str) -> Result<Target, OpenErrorKind> {
    let (path, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let path = path.strip_prefix("//").unwrap_or(path);
    let read_only = match parameters {
        "" => false,
        "mode=ro" => true,
        "mode=memory" => return Err(OpenErrorKind::InMemory),
        _ => return Err(OpenErrorKind::Parameter),
    };
    match path {
        "" => Err(OpenErrorKind::Url),
        ":memory:" => Err(OpenErrorKind::InMemory),
        path if path.ends_with('/') || path.contains('\0') => Err(OpenErrorKind::Url),
        path => Ok(Target::Sqlite { path: path.into(), read_only }),
    }
}

fn postgres(url: &str, plaintext: bool) -> Result<Target, OpenErrorKind> {
    let parameters = url.split_once('?').map_or("", |(_, parameters)| parameters);
    let names = parameters.split('&').filter_map(|pair| pair.split('=').next());
    let names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
    if names.iter().any(|name| !PARAMETERS.contains(name)) {
        return Err(OpenErrorKind::Parameter);
    }
    let mut options = PgConnectOptions::from_str(url).map_err(|_| OpenErrorKind::Url)?;
    if options.get_application_name().is_none() {
        options = options.application_name("palisade");
    }
    if !plaintext && !is_here(&options) {
        if cfg!(feature = "tls") && !names.contains(&"sslmode") {
            options = options.ssl_mode(PgSslMode::VerifyFull);
        }
        if !cfg!(feature = "tls") || !matches!(options.get_ssl_mode(), PgSslMode::VerifyFull) {
            return Err(OpenErrorKind::Plaintext);
        }
    }
    Ok(Target::Postgres(Box::new(options.disable_statement_logging())))
}

/// Whether the server is reached without a network.
fn is_here(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let ip = host.trim_matches(['[', ']']).parse::<IpAddr>();
    options.get_socket().is_some() || host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, expected: Result<&str, OpenErrorKind>) {
        let found = match Target::parse(url, false) {
            Ok(Target::Sqlite { path, read_only }) => Ok(format!("{} {read_only}", path.display())),
            Ok(Target::Postgres(options)) => Ok(format!("{}:{}", options.get_host(), options.get_port())),
            Err(kind) => Err(kind),
        };
        assert_eq!(found, expected.map(str::to_owned), "{url}");
    }

    #[test]
    fn urls_are_places() {
        check("sqlite:./data/palisade.db", Ok("./data/palisade.db false"));
        check("sqlite:/data/palisade.db", Ok("/data/palisade.db false"));
        check("sqlite:///data/palisade.db?mode=ro", Ok("/data/palisade.db true"));
        check("sqlite://palisade.db", Ok("palisade.db false"));
        check("sqlite:", Err(OpenErrorKind::Url));
        check("sqlite:data/", Err(OpenErrorKind::Url));
        check("sqlite::memory:", Err(OpenErrorKind::InMemory));
        check("sqlite:x?mode=memory", Err(OpenErrorKind::InMemory));
        check("sqlite:x?immutable=1", Err(OpenErrorKind::Parameter));
        check("postgres://u:p@127.0.0.1:6543/d", Ok("127.0.0.1:6543"));
        check("postgresql://u@localhost:5432/d", Ok("localhost:5432"));
        check("postgres://u@[::1]:5432/d", Ok("[::1]:5432"));
        check("postgres://u@localhost:5432/d?sslmod=disable", Err(OpenErrorKind::Parameter));
        check("postgres://u@localhost:5432/d?password=x", Err(OpenErrorKind::Parameter));
        check("postgres://u@localhost:port/d", Err(OpenErrorKind::Url));
        check("mysql://u@localhost/d", Err(OpenErrorKind::Url));
        check("palisade.db", Err(OpenErrorKind::Url));
    }

    #[test]
    fn a348_a_server_elsewhere_is_recognised_or_refused() {
        let tls = if cfg!(feature = "tls") { Ok("10.0.0.5:5432") } else { Err(OpenErrorKind::Plaintext) };
        check("postgres://u:p@10.0.0.5:5432/d?sslmode=verify-full", tls);
        check("postgres://u:p@10.0.0.5:5432/d", tls);
        for weak in ["disable", "allow", "prefer", "require", "verify-ca"] {
            check(&format!("postgres://u:p@10.0.0.5/d?sslmode={weak}"), Err(OpenErrorKind::Plaintext));
        }
        check("postgres://u:p@localhost.example.com/d?sslmode=disable", Err(OpenErrorKind::Plaintext));
        assert!(Target::parse("postgres://u:p@10.0.0.5/d", true).is_ok());
    }
}
