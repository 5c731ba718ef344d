//! The way to the server: an in-process link with weather.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
};

use engine::exchange::{Dial, Dialing, Io};
use exchange_sim::Simulator;
use futures_util::task::AtomicWaker;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf};

use crate::host::Life;

/// What becomes of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Weather {
    /// They arrive.
    Fine,
    /// Connections break, new ones are refused (F52).
    Down,
    /// They vanish, and nobody says so (F15).
    Silent,
    /// A captive portal answers in the server's place (F51).
    Portal,
}

/// What has become of one connection.
const OPEN: u8 = 0;
const BROKEN: u8 = 1;
const SILENT: u8 = 2;

#[derive(Debug, Default)]
struct Fate {
    is: AtomicU8,
    reader: AtomicWaker,
    writer: AtomicWaker,
}

impl Fate {
    fn set(&self, is: u8) {
        // What is silent stays so: nobody will ever hear of it.
        let _was = self
            .is
            .compare_exchange(OPEN, is, Ordering::SeqCst, Ordering::SeqCst);
        self.reader.wake();
        self.writer.wake();
    }

    fn check(&self, waker: &AtomicWaker, context: &Context<'_>) -> Poll<io::Result<()>> {
        waker.register(context.waker());
        match self.is.load(Ordering::SeqCst) {
            OPEN => Poll::Ready(Ok(())),
            BROKEN => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
            _ => Poll::Pending,
        }
    }
}

/// The network of the machine.
pub struct Net {
    simulator: Arc<Simulator>,
    state: Mutex<State>,
}

struct State {
    weather: Weather,
    fates: Vec<Arc<Fate>>,
    /// Weathers that somebody ran into since the last question.
    met: Vec<Weather>,
}

impl State {
    fn meet(&mut self) {
        if !self.met.contains(&self.weather) {
            self.met.push(self.weather);
        }
    }
}

impl Net {
    /// A network in fine weather.
    pub fn to(simulator: Arc<Simulator>) -> Self {
        Self {
            simulator,
            state: Mutex::new(State {
                weather: Weather::Fine,
                fates: Vec::new(),
                met: Vec::new(),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the weather.
    pub fn turn(&self, weather: Weather) {
        {
            let mut state = self.state();
            state.weather = weather;
            // A connection that is in use has its wire beside this list.
            if state.fates.iter().any(|fate| Arc::strong_count(fate) > 1) {
                state.meet();
            }
        }
        match weather {
            Weather::Fine => {}
            Weather::Down | Weather::Portal => self.all(BROKEN),
            Weather::Silent => self.all(SILENT),
        }
    }

    /// The weathers that somebody ran into since the last call.
    pub fn take_met(&self) -> Vec<Weather> {
        std::mem::take(&mut self.state().met)
    }

    /// Lets every open connection go silent: its other end is gone.
    pub fn forget_connections(&self) {
        self.all(SILENT);
    }

    /// Breaks every open connection.
    pub fn break_connections(&self) {
        self.all(BROKEN);
    }

    fn all(&self, is: u8) {
        for fate in std::mem::take(&mut self.state().fates) {
            fate.set(is);
        }
    }
}

/// The network as one process uses it.
pub struct Link {
    /// The network.
    pub net: Arc<Net>,
    /// The process.
    pub life: Life,
}

impl Dial for Link {
    fn dial<'a>(&'a self, _host: &'a str, _port: u16) -> Dialing<'a> {
        Box::pin(async move {
            self.life.still().await;
            let weather = {
                let mut state = self.net.state();
                state.meet();
                state.weather
            };
            let inner = match weather {
                Weather::Fine => self.net.simulator.duplex(),
                Weather::Down => return Err(io::ErrorKind::NetworkUnreachable.into()),
                Weather::Silent => std::future::pending().await,
                Weather::Portal => portal(),
            };
            let fate = Arc::new(Fate::default());
            self.net.state().fates.push(Arc::clone(&fate));
            Ok(Box::new(Wire { inner, fate }) as Box<dyn Io>)
        })
    }
}

/// A page to log in to the network, whatever was asked.
fn portal() -> DuplexStream {
    let (client, mut server) = tokio::io::duplex(64 * 1024);
    tokio::spawn(async move {
        let mut request = vec![0; 64 * 1024];
        if server.read(&mut request).await.is_ok() {
            let page = "<html><body>Welcome! Please accept the terms.</body></html>";
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{page}",
                page.len()
            );
            // The client may have gone.
            let _sent = server.write_all(answer.as_bytes()).await;
        }
    });
    client
}

struct Wire {
    inner: DuplexStream,
    fate: Arc<Fate>,
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.fate.check(&self.fate.reader, context) {
            Poll::Ready(Ok(())) => Pin::new(&mut self.inner).poll_read(context, buffer),
            other => other,
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.fate.check(&self.fate.writer, context) {
            Poll::Ready(Ok(())) => Pin::new(&mut self.inner).poll_write(context, bytes),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.fate.check(&self.fate.writer, context) {
            Poll::Ready(Ok(())) => Pin::new(&mut self.inner).poll_flush(context),
            other => other,
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.fate.check(&self.fate.writer, context) {
            Poll::Ready(Ok(())) => Pin::new(&mut self.inner).poll_shutdown(context),
            other => other,
        }
    }
}
