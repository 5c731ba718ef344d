//! The checkup against the simulated Exchange over real sockets and TLS: each
//! thing that goes wrong leads to its cause, and no more passwords are shown
//! than needed.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{io::Write as _, net::SocketAddr, sync::Arc, time::Duration};

use ews::{
    Basic, Credentials,
    autodiscover::Way,
    checkup::{Cause, Patient, Report, SignInBy, StepKind, Went, examine, greet},
};
use exchange_sim::{
    ChannelBinding, Options, Personality, SignIn, Simulator, Transport, demo,
    server::faults::{Effect, Fault, Lasts},
};
use rstest::rstest;
use tokio::net::TcpListener;
use zeroize::Zeroizing;

use crate::network::{Everywhere, HOST, identity, tls_in_the_middle};

async fn exchange(sign_in: SignIn, change: impl FnOnce(&mut Options)) -> Simulator {
    let mut options = Options {
        transport: Transport::Tls,
        sign_in,
        heartbeat: Duration::from_millis(100),
        ..Options::default()
    };
    change(&mut options);
    let world = demo::day(now(), chrono_tz::Tz::Europe__Stockholm);
    Simulator::start(world, options).await.unwrap()
}

fn now() -> chrono::DateTime<chrono::Utc> {
    "2026-11-23T08:12:30Z".parse().unwrap()
}

fn password(user: &str, password: &str, basic: Basic) -> Credentials {
    Credentials::Password {
        user: user.to_owned(),
        password: Zeroizing::new(password.to_owned()),
        basic,
    }
}

fn anna() -> Patient {
    Patient {
        address: demo::ADDRESS.to_owned(),
        server: Some(HOST.to_owned()),
        user: demo::ADDRESS.to_owned(),
        credentials: password(demo::ADDRESS, demo::PASSWORD, Basic::Refused),
        heartbeat_within: Duration::from_secs(20),
    }
}

async fn examined(patient: &Patient, address: SocketAddr, authority: &str) -> Report {
    let mut ca_file = tempfile::NamedTempFile::new().unwrap();
    ca_file.write_all(authority.as_bytes()).unwrap();
    let way = Way {
        ca_file: Some(ca_file.path().to_owned()),
        dial: Arc::new(Everywhere(address)),
        ..Way::default()
    };
    let mut told = Vec::new();
    let report = examine(patient, &way, now(), &mut |step| told.push(step.clone())).await;
    assert_eq!(told, report.steps, "each step is told as it is over");
    let kinds: Vec<_> = report.steps.iter().map(|step| step.kind).collect();
    assert_eq!(kinds, StepKind::ALL);
    let said = format!("{report:?}");
    let Credentials::Password { password, .. } = &patient.credentials else {
        return report;
    };
    assert!(!said.contains(password.as_str()), "{said}");
    report
}

async fn examined_at(server: &Simulator, patient: &Patient) -> Report {
    examined(patient, server.address(), server.ca_pem().unwrap()).await
}

/// The steps that went badly.
fn bad(report: &Report) -> Vec<StepKind> {
    let bad = report.steps.iter().filter(|step| step.went == Went::Badly);
    bad.map(|step| step.kind).collect()
}

/// Proofs that the server refused. Two of the refusals seen are those of the
/// questions that name nobody (what is offered, which domain); every attempt
/// makes three: what is offered, the challenge, and no.
fn attempts(server: &Simulator) -> usize {
    let seen = server.requests();
    let refused = seen.iter().filter(|one| one.status == 401).count();
    (refused - 2).div_ceil(3)
}

#[tokio::test]
async fn a_healthy_account_gets_to_a_heartbeat() {
    let server = exchange(SignIn::Ntlm, |_| {}).await;
    let report = examined_at(&server, &anna()).await;
    assert_eq!(report.cause, None, "{:?}", report.steps);
    assert_eq!(bad(&report), []);
    let well = report.steps.iter().filter(|step| step.went == Went::Well);
    assert_eq!(
        well.count(),
        StepKind::ALL.len() - 1,
        "the server was named"
    );
    assert_eq!(server.subscriptions(), 0, "it cleans up behind itself");
}

