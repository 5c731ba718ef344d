//! The body of an answer: unpacked as it comes, and never beyond a limit
//! (SR-27), so that a small packed one cannot fill the memory.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::GzDecoder;
use http_body_util::BodyExt as _;
use hyper::body::Body;

/// Bytes of one answer, unpacked.
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

/// Takes bytes up to a limit.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
    over: bool,
}

impl Write for Bounded {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + piece.len() > self.most {
            self.over = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads a body to its end, at most [`ANSWER_MAX`] bytes of it.
pub(crate) async fn receive<B>(body: B, packing: Packing) -> Result<Vec<u8>, Unreceived>
where
    B: Body<Data = Bytes> + Unpin,
{
    receive_at_most(body, packing, ANSWER_MAX).await
}

async fn receive_at_most<B>(
    mut body: B,
    packing: Packing,
    most: usize,
) -> Result<Vec<u8>, Unreceived>
where
    B: Body<Data = Bytes> + Unpin,
{
    // What is announced as too large is not begun with.
    if body.size_hint().lower() > most as u64 {
        return Err(Unreceived::TooLarge);
    }
    let mut plain = Bounded {
        bytes: Vec::new(),
        most,
        over: false,
    };
    if packing == Packing::Plain {
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Unreceived::Cut)?;
            if let Some(chunk) = frame.data_ref() {
                plain.write_all(chunk).map_err(|_| Unreceived::TooLarge)?;
            }
        }
        return Ok(plain.bytes);
    }
    let mut unpacking = GzDecoder::new(plain);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Unreceived::Cut)?;
        let Some(chunk) = frame.data_ref() else {
            continue;
        };
        if unpacking.write_all(chunk).is_err() {
            return Err(why(unpacking.get_ref()));
        }
    }
    if unpacking.try_finish().is_err() {
        return Err(why(unpacking.get_ref()));
    }
    Ok(std::mem::take(&mut unpacking.get_mut().bytes))
}

fn why(plain: &Bounded) -> Unreceived {
    if plain.over {
        Unreceived::TooLarge
    } else {
        Unreceived::Cut
    }
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
        receive_at_most(StreamBody::new(futures_of(pieces)), packing, MOST).await
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
        let announced = receive_at_most(Full::from(too_large), Packing::Plain, MOST).await;
        assert_eq!(announced, Err(Unreceived::TooLarge));
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
