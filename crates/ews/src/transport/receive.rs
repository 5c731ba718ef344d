//! The body of an answer: unpacked as it comes, and never beyond a limit
//! (SR-27), so that a small packed one cannot fill the memory.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::GzDecoder;
use http_body_util::BodyExt as _;
use hyper::body::Body;

/// Bytes of one answer, unpacked, unless the client's options say another
/// number (SR-27).
pub(crate) const ANSWER_MAX: usize = 64 * 1024 * 1024;

/// `Content-Encoding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// As it is.
    Plain,
    /// gzip (RFC 1952).
    Gzip,
}

impl Packing {
    pub(crate) fn of(header: Option<&str>) -> Self {
        match header {
            Some(name) if name.trim().eq_ignore_ascii_case("gzip") => Self::Gzip,
            _ => Self::Plain,
        }
    }
}

/// Why a body is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreceived {
    /// It ended early, or is not packed as it says.
    Cut,
    /// It is larger than any answer may be; the rest was not read.
    TooLarge,
}

/// Bytes that are unpacked at a time: even a bomb makes no more than 4 MiB of
/// them.
const UNPACKED_AT_ONCE: usize = 4 * 1024;

/// What was unpacked and not yet taken, within a limit for all.
struct Bounded {
    bytes: Vec<u8>,
    left: usize,
    over: bool,
}

impl Bounded {
    fn count(&mut self, length: usize) -> Result<(), Unreceived> {
        let Some(left) = self.left.checked_sub(length) else {
            self.over = true;
            return Err(Unreceived::TooLarge);
        };
        self.left = left;
        Ok(())
    }
}

impl Write for Bounded {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let within = self.count(piece.len());
        within.map_err(|_| io::ErrorKind::FileTooLarge)?;
        self.bytes.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Way {
    Plain(Bounded),
    Gzip(Box<GzDecoder<Bounded>>),
}

/// A body on its way, unpacked piece by piece.
pub(crate) struct Pieces<B> {
    body: B,
    way: Way,
    /// Came and is not unpacked yet.
    pending: Bytes,
    ended: bool,
}

impl<B> Pieces<B>
where
    B: Body<Data = Bytes> + Unpin,
{
    /// At most so many bytes of a body.
    pub(crate) fn at_most(body: B, packing: Packing, most: usize) -> Result<Self, Unreceived> {
        // What is announced as too large is not begun with.
        if body.size_hint().lower() > most as u64 {
            return Err(Unreceived::TooLarge);
        }
        let bounded = Bounded {
            bytes: Vec::new(),
            left: most,
            over: false,
        };
        Ok(Self {
            body,
            way: match packing {
                Packing::Plain => Way::Plain(bounded),
                Packing::Gzip => Way::Gzip(Box::new(GzDecoder::new(bounded))),
            },
            pending: Bytes::new(),
            ended: false,
        })
    }

    /// The next piece; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Unreceived> {
        loop {
            while !self.pending.is_empty() {
                let unpacked = self.way.unpack(&mut self.pending)?;
                if !unpacked.is_empty() {
                    return Ok(Some(unpacked));
                }
            }
            if self.ended {
                return Ok(None);
            }
            match self.body.frame().await {
                Some(Ok(frame)) => self.pending = frame.into_data().unwrap_or_default(),
                Some(Err(_)) => return Err(Unreceived::Cut),
                None => {
                    self.ended = true;
                    let last = self.way.finish()?;
                    return Ok((!last.is_empty()).then_some(last));
                }
            }
        }
    }
}

impl Way {
    /// Takes some of the bytes, and gives what comes of them.
    fn unpack(&mut self, pending: &mut Bytes) -> Result<Bytes, Unreceived> {
        match self {
            Self::Plain(bounded) => {
                bounded.count(pending.len())?;
                Ok(std::mem::take(pending))
            }
            Self::Gzip(decoder) => {
                let piece = pending.split_to(UNPACKED_AT_ONCE.min(pending.len()));
                let written = decoder.write_all(&piece);
                written.map_err(|_| why(decoder.get_ref()))?;
                Ok(std::mem::take(&mut decoder.get_mut().bytes).into())
            }
        }
    }

