//! Connections: how many there may be, how many of one address, and how long
//! one may be of no use (SR-64). Handshakes go on beside each other, so that
//! one that stalls holds up nobody.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body};
use hyper::{HeaderMap, Request, body::Incoming, server::conn::http1, service::Service as _};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    clock::wait,
    config::{Limits, Proxy},
    observe::Metrics,
    server::{Ending, ended},
};

/// Where a connection comes from: an address, and of IPv6 the network of 64
/// bits, because whoever has one address of it has them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Origin(IpAddr);

impl Origin {
    fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(v4) => IpAddr::V4(v4),
            IpAddr::V6(v6) => {
                let network = v6.to_bits() & !u128::from(u64::MAX);
                IpAddr::V6(Ipv6Addr::from_bits(network))
            }
        })
    }
}

impl Proxy {
    /// The client of a request, as far as the proxy at `peer` says: the last
    /// address is the one that it has appended itself. `None` where `peer` is
    /// no proxy or names none.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Option<Origin> {
        let peer = peer.to_canonical();
        self.addresses
            .iter()
            .find(|address| address.to_canonical() == peer)?;
        let last = headers.get_all(self.header.as_str()).iter().next_back()?;
        let named = last.to_str().ok()?.rsplit(',').next()?.trim();
        let with_port = || named.parse::<SocketAddr>().map(|named| named.ip());
        let address = named.parse().or_else(|_| with_port()).ok()?;
        Some(Origin::of(address))
    }
}

/// Descriptors that are kept free for the database, the log and the listeners.
const BESIDE: usize = 128;

/// How many files this process may have open.
fn descriptors() -> usize {
    #[cfg(unix)]
    {
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
        if let Some(most) = limit.current {
            return usize::try_from(most).unwrap_or(usize::MAX);
        }
    }
    usize::MAX
}

/// How often it is said in the log that connections have run out.
const SAY_EVERY: Duration = Duration::from_mins(1);

/// What is let in, and for how long.
pub(crate) struct Door {
    tls: Option<TlsAcceptor>,
    proxy: Option<Proxy>,
    room: Arc<Semaphore>,
    of_one: usize,
    /// Until the first request has to be there.
    first: Duration,
    /// Between two requests, and until the other end has to take what it is
    /// sent.
    idle: Duration,
    open: Arc<Mutex<HashMap<Origin, usize>>>,
    metrics: Arc<Metrics>,
}

/// A connection's place; it is free again when this is dropped.
struct Place {
    origin: Origin,
    open: Arc<Mutex<HashMap<Origin, usize>>>,
    metrics: Arc<Metrics>,
    _room: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.metrics.count_connection(false);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.origin) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.origin);
            }
        }
    }
}

impl Door {
    /// The door of a program, with TLS.
    pub(crate) fn new(
        (tls, proxy): (TlsAcceptor, Option<Proxy>),
        limits: &Limits,
        metrics: Arc<Metrics>,
    ) -> Self {
        let wanted = usize::try_from(limits.connections.get()).unwrap_or(usize::MAX);
        let most = wanted.min(descriptors().saturating_sub(BESIDE).max(1));
        if most < wanted {
            tracing::warn!(
                most,
                "this process may have fewer files open than [limits] connections names"
            );
        }
        Self {
            tls: Some(tls),
            proxy,
            ..Self::plain(most, limits, metrics)
        }
    }

