//! Where bytes come from: TCP, or an in-process link in tests.

use std::{future::Future, io, pin::Pin, time::Duration};

use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

use super::proxy::Proxies;

/// A byte stream to a server.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// A connection on its way.
pub type Dialing<'a> = Pin<Box<dyn Future<Output = io::Result<Box<dyn Io>>> + Send + 'a>>;

/// Opens byte streams.
pub trait Dial: Send + Sync + 'static {
    /// Connects to `host:port`.
    fn dial<'a>(&'a self, host: &'a str, port: u16) -> Dialing<'a>;
}

/// A peer that is gone is found out within minutes also where nothing is sent,
/// and routers do not forget the connection (quirk 10).
fn keep_alive() -> TcpKeepalive {
    let every = Duration::from_secs(30);
    TcpKeepalive::new().with_time(every).with_interval(every)
}

pub(crate) async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((host, port)).await?;
    stream.set_nodelay(true)?;
    SockRef::from(&stream).set_tcp_keepalive(&keep_alive())?;
    Ok(stream)
}

/// TCP, through the proxy that the environment names, if it does
/// ([`Proxies`]).
#[derive(Debug, Clone, Copy, Default)]
pub struct Tcp;

impl Dial for Tcp {
    fn dial<'a>(&'a self, host: &'a str, port: u16) -> Dialing<'a> {
        Box::pin(async move { Proxies::of_the_environment().dial(host, port).await })
    }
}
