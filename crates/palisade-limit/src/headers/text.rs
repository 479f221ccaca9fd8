//! Header values without formatting machinery.

use http::HeaderValue;

/// A header value in the making, on the stack.
///
/// It holds eight policies with the longest names; what does not fit is left out, whole items at a time.
pub(super) struct Line {
    bytes: [u8; ROOM],
    len: usize,
    /// Where the item under way began.
    item: usize,
    overflowed: bool,
}

/// Eight items of `, "…64…/15-minutes-2";q=4294967295;w=315360000`.
const ROOM: usize = 8 * 120;

impl Line {
    #[inline]
    pub(super) const fn new() -> Self {
        Self { bytes: [0; ROOM], len: 0, item: 0, overflowed: false }
    }

    /// Begins a list item.
    pub(super) fn item(&mut self, text: &str) {
        self.close();
        self.item = self.len;
        if self.len > 0 {
            self.text(", ");
        }
        self.text(text);
    }

    #[inline]
    pub(super) fn text(&mut self, text: &str) {
        self.push(text.as_bytes());
    }

    pub(super) fn number(&mut self, n: u64) {
        match small(n) {
            Some(text) => self.text(text),
            None => self.push(Digits::of(n).as_bytes()),
        }
    }

    /// The value; `None` where nothing was written.
    pub(super) fn value(&mut self) -> Option<HeaderValue> {
        self.close();
        let text = self.bytes.get(..self.len).filter(|text| !text.is_empty())?;
        HeaderValue::from_bytes(text).ok()
    }

    #[inline]
    fn push(&mut self, text: &[u8]) {
        match self.bytes.get_mut(self.len..self.len + text.len()) {
            Some(place) => {
                place.copy_from_slice(text);
                self.len += text.len();
            }
            None => self.overflowed = true,
        }
    }

    /// Takes back an item that did not fit.
    #[inline]
    fn close(&mut self) {
        if self.overflowed {
            self.len = self.item;
            self.overflowed = false;
        }
    }
}

/// The decimal digits of a number.
pub(super) struct Digits {
    text: [u8; 20],
    start: usize,
}

impl Digits {
    #[inline]
    pub(super) fn of(mut n: u64) -> Self {
        let mut digits = Self { text: [b'0'; 20], start: 20 };
        // Three at a time, from a table.
        while n >= 1_000 {
            digits.start -= 3;
            if let Some([_, group @ ..]) = DIGITS.get((n % 1_000) as usize)
                && let Some(place) = digits.text.get_mut(digits.start..digits.start + 3)
            {
                place.copy_from_slice(group);
            }
            n /= 1_000;
        }
        let first = small(n).unwrap_or_default().as_bytes();
        digits.start -= first.len();
        if let Some(place) = digits.text.get_mut(digits.start..digits.start + first.len()) {
            place.copy_from_slice(first);
        }
        digits
    }

    #[inline]
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.text.get(self.start..).unwrap_or_default()
    }

    #[inline]
    pub(super) fn value(&self) -> HeaderValue {
        HeaderValue::from_bytes(self.as_bytes()).unwrap_or(HeaderValue::from_static("0"))
    }
}

/// The decimal text of a number below 1,024, without any work.
#[inline]
fn small(n: u64) -> Option<&'static str> {
    TEXTS.get(usize::try_from(n).ok()?).copied()
}

pub(super) const SMALL: usize = 1_024;

static DIGITS: [[u8; 4]; SMALL] = {
    let mut all = [[b'0'; 4]; SMALL];
    let mut n = 0;
    while n < SMALL {
        let (mut rest, mut at) = (n, 4);
        while at > 0 {
            at -= 1;
            all[n][at] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        n += 1;
    }
    all
};

pub(super) static TEXTS: [&str; SMALL] = {
    let mut all = [""; SMALL];
    let mut n = 0;
    while n < SMALL {
        let zeros = if n < 10 {
            3
        } else if n < 100 {
            2
        } else if n < 1_000 {
            1
        } else {
            0
        };
        let (_, text) = DIGITS[n].split_at(zeros);
        all[n] = match str::from_utf8(text) {
            Ok(text) => text,
            Err(_) => "",
        };
        n += 1;
    }
    all
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_numbers() {
        for n in (0..12_000).chain([999_999, 1_000_000, 1_001_001, 9_999_999_999, u64::MAX]) {
            let mut line = Line::new();
            line.number(n);
            assert_eq!(line.value().unwrap(), n.to_string().as_str());
            assert_eq!(Digits::of(n).value(), n.to_string().as_str());
        }
    }

    #[test]
    fn an_item_that_does_not_fit_is_left_out_whole() {
        let mut line = Line::new();
        for _ in 0..12 {
            line.item(&"x".repeat(100));
        }
        let value = line.value().unwrap();
        assert_eq!(value.len(), 9 * 100 + 8 * 2);
    }
}
