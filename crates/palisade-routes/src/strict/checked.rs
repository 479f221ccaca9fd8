//! Rules of `garde` over what was read strictly.

use crate::strict::{
    extract::StrictJson,
    violation::{Violation, Violations},
};
use axum::extract::{FromRequest, Request};
use garde::{Report, Validate, error::Path};
use palisade_core::Denial;
use serde::de::DeserializeOwned;

/// [`StrictJson`] whose value keeps its own rules, too: `#[derive(garde::Validate)]`.
///
/// Violations have the code `rule` and the words of the rule. Pointers are made of the names of fields in Rust, so rename neither
/// with serde, or both. A plain `length(max = …)` counts **bytes** of UTF-8; write `length(chars, max = …)` for characters and
/// `length(graphemes, …)` (feature `unicode` of garde) for what a reader would call one.
///
/// Rules that need settings take them as their context: [`StrictJson::checked_with`].
///
/// ```
/// use palisade_routes::{Checked, Routes, post};
///
/// #[derive(serde::Deserialize, garde::Validate)]
/// struct Inference {
///     #[garde(length(chars, min = 1, max = 10_000))]
///     prompt: String,
/// }
///
/// let routes = Routes::<()>::new()
///     .route("/inference", post(async |Checked(Inference { prompt }): Checked<Inference>| prompt).public());
/// # let _ = routes;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(docsrs, doc(cfg(feature = "garde")))]
pub struct Checked<T>(pub T);

/// # Errors
///
/// Those of [`StrictJson`], and 400 with every rule that is broken.
impl<T, S> FromRequest<S> for Checked<T>
where
    T: DeserializeOwned + Validate,
    T::Context: Default,
    S: Send + Sync,
{
    type Rejection = Denial;

    async fn from_request(request: Request, state: &S) -> Result<Self, Denial> {
        StrictJson::from_request(request, state).await?.checked_with(&T::Context::default()).map(Self)
    }
}

impl<T: Validate> StrictJson<T> {
    /// The value, if it keeps its rules in this context.
    ///
    /// # Errors
    ///
    /// 400 with every rule that is broken.
    #[cfg_attr(docsrs, doc(cfg(feature = "garde")))]
    pub fn checked_with(self, context: &T::Context) -> Result<T, Denial> {
        match self.0.validate_with(context) {
            Ok(()) => Ok(self.0),
            Err(report) => Err(Violations::from(&report).into()),
        }
    }
}

impl From<&Report> for Violations {
    fn from(report: &Report) -> Self {
        let mut violations = Self::default();
        for (path, error) in report.iter() {
            violations.push(Violation::new(pointer(path), "rule", error.message().to_owned()));
        }
        violations
    }
}

fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for (_, step) in path.__iter().rev().filter(|(_, step)| !step.is_empty()) {
        pointer.push('/');
        pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
    }
    pointer
}
