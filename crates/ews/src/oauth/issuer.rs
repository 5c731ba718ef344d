//! Who gives out tokens, as the server's challenge names it.

use hyper::header::HeaderValue;
use url::Url;

use crate::{
    Endpoint, Error,
    transport::{Dial, bearer_challenge},
};

/// An authority's two addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// Where people sign in.
    pub authorize: Url,
    /// Where codes become tokens.
    pub token: Url,
}

impl Issuer {
    /// By the address where people sign in, `…/oauth2/authorize` or
    /// `…/oauth2/v2.0/authorize`; the other one stands beside it. `None` where
    /// it is not that, or not encrypted: `http` is taken for this very machine.
    pub fn at(authorize: &str) -> Option<Self> {
        let authorize = Url::parse(authorize).ok()?;
        let local = matches!(authorize.host(), Some(url::Host::Ipv4(ip)) if ip.is_loopback());
        let sealed = authorize.scheme() == "https" || authorize.scheme() == "http" && local;
        let path = authorize.path().strip_suffix("/authorize")?.to_owned();
        let plain = authorize.username().is_empty() && authorize.password().is_none();
        if !(sealed && plain) {
            return None;
        }
        let mut token = authorize.clone();
        token.set_path(&format!("{path}/token"));
        token.set_query(None);
        Some(Self { authorize, token })
    }

    /// Whether it wants the server named as `resource`, as AD FS and the first
    /// version of Entra's endpoints do, and not as a scope.
    pub(super) fn names_resource(&self) -> bool {
        !self.authorize.path().contains("/v2.0/")
    }
}

/// Asks a server, without an account, who gives out its tokens. `None` where
/// it takes none.
pub async fn issuer(endpoint: &Endpoint, dial: &dyn Dial) -> Result<Option<Issuer>, Error> {
    let challenge = bearer_challenge(endpoint, dial, HeaderValue::from_static("Bearer")).await?;
    Ok(challenge
        .as_deref()
        .and_then(authorization_uri)
        .and_then(|uri| Issuer::at(&uri)))
}

/// The parameter of that name (RFC 9110 §11.2). A tenant's place is `common`
/// where the server does not name one.
fn authorization_uri(challenge: &str) -> Option<String> {
    let (_, rest) = challenge.split_once("authorization_uri=\"")?;
    let (uri, _) = rest.split_once('"')?;
    Some(uri.to_owned())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        "https://adfs.example.org/adfs/oauth2/authorize",
        Some("https://adfs.example.org/adfs/oauth2/token")
    )]
    #[case(
        "https://login.example.org/common/oauth2/v2.0/authorize?x=1",
        Some("https://login.example.org/common/oauth2/v2.0/token")
    )]
    #[case(
        "http://127.0.0.1:80/oauth2/authorize",
        Some("http://127.0.0.1/oauth2/token")
    )]
    #[case("http://login.example.org/oauth2/authorize", None)]
    #[case("https://anna:secret@login.example.org/oauth2/authorize", None)]
    #[case("https://login.example.org/elsewhere", None)]
    #[case("file:///oauth2/authorize", None)]
    fn the_place_of_tokens_stands_beside_that_of_signing_in(
        #[case] authorize: &str,
        #[case] token: Option<&str>,
    ) {
        let found = Issuer::at(authorize).map(|issuer| issuer.token.to_string());
        assert_eq!(found.as_deref(), token);
    }

    proptest::proptest! {
        #[test]
        fn no_challenge_makes_the_reader_panic(text: String) {
            let _issuer = authorization_uri(&text).and_then(|uri| Issuer::at(&uri));
            let _issuer = Issuer::at(&text);
        }
    }
}
