//! Every request passes here: who asks, whether they may, how often, how much.

use std::{
    collections::BTreeSet,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody as _, to_bytes},
    extract::{DefaultBodyLimit, MatchedPath, RawPathParams, Request, State},
    http::{Method, header::AUTHORIZATION},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use vault::{
    database::Database,
    hybrid::passport::{self, Audience, Claim, Holder},
    opaque::{OpaqueId, Space},
};

use crate::{
    clock::Clock,
    config::Limits,
    connections::Origin,
    directory::{self, Known},
    newcomers::Newcomers,
    observe::Metrics,
    pace::OfEach,
    refusal::{NoRoom, Refusal},
    repeats::Seen,
    route::{Again, Entry, May, Route},
};

/// Who asks, proven, and about which mailbox.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    /// The organization.
    pub organization: OpaqueId,
    /// Who in it.
    pub holder: Holder,
    /// What is known of them.
    pub known: Known,
}

impl Caller {
    /// A mailbox of the caller's organization.
    pub fn space(&self, mailbox: OpaqueId) -> Space {
        Space {
            organization: self.organization,
            mailbox,
        }
    }
}

/// What stands between the network and the handlers.
pub struct Gate {
    audience: Audience,
    database: Database,
    clock: Clock,
    routes: Vec<Route>,
    limits: Limits,
    known: DefaultKeyedRateLimiter<(OpaqueId, Holder)>,
    connectors: DefaultKeyedRateLimiter<OpaqueId>,
    seen: Mutex<Seen>,
    newcomers: Newcomers,
    strangers: DefaultKeyedRateLimiter<Option<OpaqueId>>,
    /// The same of one address: one stranger does not keep the others out.
    each_stranger: OfEach,
    /// Organizations that strangers have named and that are here.
    named: Mutex<BTreeSet<OpaqueId>>,
    metrics: Arc<Metrics>,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gate")
    }
}

fn quota(a_minute: NonZeroU32) -> Quota {
    Quota::per_minute(a_minute)
}

/// Makes the router of a program from its table.
pub fn router<S: Clone + Send + Sync + 'static>(
    audience: Audience,
    entries: Vec<Entry<S>>,
    state: S,
    (database, clock): (Database, Clock),
    limits: Limits,
    metrics: Arc<Metrics>,
) -> Router {
    let gate = Arc::new(Gate {
        audience,
        database,
        clock,
        routes: entries.iter().map(|entry| entry.route.clone()).collect(),
        limits,
        known: RateLimiter::keyed(quota(limits.requests_a_minute)),
        connectors: RateLimiter::keyed(quota(limits.connector_requests_a_minute)),
        seen: Mutex::default(),
        newcomers: Newcomers::new(limits.unproven_a_minute),
        strangers: RateLimiter::keyed(quota(limits.strangers_a_minute)),
        each_stranger: OfEach::new(limits.strangers_a_minute_per_address),
        named: Mutex::default(),
        metrics,
    });
    let mut router = Router::new();
    for entry in entries {
        router = router.route(entry.route.path, entry.answer);
    }
    router
        .route_layer(from_fn_with_state(Arc::clone(&gate), pass))
        .fallback(|| async { Refusal::NotThere })
        .method_not_allowed_fallback(|| async { Refusal::NotThere })
        // The gate has its own limits, and has read the body.
        .layer(DefaultBodyLimit::disable())
        .with_state(state)
}

