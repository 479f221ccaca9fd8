/// One answer as it came over the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Response {
    /// Codes of interim answers (1xx) before this one.
    pub(crate) interim: Vec<u16>,
    pub(crate) status: u16,
    /// Names in lower case, in order.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether the body came whole.
    pub(crate) complete: bool,
}

impl Response {
    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What a parse of the bytes so far yields.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    /// More bytes are needed.
    More,
    /// One answer, and how many bytes it took.
    Answer(Response, usize),
    /// These bytes are no HTTP/1 answer.
    Bad(&'static str),
}

/// Reads one answer (RFC 9112). `to_head`: it answers a HEAD request. `ended`: no byte will follow.
pub(crate) fn parse(bytes: &[u8], to_head: bool, ended: bool) -> Parsed {
    let mut interim = Vec::new();
    let mut used = 0;
    loop {
        let rest = bytes.get(used..).unwrap_or_default();
        let Some(end) = rest.windows(4).position(|w| w == b"\r\n\r\n") else {
            return if ended { Parsed::Bad("ends inside a response head") } else { Parsed::More };
        };
        let Some(mut response) = head(rest.get(..end).unwrap_or_default()) else {
            return Parsed::Bad("is no HTTP/1 response head");
        };
        used += end + 4;
        if (100..200).contains(&response.status) && response.status != 101 {
            interim.push(response.status);
            continue;
        }
        response.interim = interim;
        return body(response, bytes.get(used..).unwrap_or_default(), used, to_head, ended);
    }
}

fn head(bytes: &[u8]) -> Option<Response> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split("\r\n");
    let mut start = lines.next()?.splitn(3, ' ');
    start.next().filter(|version| version.starts_with("HTTP/1."))?;
    let status = start.next().filter(|code| code.len() == 3)?.parse().ok()?;
    let mut headers = Vec::new();
    for line in lines {
        let (name, value) = line.split_once(':')?;
        headers.push((name.to_ascii_lowercase(), value.trim_matches([' ', '\t']).to_owned()));
    }
    Some(Response { status, headers, ..Response::default() })
}

fn body(mut response: Response, rest: &[u8], used: usize, to_head: bool, ended: bool) -> Parsed {
    let chunks = response.values("transfer-encoding").any(|value| value.eq_ignore_ascii_case("chunked"));
    let lengths: Vec<_> = response.values("content-length").map(str::parse::<usize>).collect();
    let (body, taken) = if to_head || matches!(response.status, 204 | 304) {
        (Some(Vec::new()), 0)
    } else if chunks {
        match dechunk(rest) {
            Ok(Some((body, taken))) => (Some(body), taken),
            Ok(None) => (None, rest.len()),
            Err(why) => return Parsed::Bad(why),
        }
    } else {
        match *lengths {
            [] => (ended.then(|| rest.to_vec()), rest.len()),
            [Ok(length)] => (rest.get(..length).map(<[u8]>::to_vec), length.min(rest.len())),
            _ => return Parsed::Bad("has more than one length, or none that is a number"),
        }
    };
    response.complete = body.is_some();
    match body {
        Some(body) => response.body = body,
        None if ended => response.body = rest.to_vec(),
        None => return Parsed::More,
    }
    Parsed::Answer(response, used + taken)
}

/// The body and the bytes it took, if it came whole (RFC 9112 §7.1).
fn dechunk(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, &'static str> {
    let mut body = Vec::new();
    let mut at = 0;
    loop {
        let Some((line, after)) = line(bytes, at) else { return Ok(None) };
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| "has a chunk without a size")?;
        at = after;
        if size == 0 {
            break;
        }
        let end = at.saturating_add(size);
        let Some(chunk) = bytes.get(at..end) else { return Ok(None) };
        body.extend_from_slice(chunk);
        let Some((_, after)) = self::line(bytes, end) else { return Ok(None) };
        at = after;
    }
    loop {
        let Some((trailer, after)) = line(bytes, at) else { return Ok(None) };
        at = after;
        if trailer.is_empty() {
            return Ok(Some((body, at)));
        }
    }
}

fn line(bytes: &[u8], at: usize) -> Option<(String, usize)> {
    let rest = bytes.get(at..)?;
    let end = rest.windows(2).position(|w| w == b"\r\n")?;
    Some((String::from_utf8_lossy(rest.get(..end)?).into_owned(), at + end + 2))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(bytes: &str, ended: bool, expected: Option<(u16, &str, usize)>) {
        let parsed = match parse(bytes.as_bytes(), false, ended) {
            Parsed::Answer(response, left) => Some((response.status, response.text(), bytes.len() - left)),
            Parsed::More | Parsed::Bad(_) => None,
        };
        assert_eq!(parsed, expected.map(|(status, body, left)| (status, body.to_owned(), left)), "{bytes:?}");
    }

    #[test]
    fn framing() {
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP", false, Some((200, "hi", 4)));
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh", false, None);
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh", true, Some((200, "h", 0)));
        check("HTTP/1.1 204 No Content\r\n\r\n", false, Some((204, "", 0)));
        check("HTTP/1.0 401 \r\n\r\nno", false, None);
        check("HTTP/1.0 401 \r\n\r\nno", true, Some((401, "no", 0)));
        check(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n",
            false,
            Some((401, "", 0)),
        );
        let chunks = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;x=y\r\nhi\r\n1\r\n!\r\n0\r\nT: v\r\n\r\nHT";
        check(chunks, false, Some((200, "hi!", 2)));
        check(&chunks[..70], false, None);
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi", true, None);
        check("SSH-2.0-x\r\n\r\n", true, None);
    }

    #[test]
    fn an_answer_to_head_has_no_body() {
        let bytes = b"HTTP/1.1 401 No\r\nContent-Length: 20\r\n\r\n";
        let Parsed::Answer(response, used) = parse(bytes, true, false) else { unreachable!("whole") };
        assert!(response.complete && response.body.is_empty() && used == bytes.len());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in "(HTTP/1.1 [0-9]{3} x\r\n)?([a-z-]{1,17}: [a-z0-9]{0,9}\r\n){0,3}(\r\n)?[^x]{0,20}", ended: bool) {
            if let Parsed::Answer(_, used) = parse(bytes.as_bytes(), false, ended) {
                prop_assert!(used <= bytes.len());
            }
        }

        #[test]
        fn a_printed_answer_is_read_back(status in 200u16..600, body in "[ -~]{0,64}") {
            prop_assume!(!matches!(status, 204 | 304));
            let text = format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            let Parsed::Answer(response, used) = parse(text.as_bytes(), false, false) else {
                return Err(TestCaseError::fail("not read"));
            };
            prop_assert_eq!((response.status, response.text(), used), (status, body, text.len()));
        }
    }
}
