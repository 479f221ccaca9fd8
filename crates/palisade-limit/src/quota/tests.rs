use super::*;
use proptest::prelude::*;

#[test]
fn t5_the_limits_grammar_is_read_verbatim() {
    let check = |text: &str, expected: &str| {
        let quotas: Quotas = text.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(quotas.to_string(), expected, "{text}");
    };
    check("5/minute", "5/minute");
    check("5 per minute", "5/minute");
    check("100 per hour; 2000 per day", "100/hour; 2000/day");
    check("1 per 15 minutes", "1 per 15 minutes");
    check("1/15 minutes", "1 per 15 minutes");
    check("10/1second", "10/second");
    check("10 PER 2 Hours", "10 per 2 hours");
    check("5/second burst 10", "5/second burst 10");
    check("5/second burst 5", "5/second");
    check("10/minute fixed", "10/minute fixed");
    check("10/minute fixed per-key", "10/minute fixed");
    check("60/minute fixed epoch", "60/minute fixed epoch");
    check("60/minute Fixed First-Hit", "60/minute fixed first-hit");
    check(" 1 / day , 2/hours|3/ 1 minute ", "1/day; 2/hour; 3/minute");
    check("1/month", "1 per 30 days");
    check("1/year", "1 per 360 days");
    check("1 per 60 seconds", "1/minute");
    check("4294967295/ 2 hours", "4294967295 per 2 hours");
}

#[test]
fn words_beyond_that_grammar() {
    let check = |text: &str, expected: &str| {
        let quotas: Quotas = text.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(quotas.to_string(), expected, "{text}");
    };
    check("1/week", "1/week");
    check("3 per 2 weeks", "3 per 2 weeks");
    check("3/14 days", "3 per 2 weeks");
    check("100/minute sliding", "100/minute sliding");
    check("100/minute Sliding Counter", "100/minute sliding");
    check("100/minute sliding log", "100/minute sliding log");
    check("100/minute strict", "100/minute sliding log");
    check("100/day fixed calendar", "100/day fixed calendar");
    check("100/week fixed calendar +00:00", "100/week fixed calendar");
    check("100/month fixed calendar +02:00", "100/month fixed calendar +02:00");
    check("100/month fixed Calendar -03:30", "100/month fixed calendar -03:30");
    check("100/1 month fixed calendar +14:00; 5/second", "100/month fixed calendar +14:00; 5/second");
    check("5/minute sliding; 5/minute strict", "5/minute sliding; 5/minute sliding log");
}

#[test]
fn what_is_no_quota_says_where() {
    use QuotaErrorKind as Kind;
    let check = |text: &str, kind, at| {
        let error = text.parse::<Quotas>().unwrap_err();
        assert_eq!((error.kind(), error.at()), (kind, Some(at)), "{text}");
    };
    check("", Kind::Empty, 0);
    check("  ", Kind::Empty, 2);
    check("5/minute;", Kind::Empty, 9);
    check("five/minute", Kind::ExpectedNumber, 0);
    check("-5/minute", Kind::ExpectedNumber, 0);
    check("5.5/minute", Kind::ExpectedPer, 1);
    check("4294967296/minute", Kind::NumberTooLarge, 0);
    check("99999999999999999999999999/minute", Kind::NumberTooLarge, 0);
    check("5", Kind::ExpectedPer, 1);
    check("5 a minute", Kind::ExpectedPer, 2);
    check("5/", Kind::UnknownUnit, 2);
    check("5/fortnight", Kind::UnknownUnit, 2);
    check("5/minutess", Kind::UnknownUnit, 2);
    check("5/s", Kind::UnknownUnit, 2);
    check("5/minute now", Kind::UnexpectedText, 9);
    check("5/minute!", Kind::UnexpectedText, 8);
    check("5/minute 7", Kind::UnexpectedText, 9);
    check("5/minute\u{e9}", Kind::UnexpectedText, 8);
    check("5/minute burst", Kind::ExpectedNumber, 14);
    check("5/minute burst 1 burst 2", Kind::RepeatedOption, 17);
    check("5/minute fixed fixed", Kind::RepeatedOption, 15);
    check("5/minute; 0/hour", Kind::ZeroCount, 10);
    check("5/0 minutes", Kind::ZeroPeriod, 2);
    check("5/4294967295 days", Kind::PeriodTooLong, 2);
    check("1/11 years", Kind::PeriodTooLong, 2);
    check("5/minute burst 0", Kind::ZeroBurst, 15);
    check("1/year burst 4294967295", Kind::BurstTooLong, 13);
    check("5/minute fixed burst 5", Kind::BurstInWindow, 21);
    check("1000001/second", Kind::TooFast, 0);
    check("5/minute; 5 per minute", Kind::Repeated, 10);
    check("1/hour;2/day;3/minute;4/week;5/month;6/year;7/second;8/2 hours;9/3 hours", Kind::TooMany, 63);
    check("5/minute strict burst 5", Kind::BurstInWindow, 22);
    check("5/minute burst 5 sliding", Kind::BurstInWindow, 15);
    check("5/minute fixed sliding", Kind::TwoAlgorithms, 15);
    check("5/minute sliding strict", Kind::TwoAlgorithms, 17);
    check("5/minute strict sliding log", Kind::RepeatedOption, 16);
    check("5/minute sliding epoch", Kind::UnexpectedText, 17);
    check("5/minute log", Kind::UnexpectedText, 9);
    check("1001/minute strict", Kind::LogTooLong, 0);
    check("5/hour fixed calendar", Kind::CalendarPeriod, 2);
    check("5/year fixed calendar", Kind::CalendarPeriod, 2);
    check("5 per 30 days fixed calendar", Kind::CalendarPeriod, 6);
    check("5/2 weeks fixed calendar", Kind::CalendarPeriod, 2);
    check("5/day calendar", Kind::UnexpectedText, 6);
    for offset in [
        "+",
        "+2",
        "+2:00",
        "+02",
        "+02:0",
        "+02:60",
        "+0200",
        "-14:01",
        "+99:00",
        "+02:000",
        "+4294967296:00",
    ] {
        check(&format!("5/day fixed calendar {offset}"), Kind::UtcOffset, 21);
    }
    check("5/day fixed epoch +02:00", Kind::UnexpectedText, 18);
    assert_eq!("5/minute; 1/hour".parse::<Quota>().unwrap_err().at(), Some(8));
}

