//! Counters and gauges.

use super::*;
use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use std::collections::BTreeMap;

/// Keeps what it is told, under names with their labels.
#[derive(Clone, Default)]
struct Book(Arc<Mutex<BTreeMap<String, f64>>>);

struct Line(Book, String);

impl Line {
    fn write(&self, change: impl FnOnce(f64) -> f64) {
        let mut book = self.0.0.lock().unwrap();
        let value = book.entry(self.1.clone()).or_default();
        *value = change(*value);
    }
}

impl CounterFn for Line {
    fn increment(&self, by: u64) {
        self.write(|value| value + f64::from(u32::try_from(by).unwrap()));
    }

    fn absolute(&self, _: u64) {
        panic!("counters only grow");
    }
}

impl GaugeFn for Line {
    fn increment(&self, by: f64) {
        self.write(|value| value + by);
    }

    fn decrement(&self, by: f64) {
        self.write(|value| value - by);
    }

    fn set(&self, to: f64) {
        self.write(|_| to);
    }
}

impl Book {
    fn line(&self, key: &Key) -> Arc<Line> {
        let labels: Vec<_> = key.labels().map(|label| label.value().to_owned()).collect();
        Arc::new(Line(self.clone(), format!("{} {}", key.name(), labels.join(" "))))
    }
}

impl Recorder for Book {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.line(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.line(key))
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[test]
fn calls_states_and_transitions_are_counted_by_name() {
    let book = Book::default();
    metrics::with_local_recorder(&book, || {
        let bench = bench(BreakerSettings::consecutive(2));
        assert_eq!(book.0.lock().unwrap()["palisade_breaker_state billing"], 0.0);
        bench.successes(3);
        bench.calls(1, CallOutcome::Neither);
        bench.failures(2);
        assert!(bench.is_refused() && bench.is_refused());
        assert_eq!(book.0.lock().unwrap()["palisade_breaker_state billing"], 2.0);
        bench.seconds(60);
        assert_eq!(bench.state(), BreakerState::HalfOpen);
        assert_eq!(book.0.lock().unwrap()["palisade_breaker_state billing"], 1.0);
        bench.successes(1);
    });
    let book = book.0.lock().unwrap();
    let lines: Vec<_> = book.iter().map(|(name, value)| format!("{name} {value}")).collect();
    assert_eq!(
        lines,
        [
            "palisade_breaker_calls_total billing failure 2",
            "palisade_breaker_calls_total billing neither 1",
            "palisade_breaker_calls_total billing refused 2",
            "palisade_breaker_calls_total billing success 4",
            "palisade_breaker_state billing 0",
            "palisade_breaker_transitions_total billing closed 1",
            "palisade_breaker_transitions_total billing half_open 1",
            "palisade_breaker_transitions_total billing open 1",
        ]
    );
}
