//! The network as a program behind a proxy sees it.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
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
