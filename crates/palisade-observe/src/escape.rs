//! Text of others within a line of ours.

/// The longest value of a field, in bytes; the rest is cut off and an ellipsis tells so.
pub(crate) const LONGEST: usize = 256;

/// Appends `text` between quotes, as JSON; what could break or rewrite a line is an escape.
pub(crate) fn quoted(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let (text, cut) = shortened(text);
    if text.bytes().all(is_plain) {
        out.extend_from_slice(text.as_bytes());
    } else {
        escaped(out, text);
    }
    if cut {
        out.extend_from_slice("…".as_bytes());
    }
    out.push(b'"');
}

fn shortened(text: &str) -> (&str, bool) {
    if text.len() <= LONGEST {
        return (text, false);
    }
    let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    (text.get(..end).unwrap_or_default(), true)
}

const fn is_plain(byte: u8) -> bool {
    byte >= 0x20 && byte < 0x7f && byte != b'"' && byte != b'\\'
}

fn escaped(out: &mut Vec<u8>, text: &str) {
    for char in text.chars() {
        match char {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            char if is_hidden(char) => {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    out.extend_from_slice(b"\\u");
                    let hex = |shift: u32| {
                        let digit = (u32::from(*unit) >> shift) & 15;
                        char::from_digit(digit, 16).unwrap_or('0') as u8
                    };
                    out.extend([12, 8, 4, 0].map(hex));
                }
            }
            char => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// Ends a line, moves a terminal's cursor, or turns the direction of what follows.
pub(crate) fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(text: &str) -> String {
        let mut out = Vec::new();
        quoted(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a279_nothing_breaks_or_rewrites_a_line() {
        for (text, expected) in [
            ("plain", r#""plain""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("a\nb\r\tc", r#""a\nb\r\tc""#),
            ("\u{1b}[2J\0\u{7f}\u{9b}", r#""\u001b[2J\u0000\u007f\u009b""#),
            ("\u{2028}\u{202e}\u{e0041}", r#""\u2028\u202e\udb40\udc41""#),
            ("grün 日本", r#""grün 日本""#),
        ] {
            assert_eq!(line(text), expected);
        }
        let long = "é".repeat(5_000);
        assert_eq!(line(&long), format!("\"{}…\"", "é".repeat(128)));
    }

    proptest! {
        #[test]
        fn it_is_json_and_says_what_was_said(text in "\\PC{0,40}|.{0,40}") {
            let line = line(&text);
            prop_assert!(!line.chars().any(char::is_control));
            if text.len() <= LONGEST {
                prop_assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
            }
        }
    }
}
