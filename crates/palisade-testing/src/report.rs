use std::fmt;

use crate::case::Case;

/// What came of a run, case by case in the order they were played.
#[derive(Clone, Debug, Default)]
pub struct Report {
    outcomes: Vec<Outcome>,
}

/// What came of one case.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The id of the case.
    pub id: &'static str,
    /// The title of the case.
    pub title: &'static str,
    /// The verdict.
    pub verdict: Verdict,
}

/// How one case ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Verdict {
    /// All went as stated; the sentences name parts left out because the target lacks what they need.
    Passed(Vec<String>),
    /// Something did not.
    Failed(Vec<Failure>),
    /// The target lacks what the case needs, for this reason.
    NotApplicable(String),
}

/// One thing that went wrong, with credentials blotted out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Failure {
    /// What is wrong.
    pub problem: String,
    /// What was sent, shortened.
    pub sent: String,
    /// What came back, shortened.
    pub received: String,
}

impl Report {
    /// Every case, in order.
    #[must_use]
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// The ids of the cases that passed.
    #[must_use]
    pub fn passed(&self) -> Vec<&'static str> {
        self.ids(|verdict| matches!(verdict, Verdict::Passed(_)))
    }

    /// The ids of the cases that failed.
    #[must_use]
    pub fn failed(&self) -> Vec<&'static str> {
        self.ids(|verdict| matches!(verdict, Verdict::Failed(_)))
    }

    /// The ids of the cases that the target could not be asked.
    #[must_use]
    pub fn not_applicable(&self) -> Vec<&'static str> {
        self.ids(|verdict| matches!(verdict, Verdict::NotApplicable(_)))
    }

    /// For tests: no case may have failed, and at least one must have passed.
    ///
    /// # Panics
    ///
    /// Otherwise, with the table of all cases.
    pub fn assert_clean(&self) {
        assert!(self.failed().is_empty(), "\n{self}");
        assert!(!self.passed().is_empty(), "no case was played\n{self}");
    }

    pub(crate) fn push(&mut self, case: &Case, verdict: Verdict) {
        self.outcomes.push(Outcome { id: case.id, title: case.title, verdict });
    }

    fn ids(&self, is: impl Fn(&Verdict) -> bool) -> Vec<&'static str> {
        self.outcomes.iter().filter(|outcome| is(&outcome.verdict)).map(|outcome| outcome.id).collect()
    }
}

impl fmt::Display for Report {
    /// One line a case; below a failed one, what was sent and what came back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Outcome { id, title, verdict } in &self.outcomes {
            match verdict {
                Verdict::Passed(skipped) if skipped.is_empty() => writeln!(f, "{id}  ok    {title}")?,
                Verdict::Passed(skipped) => {
                    writeln!(f, "{id}  ok    {title} (in part: {})", skipped.join(", "))?
                }
                Verdict::NotApplicable(why) => writeln!(f, "{id}  n/a   {title}: {why}")?,
                Verdict::Failed(failures) => {
                    writeln!(f, "{id}  FAIL  {title}")?;
                    for failure in failures {
                        writeln!(f, "      {}", failure.problem)?;
                        indented(f, '>', &failure.sent)?;
                        indented(f, '<', &failure.received)?;
                    }
                }
            }
        }
        let (passed, failed) = (self.passed().len(), self.failed().len());
        let rest = self.not_applicable().len();
        write!(f, "{passed} passed, {failed} failed, {rest} not applicable")
    }
}

fn indented(f: &mut fmt::Formatter<'_>, mark: char, text: &str) -> fmt::Result {
    text.lines().try_for_each(|line| writeln!(f, "        {mark} {line}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(verdicts: impl IntoIterator<Item = Verdict>) -> Report {
        let mut report = Report::default();
        for verdict in verdicts {
            report.push(&Case::new("A001", "title"), verdict);
        }
        report
    }

    fn failed() -> Verdict {
        let failure = Failure { problem: "p".into(), sent: "GET /\nHost: h".into(), received: "200".into() };
        Verdict::Failed(vec![failure])
    }

    #[test]
    fn table() {
        let verdicts = [
            Verdict::Passed(vec![]),
            Verdict::Passed(vec!["no token".into()]),
            Verdict::NotApplicable("no panic route".into()),
            failed(),
        ];
        let expected = "A001  ok    title\n\
                        A001  ok    title (in part: no token)\n\
                        A001  n/a   title: no panic route\n\
                        A001  FAIL  title\n      p\n        > GET /\n        > Host: h\n        < 200\n\
                        2 passed, 1 failed, 1 not applicable";
        assert_eq!(report(verdicts).to_string(), expected);
    }

    #[test]
    fn clean_means_played_and_not_failed() {
        report([Verdict::Passed(vec![])]).assert_clean();
        for verdicts in
            [vec![], vec![Verdict::NotApplicable("x".into())], vec![Verdict::Passed(vec![]), failed()]]
        {
            assert!(std::panic::catch_unwind(|| report(verdicts).assert_clean()).is_err());
        }
    }
}
