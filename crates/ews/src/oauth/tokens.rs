//! Tokens of one account: got by a sign-in in the browser, refreshed before
//! they run out, and forgotten where the authority takes them back.

use std::{borrow::Cow, path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, CsrfToken, EndpointNotSet, EndpointSet,
    HttpRequest, HttpResponse, PkceCodeChallenge, RedirectUrl, RefreshToken, RequestTokenError,
    Scope, TokenResponse as _, TokenUrl,
    basic::{BasicClient, BasicErrorResponse, BasicErrorResponseType, BasicTokenResponse},
};
use tokio::{net::TcpListener, sync::Mutex, time::Instant};
use url::Url;
use zeroize::Zeroizing;

use super::{browser, issuer::Issuer};
use crate::{Error, transport::tls_config};

/// A token is refreshed so long before it runs out.
const AHEAD: Duration = Duration::from_mins(2);
/// How long one lasts whose authority does not say.
const LIFE: Duration = Duration::from_mins(10);
/// The time of an answer of the authority.
const WITHIN: Duration = Duration::from_secs(30);
/// Bytes of an answer of the authority.
const ANSWER_MAX: usize = 256 * 1024;

/// What an administrator has registered Joinbell as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Who gives out the tokens.
    pub issuer: Issuer,
    /// The client's id there. It is public: there is no secret.
    pub client_id: String,
    /// The server that tokens are for: scheme and host.
    pub server: Url,
}

/// Where the refresh token rests: the keyring, outside of tests. It is as good
/// as a password and never goes into a file.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// The one that was kept last, by whichever program.
    async fn load(&self) -> Option<Zeroizing<String>>;
    /// Keeps one, or none any more. Back when it is kept: authorities take a
    /// refresh token once.
    async fn keep(&self, token: Option<&str>);
}

/// The tokens of one account. Clones of a client share them.
pub struct Tokens {
    registration: Registration,
    store: Arc<dyn TokenStore>,
    http: reqwest::Client,
    /// One at a time asks the authority.
    current: Mutex<Option<Access>>,
}

struct Access {
    token: Zeroizing<String>,
    until: Instant,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(‹redacted›)")
    }
}

type Asking = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;
type Trouble = RequestTokenError<Unheard, BasicErrorResponse>;

/// No answer of the authority.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unheard(String);

