//! The network as a program behind a proxy sees it.

use std::{io, net::SocketAddr, time::Duration};

use crate::crossings::{Crossing, Crossings, Way};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{mpsc, watch},
    time::Instant,
};

/// A proxy through which `autodiscover.example.org` leads to `server`, and
/// `server` to itself; all other names lead nowhere. Gives where it listens.
///
/// # Panics
/// When loopback cannot be listened on.
pub async fn autodiscover_at(server: SocketAddr) -> SocketAddr {
    autodiscover_at_any(watch::Sender::new(server).subscribe()).await
}

/// The same while `server` says which one it is.
///
/// # Panics
/// When loopback cannot be listened on.
#[expect(clippy::expect_used, reason = "a test ends where a step fails")]
pub async fn autodiscover_at_any(server: watch::Receiver<SocketAddr>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let server = *server.borrow();
            tokio::spawn(passed_on(stream, server));
        }
    });
    address
}

async fn passed_on(mut stream: TcpStream, server: SocketAddr) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head);
    let known = head.starts_with("CONNECT autodiscover.example.org:443 ")
        || head.starts_with(&format!("CONNECT {server} "));
    if !known {
        return stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n").await;
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    let mut behind = TcpStream::connect(server).await?;
    tokio::io::copy_bidirectional(&mut stream, &mut behind).await?;
    Ok(())
}

/// A way to `server` on which everything takes `one_way` longer in each
/// direction, at any width. Gives where it begins, and what crosses it.
///
/// # Panics
/// When loopback cannot be listened on.
#[expect(clippy::expect_used, reason = "a bench ends where a step fails")]
pub async fn far_away(server: SocketAddr, one_way: Duration) -> (SocketAddr, Crossings) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let crossings = Crossings::default();
    let seen = crossings.clone();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let seen = seen.clone();
            tokio::spawn(async move {
                // The handshake of TCP takes a round trip as well.
                wait(one_way * 2).await;
                let Ok(far) = TcpStream::connect(server).await else {
                    return;
                };
                let _no_delay = (near.set_nodelay(true), far.set_nodelay(true));
                let ((from_near, to_near), (from_far, to_far)) =
                    (near.into_split(), far.into_split());
                tokio::join!(
                    carried(from_near, to_far, one_way, |sent| seen.add(out(sent))),
                    carried(from_far, to_near, one_way, |sent| seen.add(home(sent)))
                );
            });
        }
    });
    (address, crossings)
}

fn out(sent: Instant) -> Crossing {
    Crossing {
        way: Way::Out,
        sent: sent.into_std(),
        came: Instant::now().into_std(),
    }
}

fn home(sent: Instant) -> Crossing {
    Crossing {
        way: Way::Home,
        ..out(sent)
    }
}

/// Tells of each piece when it comes.
async fn carried(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    one_way: Duration,
    came: impl Fn(Instant),
) {
    let (road, mut arrivals) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let reading = async move {
        let mut piece = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = from.read(&mut piece).await {
            let bytes = piece.get(..read).unwrap_or_default().to_vec();
            if road.send((Instant::now(), bytes)).is_err() {
                return;
            }
        }
    };
    let writing = async move {
        while let Some((sent, bytes)) = arrivals.recv().await {
            let at = sent + one_way;
            wait(at.saturating_duration_since(Instant::now())).await;
            came(sent);
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(reading, writing);
}

#[expect(
    clippy::disallowed_methods,
    reason = "a network takes time; only benches go this way"
)]
async fn wait(length: Duration) {
    tokio::time::sleep(length).await;
}
