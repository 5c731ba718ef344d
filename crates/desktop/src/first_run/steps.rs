//! The steps as they are told: when one begins, when it is over, and what was
//! seen there.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use super::Told;
use crate::{
    checkup::{self, By, Knocked, Question, Report, SignInBy, Step, StepKind, Went},
    screen::Surroundings,
    view::{SetupStep, StepState, StepView},
    words::Words,
};

/// Tells of the steps of one account.
pub(super) struct Telling<'a> {
    surroundings: &'a Surroundings,
    told: Told<'a>,
    /// What the user is proven by.
    by: By,
    /// What the server will be signed in to by, once it has said what it
    /// offers.
    sign_in_by: Option<SignInBy>,
}

impl<'a> Telling<'a> {
    pub(super) fn new(surroundings: &'a Surroundings, by: By, told: Told<'a>) -> Self {
        Self {
            surroundings,
            told,
            by,
            sign_in_by: None,
        }
    }

    /// Walks until the calendar has answered; what comes after it, a set-up can
    /// do without. `None` when the calendar is there, otherwise what was seen.
    pub(super) async fn walk(&mut self, question: &Question, now: DateTime<Utc>) -> Option<Report> {
        let (tell, mut steps) = mpsc::unbounded_channel::<Step>();
        let mut note = move |step: &Step| {
            // Nobody listens any more once the calendar is there.
            let _over = tell.send(step.clone());
        };
        self.begins(if question.server.is_some() {
            SetupStep::Connection
        } else {
            SetupStep::Discovery
        });
        let examination = checkup::examine(question, now, &mut note);
        let mut examination = std::pin::pin!(examination);
        let report = loop {
            tokio::select! {
                biased;
                Some(step) = steps.recv() => {
                    if self.tell_of(&step) {
                        return None;
                    }
                }
                report = &mut examination => break report,
            }
        };
        while let Ok(step) = steps.try_recv() {
            if self.tell_of(&step) {
                return None;
            }
        }
        Some(report)
    }

    pub(super) fn begins(&mut self, step: SetupStep) {
        let running = self.view(step);
        (self.told)(running);
    }

    /// Tells that a step is over which took no time worth telling.
    pub(super) fn ends(&mut self, step: SetupStep, state: StepState) {
        let over = StepView {
            state,
            ..self.view(step)
        };
        (self.told)(over);
    }

    /// Tells that the search is over.
    pub(super) fn searched(&mut self, found: Option<&str>, took: Duration) {
        let words = &self.surroundings.words;
        let over = StepView {
            state: state(found.is_some()),
            time: milliseconds(took, words),
            detail: found
                .map(|host| words.with("setup-found", [("host", host.into())]))
                .unwrap_or_default(),
            ..self.view(SetupStep::Discovery)
        };
        (self.told)(over);
    }

    /// Tells of a step and of the one that begins then. Says whether the
    /// calendar is there.
    pub(super) fn tell_of(&mut self, step: &Step) -> bool {
        let (Some(shown), true) = (shown(step.kind), step.went != Went::Skipped) else {
            return false;
        };
        let well = step.went == Went::Well;
        // That EWS answers at all belongs to the sign-in, as people see it.
        if step.kind == StepKind::ConvertId && well {
            return false;
        }
        self.tell_end(shown, step);
        match shown {
            _ if !well => {}
            SetupStep::Discovery => self.begins(SetupStep::Connection),
            SetupStep::Connection => self.begins(SetupStep::SignIn),
            SetupStep::SignIn => self.begins(SetupStep::Calendar),
            SetupStep::Calendar => return true,
            SetupStep::Browser | SetupStep::Keep => {}
        }
        false
    }

    /// Tells that a step of the checkup is over, and what was seen there.
    pub(super) fn tell_end(&mut self, shown: SetupStep, step: &Step) {
        let knocked = step.knocked.as_ref();
        if let Some(knocked) = knocked {
            self.sign_in_by = SignInBy::taken(knocked, self.by);
        }
        let over = StepView {
            state: state(step.went == Went::Well),
            time: milliseconds(step.took, &self.surroundings.words),
            detail: knocked
                .map(|knocked| seen(knocked, self.surroundings))
                .unwrap_or_default(),
            ..self.view(shown)
        };
        (self.told)(over);
    }

