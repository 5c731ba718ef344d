//! Who calls, for which mailbox: sign-in, the SOAP header, impersonation.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Datelike as _;
use chrono_tz::Tz;
use http::HeaderValue;

use super::ntlm::{self, Binding, Handshake, Step};
use super::{ChannelBinding, Options, SignIn};

use crate::operations::zone_reading;
use crate::personality::Personality;
use crate::wire::fault::Fault;
use crate::wire::tables::{HEADERS, VERSIONS};
use crate::wire::tree::Node;
use crate::world::World;
use crate::world::mailbox::{Mailbox, Scope};

/// What a server with modern authentication offers.
fn bearer(authority: &str) -> String {
    format!(
        "Bearer client_id=\"00000002-0000-0ff1-ce00-000000000000\", \
         trusted_issuers=\"00000001-0000-0000-c000-000000000000@*\", \
         token_types=\"app_asserted_user_v1 service_asserted_app_v1\", \
         authorization_uri=\"{authority}\""
    )
}

/// The account behind an `Authorization: Basic` header, when the password is right.
fn basic(world: &World, header: Option<&str>) -> Option<String> {
    let encoded = header?.strip_prefix("Basic ")?;
    let pair = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = pair.split_once(':')?;
    let mailbox = by_sign_in_name(world, user)?;
    (mailbox.password == password).then(|| mailbox.address.clone())
}

/// The mailbox of a sign-in name: the address, `DOMAIN\name`, or the bare name.
pub(super) fn by_sign_in_name<'a>(world: &'a World, user: &str) -> Option<&'a Mailbox> {
    let user = user.to_ascii_lowercase();
    let name = user.rsplit('\\').next().unwrap_or(&user);
    world.mailbox(name).or_else(|| {
        world
            .mailboxes()
            .find(|mailbox| mailbox.address.split('@').next() == Some(name))
    })
}

/// How a virtual directory lets clients in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Door {
    sign_in: SignIn,
    channel_binding: ChannelBinding,
}

impl Door {
    /// `/EWS` as the options say, and whoever changed extended protection since.
    pub(super) fn ews(options: &Options, channel_binding: ChannelBinding) -> Self {
        Self {
            sign_in: offered(options),
            channel_binding,
        }
    }

    /// `/Autodiscover` of a default server: Basic stands beside NTLM, and
    /// extended protection is off.
    pub(super) fn autodiscover(options: &Options) -> Self {
        Self {
            sign_in: match offered(options) {
                SignIn::Ntlm => SignIn::NtlmOrBasic,
                other => other,
            },
            channel_binding: ChannelBinding::Ignored,
        }
    }
}

/// grommunio knows no NTLM; as installed it takes Basic.
fn offered(options: &Options) -> SignIn {
    match (options.personality, options.sign_in) {
        (Personality::Grommunio, SignIn::Ntlm | SignIn::NtlmOrBasic) => SignIn::Basic,
        (_, sign_in) => sign_in,
    }
}

/// Lengths of request bodies after which grommunio's connection is spoilt:
/// seen at 66 to 130 kB, not at 64,000 bytes and not from 200 kB on.
const SPOILING: std::ops::Range<usize> = 65_536..150_000;

/// What a connection knows about its client.
#[derive(Debug, Default)]
pub(super) struct Session {
    handshake: Mutex<Handshake>,
    /// The next request is answered with 400, whatever it is.
    spoilt: AtomicBool,
}

/// Who stands behind a request, or how the client may go on.
#[derive(Debug)]
pub(super) enum Entry {
    /// This account.
    Account(String),
    /// Nobody yet: 401 with these ways to sign in.
    Refused(Vec<HeaderValue>),
}

impl Session {
    /// What grommunio does to keep-alive: after a body in a range of sizes
    /// the next request on the connection is not understood. Whether this is
    /// that next one.
    pub(super) fn is_spoilt(&self, length: usize) -> bool {
        self.spoilt
            .swap(SPOILING.contains(&length), Ordering::Relaxed)
    }

