//! What a form may bring.

use crate::upload::signature::Signature;

/// What a form with files may bring; everything has a bound, and no file is taken that nobody named.
///
/// | what | otherwise |
/// | --- | --- |
/// | parts | 8 |
/// | name of a part | 64 bytes |
/// | a file | 10 MiB, and what the route reads at all |
/// | a text | 64 KiB |
///
/// ```
/// use axum::extract::Multipart;
/// use palisade_core::Denial;
/// use palisade_routes::{Routes, Signature, UploadPart, UploadRules, post};
///
/// async fn analyze(form: Multipart) -> Result<String, Denial> {
///     let rules = UploadRules::new().file("h5ad", Signature::HDF5).file_bytes(64 << 20);
///     let mut form = rules.read(form);
///     let mut told = String::new();
///     while let Some(part) = form.next_part().await? {
///         match part {
///             UploadPart::Text { name, text } => told += &format!("{name}: {text}\n"),
///             UploadPart::File(mut file) => {
///                 let mut bytes = 0;
///                 while let Some(chunk) = file.chunk().await? {
///                     bytes += chunk.len();
///                 }
///                 told += &format!("{}: {bytes} bytes\n", file.file_name());
///             }
///         }
///     }
///     Ok(told)
/// }
///
/// let routes = Routes::<()>::new().route("/analyze", post(analyze).authenticated().body_limit(65 << 20));
/// # let _ = routes;
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(docsrs, doc(cfg(feature = "multipart")))]
#[must_use = "rules do nothing until they read a form"]
pub struct UploadRules {
    pub(crate) files: Vec<(&'static str, Signature)>,
    pub(crate) parts: usize,
    pub(crate) file_bytes: usize,
    pub(crate) text_bytes: usize,
}

impl UploadRules {
    /// The longest name of a part, in bytes.
    pub const MAX_NAME: usize = 64;

    /// Texts only, with the bounds above.
    pub const fn new() -> Self {
        Self { files: Vec::new(), parts: 8, file_bytes: 10 << 20, text_bytes: 64 << 10 }
    }

    /// Takes files of this extension (in lower case, without its dot) that begin so; called again for another kind, or for
    /// another beginning of the same.
    pub fn file(mut self, extension: &'static str, signature: Signature) -> Self {
        self.files.push((extension, signature));
        self
    }

    /// Takes at most this many parts.
    pub const fn parts(mut self, most: usize) -> Self {
        self.parts = most;
        self
    }

    /// Takes at most this many bytes of one file. The route must read as much, too.
    pub const fn file_bytes(mut self, most: usize) -> Self {
        self.file_bytes = most;
        self
    }

    /// Takes at most this many bytes of one text.
    pub const fn text_bytes(mut self, most: usize) -> Self {
        self.text_bytes = most;
        self
    }
}

impl Default for UploadRules {
    fn default() -> Self {
        Self::new()
    }
}
