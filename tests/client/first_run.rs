//! An account is set up step by step: the session against the simulated
//! Exchange, over a real socket.

#![expect(clippy::expect_used, reason = "a scenario ends where a step fails")]

use std::sync::Arc;

use desktop::{
    Session,
    account::SignIn,
    first_run::Attempt,
    folder::DataFolder,
    session::{Face, Setup},
    view::{AccountForm, FailureView, ProblemCode, SetupStep, StepState, StepView},
};
use engine::{Clock, SystemClock};
use exchange_sim::{Options, SignIn as ServerSignIn, Simulator, Transport, World};
use scenarios::dark::Dark;
use vault::keyring::MemoryKeyRing;

const ANNA: &str = "anna@example.org";
const PASSWORD: &str = "canary-password-1";

struct Desk {
    folder: tempfile::TempDir,
    simulator: Simulator,
    session: Session,
}

impl Desk {
    async fn new() -> Self {
        Self::of(Options::default()).await
    }

    async fn of(options: Options) -> Self {
        let mut world = World::empty(SystemClock.now());
        world.add_mailbox(
            ANNA,
            "Anna Berg",
            chrono_tz::Tz::Europe__Stockholm,
            PASSWORD,
        );
        let simulator = Simulator::start(world, options).await.expect("a simulator");
        let folder = tempfile::tempdir().expect("a folder");
        let data = DataFolder::open(Some(folder.path().to_owned())).expect("a data folder");
        let mut setup =
            Setup::with_keyring(data, Arc::new(MemoryKeyRing::default()), Face::Desktop);
        "en_GB".clone_into(&mut setup.locale);
        let session = Session::start(setup, Arc::new(Dark));
        Self {
            folder,
            simulator,
            session,
        }
    }

    async fn try_with(
        &self,
        server: &str,
        password: &str,
    ) -> (Result<(), Box<FailureView>>, Vec<(SetupStep, StepState)>) {
        let (outcome, views) = self.try_trusting("", server, password).await;
        let steps = views.iter().map(|view| (view.step, view.state)).collect();
        (outcome, steps)
    }

    /// The same with an authority beside those of the system.
    async fn try_trusting(
        &self,
        ca_file: &str,
        server: &str,
        password: &str,
    ) -> (Result<(), Box<FailureView>>, Vec<StepView>) {
        let mut steps = Vec::new();
        let mut told = |view: StepView| steps.push(view);
        let attempt = Attempt {
            address: ANNA.to_owned(),
            form: AccountForm {
                server: server.to_owned(),
                user: ANNA.to_owned(),
                password: password.to_owned(),
                ca_file: ca_file.to_owned(),
                sign_in: SignIn::default(),
                found: None,
            },
        };
        let outcome = self
            .session
            .set_up(attempt, SystemClock.now(), &mut told)
            .await;
        (outcome.map(|_account| ()), steps)
    }
}

#[tokio::test]
async fn each_step_is_told_when_it_begins_and_when_it_is_over() {
    let desk = Desk::new().await;
    let (outcome, steps) = desk.try_with(&desk.simulator.ews_url(), PASSWORD).await;
    outcome.expect("the account is taken");
    let both = |step| [(step, StepState::Running), (step, StepState::Well)];
    let expected: Vec<_> = [
        SetupStep::Connection,
        SetupStep::SignIn,
        SetupStep::Calendar,
        SetupStep::Keep,
    ]
    .into_iter()
    .flat_map(both)
    .collect();
    assert_eq!(steps, expected);
    assert_eq!(desk.session.accounts().borrow().len(), 1);
    desk.session.stop().await;
}