#[tokio::test]
async fn grommunio_is_healthy_too_once_basic_is_allowed() {
    let server = exchange(SignIn::Basic, |options| {
        options.personality = Personality::Grommunio;
    })
    .await;
    let refused = examined_at(&server, &anna()).await;
    assert_eq!(refused.cause, Some(Cause::BasicOnly));
    assert_eq!(bad(&refused), [StepKind::SignIn]);
    let allowed = Patient {
        credentials: password(demo::ADDRESS, demo::PASSWORD, Basic::Allowed),
        ..anna()
    };
    let report = examined_at(&server, &allowed).await;
    assert_eq!(report.cause, None, "{:?}", report.steps);
}

#[tokio::test]
async fn a_server_that_wants_a_token_alone_is_said_to() {
    let server = exchange(SignIn::Bearer, |_| {}).await;
    let report = examined_at(&server, &anna()).await;
    assert_eq!(report.cause, Some(Cause::NoKnownScheme));
}

#[tokio::test]
async fn sr_22_extended_protection_behind_a_tls_proxy_is_told_from_a_wrong_password() {
    let server = exchange(SignIn::Ntlm, |options| {
        options.channel_binding = ChannelBinding::Required;
    })
    .await;
    let (address, authority) = tls_in_the_middle(&server).await;
    let report = examined(&anna(), address, &authority).await;
    assert_eq!(report.cause, Some(Cause::ExtendedProtection));
    let wrong = Patient {
        credentials: password(demo::ADDRESS, "wrong-canary", Basic::Refused),
        ..anna()
    };
    server.forget_requests();
    let report = examined(&wrong, address, &authority).await;
    assert_eq!(report.cause, Some(Cause::Password));
    assert_eq!(attempts(&server), 2);
}

#[rstest]
#[case("anna@example.org", Cause::Password)]
#[case("EXAMPLE\\anna", Cause::Password)]
#[case("anna", Cause::UserName)]
#[case("anna@mail.example.com", Cause::UserName)]
#[tokio::test]
async fn sr_25_a_refused_sign_in_costs_two_attempts_and_names_the_form(
    #[case] user: &str,
    #[case] cause: Cause,
) {
    let server = exchange(SignIn::Ntlm, |_| {}).await;
    let patient = Patient {
        user: user.to_owned(),
        credentials: password(user, "wrong-canary", Basic::Refused),
        ..anna()
    };
    let report = examined_at(&server, &patient).await;
    assert_eq!(report.cause, Some(cause), "{:?}", report.steps);
    assert_eq!(bad(&report), [StepKind::SignIn]);
    let other = (!user.contains('\\')).then(|| "EXAMPLE\\anna".to_owned());
    assert_eq!(report.other_user_name(), other);
    assert_eq!(attempts(&server), 2);
}

fn status(status: u16) -> Effect {
    Effect::Status {
        status,
        retry_after: None,
    }
}

fn fault(code: &str) -> Effect {
    Effect::SoapFault {
        code: code.to_owned(),
        back_off: None,
    }
}

fn refused(code: &str) -> Effect {
    Effect::Refused(code.to_owned())
}

