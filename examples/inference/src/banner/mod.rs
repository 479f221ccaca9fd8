//! What is printed at the start: where the server listens, the first key and user, and lines to paste into a shell.

mod session;
mod work;

use crate::{accounts::FirstUser, args::Args, keys::Administrator, limits::AT_ONCE, rfc3339, routes::PAGE};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

const NEW_KEY: &str = r#"{"name":"ci","permissions":["read_models","run_inference"],"expires_in_days":90}"#;

/// Everything the banner tells.
#[derive(Clone, Copy, Debug)]
pub struct Banner<'a> {
    /// The address the server listens on, with the port it really got.
    pub address: SocketAddr,
    /// Whether it ends TLS itself.
    pub is_tls: bool,
    /// What this start did about the administrator's key.
    pub administrator: &'a Administrator,
    /// What it did about the first user.
    pub first_user: &'a FirstUser,
    /// Where digests of keys are kept.
    pub place: &'a str,
    /// How this program was called, for commands to paste.
    pub program: &'a str,
    /// The options it was given.
    pub args: &'a Args,
}

impl Banner<'_> {
    /// The text. It contains the key and the password if they are new: print it, and do not log it.
    #[must_use]
    pub fn render(&self) -> String {
        let root = self.root();
        let mut text =
            format!("inference listens on {root}\nRead the API and try it in a browser: {root}{PAGE}\n");
        if self.is_tls {
            text += "Below, write a host that the certificate names instead of the address; and after `curl`, `--cacert FILE` where an \
                     authority of your own signed it.\n";
        } else if !self.address.ip().is_loopback() {
            text += "Warning: other machines can reach it, and without TLS in front keys and passwords travel in clear text.\n";
        }
        text += "\n";
        text += &self.about_the_key();
        text += &session::about_the_user(self.first_user, self.place, &self.command("user password admin"));
        text += &format!(
            "\nLines to paste, one after the other: who sends more than {AT_ONCE} at once is told to wait.\n"
        );
        for (title, line) in self.lines() {
            text += &format!("\n{title}\n  {line}\n");
        }
        text
    }

    /// What may be pasted, one line after the other.
    fn lines(&self) -> Vec<(String, String)> {
        let credential = match self.administrator {
            Administrator::Made { key, .. } => format!("Authorization: Bearer {}", key.expose()),
            Administrator::Before => "Authorization: Bearer $TOKEN".to_owned(),
        };
        let header = format!("-H \"{credential}\"");
        let json = "-H 'Content-Type: application/json'";
        let (models, keys) = (self.url("/models"), self.url("/auth/api-keys"));
        let (one, rotate) = (self.url("/auth/api-keys/$ID"), self.url("/auth/api-keys/$ID/rotate"));
        let take = |field: &str| session::taken("MADE", field);
        let flood = self.url(&format!("/models?n=[1-{}]", AT_ONCE + 10));
        let lines = [
            ("Is it alive? No key needed.", format!("curl -i {}", self.url("/health"))),
            ("Which models are there?", format!("curl -i {models} {header}")),
            (
                "Who am I, and what is left of my limits?",
                format!("curl -i {} {header}", self.url("/auth/whoami")),
            ),
            (
                "Make a key that may do less; the answer is the only one that shows it.",
                format!("MADE=$(curl -s {keys} {header} {json} -d '{NEW_KEY}'); echo \"$MADE\""),
            ),
            (
                "Take the key and its id out of the answer, and use the key.",
                format!("KEY={} ID={}; curl -i {models} -H \"X-API-Key: $KEY\"", take("key"), take("id")),
            ),
            ("List keys.", format!("curl -i {keys} {header}")),
            (
                "Give it a successor; the old one holds for a day more.",
                format!("curl -i -X POST {rotate} {header}"),
            ),
            ("Revoke it.", format!("curl -i -X DELETE {one} {header}")),
            ("Refused with 401: the key is revoked.", format!("curl -i {models} -H \"X-API-Key: $KEY\"")),
        ];
        let mut lines: Vec<_> = lines.into_iter().map(|(title, line)| (title.to_owned(), line)).collect();
        let root = self.root();
        let work = work::lines(&header, &root, |path| self.url(path)).into_iter();
        lines.extend(work.map(|(title, line)| (title.to_owned(), line)));
        lines.extend(session::lines(self.first_user, |path| self.url(path)));
        lines.push((
            format!("Refused with 429: more than {AT_ONCE} requests at once. Counts the answers by status."),
            format!("curl -s -o /dev/null -w '%{{http_code}}\\n' {flood} {header} | sort | uniq -c"),
        ));
        lines
    }

    fn about_the_key(&self) -> String {
        let (place, create) = (self.place, self.command("key create --name admin --permissions all"));
        match self.administrator {
            Administrator::Made { key, expires } => format!(
                "Administrator key, shown this once ({place} keeps only a digest), valid until {}:\n  {}\n",
                rfc3339::format(expires.as_secs()),
                key.expose()
            ),
            Administrator::Before => format!(
                "The administrator key was shown when it was made; {place} keeps only a digest.\n\
                 To make another one:\n  {create}\n\n\
                 Paste a key here first; it is not shown while you do, and not kept in the shell's history.\n  \
                 read -rs TOKEN\n"
            ),
        }
    }

    /// A command of this program on the same data, to paste.
    fn command(&self, act: &str) -> String {
        let (program, data_dir) = (self.program, self.args.data_dir.display());
        // The URL itself may hold a password.
        let elsewhere =
            if self.args.database_url.is_some() { " --database-url \"$DATABASE_URL\"" } else { "" };
        format!("'{program}' {act} --data-dir '{data_dir}'{elsewhere}")
    }

    /// An address a client on this machine can use: nothing can be sent to `0.0.0.0` or `[::]` everywhere.
    fn reachable(&self) -> SocketAddr {
        let mut address = self.address;
        match address {
            SocketAddr::V4(v4) if v4.ip().is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            SocketAddr::V6(v6) if v6.ip().is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            SocketAddr::V4(_) | SocketAddr::V6(_) => {}
        }
        address
    }

    fn root(&self) -> String {
        format!("{}://{}", if self.is_tls { "https" } else { "http" }, self.reachable())
    }

    /// In quotes: some shells take the brackets of an IPv6 address for a pattern.
    fn url(&self, path: &str) -> String {
        format!("\"{}/api/v1{path}\"", self.root())
    }
}

