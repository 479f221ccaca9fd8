//! What is printed about everything else than keys and logins.

use super::session::taken;

const PROMPT: &str = r#"{"prompt":"Who keeps the gate?","model":"llama-7b"}"#;
const TEXT: &str = "The tide comes in twice a day and goes out twice a day. When the tide is in the boats float, and when \
                    the tide is out the boats lie on the mud and wait for the tide.";

/// What may be pasted: a model asked, streamed, made and deleted; a job; what an operator looks at and turns.
///
/// `root` is where the server is, without a path; `header` presents a credential.
pub(super) fn lines(header: &str, root: &str, url: impl Fn(&str) -> String) -> Vec<(&'static str, String)> {
    let json = "-H 'Content-Type: application/json'";
    let (ask, stream, models) = (url("/inference"), url("/inference/stream"), url("/models"));
    let (queue, cache, config) = (url("/queue"), url("/cache"), url("/config"));
    let id = "sed -n 's/^x-request-id: //p' | tr -d '\\r'";
    vec![
        ("Ask one something.", format!("curl -i {ask} {header} {json} -d '{PROMPT}'")),
        (
            "Ask the same again: the answer was kept, and `x-cache` says so.",
            format!("curl -i {ask} {header} {json} -d '{PROMPT}'"),
        ),
        ("Watch it write.", format!("curl -iN {stream} {header} {json} -d '{PROMPT}'")),
        (
            "Make a model of a text of your own.",
            format!(
                "echo '{TEXT}' | curl -i {models} {header} -F name=tides -F 'corpus=@-;filename=tides.txt'"
            ),
        ),
        (
            "Ask it; the next word is drawn from those that follow the last ones.",
            format!(
                "curl -i {ask} {header} {json} -d '{{\"prompt\":\"Then the boats\",\"model\":\"tides\"}}'"
            ),
        ),
        ("Delete it.", format!("curl -i -X DELETE {} {header}", url("/models/tides"))),
        (
            "Leave a question in the queue, and fetch the answer.",
            format!("JOB=$(curl -s {queue} {header} {json} -d '{PROMPT}'); echo \"$JOB\""),
        ),
        (
            "The job; its answer is there after a second or two.",
            format!("JOB_ID={}; sleep 3; curl -i {} {header}", taken("JOB", "id"), url("/queue/$JOB_ID")),
        ),
        ("How useful is the cache? DELETE clears it.", format!("curl -i {cache} {header}")),
        (
            "Change a setting: it holds from the next request on, and is recorded.",
            format!("curl -i -X PUT {config} {header} {json} -d '{{\"max_tokens\":32}}'"),
        ),
        (
            "Who did what? And was the log changed since?",
            format!("curl -i {} {header}", url("/audit?limit=2&act=config.changed")),
        ),
        ("Numbers for Prometheus.", format!("curl -s {} {header} | grep inference_", url("/metrics"))),
        ("Is it ready, and why?", format!("curl -i {} {header}", url("/ready"))),
        (
            "Refused with 401, and why: every response has an id that explains it.",
            format!("ID=$(curl -si {models} | {id}); curl -i \"{root}/_palisade/explain/$ID\" {header}"),
        ),
    ]
}
