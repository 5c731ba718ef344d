//! Kerberos under the name `Negotiate` (RFC 4559, RFC 4121), with the ticket of
//! whoever is logged in to this machine, tied to the TLS certificate of the
//! connection that it travels on (RFC 5929).

/// Whether this build can use the machine's tickets (feature `kerberos`).
pub const TICKETS: bool = cfg!(feature = "kerberos");

/// The message for a server, in the realm of the machine. Asks the KDC, and so
/// takes the time of a request. `certificate` is the server's, in DER.
#[cfg(feature = "kerberos")]
pub(super) async fn message(host: String, certificate: Option<&[u8]>) -> Result<Vec<u8>, String> {
    use cross_krb5::{ClientCtx, InitiateFlags};

    let binding = certificate.and_then(super::ntlm::binding);
    let asked = tokio::task::spawn_blocking(move || {
        let target = format!("HTTP/{host}");
        let flags = InitiateFlags::NEGOTIATE_TOKEN;
        let begun = ClientCtx::new(flags, None, &target, binding.as_deref());
        begun
            .map(|(_pending, message)| message.to_vec())
            .map_err(|error| error.to_string())
    });
    asked
        .await
        .unwrap_or_else(|_| Err("it was given up".to_owned()))
}

/// There is none to be had.
#[cfg(not(feature = "kerberos"))]
pub(super) async fn message(_: String, _: Option<&[u8]>) -> Result<Vec<u8>, String> {
    std::future::ready(Err("this Joinbell was built without Kerberos".to_owned())).await
}