#[test]
fn a_quota_that_could_never_refuse_is_named_with_the_one_that_does() {
    let check = |text: &str, idle: &str, busy: &str| {
        let error = text.parse::<Quotas>().unwrap_err();
        assert_eq!(error.kind(), QuotaErrorKind::Unreachable);
        assert_eq!(error.at(), text.find("; ").map(|at| at + 2));
        let words = format!("`{idle}` can never refuse, because `{busy}` always refuses first; remove one");
        assert!(error.to_string().starts_with(&words), "{error}");
        let quotas: Vec<Quota> = text.split("; ").map(|quota| quota.parse().unwrap()).collect();
        assert_eq!(Quotas::new(quotas).unwrap_err().to_string(), words);
    };
    check("100/minute; 50/minute", "100/minute", "50/minute");
    check("50/minute; 100/60 seconds", "100/minute", "50/minute");
    check("5/minute burst 10; 5/minute", "5/minute burst 10", "5/minute");
    check("5/minute sliding; 6/minute sliding", "6/minute sliding", "5/minute sliding");
    check("6/day fixed calendar; 5/day fixed calendar", "6/day fixed calendar", "5/day fixed calendar");
    for reachable in [
        "10/second; 5/hour",
        "10/second; 1000/hour",
        "100/minute burst 10; 50/minute burst 200",
        "100/minute; 50/minute fixed",
        "6/minute fixed epoch; 5/minute fixed",
        "6/day fixed calendar; 5/day fixed calendar +01:00",
    ] {
        assert!(reachable.parse::<Quotas>().is_ok(), "{reachable}");
    }
}

#[test]
fn the_caret_stands_under_the_place() {
    let check = |text: &str, picture: &str| {
        let error = text.parse::<Quotas>().unwrap_err().to_string();
        assert_eq!(error.split_once('\n').unwrap().1, picture);
    };
    check("5/minute; 0/hour", "  5/minute; 0/hour\n            ^");
    check("5/minute ä", "  5/minute ä\n           ^");
    check("ä/minute", "  ä/minute\n  ^");
    check("5/\nmoon", "  5/.moon\n     ^");
    let long = format!("5/minute{}x", " ".repeat(500));
    let picture = format!("  5/minute{}…\n{}^", " ".repeat(152), " ".repeat(162));
    check(&long, &picture);
}

#[test]
fn text_and_constants_agree() {
    assert_eq!(crate::quota!("5/second burst 10"), "5/second burst 10".parse().unwrap());
    assert_eq!(Quota::parse("5/second; 1/hour"), Err(QuotaErrorKind::UnexpectedText));
    assert_eq!(Quota::parse("0/hour"), Err(QuotaErrorKind::ZeroCount));
}

fn rates() -> impl Strategy<Value = Rate> {
    let period = prop_oneof![
        1..100_u32,
        (1..100_u32).prop_map(|n| n * 60),
        (1..3_650_u32).prop_map(|n| n * 86_400),
        prop_oneof![Just(86_400_u32), Just(7 * 86_400), Just(30 * 86_400)],
    ];
    let count = prop_oneof![1..=1_000_u32, 1..u32::MAX];
    let calendar =
        (-840..=840_i16).prop_map(|minutes| Align::Calendar(UtcOffset::from_minutes(minutes).unwrap()));
    let align = prop_oneof![Just(Align::PerKeyOffset), Just(Align::Epoch), Just(Align::FirstHit), calendar];
    (count, period, any::<Option<u32>>(), 0..4_u8, align).prop_map(|(count, period, burst, kind, align)| {
        let rate = Rate::new(count, Period::seconds(period));
        match kind {
            0 => burst.map_or(rate, |burst| rate.burst(burst)),
            1 => rate.sliding_counter(),
            2 => rate.sliding_log(),
            _ => rate.fixed_window(align),
        }
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(rates in proptest::collection::vec(rates(), 1..8)) {
        let quotas: Vec<Quota> = rates.into_iter().filter_map(|rate| rate.quota().ok()).collect();
        if let Ok(quotas) = Quotas::new(quotas) {
            let again: Quotas = quotas.to_string().parse().unwrap();
            prop_assert_eq!(again, quotas);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
        match text.parse::<Quotas>() {
            Ok(quotas) => prop_assert_eq!(quotas.to_string().parse::<Quotas>().unwrap(), quotas),
            Err(error) => prop_assert!(error.at().unwrap() <= text.len() && error.to_string().ends_with('^')),
        }
    }

    #[test]
    fn near_misses_are_read_or_refused(text in "[0-9]{0,3} ?(/|per|pr)? ?[0-9]{0,2} ?(second|minute|dayss|hours)?( burst| fixed| epoch| sliding| log| strict| calendar| [+]0[0-9]:[0-9]{0,2}| 7|;){0,3}") {
        if let Err(error) = text.parse::<Quotas>() {
            prop_assert!(error.at().unwrap() <= text.len());
        }
    }
}