#[cfg(test)]
mod tests {
    use super::Banner;
    use crate::{accounts::FirstUser, args::Args, keys::Administrator};
    use clap::Parser as _;
    use palisade::{Secret, UnixTime, keys::KeyFormat};

    fn made() -> (Administrator, String) {
        let key = KeyFormat::with_public_checksum("inference", "live").unwrap().mint().unwrap();
        let text = key.expose().to_owned();
        (Administrator::Made { key, expires: UnixTime::from_secs(1_736_899_200) }, text)
    }

    fn render(address: &str, administrator: &Administrator) -> String {
        render_with(address, administrator, None)
    }

    fn render_with(address: &str, administrator: &Administrator, url: Option<&str>) -> String {
        let mut args = Args::parse_from(["inference"]);
        args.database_url = url.map(str::to_owned);
        let (address, place) = (address.parse().unwrap(), "./data/palisade.db");
        let first_user = &match administrator {
            Administrator::Made { .. } => FirstUser::Made { password: Secret::new("correct horse battery") },
            Administrator::Before => FirstUser::Before,
        };
        let banner = Banner {
            address,
            is_tls: false,
            administrator,
            first_user,
            place,
            program: "inference",
            args: &args,
        };
        banner.render()
    }

    #[test]
    fn a_first_start_shows_the_key_and_lines_with_it() {
        let (administrator, key) = made();
        let text = render("127.0.0.1:8080", &administrator);
        let expected = format!(
            r#"inference listens on http://127.0.0.1:8080
Read the API and try it in a browser: http://127.0.0.1:8080/docs

Administrator key, shown this once (./data/palisade.db keeps only a digest), valid until 2025-01-15T00:00:00Z:
  {key}
Password of the user `admin`, shown this once (./data/palisade.db keeps only a hash):
  correct horse battery

Lines to paste, one after the other: who sends more than 10 at once is told to wait.

Is it alive? No key needed.
  curl -i "http://127.0.0.1:8080/api/v1/health"

Which models are there?
  curl -i "http://127.0.0.1:8080/api/v1/models" -H "Authorization: Bearer {key}"
"#
        );
        assert!(text.starts_with(&expected), "{text}");
        assert!(!text.contains("$TOKEN") && !text.contains("$PASSWORD"));
    }

    #[test]
    fn a_later_start_says_where_the_digest_is_and_how_to_get_another_key() {
        let text = render("127.0.0.1:8080", &Administrator::Before);
        for expected in [
            "./data/palisade.db keeps only a digest",
            "\n  'inference' key create --name admin --permissions all --data-dir './data'\n",
            "\n  read -rs TOKEN\n",
            "\n  read -rs PASSWORD\n",
            "-H \"Authorization: Bearer $TOKEN\"",
        ] {
            assert!(text.contains(expected), "{text}");
        }
        assert!(!text.contains("inference_live_"));
        let elsewhere = Some("postgres://u:hunter2@h/d");
        let text = render_with("127.0.0.1:8080", &Administrator::Before, elsewhere);
        assert!(text.contains("--database-url \"$DATABASE_URL\"\n") && !text.contains("hunter2"), "{text}");
    }

    #[test]
    fn addresses_can_be_pasted_and_open_ones_are_warned_about() {
        let check = |address: &str, url: &str, warned: bool| {
            let text = render(address, &Administrator::Before);
            assert!(text.contains(&format!("curl -i \"{url}\"\n")), "{text}");
            assert_eq!(text.contains("Warning"), warned, "{address}");
        };
        check("127.0.0.1:9", "http://127.0.0.1:9/api/v1/health", false);
        check("0.0.0.0:80", "http://127.0.0.1:80/api/v1/health", true);
        check("[::1]:8080", "http://[::1]:8080/api/v1/health", false);
        check("[::]:8080", "http://[::1]:8080/api/v1/health", true);
        check("192.0.2.7:80", "http://192.0.2.7:80/api/v1/health", true);
    }

    #[test]
    fn every_line_to_paste_is_one_line() {
        let text = render("[::1]:8080", &made().0);
        let lines: Vec<_> = text.lines().filter(|line| line.contains("curl ")).collect();
        assert_eq!(lines.len(), 30);
        for line in lines {
            assert!(line.starts_with("  ") && !line.ends_with('\\'));
            assert!(line.matches('\'').count() % 2 == 0, "{line}");
            let outside: String = line.split('\'').step_by(2).collect();
            assert_eq!(outside.matches('"').count() % 2, 0, "{line}");
        }
    }
}
