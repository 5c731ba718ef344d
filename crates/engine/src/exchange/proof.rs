//! What an account proves itself by.

use std::sync::Arc;

use ews::{Basic, Credentials, checkup::By, oauth::Tokens};
use vault::sensitive::Sensitive;
use zeroize::Zeroizing;

/// What an account proves itself by. Clones share it.
#[derive(Debug, Clone)]
pub enum Proof {
    /// A password.
    Password(Arc<Sensitive<String>>, Basic),
    /// The Kerberos ticket of whoever is logged in to this machine.
    Ticket,
    /// Tokens that a sign-in in the browser gave.
    Tokens(Arc<Tokens>),
}

impl Proof {
    /// A password as it was typed.
    pub fn typed(password: String, basic: Basic) -> Self {
        Self::Password(Arc::new(Sensitive::new(password)), basic)
    }

    /// A password that is proven by NTLM and never sent.
    pub fn password(password: Sensitive<String>) -> Self {
        Self::Password(Arc::new(password), Basic::Refused)
    }

    /// What kind it is.
    pub fn by(&self) -> By {
        match self {
            Self::Password(_, basic) => By::Password(*basic),
            Self::Ticket => By::Ticket,
            Self::Tokens(_) => By::Tokens,
        }
    }

    /// As `ews` takes it, for a user by the server's name for them.
    pub(super) fn credentials(&self, user: &str) -> Credentials {
        match self {
            Self::Password(password, basic) => Credentials::Password {
                user: user.to_owned(),
                password: Zeroizing::new(password.expose().clone()),
                basic: *basic,
            },
            Self::Ticket => Credentials::Ticket,
            Self::Tokens(tokens) => Credentials::Tokens(Arc::clone(tokens)),
        }
    }
}
