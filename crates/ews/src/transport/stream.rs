//! The stream of GetStreamingEvents: envelope after envelope, however the
//! chunks are cut.

use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use super::{affinity::Jar, connection::Connection};
use crate::{
    Error,
    operation::{GetStreamingEvents, Notice, Notices, Operation},
    soap,
    xml::reader::XmlError,
};

/// Two heartbeats of 45 s: a lost network gives no other sign.
pub(crate) const SILENCE_MAX: Duration = Duration::from_secs(90);

/// Envelopes within a second that tell nothing: a server in a loop.
const EMPTY_MAX: u32 = 20;

/// Bytes of one envelope.
const ENVELOPE_MAX: usize = 4 * 1024 * 1024;

/// Bytes of an end tag.
const TAG_MAX: usize = 1024;

/// Cuts a row of documents after each end tag of a name.
#[derive(Debug)]
pub(crate) struct Splitter {
    /// Local name.
    end: &'static [u8],
    /// Bytes of one document.
    most: usize,
    buffer: Vec<u8>,
    /// What stands before this place was given out.
    taken: usize,
    /// No end tag begins before this place.
    searched: usize,
}

impl Splitter {
    /// Cuts after each envelope.
    pub(crate) fn of_envelopes() -> Self {
        Self::after("Envelope", ENVELOPE_MAX)
    }

    /// Cuts after each element of a local name, of at most so many bytes.
    pub(crate) fn after(end: &'static str, most: usize) -> Self {
        Self {
            end: end.as_bytes(),
            most,
            buffer: Vec::new(),
            taken: 0,
            searched: 0,
        }
    }

    pub(crate) fn push(&mut self, chunk: &[u8]) {
        self.buffer.drain(..self.taken);
        self.searched -= self.taken;
        self.taken = 0;
        self.buffer.extend_from_slice(chunk);
    }

    /// What is left.
    pub(crate) fn rest(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.buffer[self.taken..])
    }

    /// The next whole document. `<` never stands in a text, so the end tag
    /// cannot be anything else.
    pub(crate) fn next(&mut self) -> Result<Option<String>, XmlError> {
        while let Some(found) = find(&self.buffer[self.searched..], b"</") {
            self.searched += found;
            let begin = self.searched + 2;
            let most = self.buffer.len().min(begin + TAG_MAX);
            let Some(length) = find(&self.buffer[begin..most], b">") else {
                if most == begin + TAG_MAX {
                    return Err(XmlError::Malformed);
                }
                return self.wait();
            };
            let name = self.buffer[begin..begin + length].trim_ascii();
            let local = name.rsplit(|b| *b == b':').next().unwrap_or_default();
            let end = begin + length + 1;
            self.searched = end;
            if local == self.end {
                let document = &self.buffer[self.taken..end];
                self.taken = end;
                // Bad UTF-8 inside a text is that text's problem.
                let text = String::from_utf8_lossy(document);
                // What stands before is a byte order mark or white space.
                let text = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
                return Ok(Some(text.to_owned()));
            }
        }
        // What was looked through is not looked through again; a tag may be
        // cut between its first two bytes.
        let seen = self.buffer.len().saturating_sub(1);
        self.searched = self.searched.max(seen);
        self.wait()
    }

    fn wait(&self) -> Result<Option<String>, XmlError> {
        if self.buffer.len() - self.taken > self.most {
            return Err(XmlError::Limit("document size"));
        }
        Ok(None)
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(haystack, needle)
}

/// Counts envelopes that tell nothing (quirk 14).
#[derive(Debug)]
pub(super) struct Flood {
    since: Instant,
    empty: u32,
}

impl Flood {
    pub(super) fn starting(now: Instant) -> Self {
        Self {
            since: now,
            empty: 0,
        }
    }

    /// Whether the server tells nothing far too often.
    fn is_on(&mut self, notices: &[Notice], now: Instant) -> bool {
        if now - self.since >= Duration::from_secs(1) {
            *self = Self::starting(now);
        }
        if notices.contains(&Notice::Changed) {
            return false;
        }
        self.empty += 1;
        self.empty > EMPTY_MAX
    }
}

/// An open stream.
pub struct StreamReader {
    pub(super) host: String,
    pub(super) jar: Jar,
    pub(super) operation: GetStreamingEvents,
    pub(super) body: Incoming,
    pub(super) splitter: Splitter,
    pub(super) flood: Flood,
    /// When the last byte came.
    pub(super) heard: Instant,
    /// Keeps the connection open.
    pub(super) connection: Connection,
}

