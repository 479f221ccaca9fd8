//! What is counted of decisions.

use super::*;
use crate::exempt::Exempt;
use http::Method;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use std::collections::BTreeMap;

#[test]
fn every_outcome_is_counted_under_its_policy() {
    let rig = Rig::new();
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        let limit = limit("all", "5/minute").exempt(Exempt::nobody().method(Method::OPTIONS));
        for _ in 0..8 {
            rig.ask(gate(limit.clone()), request());
        }
        rig.ask(gate(limit.clone()), Request::builder().method("OPTIONS").body(()).unwrap());
        rig.ask(gate(limit).report_everything(), request());
        let two = super::limit("two", "1/minute; 100/hour");
        for _ in 0..2 {
            rig.ask(gate(two.clone()), request());
        }
        let down = super::limit("down", "5/minute")
            .store(Arc::new(Odd { answers: MemoryStore::new(), fails: true }));
        rig.ask(gate(down), request());
        let nobody = RateLimit::new("nobody", "5/minute", By::principal()).unwrap();
        rig.ask(gate(nobody), request());
    });
    let mut counts = BTreeMap::new();
    for (key, _, _, value) in snapshotter.snapshot().into_vec() {
        let key = key.key();
        let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let DebugValue::Counter(count) = value else { panic!("{key}") };
        assert_eq!(key.name(), "palisade_limit_decisions_total");
        counts.insert(labels.join(" "), count);
    }
    let expected = [
        ("policy=all outcome=allowed mode=enforce", 3),
        ("policy=all outcome=denied mode=enforce", 3),
        ("policy=all outcome=denied mode=report", 1),
        ("policy=all outcome=exempt mode=enforce", 1),
        ("policy=all outcome=near mode=enforce", 2),
        ("policy=down outcome=error mode=enforce", 1),
        ("policy=nobody outcome=error mode=enforce", 1),
        ("policy=two/hour outcome=allowed mode=enforce", 1),
        ("policy=two/minute outcome=denied mode=enforce", 1),
        ("policy=two/minute outcome=near mode=enforce", 1),
    ];
    let expected = expected.map(|(labels, count)| (labels.to_owned(), count)).into_iter().collect();
    assert_eq!(counts, expected);
}
