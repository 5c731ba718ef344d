//! HTTP proxies, as the usual environment variables name them. The proxy is
//! asked for a tunnel (CONNECT, RFC 9110 §9.3.6): TLS goes to the server itself
//! and NTLM stays tied to that server's certificate.

use std::{fmt, io, net::IpAddr};

use bytes::Bytes;
use http_body_util::Empty;
use hyper::{
    Request,
    client::conn::http1,
    header::{HOST, PROXY_AUTHORIZATION},
};
use hyper_util::{
    client::proxy::matcher::{Intercept, Matcher},
    rt::TokioIo,
};

use super::dial::{Dial, Dialing, Io, connect};

/// Opens byte streams through the proxy that is right for a host, or directly.
///
/// | variable | what it names |
/// |---|---|
/// | `HTTPS_PROXY` | the proxy for servers, `http://[user:password@]host:port` |
/// | `ALL_PROXY` | the same, where the first is not there |
/// | `HTTP_PROXY` | the proxy for unencrypted servers, of which there are none |
/// | `NO_PROXY` | hosts, domains and networks that are reached directly, by commas |
///
/// Each may be written in lower case as well. This very machine is always
/// reached directly.
#[derive(Debug)]
pub struct Proxies(Matcher);

impl Proxies {
    /// Those of this process's environment.
    pub fn of_the_environment() -> Self {
        Self(Matcher::from_env())
    }

    /// One proxy for all servers but those of a list, in the forms of
    /// `HTTPS_PROXY` and `NO_PROXY`.
    pub fn one(proxy: &str, except: &str) -> Self {
        let rules = Matcher::builder().all(proxy.to_owned());
        Self(rules.no(except.to_owned()).build())
    }

    fn proxy_of(&self, host: &str, port: u16) -> Option<Intercept> {
        if is_this_machine(host) {
            return None;
        }
        let server = format!("https://{}/", authority(host, port));
        self.0.intercept(&server.parse().ok()?)
    }
}

impl Dial for Proxies {
    fn dial<'a>(&'a self, host: &'a str, port: u16) -> Dialing<'a> {
        Box::pin(async move {
            match self.proxy_of(host, port) {
                Some(proxy) => tunnel(&proxy, host, port).await,
                None => Ok(Box::new(connect(host, port).await?) as Box<dyn Io>),
            }
        })
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// Host and port, with an IPv6 address in brackets.
fn authority(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// A failure that names the proxy; what the environment says about signing in
/// to it is in none.
fn failed(proxy: &Intercept, what: impl fmt::Display) -> io::Error {
    let host = proxy.uri().host().unwrap_or("without a name");
    io::Error::other(format!("the proxy {host} {what}"))
}

async fn tunnel(proxy: &Intercept, host: &str, port: u16) -> io::Result<Box<dyn Io>> {
    let uri = proxy.uri();
    if uri.scheme_str() != Some("http") {
        return Err(failed(
            proxy,
            "is of a kind that Joinbell does not know; name one as http://host:port",
        ));
    }
    let to_proxy = uri.host().unwrap_or_default();
    let plain = connect(
        to_proxy.trim_matches(['[', ']']),
        uri.port_u16().unwrap_or(80),
    )
    .await
    .map_err(|error| failed(proxy, format_args!("cannot be reached ({error})")))?;
    let spoke_badly = |_: hyper::Error| failed(proxy, "ended the connection");
    let (mut sender, connection) = http1::handshake(TokioIo::new(plain))
        .await
        .map_err(spoke_badly)?;
    let driver = tokio::spawn(connection.with_upgrades());
    let target = authority(host, port);
    let mut request = Request::connect(&target).header(HOST, &target);
    if let Some(name) = proxy.basic_auth() {
        let mut name = name.clone();
        name.set_sensitive(true);
        request = request.header(PROXY_AUTHORIZATION, name);
    }
    let request = request
        .body(Empty::<Bytes>::new())
        .map_err(|_| failed(proxy, "cannot be asked for this address"))?;
    let answer = sender.send_request(request).await.map_err(spoke_badly)?;
    if !answer.status().is_success() {
        driver.abort();
        let status = answer.status().as_u16();
        return Err(match status {
            407 => failed(
                proxy,
                "wants a sign-in; write it as http://user:password@host:port",
            ),
            _ => failed(proxy, format_args!("refused with HTTP status {status}")),
        });
    }
    let upgraded = hyper::upgrade::on(answer).await.map_err(spoke_badly)?;
    Ok(Box::new(TokioIo::new(upgraded)))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("mail.example.org", true)]
    #[case("mail.example.net", false)]
    #[case("example.net", false)]
    #[case("notexample.net", true)]
    #[case("192.0.2.7", true)]
    #[case("10.1.2.3", false)]
    #[case("2001:db8::1", true)]
    #[case("localhost", false)]
    #[case("127.0.0.1", false)]
    #[case("::1", false)]
    fn a_host_goes_through_the_proxy_unless_it_is_excepted(
        #[case] host: &str,
        #[case] by_proxy: bool,
    ) {
        let proxies = Proxies::one("http://proxy.example.org:3128", ".example.net, 10.0.0.0/8");
        assert_eq!(proxies.proxy_of(host, 443).is_some(), by_proxy);
    }

    #[test]
    fn without_a_proxy_every_host_is_reached_directly() {
        assert!(
            Proxies::one("", "")
                .proxy_of("mail.example.org", 443)
                .is_none()
        );
    }

    #[test]
    fn sr_23_what_is_shown_of_the_proxies_has_no_password() {
        let proxies = Proxies::one("http://anna:sesame@proxy.example.org:3128", "");
        assert!(!format!("{proxies:?}").contains("sesame"));
    }

    #[tokio::test]
    async fn a_proxy_of_another_kind_is_refused_by_a_sentence() {
        let proxies = Proxies::one("socks5://anna:sesame@proxy.example.org:1080", "");
        let refused = proxies.dial("mail.example.org", 443).await.err().unwrap();
        let sentence = refused.to_string();
        assert!(sentence.contains("proxy.example.org"), "{sentence}");
        assert!(!sentence.contains("sesame"), "{sentence}");
    }
}
