//! Clients that do as they are told.

use super::*;
use proptest::prelude::*;

fn quotas() -> impl Strategy<Value = String> {
    let count = 1..30_u32;
    let unit = prop_oneof![Just("second"), Just("3 seconds"), Just("minute")];
    let option = prop_oneof![
        Just(String::new()),
        (1..20_u32).prop_map(|burst| format!(" burst {burst}")),
        Just(" fixed".into()),
        Just(" fixed epoch".into()),
        Just(" fixed first-hit".into()),
        Just(" sliding".into()),
        Just(" strict".into()),
    ];
    let one = (count, unit, option).prop_map(|(count, unit, option)| format!("{count}/{unit}{option}"));
    prop_oneof![one.clone(), (one, Just("; 100/hour")).prop_map(|(one, two)| one + two)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A client that has a key to itself and obeys the headers is never refused; one that runs into a refusal and waits exactly
    /// `Retry-After` passes, and had to wait less than a second more than needed.
    #[test]
    fn a201_who_obeys_is_never_refused(quotas in quotas(), naps in proptest::collection::vec(0..2_000_u64, 60), by in 0..3_u8) {
        let rig = Rig::new();
        let limit = limit("lone", &quotas);
        let number = |response: &Response<String>, name| {
            header(response.headers(), name).unwrap().parse::<u64>().unwrap()
        };
        for nap in naps {
            rig.clock.advance(Duration::from_micros(nap * 37));
            let response = rig.ask(gate(limit.clone()), request());
            match by {
                // By X-RateLimit: sleeps until the reset when nothing remains.
                0 => {
                    prop_assert_eq!(response.status(), 200);
                    if number(&response, "x-ratelimit-remaining") == 0 {
                        let reset = UnixTime::from_secs(number(&response, "x-ratelimit-reset"));
                        let wait = reset.as_nanos().saturating_sub(rig.clock.now().wall.as_nanos());
                        rig.clock.advance(Duration::from_nanos(wait));
                    }
                }
                // By RateLimit: waits for the longest `t` among the policies that have nothing left.
                1 => {
                    prop_assert_eq!(response.status(), 200);
                    let items = header(response.headers(), "ratelimit").unwrap().split(", ");
                    let waits = items.filter_map(|item| item.split_once(";r=0;t=")).map(|(_, t)| t.parse().unwrap());
                    rig.advance(waits.max().unwrap_or(0));
                }
                // By Retry-After, only once refused.
                _ => if response.status() == 429 {
                    let wait = number(&response, "retry-after");
                    prop_assert!(wait >= 1);
                    if wait > 1 {
                        // A second less would have been too early.
                        let (mono, wall) = (rig.clock.now().mono, rig.clock.now().wall);
                        rig.advance(wait - 1);
                        prop_assert_eq!(rig.ask(gate(limit.clone()), request()).status(), 429);
                        rig.clock.set_mono(mono);
                        rig.clock.set_wall(wall);
                    }
                    rig.advance(wait);
                    prop_assert_eq!(rig.ask(gate(limit.clone()), request()).status(), 200);
                }
            }
        }
    }
}
