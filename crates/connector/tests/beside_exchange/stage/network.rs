//! The network as a program behind a proxy sees it.

#![allow(clippy::expect_used, reason = "a test ends where a step fails")]

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// A proxy through which `autodiscover.example.org` leads to `server`, and
/// `server` to itself; all other names lead nowhere.
pub(crate) async fn autodiscover_at(server: SocketAddr) -> SocketAddr {
    autodiscover_among([server], watch::Sender::new(server).subscribe()).await
}

/// A proxy through which the Autodiscover of each domain leads to a server of
/// its own, and each server to itself.
pub(crate) async fn autodiscover_of<const N: usize>(
    domains: [(&'static str, SocketAddr); N],
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let leads = move |head: &str| {
        let mut each = domains.into_iter();
        let is = |name: &str| head.starts_with(&format!("CONNECT {name} "));
        let found = each.find(|(domain, server)| {
            is(&format!("autodiscover.{domain}:443")) || is(&server.to_string())
        });
        found.map(|(_, server)| server)
    };
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(passed_on(stream, leads));
        }
    });
    address
}

/// The same with several servers, while `at` says to which of them
/// `autodiscover.example.org` leads.
pub(crate) async fn autodiscover_among<const N: usize>(
    servers: [SocketAddr; N],
    at: watch::Receiver<SocketAddr>,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let autodiscover = *at.borrow();
            let leads = move |head: &str| {
                let named = |server: &SocketAddr| head.starts_with(&format!("CONNECT {server} "));
                if head.starts_with("CONNECT autodiscover.example.org:443 ") {
                    Some(autodiscover)
                } else {
                    servers.into_iter().find(named)
                }
            };
            tokio::spawn(passed_on(stream, leads));
        }
    });
    address
}

async fn passed_on(
    mut stream: TcpStream,
    leads: impl Fn(&str) -> Option<SocketAddr>,
) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let behind = leads(&String::from_utf8_lossy(&head));
    let Some(behind) = behind else {
        return stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n").await;
    };
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    let mut behind = TcpStream::connect(behind).await?;
    tokio::io::copy_bidirectional(&mut stream, &mut behind).await?;
    Ok(())
}

/// A place that leads to wherever `at` says, and ends its connections when
/// that is another one, as a name does that is bound anew; also how often it
/// was connected to.
pub(crate) async fn rebound(mut at: watch::Receiver<SocketAddr>) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let knocked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&knocked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let leads = *at.borrow_and_update();
            let mut at = at.clone();
            tokio::spawn(async move {
                let Ok(mut behind) = TcpStream::connect(leads).await else {
                    return;
                };
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut stream, &mut behind) => {}
                    _ = at.changed() => {}
                }
            });
        }
    });
    (address, knocked)
}
