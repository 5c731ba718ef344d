//! Modern authentication: bearer tokens by OAuth 2.0 with PKCE (RFC 6749,
//! RFC 7636), signed in in the system's browser (RFC 8252).
//!
//! Exchange on premises takes such tokens from AD FS or, in a hybrid, from
//! Entra ID (Microsoft, "Hybrid modern authentication"). Which of the two is
//! named by the server's own `Bearer` challenge.

mod browser;
mod issuer;
mod tokens;

pub use issuer::{Issuer, issuer};
pub use tokens::{Registration, TokenStore, Tokens};
