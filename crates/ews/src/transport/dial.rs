//! Where bytes come from: TCP, or an in-process link in tests.

use std::{future::Future, io, net::IpAddr, pin::Pin, time::Duration};

use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
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

/// Whether a server of that name can be at an address (SR-50): a name that
/// leads to the link itself, where clouds tell a machine its secrets, or to
/// everybody, is not followed, and `localhost`, to which passwords go without
/// TLS, is this machine and no other. Private addresses are an organization's
/// own, and those of carriers an overlay network's; that a name leads to
/// another server there is found out by its certificate.
fn may_be_at(host: &str, address: IpAddr) -> bool {
    let address = address.to_canonical();
    let nowhere = match address {
        IpAddr::V4(one) => one.is_link_local() || one.is_broadcast(),
        IpAddr::V6(one) => one.is_unicast_link_local(),
    };
    let nowhere = nowhere || address.is_unspecified() || address.is_multicast();
    let here = !host.eq_ignore_ascii_case("localhost") || address.is_loopback();
    here && !nowhere
}

pub(crate) async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut failed = io::Error::new(io::ErrorKind::NotFound, "the name leads nowhere");
    // What is looked at is what is connected to: the name is asked for once.
    for address in lookup_host((host, port)).await? {
        if !may_be_at(host, address.ip()) {
            let why = format!("{} is no server's address", address.ip());
            failed = io::Error::new(io::ErrorKind::AddrNotAvailable, why);
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(stream) => return prepared(stream),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

fn prepared(stream: TcpStream) -> io::Result<TcpStream> {
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

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use tokio::net::TcpListener;

    use super::*;

    #[rstest]
    #[case::organization("mail.example.org", "10.1.2.3", true)]
    #[case::private("mail.example.org", "fd00::17", true)]
    #[case::overlay("mail.example.org", "100.64.0.1", true)]
    #[case::own_name_of_this_machine("mail.example.org", "127.0.1.1", true)]
    #[case::here("localhost", "127.0.0.1", true)]
    #[case::here_too("LOCALHOST", "::1", true)]
    #[case::localhost_elsewhere("localhost", "192.0.2.7", false)]
    #[case::secrets_of_the_cloud("mail.example.org", "169.254.169.254", false)]
    #[case::the_same_in_disguise("mail.example.org", "::ffff:169.254.169.254", false)]
    #[case::localhost_in_disguise("localhost", "::ffff:192.0.2.7", false)]
    #[case::link("mail.example.org", "fe80::1", false)]
    #[case::any("mail.example.org", "0.0.0.0", false)]
    #[case::any_v6("mail.example.org", "::", false)]
    #[case::everybody("mail.example.org", "255.255.255.255", false)]
    #[case::group("mail.example.org", "224.0.0.251", false)]
    fn sr_50_a_server_is_where_a_server_can_be(
        #[case] host: &str,
        #[case] address: &str,
        #[case] may: bool,
    ) {
        assert_eq!(may_be_at(host, address.parse().unwrap()), may);
    }

    #[tokio::test]
    async fn sr_50_what_is_looked_at_is_connected_to_and_nothing_else() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(connect("localhost", port).await.is_ok());
        assert!(connect("127.0.0.1", port).await.is_ok());
        for nowhere in ["0.0.0.0", "169.254.169.254", "fe80::1", "::"] {
            let refused = connect(nowhere, port).await.unwrap_err();
            let kind = refused.kind();
            assert_eq!(
                kind,
                io::ErrorKind::AddrNotAvailable,
                "{nowhere}: {refused}"
            );
        }
    }
}