    fn view(&self, step: SetupStep) -> StepView {
        let words = &self.surroundings.words;
        let title = match (step, self.sign_in_by) {
            (SetupStep::Discovery, _) => words.text("setup-step-discovery"),
            (SetupStep::Browser, _) => words.text("setup-step-browser"),
            (SetupStep::Connection, _) => words.text("setup-step-connection"),
            (SetupStep::SignIn, Some(by)) if by != SignInBy::Token => {
                words.with("setup-step-sign-in-by", [("way", name(by, words).into())])
            }
            // Who was in the browser has signed in there.
            (SetupStep::SignIn, _) => words.text("setup-step-sign-in"),
            (SetupStep::Calendar, _) => words.text("setup-step-calendar"),
            (SetupStep::Keep, _) => words.text("setup-step-keep"),
        };
        StepView {
            step,
            title,
            state: StepState::Running,
            time: String::new(),
            detail: String::new(),
        }
    }
}

pub(super) fn shown(kind: StepKind) -> Option<SetupStep> {
    match kind {
        StepKind::Discovery => Some(SetupStep::Discovery),
        StepKind::Connection => Some(SetupStep::Connection),
        StepKind::SignIn => Some(SetupStep::SignIn),
        StepKind::ConvertId | StepKind::Calendar => Some(SetupStep::Calendar),
        StepKind::Availability | StepKind::OutOfOffice | StepKind::Streaming => None,
    }
}

fn state(well: bool) -> StepState {
    if well {
        StepState::Well
    } else {
        StepState::Badly
    }
}

/// Who vouches for the server, and how one can sign in there: a line each.
fn seen(knocked: &Knocked, surroundings: &Surroundings) -> String {
    let words = &surroundings.words;
    let vouched = knocked.certificate.as_ref().map(|certificate| {
        let until = certificate.until.with_timezone(&surroundings.zone);
        let date = surroundings.formats.year_date(until.date_naive(), words);
        words.with(
            "setup-certificate",
            [
                ("issuer", certificate.issuer.as_str().into()),
                ("date", date.into()),
            ],
        )
    });
    let offered = offered(knocked, words);
    let sentences: Vec<String> = vouched.into_iter().chain(offered).collect();
    sentences.join("\n")
}

fn offered(knocked: &Knocked, words: &Words) -> Option<String> {
    let ways = SignInBy::offered(knocked);
    let names: Vec<String> = ways.iter().map(|by| name(*by, words)).collect();
    let (last, others) = names.split_last()?;
    let ways = if others.is_empty() {
        last.clone()
    } else {
        let others = others.join(", ");
        words.with(
            "either",
            [("others", others.into()), ("last", last.as_str().into())],
        )
    };
    Some(words.with("setup-ways", [("ways", ways.into())]))
}

fn name(by: SignInBy, words: &Words) -> String {
    match by {
        SignInBy::Ntlm => "NTLM".to_owned(),
        SignInBy::Kerberos => "Kerberos".to_owned(),
        SignInBy::Basic => "Basic".to_owned(),
        SignInBy::Token => words.text("setup-sign-in-page"),
    }
}

