//! The table of evidence and causes.

use std::{collections::BTreeSet, time::Duration};

use rstest::rstest;

use super::{By, Cause, Evidence, Heartbeat, SignedIn, cause};
use crate::{
    Error, ResponseCode,
    autodiscover::NotFound,
    transport::{Basic, Knocked, ServerDomain},
};

const HOST: &str = "mail.example.org";

fn knocked(status: u16, offers: &[&str]) -> Knocked {
    Knocked {
        status,
        offers: offers.iter().map(|offer| (*offer).to_owned()).collect(),
        certificate: None,
    }
}

/// Somebody whose every step goes well.
fn healthy() -> Evidence {
    Evidence {
        user: "anna@example.org".to_owned(),
        by: By::Password(Basic::Refused),
        discovery: Some(Ok(())),
        connection: Some(Ok(knocked(401, &["Negotiate", "NTLM"]))),
        sign_in: Some(SignedIn::Accepted),
        autodiscover_lets_in: None,
        domain: None,
        convert_id: Some(Ok(())),
        folder: Some(Ok(())),
        availability: Some(Ok(())),
        oof: Some(Ok(())),
        stream: Some(Ok(Heartbeat::Came)),
    }
}

fn refused(code: ResponseCode) -> Error {
    Error::Refused {
        host: HOST.to_owned(),
        operation: "X",
        code,
    }
}

fn lost(not_found: NotFound) -> Evidence {
    Evidence {
        discovery: Some(Err(not_found)),
        ..Evidence::default()
    }
}

fn host() -> String {
    HOST.to_owned()
}

#[test]
fn who_is_well_has_no_cause() {
    assert_eq!(cause(&healthy()), None);
    assert_eq!(cause(&Evidence::default()), None);
}

#[rstest]
#[case(NotFound::Address(crate::autodiscover::BadAddress), Cause::Address)]
#[case(NotFound::Nobody { domain: host(), asked: host() }, Cause::NoServer)]
#[case(NotFound::Foreign { domain: host(), host: host() }, Cause::ForeignServer)]
#[case(NotFound::ExchangeOnline { domain: host(), host: host() }, Cause::ExchangeOnline)]
#[case(NotFound::Way(Error::ExchangeOnline { host: host() }), Cause::ExchangeOnline)]
#[case(NotFound::Way(Error::CaFile { path: host(), reason: host() }), Cause::Setup)]
#[case(NotFound::NoMailbox { host: host() }, Cause::NoMailbox)]
#[case(NotFound::SignIn { host: host() }, Cause::UserName)]
fn a_search_that_fails_says_why(#[case] not_found: NotFound, #[case] expected: Cause) {
    assert_eq!(cause(&lost(not_found)), Some(expected));
}

#[rstest]
#[case(Ok(knocked(404, &[])), Cause::NotEws)]
#[case(Ok(knocked(302, &[])), Cause::NotEws)]
#[case(Ok(knocked(403, &[])), Cause::EwsBlocked)]
#[case(Ok(knocked(503, &[])), Cause::Busy)]
#[case(Ok(knocked(502, &[])), Cause::Server)]
#[case(Err(Error::Untrusted { host: host(), reason: host() }), Cause::Certificate)]
#[case(Err(Error::Unreachable { host: host(), reason: host() }), Cause::Unreachable)]
#[case(Err(Error::Silent { host: host(), after: Duration::ZERO }), Cause::Unreachable)]
#[case(Err(Error::CaFile { path: host(), reason: host() }), Cause::Setup)]
fn a_connection_that_fails_says_why(
    #[case] connection: Result<Knocked, Error>,
    #[case] expected: Cause,
) {
    let evidence = Evidence {
        connection: Some(connection),
        ..healthy()
    };
    assert_eq!(cause(&evidence), Some(expected));
}

