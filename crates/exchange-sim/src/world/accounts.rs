//! How accounts are found and signed in: redirects, tokens, mailboxes made anew.

use chrono::{DateTime, Utc};

use super::id::MailboxGuid;
use super::mailbox::Mailbox;
use super::{World, WorldError};

/// A token that signs an account in.
#[derive(Clone, Debug)]
pub(super) struct Token {
    address: String,
    until: DateTime<Utc>,
}

impl World {
    /// Makes Autodiscover send those who ask for an address elsewhere: to
    /// another address, or to a URL.
    pub fn redirect(&mut self, address: &str, target: &str) {
        self.redirects
            .insert(address.to_ascii_lowercase(), target.to_owned());
    }

    pub(crate) fn redirect_of(&self, address: &str) -> Option<&str> {
        self.redirects
            .get(&address.to_ascii_lowercase())
            .map(String::as_str)
    }

    /// Makes a distribution group of addresses, in the place of one of the
    /// same name.
    pub fn put_group(&mut self, address: &str, members: impl IntoIterator<Item = String>) {
        let members = members.into_iter().collect();
        self.groups.insert(address.to_ascii_lowercase(), members);
    }

    /// The members of a group.
    pub(crate) fn group(&self, address: &str) -> Option<&[String]> {
        let members = self.groups.get(&address.to_ascii_lowercase());
        members.map(Vec::as_slice)
    }

    /// Lets a bearer token sign an account in until a moment.
    pub fn allow_token(&mut self, token: &str, address: &str, until: DateTime<Utc>) {
        let token_of = Token {
            address: address.to_ascii_lowercase(),
            until,
        };
        self.tokens.insert(token.to_owned(), token_of);
    }

    /// Takes an account's tokens back.
    pub(crate) fn forget_tokens(&mut self, address: &str) {
        self.tokens.retain(|_, token| token.address != address);
    }

    /// Whom a token signs in now.
    pub(crate) fn signed_in_by(&self, token: &str) -> Option<&Mailbox> {
        let token = self.tokens.get(token)?;
        self.mailbox(&token.address)
            .filter(|_| self.now < token.until)
    }

    /// Gives a mailbox and all that is in it new ids, as a mailbox has that
    /// was restored; older ids and sync states are worthless.
    ///
    /// # Errors
    /// When there is no such mailbox.
    pub fn recreate_mailbox(&mut self, address: &str) -> Result<(), WorldError> {
        self.count(address);
        let mailbox = self.open(address)?;
        mailbox.generation += 1;
        let guid = MailboxGuid::of(&mailbox.address, mailbox.generation);
        let old = std::mem::replace(&mut mailbox.guid, guid.clone());
        let address = mailbox.address.clone();
        self.by_guid.remove(&old);
        self.by_guid.insert(guid, address);
        Ok(())
    }
}
