//! What is wrong with an answer: never its status alone.

use super::{answer::Answer, settings::Settings, shot::Shot};
use crate::{check::envelope, template::CANARY};
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use http::Method;

/// What an answer must be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Want {
    /// One of these codes; no guarded handler ran, nobody was found to be calling, and the refusal has the shape and the headers of
    /// every refusal.
    Refused(&'static [u16]),
    /// As refused, of somebody who is known.
    Forbidden,
    /// As refused with one of these codes, by whoever it was: known or not, and perhaps by the handler.
    Invalid(&'static [u16]),
    /// No guarded handler ran, whatever else answers there.
    NotReached,
    /// A guarded handler ran and its answer is a success.
    Served,
    /// Anything but a server error.
    Harmless,
}

impl Want {
    pub(crate) fn in_words(&self) -> String {
        let codes = |codes: &[u16]| codes.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ");
        match self {
            Self::Refused(of) => format!("refused with {}, and no handler runs", codes(of)),
            Self::Forbidden => "refused with 403, and no handler runs".to_owned(),
            Self::Invalid(of) => format!("refused with {}", codes(of)),
            Self::NotReached => "no guarded handler runs".to_owned(),
            Self::Served => "the handler runs and succeeds".to_owned(),
            Self::Harmless => "any answer below 500".to_owned(),
        }
    }
}

/// Everything that is wrong, one sentence each.
pub(crate) fn problems(
    want: Want,
    shot: &Shot,
    got: &Answer,
    settings: &Settings,
    counts: bool,
) -> Vec<String> {
    let mut problems = Vec::new();
    let status = got.status();
    let mut must = |holds: bool, problem: &str| {
        if !holds {
            problems.push(problem.to_owned());
        }
    };
    match want {
        Want::Refused(codes) | Want::Invalid(codes) => {
            must(codes.contains(&status), &format!("status {status}"));
        }
        Want::Forbidden => must(status == 403, &format!("status {status}")),
        Want::Served => {
            must(got.is_success(), &format!("status {status}"));
            must(!counts || got.guarded_runs + got.open_runs == 1, "the handler did not run once");
        }
        Want::NotReached | Want::Harmless => must(status < 500, &format!("status {status}")),
    }
    if matches!(want, Want::Refused(_) | Want::Forbidden | Want::NotReached) {
        must(got.guarded_runs == 0, "a guarded handler ran");
    }
    if matches!(want, Want::Refused(_)) {
        must(!got.knows_caller(), "the caller passes for somebody who is known");
    }
    if matches!(want, Want::Refused(_) | Want::Forbidden) && [400, 401, 403, 429].contains(&status) {
        let noted = !got.is_written_down() || got.facts.denial().is_some();
        must(noted, "the refusal is not written down, so no log tells it");
    }
    if status >= 400 {
        problems.extend(refusal(shot, got, settings.own_errors));
    }
    problems.extend(told(got, settings));
    problems
}

/// The shape of every refusal, and that nothing of the request is in it.
fn refusal(shot: &Shot, got: &Answer, own_errors: bool) -> Vec<String> {
    let mut problems = Vec::new();
    if got.status() == 401 && got.header("www-authenticate").is_none() {
        problems.push("401 without WWW-Authenticate".to_owned());
    }
    if shot.method == Method::HEAD {
        // Servers take the body away; what matters is that the handler did not run.
    } else if !own_errors && let Err(problem) = envelope(&got.response) {
        problems.push(problem);
    }
    let text = got.response.text();
    let lines = || got.response.headers.iter().filter(|(name, _)| !name.starts_with("access-control-"));
    for echoed in [CANARY, "<script"] {
        if text.contains(echoed) || lines().any(|(_, value)| value.contains(echoed)) {
            problems.push(format!("the answer repeats {echoed:?} from the request"));
        }
    }
    problems
}

/// Whether a secret came out: in the answer's text, or in what was logged meanwhile, plain or dressed.
fn told(got: &Answer, settings: &Settings) -> Vec<String> {
    let mut problems = Vec::new();
    for secret in settings.secrets() {
        let forms = [
            secret.clone(),
            BASE64.encode(secret.as_bytes()),
            BASE64URL_NOPAD.encode(secret.as_bytes()),
            HEXLOWER.encode(secret.as_bytes()),
            secret.chars().rev().collect(),
        ];
        let in_log = forms.iter().any(|form| got.log.contains(form));
        let in_head = got.response.headers.iter().any(|(_, value)| forms.iter().any(|it| value.contains(it)));
        let in_body = got.status() >= 400 && forms.iter().any(|form| got.response.text().contains(form));
        for (there, place) in [(in_log, "log"), (in_head, "header"), (in_body, "body")] {
            if there {
                problems.push(format!("a credential stands in the {place}"));
            }
        }
    }
    problems
}
