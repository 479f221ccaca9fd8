//! What is printed at the start: where the server listens, and lines to paste into a shell.

use crate::{
    picture::drawing::{Face, jpeg, png},
    settings::AuthMode,
};
use std::{
    fs, io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// Three files to compare, in a directory of their own that goes with this value.
#[derive(Debug)]
pub struct Samples(TempDir);

impl Samples {
    /// Draws two faces and saves them, one of them twice.
    ///
    /// # Errors
    ///
    /// Where there is no place for temporary files.
    pub fn draw() -> io::Result<Self> {
        let dir = tempfile::Builder::new().prefix("face-").tempdir()?;
        let (ada, bob) = (Face::ADA.draw(160, 120), Face::BOB.draw(160, 120));
        fs::write(dir.path().join("ada.png"), png(&ada))?;
        fs::write(dir.path().join("ada.jpg"), jpeg(&ada, 60))?;
        fs::write(dir.path().join("bob.png"), png(&bob))?;
        Ok(Self(dir))
    }

    /// Where they are.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

/// The text. `samples` is where the pictures are; without it the lines name files in the working directory.
#[must_use]
pub fn render(address: SocketAddr, auth: AuthMode, samples: Option<&Path>) -> String {
    let address = reachable(address);
    let url = |path: &str| format!("'http://{address}{path}'");
    let file = |field: &str, name: &str| {
        let path = samples.map_or_else(|| PathBuf::from(name), |dir| dir.join(name));
        format!("-F '{field}=@{}'", path.display())
    };
    let header = if auth == AuthMode::Off { "" } else { "-H \"Authorization: Bearer $TOKEN\" " };
    let pair = |second: &str| {
        let (first, second) = (file("image1", "ada.png"), file("image2", second));
        format!("curl -s {header}{first} {second} {}", url("/compare"))
    };
    let flood = format!("curl -s -o /dev/null -w '%{{http_code}}\\n' {}", url("/health"));
    let mut lines = vec![
        ("Is it alive?", format!("curl -i {}", url("/health"))),
        ("A face and the same picture as a JPEG.", pair("ada.jpg")),
        ("A face and another one.", pair("bob.png")),
        ("What happened so far?", format!("curl -s {header}{}", url("/stats"))),
    ];
    if auth != AuthMode::Off {
        lines.push(("Who would be refused?", format!("curl -s {header}{}", url("/migration"))));
    }
    lines.push((
        "More than ten at once are refused with 429. Counts the answers by status.",
        format!("for n in $(seq 20); do {flood}; done | sort | uniq -c"),
    ));

    let mut text = format!("face listens on http://{address}\n");
    if auth != AuthMode::Off {
        text += "\nPaste a token here first; it is not shown while you do.\n  read -rs TOKEN\n";
    }
    for (title, line) in lines {
        text += &format!("\n{title}\n  {line}\n");
    }
    text
}

/// An address a client on this machine can use: nothing can be sent to `0.0.0.0` or `[::]` everywhere.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        SocketAddr::V4(_) | SocketAddr::V6(_) => {}
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_can_be_pasted_and_addresses_reached() {
        let check = |address: &str, expected: &str, auth: AuthMode| {
            let text = render(address.parse().unwrap(), auth, Some(Path::new("/tmp/x")));
            assert!(text.starts_with(&format!("face listens on http://{expected}\n")), "{text}");
            let lines: Vec<_> = text.lines().filter(|line| line.contains("curl ")).collect();
            assert_eq!(lines.len(), if auth == AuthMode::Off { 5 } else { 6 });
            assert!(lines.iter().all(|line| line.matches('\'').count() % 2 == 0), "{text}");
            assert_eq!(text.contains("$TOKEN"), auth != AuthMode::Off);
        };
        check("127.0.0.1:8000", "127.0.0.1:8000", AuthMode::Off);
        check("0.0.0.0:80", "127.0.0.1:80", AuthMode::Observe);
        check("[::]:80", "[::1]:80", AuthMode::Enforce);
        check("192.0.2.7:80", "192.0.2.7:80", AuthMode::Enforce);
    }

    #[test]
    fn samples_are_pictures_and_go_with_their_directory() {
        let samples = Samples::draw().unwrap();
        let dir = samples.path().to_owned();
        for name in ["ada.png", "ada.jpg", "bob.png"] {
            assert!(crate::picture::Picture::decode(&fs::read(dir.join(name)).unwrap()).is_ok());
        }
        drop(samples);
        assert!(!dir.exists());
    }
}