    /// Signs a request in. NTLM proves the connection once; Basic proves
    /// every request by itself.
    pub(super) fn enter(
        &self,
        world: &World,
        header: Option<&str>,
        door: Door,
        tls: Option<&[u8]>,
        authority: &str,
    ) -> Entry {
        let mut handshake = self
            .handshake
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let offers = |challenge: Option<String>| {
            let mut offers = Vec::new();
            if door.sign_in == SignIn::Bearer {
                offers.push(bearer(authority));
            }
            if matches!(door.sign_in, SignIn::Ntlm | SignIn::NtlmOrBasic) {
                offers.push(
                    challenge.map_or_else(|| "NTLM".to_owned(), |text| format!("NTLM {text}")),
                );
            }
            if matches!(door.sign_in, SignIn::Basic | SignIn::NtlmOrBasic) {
                offers.push("Basic realm=\"mail.example.org\"".to_owned());
            }
            Entry::Refused(
                offers
                    .into_iter()
                    .filter_map(|offer| offer.try_into().ok())
                    .collect(),
            )
        };
        if door.sign_in == SignIn::Bearer {
            let token = header.and_then(|header| header.strip_prefix("Bearer "));
            return match token.and_then(|token| world.signed_in_by(token.trim())) {
                Some(mailbox) => Entry::Account(mailbox.address.clone()),
                None => offers(None),
            };
        }
        if door.sign_in != SignIn::Ntlm
            && let Some(account) = basic(world, header)
        {
            return Entry::Account(account);
        }
        if door.sign_in == SignIn::Basic {
            return offers(None);
        }
        let message = header
            .and_then(|header| header.strip_prefix("NTLM "))
            .map(|text| STANDARD.decode(text.trim()));
        match (message, &*handshake) {
            (None, Handshake::Proven(account)) if header.is_none() => {
                Entry::Account(account.clone())
            }
            (Some(Ok(message)), known) => {
                let binding = Binding {
                    mode: door.channel_binding,
                    certificate: tls,
                };
                match ntlm::step(world, known, &message, binding) {
                    Step::Challenge(challenge) => {
                        let message = STANDARD.encode(&challenge.message);
                        *handshake = Handshake::Challenged(challenge);
                        offers(Some(message))
                    }
                    Step::Proven(account) => {
                        *handshake = Handshake::Proven(account.clone());
                        Entry::Account(account)
                    }
                    Step::Refused => {
                        *handshake = Handshake::Fresh;
                        offers(None)
                    }
                }
            }
            _ => offers(None),
        }
    }
}

/// What the header of a request settles.
pub(super) struct Context {
    /// The mailbox acted for.
    pub(super) mailbox: String,
    /// The zone of naive times.
    pub(super) zone: Tz,
}

/// Reads and checks the SOAP header.
pub(super) fn context(world: &World, account: &str, envelope: &Node) -> Result<Context, Fault> {
    let mut context = Context {
        mailbox: account.to_owned(),
        zone: Tz::UTC,
    };
    let header = envelope.child("Header");
    let elements = header
        .map(|header| header.children.as_slice())
        .unwrap_or_default();
    for (at, element) in elements.iter().enumerate() {
        if !HEADERS.contains(&element.name.as_str()) {
            continue;
        }
        if elements
            .iter()
            .take(at)
            .any(|earlier| earlier.name == element.name)
        {
            return Err(Fault::new(
                "ErrorDuplicateSOAPHeader",
                &format!(
                    "Multiple SOAP headers of the type '{}' were found.",
                    element.name
                ),
            ));
        }
        match element.name.as_str() {
            "RequestServerVersion" => {
                let Some(version) = element.attribute("Version") else {
                    return Err(Fault::schema(
                        element.position,
                        "The required attribute 'Version' is missing.".to_owned(),
                    ));
                };
                if !VERSIONS.contains(&version) {
                    return Err(Fault::new(
                        "ErrorInvalidServerVersion",
                        "The specified server version is invalid.",
                    ));
                }
            }
            "TimeZoneContext" => {
                let definition = element.child("TimeZoneDefinition");
                let read = definition.and_then(|one| zone_reading::read(one, world.now().year()));
                (context.zone, _) = read.ok_or_else(|| {
                    Fault::new("ErrorTimeZone", "The time zone definition is invalid.")
                })?;
            }
            "DateTimePrecision" => {
                let precision = element.text.trim();
                if !["Seconds", "Milliseconds"].contains(&precision) {
                    return Err(Fault::schema(
                        element.position,
                        format!(
                            "The 'DateTimePrecision' element is invalid - The value '{precision}' is invalid according to its datatype."
                        ),
                    ));
                }
            }
            "ExchangeImpersonation" => context.mailbox = impersonated(world, account, element)?,
            _ => {}
        }
    }
    Ok(context)
}

fn impersonated(world: &World, account: &str, element: &Node) -> Result<String, Fault> {
    let sid = element.child("ConnectingSID");
    let address = sid
        .and_then(|sid| {
            ["PrimarySmtpAddress", "SmtpAddress", "PrincipalName"]
                .into_iter()
                .find_map(|name| sid.text_of(name))
        })
        .filter(|address| !address.is_empty())
        .ok_or_else(|| {
            Fault::new(
                "ErrorInvalidExchangeImpersonationHeaderData",
                "ExchangeImpersonation SOAP header must be present for this type of OAuth token.",
            )
        })?;
    let mailbox = world.mailbox(address).ok_or_else(|| {
        Fault::new(
            "ErrorNonExistentMailbox",
            &format!("The SMTP address '{address}' has no mailbox associated with it."),
        )
    })?;
    let allowed = match world.mailbox(account).map(|account| &account.impersonates) {
        Some(Scope::Everybody) => true,
        Some(Scope::These(some)) => some.contains(&mailbox.address),
        Some(Scope::Nobody) | None => false,
    };
    if allowed || mailbox.address == account {
        Ok(mailbox.address.clone())
    } else {
        Err(Fault::new(
            "ErrorImpersonateUserDenied",
            "The account does not have permission to impersonate the requested user.",
        ))
    }
}