    /// One without TLS, for so many connections.
    pub(crate) fn plain(most: usize, limits: &Limits, metrics: Arc<Metrics>) -> Self {
        let seconds = |n: std::num::NonZeroU32| Duration::from_secs(n.get().into());
        Self {
            tls: None,
            proxy: None,
            room: Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))),
            of_one: usize::try_from(limits.connections_per_address.get()).unwrap_or(usize::MAX),
            first: seconds(limits.first_request_seconds),
            idle: seconds(limits.idle_seconds),
            open: Arc::default(),
            metrics,
        }
    }

    /// Serves until the end, and until what is under way then is answered.
    pub(crate) async fn serve(self, listener: TcpListener, router: Router, ending: Ending) {
        let door = Arc::new(self);
        let mut open = JoinSet::new();
        let mut over = pin!(ended(ending.clone()));
        let mut quiet = None;
        loop {
            let (stream, from, room) = tokio::select! {
                () = &mut over => break,
                Some(_) = open.join_next() => continue,
                accepted = door.accept(&listener, &mut quiet) => accepted,
            };
            let Some(place) = door.place(Origin::of(from.ip()), room) else {
                door.metrics.count_refused_connection();
                say(
                    &mut quiet,
                    "one address has all connections that it may have",
                );
                continue;
            };
            let (door, router, ending) = (Arc::clone(&door), router.clone(), ending.clone());
            open.spawn(async move {
                door.attend(stream, from.ip(), router, ending).await;
                drop(place);
            });
        }
        drop(listener);
        while open.join_next().await.is_some() {}
    }

    /// The next connection. Where all are in use those that come wait in the
    /// system's queue, because each of no use ends by itself.
    async fn accept(
        &self,
        listener: &TcpListener,
        quiet: &mut Option<tokio::time::Instant>,
    ) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
        loop {
            if self.room.available_permits() == 0 {
                say(
                    quiet,
                    "all connections are in use; those that come have to wait",
                );
            }
            let Ok(room) = Arc::clone(&self.room).acquire_owned().await else {
                // Nobody closes it.
                return std::future::pending().await;
            };
            match listener.accept().await {
                Ok((stream, from)) => return (stream, from, room),
                // No file descriptor is free; some will be.
                Err(_) => wait(Duration::from_millis(100)).await,
            }
        }
    }

    fn place(&self, origin: Origin, room: OwnedSemaphorePermit) -> Option<Place> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(origin).or_default();
        if *count >= self.of_one {
            return None;
        }
        *count += 1;
        drop(open);
        self.metrics.count_connection(true);
        Some(Place {
            origin,
            open: Arc::clone(&self.open),
            metrics: Arc::clone(&self.metrics),
            _room: room,
        })
    }

    async fn attend(&self, stream: TcpStream, from: IpAddr, router: Router, ending: Ending) {
        // Small answers go at once.
        let _quick = stream.set_nodelay(true);
        // Who is gone without a word, or takes nothing of an answer, is given
        // up by the system: a feed too, which says something every 15 seconds.
        #[cfg(target_os = "linux")]
        let _given_up = socket2::SockRef::from(&stream).set_tcp_user_timeout(Some(self.idle));
        let asked = AtomicBool::new(false);
        let never_asks = async {
            tokio::select! {
                () = wait(self.first) => {}
                () = ended(ending.clone()) => {}
            }
            if asked.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
        };
        let answered = async {
            let answering = Answering {
                router: TowerToHyperService::new(router),
                from,
                proxy: self.proxy.as_ref(),
                asked: &asked,
                idle: self.idle,
                ending: ending.clone(),
            };
            match &self.tls {
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        answering.answer(stream).await;
                    }
                }
                None => answering.answer(stream).await,
            }
        };
        tokio::select! {
            () = answered => {}
            () = never_asks => {}
        }
    }
}

/// One connection that speaks HTTP.
struct Answering<'a> {
    router: TowerToHyperService<Router>,
    from: IpAddr,
    proxy: Option<&'a Proxy>,
    asked: &'a AtomicBool,
    idle: Duration,
    ending: Ending,
}

impl Answering<'_> {
    async fn answer(self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let service = hyper::service::service_fn(|request: Request<Incoming>| {
            self.asked.store(true, Ordering::Relaxed);
            let mut request = request.map(Body::new);
            let named = self
                .proxy
                .and_then(|proxy| proxy.client(self.from, request.headers()));
            let origin = named.unwrap_or_else(|| Origin::of(self.from));
            request.extensions_mut().insert(origin);
            self.router.call(request)
        });
        // The time for a head begins when the answer before is finished.
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(self.idle);
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            // What a stranger breaks off is nobody's business.
            _broken = connection.as_mut() => return,
            () = ended(self.ending.clone()) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _broken = connection.await;
    }
}

/// Says something in the log, and not again for a while.
fn say(quiet: &mut Option<tokio::time::Instant>, what: &'static str) {
    let now = tokio::time::Instant::now();
    if quiet.is_none_or(|until| until <= now) {
        *quiet = Some(now + SAY_EVERY);
        tracing::warn!("{what}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sr_64_a_network_of_ipv6_is_one_origin_and_an_address_of_ipv4_another() {
        let of = |text: &str| Origin::of(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::2"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:127.0.0.1"), of("127.0.0.1"));
        assert_ne!(of("127.0.0.1"), of("127.0.0.2"));
    }

    #[test]
    fn sr_64_a_client_is_who_the_proxy_of_the_settings_names_and_nobody_elses_word_counts() {
        let proxy = Proxy {
            addresses: vec!["127.0.0.9".parse().unwrap()],
            header: "x-forwarded-for".to_owned(),
        };
        let named = |peer: &str, said: &[&str]| {
            let mut headers = HeaderMap::new();
            for one in said {
                headers.append("x-forwarded-for", one.parse().unwrap());
            }
            proxy.client(peer.parse().unwrap(), &headers)
        };
        let of = |text: &str| Some(Origin::of(text.parse().unwrap()));
        // What the client itself has put there stands before the proxy's word.
        let made_up = "127.0.0.7, 127.0.0.2";
        assert_eq!(named("127.0.0.9", &[made_up]), of("127.0.0.2"));
        assert_eq!(named("::ffff:127.0.0.9", &[made_up]), of("127.0.0.2"));
        let twice = ["127.0.0.7", "127.0.0.2"];
        assert_eq!(named("127.0.0.9", &twice), of("127.0.0.2"));
        assert_eq!(named("127.0.0.9", &["127.0.0.2:5000"]), of("127.0.0.2"));
        assert_eq!(named("127.0.0.9", &["[::1]:5000"]), of("::1"));
        assert_eq!(named("127.0.0.9", &["unknown"]), None);
        assert_eq!(named("127.0.0.9", &[]), None);
        assert_eq!(named("127.0.0.8", &[made_up]), None, "no proxy of ours");
    }
}