#[tokio::test]
async fn who_vouches_for_the_server_and_the_way_in_are_named_in_their_steps() {
    let desk = Desk::of(Options {
        transport: Transport::Tls,
        sign_in: ServerSignIn::Ntlm,
        ..Options::default()
    })
    .await;
    let server = desk.simulator.ews_url();
    let (outcome, untrusted) = desk.try_with(&server, PASSWORD).await;
    assert_eq!(
        outcome.expect_err("nobody vouches").code,
        ProblemCode::Certificate
    );
    let failed = (SetupStep::Connection, StepState::Badly);
    assert_eq!(untrusted.last(), Some(&failed));
    assert!(desk.simulator.requests().is_empty());

    let file = desk.folder.path().join("ca.pem");
    std::fs::write(&file, desk.simulator.ca_pem().expect("TLS")).expect("a file");
    let file = file.display().to_string();
    let (outcome, views) = desk.try_trusting(&file, &server, PASSWORD).await;
    outcome.expect("the account is taken");
    let over = |step| {
        views
            .iter()
            .find(|view| view.step == step && view.state == StepState::Well)
            .expect("the step is over")
    };
    let seen = &over(SetupStep::Connection).detail;
    let vouched = seen.starts_with("Certificate by Simulated Exchange CA, good until ");
    assert!(vouched && seen.contains(".\nSigns in with NTLM"), "{seen}");
    assert_eq!(over(SetupStep::SignIn).title, "Signing in with NTLM");
    desk.session.stop().await;
}

#[tokio::test]
async fn a_wrong_password_is_told_as_such_and_the_next_try_succeeds() {
    let desk = Desk::new().await;
    let server = desk.simulator.ews_url();
    let (outcome, steps) = desk.try_with(&server, "canary-wrong").await;
    let failure = outcome.expect_err("the password is wrong");
    assert_eq!(failure.code, ProblemCode::Credentials);
    assert_eq!(failure.text, "127.0.0.1 did not let you in.");
    assert!(failure.advice.contains("password"), "{}", failure.advice);
    assert_eq!(steps.last(), Some(&(SetupStep::SignIn, StepState::Badly)));
    assert!(failure.report.contains(&server), "{}", failure.report);
    for private in ["canary", ANNA, "anna"] {
        assert!(!failure.report.contains(private), "{}", failure.report);
    }
    assert!(desk.session.accounts().borrow().is_empty());
    assert!(!desk.folder.path().join("accounts.toml").exists());
    let (outcome, _) = desk.try_with(&server, PASSWORD).await;
    outcome.expect("the account is taken");
    desk.session.stop().await;
}

#[tokio::test]
async fn a_wrong_password_is_not_tried_more_often_than_directories_allow() {
    let desk = Desk::new().await;
    let (outcome, _) = desk
        .try_with(&desk.simulator.ews_url(), "canary-wrong")
        .await;
    outcome.expect_err("the password is wrong");
    // Two refusals are those of the questions without a proof: which ways to
    // sign in there are, and which domain the server is in. NTLM takes three
    // requests for one proof. Directories lock an account after three to five.
    let refused = desk
        .simulator
        .requests()
        .into_iter()
        .filter(|request| request.status == 401)
        .count();
    let proofs = refused.saturating_sub(2).div_ceil(3);
    assert!((1..=2).contains(&proofs), "{refused} refusals");
    desk.session.stop().await;
}

#[tokio::test]
async fn a_server_that_is_not_there_fails_at_the_connection() {
    let desk = Desk::new().await;
    // A port that was free a moment ago and has no listener now.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port();
    let nowhere = format!("http://127.0.0.1:{port}/EWS/Exchange.asmx");
    let (outcome, steps) = desk.try_with(&nowhere, PASSWORD).await;
    let failure = outcome.expect_err("nobody listens");
    assert_eq!(failure.code, ProblemCode::Unreachable);
    assert!(failure.text.contains("127.0.0.1"), "{}", failure.text);
    assert_eq!(
        steps,
        [
            (SetupStep::Connection, StepState::Running),
            (SetupStep::Connection, StepState::Badly),
        ]
    );
    desk.session.stop().await;
}

#[tokio::test]
async fn what_is_no_address_of_a_server_is_refused_before_anybody_is_asked() {
    let desk = Desk::new().await;
    let (outcome, steps) = desk.try_with("http://mail.example.org", PASSWORD).await;
    let failure = outcome.expect_err("the password would travel in the clear");
    assert_eq!(failure.code, ProblemCode::Server);
    assert!(steps.is_empty());
    assert!(desk.simulator.requests().is_empty());
    desk.session.stop().await;
}
