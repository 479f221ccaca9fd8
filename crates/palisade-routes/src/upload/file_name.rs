//! A file's name that can do no harm.

use std::fmt;

/// The name a client gave its file, made harmless: no path, no control, bidirectional or invisible characters, nothing that a shell
/// or a file system on any platform reads as more than a name, no leading dot, at most 128 bytes of UTF-8.
///
/// Two files may have one name, and a name may be taken: store files under names of your own and keep this one for people.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileName {
    name: String,
    /// Where the extension begins, in bytes.
    extension: usize,
}

/// Nothing is left of a file's name, or it has no extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file needs a name with an extension")]
pub struct FileNameError;

impl FileName {
    /// The longest name, in bytes.
    pub const MAX_BYTES: usize = 128;

    /// Makes a name harmless: what stands behind the last slash or backslash, with `_` for every character that is more than
    /// a letter, a digit or one of `.-_+ ()`, shortened before its extension.
    ///
    /// ```
    /// use palisade_routes::FileName;
    ///
    /// let name = FileName::new("../../etc/cells \u{202e}<1>.H5AD")?;
    /// assert_eq!((name.as_str(), name.extension()), ("cells _1_.h5ad", "h5ad"));
    /// # Ok::<(), palisade_routes::FileNameError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Where nothing is left before or behind the last dot.
    pub fn new(sent: &str) -> Result<Self, FileNameError> {
        let name = sent.rsplit(['/', '\\']).next().unwrap_or_default();
        let (stem, extension) = name.rsplit_once('.').ok_or(FileNameError)?;
        let extension = extension.trim().to_ascii_lowercase();
        let good =
            matches!(extension.len(), 1..=16) && extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !good {
            return Err(FileNameError);
        }
        let harmless = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | ' ' | '(' | ')');
        let kept = stem.chars().filter(|c| !is_invisible(*c)).map(|c| if harmless(c) { c } else { '_' });
        let mut stem: String = kept.collect();
        // Extension, dot, and the underscore that a name of a device gets.
        let mut most = Self::MAX_BYTES - extension.len() - 2;
        while !stem.is_char_boundary(most.min(stem.len())) {
            most -= 1;
        }
        stem.truncate(most);
        let stem = stem.trim_matches(['.', ' ']);
        if stem.is_empty() {
            return Err(FileNameError);
        }
        // An option to a program, or a device.
        let guard = if stem.starts_with('-') || is_device(stem) { "_" } else { "" };
        let stem = format!("{guard}{stem}.");
        Ok(Self { extension: stem.len(), name: stem + &extension })
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// What stands behind the last dot, in lower case: ASCII letters and digits.
    #[must_use]
    pub fn extension(&self) -> &str {
        self.name.get(self.extension..).unwrap_or_default()
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Control characters, and characters that change what a reader sees without being seen.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Names that Windows takes for devices, whatever their extension.
fn is_device(stem: &str) -> bool {
    let first = stem.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let numbered = |prefix| {
        first.strip_prefix(prefix).is_some_and(|rest| {
            matches!(rest, "\u{b9}" | "\u{b2}" | "\u{b3}")
                || (rest.len() == 1 && rest.bytes().all(|byte| byte.is_ascii_digit()))
        })
    };
    matches!(&*first, "con" | "prn" | "aux" | "nul" | "conin$" | "conout$")
        || numbered("com")
        || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(sent: &str, expected: Option<&str>) {
        assert_eq!(FileName::new(sent).ok().as_ref().map(FileName::as_str), expected, "{sent:?}");
    }

    #[test]
    fn names_are_made_harmless() {
        check("cells.h5ad", Some("cells.h5ad"));
        check("Zell-Daten (1).H5AD", Some("Zell-Daten (1).h5ad"));
        check("../../etc/passwd.png", Some("passwd.png"));
        check("C:\\temp\\a.png", Some("a.png"));
        check("a\u{202e}gnp.exe", Some("agnp.exe"));
        check("a\0b\r\nc.png", Some("abc.png"));
        check("$(rm -rf ~);`x`|<>&\"'*?.png", Some("_(rm -rf _)__x_________.png"));
        check("-rf.png", Some("_-rf.png"));
        check("...hidden.png", Some("hidden.png"));
        check("nul.png", Some("_nul.png"));
        check("COM1.tar.gz", Some("_COM1.tar.gz"));
        check("\u{e4}\u{1f600}.png", Some("\u{e4}_.png"));
        for bad in
            ["", ".", "..", "/", "a", ".png", " .png", "a.", "a./b", "a.p ng", "a.\u{e4}", "\u{200b}.png"]
        {
            check(bad, None);
        }
        let long = FileName::new(&format!("{}.h5ad", "\u{e4}".repeat(500))).unwrap();
        assert!(long.as_str().len() <= FileName::MAX_BYTES && long.as_str().ends_with("\u{e4}.h5ad"));
    }

    proptest! {
        #[test]
        fn a_harmless_name_stays_as_it_is(sent in "\\PC{0,200}(\\.[a-zA-Z0-9]{1,4})?") {
            if let Ok(name) = FileName::new(&sent) {
                prop_assert_eq!(FileName::new(name.as_str()), Ok(name.clone()));
                prop_assert!(name.as_str().len() <= FileName::MAX_BYTES);
                prop_assert!(!name.as_str().contains(['/', '\\', '\0']) && !name.as_str().starts_with(['.', '-', ' ']));
            }
        }
    }
}