async fn pass(
    State(gate): State<Arc<Gate>>,
    params: RawPathParams,
    request: Request,
    next: Next,
) -> Response {
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let path = matched.as_ref().map_or("", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let answer = match gate.let_in(&path, &params, request).await {
        Ok(request) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    if answer.extensions().get::<NoRoom>().is_some() {
        gate.metrics.had_no_room((gate.clock)());
    }
    let status = answer.status();
    let refused = status.is_client_error() || status.is_server_error();
    let status = status.as_u16();
    gate.metrics.count(&method, &path, status);
    // The template and never the path: ids are nobody's business. What is well
    // is counted, and a line of each would cost as much as the answer.
    if refused {
        tracing::info!(%method, route = path, status, "refused");
    } else {
        tracing::debug!(%method, route = path, status, "answered");
    }
    answer
}

impl Gate {
    fn route(&self, method: &Method, path: &str) -> Option<&Route> {
        let mut routes = self.routes.iter();
        routes.find(|route| route.method == *method && route.path == path)
    }

    async fn let_in(
        &self,
        path: &str,
        params: &RawPathParams,
        request: Request,
    ) -> Result<Request, Refusal> {
        let param = |name: &str| {
            params
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value)
        };
        let route = self.route(request.method(), path);
        let Route { may, again, .. } = *route.ok_or(Refusal::NotThere)?;
        let (mut parts, body) = request.into_parts();
        let origin = parts.extensions.get::<Origin>().copied();
        if may == May::Knower {
            // The id is one of 2^128, and its letter has passed as a
            // stranger's: who looks for the answer takes nobody's place.
            if !self.newcomers.may_look(origin) {
                return Err(Refusal::TooMany);
            }
            return Ok(Request::from_parts(parts, Body::empty()));
        }
        if may == May::Anybody {
            if !self.each_stranger.lets(origin) {
                return Err(Refusal::TooMany);
            }
            self.let_stranger_in(param("organization")).await?;
            let most = self.limits.body_bytes.min(STRANGERS_BYTES);
            let body = self.read(body, most).await?;
            return Ok(Request::from_parts(parts, Body::from(body)));
        }
        let claim = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .ok_or(Refusal::Unproven)?;
        let claim = Claim::read(claim)?;
        let said = (origin, claim.organization, claim.holder);
        if !self.newcomers.may_prove(said) {
            return Err(Refusal::TooMany);
        }
        let known = directory::holder(&self.database, claim.organization, claim.holder)
            .await?
            .ok_or(Refusal::Unproven)?;
        let head = passport::Head {
            audience: self.audience,
            method: parts.method.as_str(),
            path: parts.uri.path_and_query().map_or("", |path| path.as_str()),
        };
        let now = (self.clock)();
        claim.prove(&known.keys.signing, head, now)?;
        self.newcomers.has_proven(said);
        // Before it counts: who repeats it would use up the sender's share.
        if again == Again::Refused && !self.is_first(&claim, now) {
            return Err(Refusal::Repeated);
        }
        self.pace(&claim)?;
        let caller = Caller {
            organization: claim.organization,
            holder: claim.holder,
            known,
        };
        let mailbox = param("mailbox").map(|text| text.parse().map_err(|_| Refusal::NotThere));
        permit(may, &caller, mailbox.transpose()?)?;
        // Only a body of somebody who may is read.
        let most = match claim.holder {
            Holder::Connector => self.limits.connector_body_bytes,
            Holder::Device(_) => self.limits.body_bytes,
        };
        let was_awaited = !body.is_end_stream();
        let body = self.read(body, most).await?;
        if !claim.is_over(&body) {
            return Err(Refusal::Unproven);
        }
        // A body may take its time, and a device may be revoked meanwhile.
        if was_awaited && matches!(claim.holder, Holder::Device(_)) {
            let still = directory::holder(&self.database, claim.organization, claim.holder);
            still.await?.ok_or(Refusal::Unproven)?;
        }
        parts.extensions.insert(caller);
        Ok(Request::from_parts(parts, Body::from(body)))
    }
}

impl Gate {
    fn is_first(&self, claim: &Claim, now: u64) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let who = (claim.organization, claim.holder);
        seen.is_first(who, claim.mark(), claim.good_until(), now)
    }

    /// The connector asks for all mailboxes of an organization, and a device
    /// for one.
    fn pace(&self, claim: &Claim) -> Result<(), Refusal> {
        let checked = match claim.holder {
            Holder::Connector => self.connectors.check_key(&claim.organization),
            Holder::Device(_) => self.known.check_key(&(claim.organization, claim.holder)),
        };
        checked.map_err(|_| Refusal::TooMany)
    }

    /// Strangers come at the pace of the organization that they name. Ids that
    /// they make up share one pace, and take no memory.
    async fn let_stranger_in(&self, named: Option<&str>) -> Result<(), Refusal> {
        let pace = |organization: Option<OpaqueId>| {
            let checked = self.strangers.check_key(&organization);
            checked.map_err(|_| Refusal::TooMany)
        };
        let Some(named) = named else {
            return pace(None);
        };
        let id: OpaqueId = named.parse().map_err(|_| Refusal::NotThere)?;
        if !self.with_named(|named| named.contains(&id)) {
            pace(None)?;
            let here = directory::holder(&self.database, id, Holder::Connector).await?;
            here.ok_or(Refusal::NotThere)?;
            self.with_named(|named| named.insert(id));
        }
        pace(Some(id))
    }

    /// Reads a body of at most so many bytes, within its time.
    async fn read(&self, body: Body, most: usize) -> Result<Bytes, Refusal> {
        // Of one that says itself that it is too long no byte is read.
        let said = usize::try_from(body.size_hint().lower());
        if !said.is_ok_and(|said| said <= most) {
            return Err(Refusal::TooLong);
        }
        let within = Duration::from_secs(self.limits.body_seconds.get().into());
        let read = tokio::time::timeout(within, to_bytes(body, most)).await;
        read.map_err(|_| Refusal::TooSlow)?
            .map_err(|_| Refusal::TooLong)
    }

    fn with_named<T>(&self, f: impl FnOnce(&mut BTreeSet<OpaqueId>) -> T) -> T {
        f(&mut self.named.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Bytes of a stranger's body.
const STRANGERS_BYTES: usize = 4096;

fn permit(may: May, caller: &Caller, mailbox: Option<OpaqueId>) -> Result<(), Refusal> {
    match caller.holder {
        Holder::Device(_) => {
            let own = mailbox.is_some() && mailbox == caller.known.mailbox;
            let of_all = mailbox == Some(Space::of_all(caller.organization).mailbox);
            // What is another's is not there, whatever is asked of it.
            if mailbox.is_some() && !own && !of_all {
                return Err(Refusal::NotThere);
            }
            match may {
                May::Both if own || of_all => Ok(()),
                May::Device if own => Ok(()),
                _ => Err(Refusal::NotForYou),
            }
        }
        Holder::Connector => match may {
            May::Connector | May::Both => Ok(()),
            May::Device | May::Anybody | May::Knower => Err(Refusal::NotForYou),
        },
    }
}