#[rstest]
// What is offered, what is allowed, how it went.
#[case(&["Basic"], Basic::Refused, SignedIn::NoScheme, Cause::BasicOnly)]
#[case(&["Bearer"], Basic::Refused, SignedIn::NoScheme, Cause::NoKnownScheme)]
#[case(&["Bearer"], Basic::Allowed, SignedIn::NoScheme, Cause::NoKnownScheme)]
#[case(&["Basic", "NTLM"], Basic::Refused, SignedIn::Forbidden, Cause::EwsBlocked)]
#[case(&["NTLM"], Basic::Refused, SignedIn::Refused, Cause::Password)]
#[case(&["NTLM"], Basic::Refused, SignedIn::Failed(Error::Cut { host: host() }), Cause::Unreachable)]
fn a_sign_in_that_fails_says_why(
    #[case] offers: &[&str],
    #[case] basic: Basic,
    #[case] sign_in: SignedIn,
    #[case] expected: Cause,
) {
    let evidence = Evidence {
        connection: Some(Ok(knocked(401, offers))),
        by: By::Password(basic),
        sign_in: Some(sign_in),
        ..healthy()
    };
    assert_eq!(cause(&evidence), Some(expected));
}

#[rstest]
// Autodiscover's word, the user name, the directory's name.
#[case(&["NTLM"], Some(true), "anna@example.org", None, Cause::ExtendedProtection)]
#[case(&["Negotiate"], Some(true), "anna", None, Cause::ExtendedProtection)]
#[case(&["Basic"], Some(true), "anna@example.org", None, Cause::Password)]
#[case(&["NTLM"], Some(false), "anna@example.org", None, Cause::Password)]
#[case(&["NTLM"], None, "anna@example.org", Some("example.org"), Cause::Password)]
#[case(&["NTLM"], None, "anna@example.org", Some("corp.example.org"), Cause::UserName)]
#[case(&["NTLM"], Some(false), "anna", Some("example.org"), Cause::UserName)]
#[case(&["NTLM"], None, "CORP\\anna", Some("corp.example.org"), Cause::Password)]
fn a_refused_password_is_looked_at_from_all_sides(
    #[case] offers: &[&str],
    #[case] autodiscover_lets_in: Option<bool>,
    #[case] user: &str,
    #[case] dns: Option<&str>,
    #[case] expected: Cause,
) {
    let evidence = Evidence {
        user: user.to_owned(),
        connection: Some(Ok(knocked(401, offers))),
        sign_in: Some(SignedIn::Refused),
        autodiscover_lets_in,
        domain: dns.map(|dns| ServerDomain {
            netbios: None,
            dns: Some(dns.to_owned()),
        }),
        ..healthy()
    };
    assert_eq!(cause(&evidence), Some(expected));
}

#[test]
fn operations_that_fail_say_why_and_the_first_one_counts() {
    let denied = || Some(Err(refused(ResponseCode::ErrorAccessDenied)));
    let mut evidence = Evidence {
        convert_id: denied(),
        folder: Some(Err(refused(ResponseCode::ErrorNonExistentMailbox))),
        availability: denied(),
        oof: denied(),
        stream: Some(Ok(Heartbeat::Missing)),
        ..healthy()
    };
    assert_eq!(cause(&evidence), Some(Cause::EwsBlocked));
    evidence.convert_id = Some(Ok(()));
    assert_eq!(cause(&evidence), Some(Cause::NoMailbox));
    evidence.folder = denied();
    assert_eq!(cause(&evidence), Some(Cause::Calendar));
    evidence.folder = Some(Ok(()));
    assert_eq!(cause(&evidence), Some(Cause::Availability));
    evidence.availability = Some(Ok(()));
    assert_eq!(cause(&evidence), Some(Cause::OutOfOffice));
    evidence.oof = Some(Err(refused(ResponseCode::ErrorServerBusy)));
    assert_eq!(cause(&evidence), Some(Cause::Busy));
    evidence.oof = Some(Ok(()));
    assert_eq!(cause(&evidence), Some(Cause::StreamHeldBack));
    evidence.stream = Some(Ok(Heartbeat::Ended));
    assert_eq!(cause(&evidence), Some(Cause::NoStream));
    evidence.stream = Some(Err(Error::Http {
        host: host(),
        status: 504,
    }));
    assert_eq!(cause(&evidence), Some(Cause::Server));
}

#[test]
fn every_cause_has_a_name_of_its_own() {
    let names: BTreeSet<_> = Cause::ALL.iter().map(|cause| cause.code()).collect();
    assert_eq!(names.len(), Cause::ALL.len());
}