fn milliseconds(took: Duration, words: &Words) -> String {
    let count = i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
    words.with("milliseconds", [("count", count.to_string().into())])
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;
    use engine::exchange::{Basic, checkup::Certificate};
    use rstest::rstest;

    use super::*;
    use crate::{settings::Settings, words::Language};

    fn step(kind: StepKind, knocked: Option<Knocked>) -> Step {
        Step {
            kind,
            went: Went::Well,
            took: Duration::from_millis(5),
            detail: String::new(),
            knocked,
        }
    }

    fn knocked(offers: &[&str]) -> Knocked {
        Knocked {
            status: 401,
            offers: offers.iter().map(|offer| (*offer).to_owned()).collect(),
            certificate: Some(Certificate {
                issuer: "Acme Root CA".to_owned(),
                until: "2027-03-01T00:00:00Z".parse().unwrap(),
            }),
        }
    }

    fn in_language(locale: &str) -> Surroundings {
        Surroundings::new(Settings::default(), locale, Tz::Europe__Stockholm)
    }

    /// What is told of `steps` to somebody who is proven by `by`.
    fn told_of(steps: &[Step], by: By, surroundings: &Surroundings) -> Vec<StepView> {
        let mut views = Vec::new();
        let mut told = |view: StepView| views.push(view);
        let mut telling = Telling::new(surroundings, by, &mut told);
        for step in steps {
            telling.tell_of(step);
        }
        views
    }

    #[test]
    fn each_step_is_told_with_the_one_that_begins_then() {
        let surroundings = in_language("en_GB");
        let mut views = Vec::new();
        let mut told = |view: StepView| views.push((view.step, view.state));
        let mut telling = Telling::new(&surroundings, By::default(), &mut told);
        for (kind, is_there) in [
            (StepKind::Connection, false),
            (StepKind::SignIn, false),
            (StepKind::ConvertId, false),
            (StepKind::Calendar, true),
        ] {
            assert_eq!(telling.tell_of(&step(kind, None)), is_there, "{kind:?}");
        }
        assert_eq!(
            views,
            [
                (SetupStep::Connection, StepState::Well),
                (SetupStep::SignIn, StepState::Running),
                (SetupStep::SignIn, StepState::Well),
                (SetupStep::Calendar, StepState::Running),
                (SetupStep::Calendar, StepState::Well),
            ]
        );
    }

    #[rstest]
    #[case(
        "en_GB",
        "Certificate by Acme Root CA, good until 1 March 2027.\nSigns in with NTLM."
    )]
    #[case(
        "en_US",
        "Certificate by Acme Root CA, good until March 1, 2027.\nSigns in with NTLM."
    )]
    #[case(
        "sv_SE",
        "Certifikat från Acme Root CA, giltigt till 1 mars 2027.\nLoggar in med NTLM."
    )]
    fn who_vouches_for_the_server_is_told_beside_the_ways_to_sign_in(
        #[case] locale: &str,
        #[case] detail: &str,
    ) {
        let steps = [step(
            StepKind::Connection,
            Some(knocked(&["NTLM", "Basic"])),
        )];
        let views = told_of(&steps, By::default(), &in_language(locale));
        assert_eq!(views[0].detail, detail);
    }

    #[test]
    fn several_ways_to_sign_in_are_told_in_one_sentence() {
        let views = told_of(
            &[step(
                StepKind::Connection,
                Some(knocked(&["Bearer", "NTLM"])),
            )],
            By::default(),
            &in_language("en_GB"),
        );
        let (_, ways) = views[0].detail.split_once('\n').unwrap();
        assert_eq!(ways, "Signs in with NTLM or your company’s sign-in page.");
    }

    #[rstest]
    #[case(&["Negotiate", "NTLM"], By::Password(Basic::Refused), "Signing in with NTLM")]
    #[case(&["Negotiate"], By::Ticket, "Signing in with Kerberos")]
    #[case(&["Basic"], By::Password(Basic::Allowed), "Signing in with Basic")]
    #[case(&["Basic"], By::Password(Basic::Refused), "Signing in")]
    #[case(&["Bearer"], By::Tokens, "Signing in")]
    fn the_way_in_that_is_taken_is_named(
        #[case] offers: &[&str],
        #[case] by: By,
        #[case] title: &str,
    ) {
        let steps = [
            step(StepKind::Connection, Some(knocked(offers))),
            step(StepKind::SignIn, None),
        ];
        let views = told_of(&steps, by, &in_language("en_GB"));
        let titles: Vec<&str> = views
            .iter()
            .filter(|view| view.step == SetupStep::SignIn)
            .map(|view| view.title.as_str())
            .collect();
        assert_eq!(titles, [title, title]);
    }

    #[test]
    fn every_way_in_has_a_name_in_every_language() {
        for language in Language::ALL {
            let words = Words::new(language);
            for by in [
                SignInBy::Ntlm,
                SignInBy::Kerberos,
                SignInBy::Token,
                SignInBy::Basic,
            ] {
                assert!(!name(by, &words).contains("setup-"), "{by:?}");
            }
        }
    }
}