    fn finish(&mut self) -> Result<Bytes, Unreceived> {
        match self {
            Self::Plain(_) => Ok(Bytes::new()),
            Self::Gzip(decoder) => {
                let finished = decoder.try_finish();
                finished.map_err(|_| why(decoder.get_ref()))?;
                Ok(std::mem::take(&mut decoder.get_mut().bytes).into())
            }
        }
    }
}

fn why(bounded: &Bounded) -> Unreceived {
    if bounded.over {
        Unreceived::TooLarge
    } else {
        Unreceived::Cut
    }
}

/// Reads a body to its end, at most so many bytes of it.
pub(crate) async fn receive<B>(
    body: B,
    packing: Packing,
    most: usize,
) -> Result<Vec<u8>, Unreceived>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut pieces = Pieces::at_most(body, packing, most)?;
    let mut whole = Vec::new();
    while let Some(piece) = pieces.next().await? {
        whole.extend_from_slice(&piece);
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use http_body_util::{Full, StreamBody};
    use hyper::body::Frame;

    use super::*;

    const MOST: usize = 100_000;

    fn packed(plain: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
        packer.write_all(plain).unwrap();
        packer.finish().unwrap()
    }

    /// A body without a length, in pieces.
    async fn in_pieces(
        bytes: &[u8],
        length: usize,
        packing: Packing,
    ) -> Result<Vec<u8>, Unreceived> {
        let pieces: Vec<_> = bytes
            .chunks(length)
            .map(|piece| Ok::<_, io::Error>(Frame::data(Bytes::copy_from_slice(piece))))
            .collect();
        let body = StreamBody::new(futures_of(pieces));
        receive(body, packing, MOST).await
    }

    fn futures_of<T: Unpin>(items: Vec<T>) -> impl futures_util::Stream<Item = T> + Unpin {
        futures_util::stream::iter(items)
    }

    #[tokio::test]
    async fn a_body_is_the_same_however_it_is_packed_and_cut() {
        let text: Vec<u8> = (0..50_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        for length in [1, 7, 4096, 100_000] {
            let plain = in_pieces(&text, length, Packing::Plain).await;
            assert_eq!(plain.as_ref(), Ok(&text));
            let unpacked = in_pieces(&packed(&text), length, Packing::Gzip).await;
            assert_eq!(unpacked.as_ref(), Ok(&text));
        }
    }

    #[tokio::test]
    async fn sr_27_a_body_beyond_the_limit_is_refused() {
        let fits = vec![b'x'; MOST];
        assert!(in_pieces(&fits, 1000, Packing::Plain).await.is_ok());
        let too_large = vec![b'x'; MOST + 1];
        let plain = in_pieces(&too_large, 1000, Packing::Plain).await;
        assert_eq!(plain, Err(Unreceived::TooLarge));
        // Announced, it is not even begun with.
        let announced = Pieces::at_most(Full::from(too_large), Packing::Plain, MOST);
        assert_eq!(announced.err(), Some(Unreceived::TooLarge));
    }

    #[tokio::test]
    async fn sr_27_a_packed_bomb_is_refused() {
        let bomb = packed(&vec![b'x'; 100 * MOST]);
        assert!(bomb.len() < MOST / 2);
        for length in [100, bomb.len()] {
            let unpacked = in_pieces(&bomb, length, Packing::Gzip).await;
            assert_eq!(unpacked, Err(Unreceived::TooLarge));
        }
    }

    #[tokio::test]
    async fn a_packed_body_that_is_cut_or_is_none_is_no_answer() {
        let whole = packed(b"<Envelope/>");
        for end in 0..whole.len() {
            let cut = in_pieces(&whole[..end], 5, Packing::Gzip).await;
            assert_eq!(cut, Err(Unreceived::Cut), "{end} bytes");
        }
        let page = in_pieces(b"<html>not packed</html>", 5, Packing::Gzip).await;
        assert_eq!(page, Err(Unreceived::Cut));
    }
}
