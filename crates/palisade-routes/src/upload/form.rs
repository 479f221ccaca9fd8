//! A form, part by part.

use crate::{
    strict::{Violation, Violations},
    upload::{file_name::FileName, rules::UploadRules, signature::Signature},
};
use axum::{
    body::Bytes,
    extract::{
        Multipart,
        multipart::{Field, MultipartError},
    },
};
use http::StatusCode;
use palisade_core::{Denial, DenialKind};
use std::fmt;

/// A form that is read by rules; see [`UploadRules`].
pub struct UploadForm {
    rules: UploadRules,
    form: Multipart,
    parts: usize,
}

/// A part of a form.
#[derive(Debug)]
pub enum UploadPart<'f> {
    /// A text.
    Text {
        /// The name of its field.
        name: String,
        /// The text.
        text: String,
    },
    /// A file of an accepted kind.
    File(Box<UploadFile<'f>>),
}

/// A file whose name, extension and beginning were looked at, and whose length is watched.
pub struct UploadFile<'f> {
    name: String,
    file_name: FileName,
    field: Field<'f>,
    /// What was read to look at the beginning.
    begin: Option<Bytes>,
    left: usize,
}

impl UploadRules {
    /// Reads a form by these rules.
    #[must_use]
    pub const fn read(self, form: Multipart) -> UploadForm {
        UploadForm { rules: self, form, parts: 0 }
    }
}

impl UploadForm {
    /// The next part, read to its end where it is a text.
    ///
    /// # Errors
    ///
    /// 400 with the name of the part and what is wrong with it; 413 where it, or the whole body, is too long.
    pub async fn next_part(&mut self) -> Result<Option<UploadPart<'_>>, Denial> {
        let Some(mut field) = self.form.next_field().await.map_err(broken)? else { return Ok(None) };
        self.parts += 1;
        if self.parts > self.rules.parts {
            return Err(wrong("", "too_many_parts", "the form has too many parts"));
        }
        let name = match field.name() {
            Some(name)
                if name.is_empty()
                    || name.len() > UploadRules::MAX_NAME
                    || name.contains(char::is_control) =>
            {
                return Err(wrong(
                    "",
                    "part_name",
                    "the name of a part is empty, too long, or has control characters",
                ));
            }
            Some(name) => name.to_owned(),
            None => return Err(wrong("", "part_name", "a part has no name")),
        };
        let Some(sent) = field.file_name() else {
            let text = text(&mut field, &name, self.rules.text_bytes).await?;
            return Ok(Some(UploadPart::Text { name, text }));
        };
        let file_name = FileName::new(sent)
            .map_err(|_| wrong(&name, "file_name", "the file needs a name with an extension"))?;
        let kinds = self.rules.files.iter().filter(|(extension, _)| *extension == file_name.extension());
        let signatures: Vec<_> = kinds.map(|(_, signature)| *signature).collect();
        if signatures.is_empty() {
            return Err(wrong(&name, "file_extension", "files with this extension are not taken"));
        }
        let begin = begin(&mut field, self.rules.file_bytes).await?;
        if !signatures.iter().any(|signature| signature.fits(&begin)) {
            return Err(wrong(&name, "file_signature", "the file does not begin as its extension says"));
        }
        let left = self.rules.file_bytes.saturating_sub(begin.len());
        let file = UploadFile { name, file_name, field, begin: Some(begin), left };
        Ok(Some(UploadPart::File(Box::new(file))))
    }
}

impl UploadFile<'_> {
    /// The name of its field.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the file, made harmless.
    #[must_use]
    pub const fn file_name(&self) -> &FileName {
        &self.file_name
    }

    /// What comes next of the file; `None` at its end.
    ///
    /// # Errors
    ///
    /// 413 where it, or the whole body, is too long; 400 where it breaks off.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Denial> {
        if let Some(begin) = self.begin.take() {
            return Ok(Some(begin));
        }
        let Some(chunk) = self.field.chunk().await.map_err(broken)? else { return Ok(None) };
        self.left = self.left.checked_sub(chunk.len()).ok_or_else(too_large)?;
        Ok(Some(chunk))
    }

    /// All of it that is left, in memory.
    ///
    /// # Errors
    ///
    /// Those of [`chunk`](Self::chunk).
    pub async fn bytes(mut self) -> Result<Bytes, Denial> {
        let mut all = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            all.extend_from_slice(&chunk);
        }
        Ok(all.into())
    }
}

/// As much of a file as a signature looks at, or more.
async fn begin(field: &mut Field<'_>, most: usize) -> Result<Bytes, Denial> {
    let mut begin = Bytes::new();
    while begin.len() < Signature::LONGEST {
        let Some(chunk) = field.chunk().await.map_err(broken)? else { break };
        begin = if begin.is_empty() { chunk } else { [begin, chunk].concat().into() };
        if begin.len() > most {
            return Err(too_large());
        }
    }
    Ok(begin)
}

async fn text(field: &mut Field<'_>, name: &str, most: usize) -> Result<String, Denial> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(broken)? {
        if chunk.len() > most.saturating_sub(bytes.len()) {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| wrong(name, "encoding", "the text is not UTF-8"))
}

fn wrong(name: &str, code: &'static str, message: &'static str) -> Denial {
    let pointer = if name.is_empty() {
        String::new()
    } else {
        format!("/{}", name.replace('~', "~0").replace('/', "~1"))
    };
    Violations::from(Violation::new(pointer, code, message)).into()
}

fn too_large() -> Denial {
    Denial::new(DenialKind::PayloadTooLarge)
}

/// What the parser says may repeat what was sent, so only its status is used.
#[expect(clippy::needless_pass_by_value, reason = "it maps errors")]
fn broken(error: MultipartError) -> Denial {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => wrong("", "multipart", "the form breaks off or is malformed"),
    }
}

impl fmt::Debug for UploadForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadForm")
            .field("rules", &self.rules)
            .field("parts", &self.parts)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for UploadFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadFile")
            .field("name", &self.name)
            .field("file_name", &self.file_name)
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}