impl std::fmt::Debug for StreamReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StreamReader")
    }
}

impl StreamReader {
    /// The next envelope; `None` at the end, which also a cut is: streams end
    /// in all ways (quirk 9). An error is a silence of 90 s, a flood of
    /// envelopes that tell nothing, or something that is no stream.
    pub async fn next(&mut self) -> Result<Option<Notices>, Error> {
        loop {
            let envelope = self
                .splitter
                .next()
                .map_err(|reason| self.garbled(reason))?;
            if let Some(document) = envelope {
                let answer = soap::answer(&self.operation, &document);
                let notices = match answer.map_err(|reason| self.garbled(reason))? {
                    Ok(notices) => notices,
                    Err(fault) => Notices {
                        fault: Some(fault),
                        ..Notices::default()
                    },
                };
                if let Some(fault) = &notices.fault {
                    self.jar.learn(&fault.code);
                }
                if self.flood.is_on(&notices.notices, Instant::now()) {
                    return Err(Error::Flood {
                        host: self.host.clone(),
                    });
                }
                return Ok(Some(notices));
            }
            // Counted from the last byte and not from this call, which may be
            // given up and made again.
            let frame = timeout_at(self.heard + SILENCE_MAX, self.body.frame())
                .await
                .map_err(|_| Error::Silent {
                    host: self.host.clone(),
                    after: SILENCE_MAX,
                })?;
            match frame {
                Some(Ok(frame)) => {
                    self.heard = Instant::now();
                    if let Some(chunk) = frame.data_ref() {
                        self.splitter.push(chunk);
                    }
                }
                Some(Err(_)) | None => return Ok(None),
            }
        }
    }

    /// Whether the connection is still open.
    pub fn is_open(&self) -> bool {
        self.connection.is_ready()
    }

    fn garbled(&self, reason: XmlError) -> Error {
        Error::Garbled {
            host: self.host.clone(),
            operation: GetStreamingEvents::NAME,
            reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "\u{feff}<?xml version=\"1.0\"?><s:Envelope><a>one ö</a></s:Envelope>\r\n\
                       <?xml version=\"1.0\"?><Envelope><s:Envelopes></s:Envelopes></Envelope >";

    fn split(chunks: &[&[u8]]) -> Vec<String> {
        let mut splitter = Splitter::of_envelopes();
        let mut found = Vec::new();
        for chunk in chunks {
            splitter.push(chunk);
            while let Some(document) = splitter.next().unwrap() {
                found.push(document);
            }
        }
        found
    }

    #[test]
    fn quirk_18_envelopes_are_found_wherever_the_chunks_are_cut() {
        let whole = split(&[TWO.as_bytes()]);
        assert_eq!(whole.len(), 2);
        assert!(whole[0].starts_with("<?xml") && whole[0].contains('ö'));
        for cut in 0..TWO.len() {
            let (a, b) = TWO.as_bytes().split_at(cut);
            assert_eq!(split(&[a, b]), whole);
        }
        let bytes: Vec<&[u8]> = TWO.as_bytes().chunks(1).collect();
        assert_eq!(split(&bytes), whole);
    }

    #[test]
    fn sr_27_an_envelope_without_an_end_is_given_up() {
        let mut splitter = Splitter::of_envelopes();
        splitter.push(&vec![b'x'; ENVELOPE_MAX + 1]);
        assert!(splitter.next().is_err());
        let mut splitter = Splitter::of_envelopes();
        splitter.push(b"<a></");
        splitter.push(&vec![b'x'; TAG_MAX + 1]);
        assert!(splitter.next().is_err());
    }

    #[test]
    fn sr_27_a_text_that_drips_in_is_looked_through_once() {
        let mut splitter = Splitter::of_envelopes();
        for _ in 0..1_000_000 {
            splitter.push(b"x");
            assert_eq!(splitter.next(), Ok(None));
        }
        assert_eq!(splitter.searched, 999_999);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_splitter_panic(bytes: Vec<u8>) {
            let mut splitter = Splitter::of_envelopes();
            splitter.push(&bytes);
            while let Ok(Some(_)) = splitter.next() {}
        }
    }
}