impl Tokens {
    /// Prepares; nothing is asked yet. `ca_file` is trusted beside the system's
    /// authorities.
    pub fn new(
        registration: Registration,
        store: Arc<dyn TokenStore>,
        ca_file: Option<&Path>,
    ) -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls_config(ca_file)?)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(WITHIN)
            .build()
            .map_err(|error| Error::Unreachable {
                host: "the network".to_owned(),
                reason: error.to_string(),
            })?;
        Ok(Self {
            registration,
            store,
            http,
            current: Mutex::default(),
        })
    }

    /// The server that the tokens are for.
    pub(crate) fn server(&self) -> &Url {
        &self.registration.server
    }

    /// Signs somebody in: `open` shows an address to them, in a browser. Waits
    /// for at most five minutes.
    pub async fn sign_in(&self, open: impl FnOnce(&Url)) -> Result<(), Error> {
        let mut current = self.current.lock().await;
        let here = |error: std::io::Error| Error::Unreachable {
            host: "127.0.0.1".to_owned(),
            reason: error.to_string(),
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(here)?;
        let port = listener.local_addr().map_err(here)?.port();
        let back = RedirectUrl::new(format!("http://127.0.0.1:{port}/"))
            .map_err(|_| self.sign_in_needed())?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let asking = self.asking();
        let mut request = asking
            .authorize_url(CsrfToken::new_random)
            .set_pkce_challenge(challenge)
            .set_redirect_uri(Cow::Borrowed(&back));
        if self.registration.issuer.names_resource() {
            request = request.add_extra_param("resource", self.resource());
        } else {
            let scope = format!("{}EWS.AccessAsUser.All", self.resource());
            request = request.add_scopes([Scope::new(scope), Scope::new("offline_access".into())]);
        }
        let (address, state) = request.url();
        open(&address);
        let code = browser::code(listener, state.secret()).await;
        let code = code.map_err(|reason| {
            tracing::info!(reason, "the sign-in in the browser did not succeed");
            self.sign_in_needed()
        })?;
        let mut exchange = asking
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(verifier)
            .set_redirect_uri(Cow::Borrowed(&back));
        if self.registration.issuer.names_resource() {
            exchange = exchange.add_extra_param("resource", self.resource());
        }
        let http = |request| ask(self.http.clone(), request);
        let answer = exchange.request_async(&http).await;
        let answer = answer.map_err(|trouble| self.failed(&trouble))?;
        *current = Some(self.take(&answer).await);
        Ok(())
    }

    /// A token that is good for a while yet.
    pub(crate) async fn bearer(&self) -> Result<Zeroizing<String>, Error> {
        let mut current = self.current.lock().await;
        if let Some(access) = &*current
            && Instant::now() + AHEAD < access.until
        {
            return Ok(access.token.clone());
        }
        let kept = self.store.load().await;
        let mut kept = kept.ok_or_else(|| self.sign_in_needed())?;
        loop {
            let trouble = match self.refresh(&kept).await {
                Ok(answer) => {
                    let access = current.insert(self.take(&answer).await);
                    return Ok(access.token.clone());
                }
                Err(trouble) => trouble,
            };
            if is_taken_back(&trouble) {
                // Another program of this user may have used it, and kept the
                // next one.
                if let Some(next) = self.store.load().await.filter(|next| *next != kept) {
                    kept = next;
                    continue;
                }
                self.store.keep(None).await;
            }
            return Err(self.failed(&trouble));
        }
    }

    async fn refresh(&self, kept: &str) -> Result<BasicTokenResponse, Trouble> {
        let asking = self.asking();
        let token = RefreshToken::new(kept.to_owned());
        let mut refresh = asking.exchange_refresh_token(&token);
        if self.registration.issuer.names_resource() {
            refresh = refresh.add_extra_param("resource", self.resource());
        }
        let http = |request| ask(self.http.clone(), request);
        refresh.request_async(&http).await
    }

    /// The server does not take this token any more.
    pub(crate) async fn refused(&self, token: &str) {
        let mut current = self.current.lock().await;
        if current
            .as_ref()
            .is_some_and(|access| access.token.as_str() == token)
        {
            *current = None;
        }
    }

    fn asking(&self) -> Asking {
        let issuer = &self.registration.issuer;
        BasicClient::new(ClientId::new(self.registration.client_id.clone()))
            .set_auth_uri(AuthUrl::from_url(issuer.authorize.clone()))
            .set_token_uri(TokenUrl::from_url(issuer.token.clone()))
            // Public clients name themselves in the body (RFC 6749 §3.2.1).
            .set_auth_type(AuthType::RequestBody)
    }

    /// The server as authorities know it: `https://mail.example.org/`.
    fn resource(&self) -> String {
        format!(
            "{}/",
            self.registration.server.origin().ascii_serialization()
        )
    }

    async fn take(&self, answer: &BasicTokenResponse) -> Access {
        // Without a new one the old one stays good (RFC 6749 §6).
        if let Some(refresh) = answer.refresh_token() {
            self.store.keep(Some(refresh.secret())).await;
        }
        Access {
            token: Zeroizing::new(answer.access_token().secret().clone()),
            until: Instant::now()
                + answer
                    .expires_in()
                    .unwrap_or(LIFE)
                    .min(Duration::from_hours(24)),
        }
    }

    fn failed(&self, trouble: &Trouble) -> Error {
        match trouble {
            RequestTokenError::ServerResponse(answer) => {
                tracing::info!(error = %answer.error(), "the authority gives no token");
                self.sign_in_needed()
            }
            RequestTokenError::Request(Unheard(reason)) => Error::Unreachable {
                host: self.host(),
                reason: reason.clone(),
            },
            // The answer itself may hold a token and is not told.
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => Error::NotEws {
                host: self.host(),
                what: "an answer that holds no token".to_owned(),
            },
        }
    }

    fn sign_in_needed(&self) -> Error {
        Error::SignInNeeded { host: self.host() }
    }

    fn host(&self) -> String {
        self.registration.issuer.token.authority().to_owned()
    }
}

/// Whether the authority does not take the token any more.
fn is_taken_back(trouble: &Trouble) -> bool {
    matches!(
        trouble,
        RequestTokenError::ServerResponse(answer)
            if *answer.error() == BasicErrorResponseType::InvalidGrant
    )
}

async fn ask(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, Unheard> {
    let unheard = |error: reqwest::Error| Unheard(error.without_url().to_string());
    let request = reqwest::Request::try_from(request).map_err(unheard)?;
    let mut answer = http.execute(request).await.map_err(unheard)?;
    let mut response = HttpResponse::new(Vec::new());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    while let Some(chunk) = answer.chunk().await.map_err(unheard)? {
        response.body_mut().extend_from_slice(&chunk);
        if response.body().len() > ANSWER_MAX {
            return Err(Unheard("its answer is too large".to_owned()));
        }
    }
    Ok(response)
}
