//! Setting an account up: the server is searched for, then asked step by step
//! what it lets the user do; each step is told when it begins and when it is
//! over, and a failure comes with its likely cause.

mod failure;
mod steps;

use std::time::Duration;

use chrono::{DateTime, Utc};

use self::{
    failure::{failure, not_found_view, problem_view, trouble_view},
    steps::Telling,
};
use crate::{
    Session,
    account::{Way, endpoint},
    checkup::{self, By, Question},
    handler,
    problem::Trouble,
    screen::Surroundings,
    session::{Search, Secret},
    view::{AccountForm, AccountView, FailureView, FoundView, SetupStep, StepState, StepView},
};

/// Hears of each step, when it begins and when it is over.
pub type Told<'a> = &'a mut (dyn FnMut(StepView) + Send);

/// An account that is to be set up.
pub struct Attempt {
    /// E-mail address of the mailbox.
    pub address: String,
    /// What the form says. Without a server it is searched for once more, this
    /// time signed in.
    pub form: AccountForm,
}

impl Attempt {
    /// What must not stand in a report.
    fn private(&self) -> [&str; 4] {
        let form = &self.form;
        [&self.address, &form.user, &form.password, &form.ca_file]
    }
}

impl Session {
    /// Searches for the server of an e-mail address, and asks it who vouches
    /// for it and how people sign in there. Nobody gets to see a credential.
    /// `took` tells how long ago it was called.
    pub async fn search_server(
        &self,
        address: &str,
        ca_file: &str,
        took: impl Fn() -> Duration + Send,
        told: Told<'_>,
    ) -> Result<FoundView, Box<FailureView>> {
        let surroundings = self.surroundings();
        let words = &surroundings.words;
        let mut telling = Telling::new(&surroundings, By::default(), told);
        telling.begins(SetupStep::Discovery);
        let sought = self.seek(address, ca_file).await;
        let found = sought.as_ref().ok().and_then(|found| found.as_ref().ok());
        let host = found.and_then(|server| server.host_str());
        telling.searched(host, took());
        let server = match sought {
            Ok(Ok(server)) => server,
            Ok(Err(not_found)) => {
                return Err(Box::new(not_found_view(&not_found, address, words)));
            }
            Err(problem) => return Err(Box::new(problem_view(problem))),
        };
        telling.begins(SetupStep::Connection);
        let file = ca_file.trim();
        let file = (!file.is_empty()).then(|| file.into());
        let report = checkup::greet(server.as_str(), file).await;
        for step in &report.steps {
            telling.tell_end(SetupStep::Connection, step);
        }
        if report.cause.is_some() {
            return Err(Box::new(failure(&report, &[address, ca_file], words)));
        }
        Ok(FoundView {
            host: server.host_str().unwrap_or_default().to_owned(),
            server: server.to_string(),
        })
    }

    /// Asks the server what it lets the user do, and keeps the account when
    /// that is enough for the calendar. The password is tried once; where it is
    /// refused, once more at the place that can tell why.
    pub async fn set_up(
        &self,
        attempt: Attempt,
        now: DateTime<Utc>,
        told: Told<'_>,
    ) -> Result<AccountView, Box<FailureView>> {
        let surroundings = self.surroundings();
        let words = &surroundings.words;
        let (attempt, secret) = self.prove(attempt, &surroundings, told).await?;
        let question = match question(&attempt, &secret) {
            Ok(question) => question,
            Err(trouble) => return Err(Box::new(trouble_view(&trouble, words))),
        };
        let mut telling = Telling::new(&surroundings, question.proof.by(), told);
        let refused = telling.walk(&question, now).await;
        if let Some(report) = refused {
            return Err(Box::new(failure(&report, &attempt.private(), words)));
        }
        telling.begins(SetupStep::Keep);
        let Attempt { address, form } = attempt;
        let kept = if form.server.trim().is_empty() {
            let search = Search {
                address,
                ..Search::default()
            };
            self.add_found_account(form, search).await
        } else {
            self.add_signed_in(form, secret).await
        };
        let state = if kept.is_ok() {
            StepState::Well
        } else {
            StepState::Badly
        };
        telling.ends(SetupStep::Keep, state);
        kept.map_err(|problem| Box::new(problem_view(problem)))
    }

    /// Shows a made-up day, in a program of its own beside this one.
    pub fn show_demo(&self) -> Result<(), Box<FailureView>> {
        handler::demo().map_err(|refused| {
            tracing::warn!(%refused, "the demo is not started");
            Box::new(trouble_view(&Trouble::NoDemo, &self.surroundings().words))
        })
    }

    /// What the account proves itself by: what was typed, the computer's
    /// ticket, or what the browser brings.
    async fn prove(
        &self,
        attempt: Attempt,
        surroundings: &Surroundings,
        told: Told<'_>,
    ) -> Result<(Attempt, Secret), Box<FailureView>> {
        let secret = match attempt.form.sign_in.way() {
            Way::Password => Secret::password(attempt.form.password.clone()),
            Way::Ticket => Secret::Ticket,
            Way::Browser if attempt.form.server.trim().is_empty() => {
                return Err(Box::new(trouble_view(
                    &Trouble::ServerUnnamed,
                    &surroundings.words,
                )));
            }
            Way::Browser => {
                let Attempt { address, form } = attempt;
                let mut telling = Telling::new(surroundings, By::Tokens, told);
                telling.begins(SetupStep::Browser);
                return match self.browse(form).await {
                    Ok((form, secret)) => {
                        telling.ends(SetupStep::Browser, StepState::Well);
                        Ok((Attempt { address, form }, secret))
                    }
                    Err(problem) => {
                        telling.ends(SetupStep::Browser, StepState::Badly);
                        Err(Box::new(problem_view(problem)))
                    }
                };
            }
        };
        Ok((attempt, secret))
    }

    fn surroundings(&self) -> std::sync::Arc<Surroundings> {
        std::sync::Arc::clone(&self.report().borrow().surroundings)
    }
}

/// What is asked of the server.
fn question(attempt: &Attempt, secret: &Secret) -> Result<Question, Trouble> {
    let form = &attempt.form;
    let address = attempt.address.trim();
    let user = form.user.trim();
    let address = if address.is_empty() { user } else { address };
    let mut question = Question::new(address, user, secret.proof(&form.sign_in));
    if !form.server.trim().is_empty() {
        let server = endpoint(&form.server).ok_or_else(|| Trouble::Address {
            written: form.server.clone(),
        })?;
        question.server = Some(server.to_string());
    }
    let file = form.ca_file.trim();
    question.ca_file = (!file.is_empty()).then(|| file.into());
    Ok(question)
}
