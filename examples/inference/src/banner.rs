//! What is printed at the start: where the server listens, the token, and lines to paste into a shell.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
};

use crate::data_dir::AdministratorToken;

const PROMPT: &str = r#"{"prompt":"Who keeps the gate?","model":"llama-7b"}"#;

/// Everything the banner tells.
#[derive(Clone, Copy, Debug)]
pub struct Banner<'a> {
    /// The address the server listens on, with the port it really got.
    pub address: SocketAddr,
    /// What this start did about the administrator's token.
    pub token: &'a AdministratorToken,
    /// Where the digests are kept.
    pub tokens_path: &'a Path,
    /// How many requests an address may make at once.
    pub at_once: u32,
}

impl Banner<'_> {
    /// The text. It contains the token if the token is new: print it, and do not log it.
    #[must_use]
    pub fn render(&self) -> String {
        let header = match self.token {
            AdministratorToken::First(token) | AdministratorToken::Replaced(token) => {
                format!("-H 'Authorization: Bearer {}'", token.expose())
            }
            AdministratorToken::Kept | AdministratorToken::Absent => {
                "-H \"Authorization: Bearer $TOKEN\"".to_owned()
            }
        };
        let (health, models) = (self.url("/health"), self.url("/models"));
        let (model, inference) = (self.url("/models/llama-7b"), self.url("/inference"));
        let (limit, tries) = (self.at_once, u64::from(self.at_once) + 10);
        let count = format!("curl -s -o /dev/null -w '%{{http_code}}\\n' {models} {header}");
        let lines = [
            ("Is it alive? No token needed.".to_owned(), format!("curl -i {health}")),
            ("Which models are there?".to_owned(), format!("curl -i {models} {header}")),
            ("What is known of one?".to_owned(), format!("curl -i {model} {header}")),
            (
                "Ask it something.".to_owned(),
                format!("curl -i {inference} {header} -H 'Content-Type: application/json' -d '{PROMPT}'"),
            ),
            ("Refused with 401: no token.".to_owned(), format!("curl -i {models}")),
            (
                format!(
                    "Refused with 429: more than {limit} requests at once. Counts the answers by status."
                ),
                format!("for n in $(seq {tries}); do {count}; done | sort | uniq -c"),
            ),
        ];

        let mut text = format!("inference listens on http://{}\n", self.reachable());
        if !self.address.ip().is_loopback() {
            text += "Warning: other machines can reach it, and without TLS in front tokens travel in clear text.\n";
        }
        text += "\n";
        text += &self.about_the_token();
        for (title, line) in lines {
            text += &format!("\n{title}\n  {line}\n");
        }
        text
    }

    fn about_the_token(&self) -> String {
        let path = self.tokens_path.display();
        let read = "Paste it here first; it is not shown while you do, and not kept in the shell's history.\n  \
                    read -rs TOKEN\n";
        match self.token {
            AdministratorToken::First(token) => format!(
                "Administrator token, shown this once ({path} keeps only its SHA-256 digest):\n  {}\n",
                token.expose()
            ),
            AdministratorToken::Replaced(token) => format!(
                "New administrator token, shown this once ({path} keeps only its SHA-256 digest):\n  {}\n\
                 The one before is no longer accepted.\n",
                token.expose()
            ),
            AdministratorToken::Kept => format!(
                "The administrator token was shown when it was made; {path} keeps only its SHA-256 digest.\n\
                 If it is lost, start again with --new-token: that prints a new one and ends the old one.\n\n{read}"
            ),
            AdministratorToken::Absent => format!(
                "{path} lists no administrator token.\n\
                 To get one, start again with --new-token. If you have another token:\n\n{read}"
            ),
        }
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

    fn url(&self, path: &str) -> String {
        let address = self.reachable();
        let url = format!("http://{address}/api/v1{path}");
        // Some shells take the brackets of an IPv6 address for a pattern.
        if address.is_ipv6() { format!("'{url}'") } else { url }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Banner;
    use crate::data_dir::{AdministratorToken, DataDir, NewToken};

    fn new_token() -> NewToken {
        let parent = tempfile::tempdir().unwrap();
        DataDir::open(parent.path()).unwrap().first_token("2025-01-15T00:00:00Z").unwrap().1
    }

    fn render(address: &str, token: &AdministratorToken) -> String {
        let tokens_path = Path::new("./data/tokens.json");
        Banner { address: address.parse().unwrap(), token, tokens_path, at_once: 10 }.render()
    }

    #[test]
    fn a_first_start_shows_the_token_and_lines_with_it() {
        let token = AdministratorToken::First(new_token());
        let AdministratorToken::First(secret) = &token else { unreachable!() };
        let secret = secret.expose();
        let expected = format!(
            r#"inference listens on http://127.0.0.1:8080

Administrator token, shown this once (./data/tokens.json keeps only its SHA-256 digest):
  {secret}

Is it alive? No token needed.
  curl -i http://127.0.0.1:8080/api/v1/health

Which models are there?
  curl -i http://127.0.0.1:8080/api/v1/models -H 'Authorization: Bearer {secret}'

What is known of one?
  curl -i http://127.0.0.1:8080/api/v1/models/llama-7b -H 'Authorization: Bearer {secret}'

Ask it something.
  curl -i http://127.0.0.1:8080/api/v1/inference -H 'Authorization: Bearer {secret}' -H 'Content-Type: application/json' -d '{{"prompt":"Who keeps the gate?","model":"llama-7b"}}'

Refused with 401: no token.
  curl -i http://127.0.0.1:8080/api/v1/models

Refused with 429: more than 10 requests at once. Counts the answers by status.
  for n in $(seq 20); do curl -s -o /dev/null -w '%{{http_code}}\n' http://127.0.0.1:8080/api/v1/models -H 'Authorization: Bearer {secret}'; done | sort | uniq -c
"#
        );
        assert_eq!(render("127.0.0.1:8080", &token), expected);
    }

    #[test]
    fn a_later_start_says_where_the_digest_is_and_how_to_get_a_new_token() {
        let text = render("127.0.0.1:8080", &AdministratorToken::Kept);
        for expected in [
            "./data/tokens.json keeps only its SHA-256 digest",
            "start again with --new-token",
            "\n  read -rs TOKEN\n",
            "-H \"Authorization: Bearer $TOKEN\"",
        ] {
            assert!(text.contains(expected), "{text}");
        }
        assert!(!text.contains("inference_"));
    }

    #[test]
    fn a_replacement_ends_the_one_before() {
        let text = render("127.0.0.1:8080", &AdministratorToken::Replaced(new_token()));
        assert!(text.contains("New administrator token") && text.contains("no longer accepted"), "{text}");
        assert!(!text.contains("$TOKEN"));
    }

    #[test]
    fn a_missing_administrator_is_said() {
        let text = render("127.0.0.1:8080", &AdministratorToken::Absent);
        assert!(text.contains("lists no administrator token") && text.contains("--new-token"), "{text}");
    }

    #[test]
    fn addresses_can_be_pasted_and_open_ones_are_warned_about() {
        let check = |address: &str, url: &str, warned: bool| {
            let text = render(address, &AdministratorToken::Kept);
            assert!(text.contains(&format!("curl -i {url}\n")), "{text}");
            assert_eq!(text.contains("Warning"), warned, "{address}");
        };
        check("127.0.0.1:9", "http://127.0.0.1:9/api/v1/health", false);
        check("0.0.0.0:80", "http://127.0.0.1:80/api/v1/health", true);
        check("[::1]:8080", "'http://[::1]:8080/api/v1/health'", false);
        check("[::]:8080", "'http://[::1]:8080/api/v1/health'", true);
        check("192.0.2.7:80", "http://192.0.2.7:80/api/v1/health", true);
    }

    #[test]
    fn every_line_to_paste_is_one_line_a_shell_accepts() {
        let text = render("[::1]:8080", &AdministratorToken::First(new_token()));
        let lines: Vec<_> = text.lines().filter(|line| line.contains("curl ")).collect();
        assert_eq!(lines.len(), 6);
        for line in lines {
            assert!(line.starts_with("  ") && !line.ends_with('\\'));
            assert!(line.matches('\'').count() % 2 == 0, "{line}");
        }
    }
}