#[rstest]
#[case("ConvertId", status(403), Cause::EwsBlocked, StepKind::SignIn)]
#[case(
    "ConvertId",
    refused("ErrorAccessDenied"),
    Cause::EwsBlocked,
    StepKind::ConvertId
)]
#[case(
    "GetFolder",
    fault("ErrorNonExistentMailbox"),
    Cause::NoMailbox,
    StepKind::Calendar
)]
#[case(
    "GetFolder",
    refused("ErrorAccessDenied"),
    Cause::Calendar,
    StepKind::Calendar
)]
#[case(
    "GetUserAvailability",
    fault("ErrorServerBusy"),
    Cause::Busy,
    StepKind::Availability
)]
#[case(
    "GetUserAvailability",
    status(502),
    Cause::Server,
    StepKind::Availability
)]
#[case(
    "GetUserOofSettings",
    fault("ErrorAccessDenied"),
    Cause::OutOfOffice,
    StepKind::OutOfOffice
)]
#[case(
    "Subscribe",
    refused("ErrorAccessDenied"),
    Cause::NoStream,
    StepKind::Streaming
)]
#[case(
    "GetStreamingEvents",
    Effect::Stall,
    Cause::StreamHeldBack,
    StepKind::Streaming
)]
#[case(
    "GetStreamingEvents",
    Effect::Close,
    Cause::Unreachable,
    StepKind::Streaming
)]
#[tokio::test]
async fn each_step_that_fails_leads_to_its_cause(
    #[case] operation: &str,
    #[case] effect: Effect,
    #[case] cause: Cause,
    #[case] step: StepKind,
) {
    let server = exchange(SignIn::Ntlm, |_| {}).await;
    server.faults().set(Fault {
        operation: Some(operation.to_owned()),
        mailbox: None,
        lasts: Lasts::Always,
        effect,
    });
    let patient = Patient {
        heartbeat_within: Duration::from_secs(2),
        ..anna()
    };
    let report = examined_at(&server, &patient).await;
    assert_eq!(report.cause, Some(cause), "{:?}", report.steps);
    assert_eq!(bad(&report)[0], step, "{:?}", report.steps);
}

#[tokio::test]
async fn sr_17_a_certificate_that_nobody_vouches_for_ends_the_walk_before_the_password() {
    let server = exchange(SignIn::Ntlm, |_| {}).await;
    let (_, other) = identity();
    let report = examined(&anna(), server.address(), &other).await;
    assert_eq!(report.cause, Some(Cause::Certificate));
    assert_eq!(bad(&report), [StepKind::Connection]);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_stranger_is_told_who_vouches_for_the_server_and_what_it_offers() {
    let server = exchange(SignIn::Ntlm, |_| {}).await;
    let mut ca_file = tempfile::NamedTempFile::new().unwrap();
    ca_file
        .write_all(server.ca_pem().unwrap().as_bytes())
        .unwrap();
    let way = Way {
        ca_file: Some(ca_file.path().to_owned()),
        dial: Arc::new(Everywhere(server.address())),
        ..Way::default()
    };
    let report = greet(HOST, &way).await;
    assert_eq!(report.cause, None, "{:?}", report.steps);
    assert_eq!(report.steps.len(), 1);
    let knocked = report.steps[0].knocked.as_ref().unwrap();
    let vouched = knocked.certificate.as_ref().unwrap();
    assert_eq!(vouched.issuer, "Simulated Exchange CA");
    assert!(vouched.until > now());
    assert!(SignInBy::offered(knocked).contains(&SignInBy::Ntlm));
    let [asked] = server.requests().try_into().unwrap();
    assert_eq!((asked.status, asked.request.as_str()), (401, ""));
    let nonsense = greet("no server", &way).await;
    assert_eq!(nonsense.cause, Some(Cause::Setup));
}

#[tokio::test]
async fn nobody_there_and_nothing_there_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let (_, authority) = identity();
    let report = examined(&anna(), nobody, &authority).await;
    assert_eq!(report.cause, Some(Cause::Unreachable));

    let server = exchange(SignIn::Ntlm, |_| {}).await;
    let patient = Patient {
        server: Some(format!("https://{HOST}/wrong/path.asmx")),
        ..anna()
    };
    let report = examined_at(&server, &patient).await;
    assert_eq!(report.cause, Some(Cause::NotEws));

    let online = Patient {
        server: Some("outlook.office365.com".to_owned()),
        ..anna()
    };
    let report = examined_at(&server, &online).await;
    assert_eq!(report.cause, Some(Cause::ExchangeOnline));
    assert_eq!(report.server, None);
}
