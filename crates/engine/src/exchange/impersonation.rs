//! One account that acts for many mailboxes (ApplicationImpersonation).
//! Reference: "Impersonation and EWS in Exchange".

use std::{collections::BTreeSet, sync::Arc};

use calendar::join::Services;
use ews::{
    Class, Client, Error,
    autodiscover::Way,
    item::Smtp,
    operation::{ConvertId, ExpandDl, GetCalendarFolder, MemberKind},
};
use url::Url;

use super::{Account, ExchangeBackend, NotFound, listing, write_back::WriteBack};
use crate::backend::{Failure, FailureKind};

/// Groups in a group, and mailboxes of all of them, beyond which something is
/// wrong.
const GROUPS_MAX: usize = 1_000;
const MAILBOXES_MAX: usize = 100_000;

/// An account with the right to impersonate, at one server. Clones share its
/// sign-in and its connections.
#[derive(Debug, Clone)]
pub struct ServiceAccount {
    pub(super) client: Client,
    services: Arc<Services>,
    server: Arc<listing::Server>,
}

/// Whether the account may act for a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Yes: its calendar was read.
    Granted,
    /// No: the mailbox is outside of the account's scope.
    Denied,
    /// The server has no such mailbox.
    NoMailbox,
}

/// Where a mailbox is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The address of EWS.
    pub url: Url,
    /// Autodiscover's `GroupingInformation`: mailboxes with the same one can
    /// share a stream. `None` where Autodiscover does not tell.
    pub grouping: Option<String>,
}

impl ServiceAccount {
    /// Prepares; nothing is sent yet.
    pub fn new(account: &Account, services: Services) -> Result<Self, Failure> {
        Ok(Self {
            client: account.client()?,
            services: Arc::new(services),
            server: Arc::default(),
        })
    }

    /// The mailbox of an address as a back end. It is made anew for each use:
    /// what many mailboxes have in common stays here.
    pub fn mailbox(&self, address: &str, write_back: Option<WriteBack>) -> ExchangeBackend {
        let address = Smtp(address.to_owned());
        ExchangeBackend {
            client: self.client.for_mailbox(address.clone()),
            address: Some(address),
            services: Services::clone(&self.services),
            rooms: None,
            write_back,
            server: Arc::clone(&self.server),
        }
    }

    /// Whether the server is there, is trusted and lets the account in
    /// (ConvertId, as nobody else).
    pub async fn reach(&self) -> Result<(), Failure> {
        let mailbox = Smtp("user@example.org".to_owned());
        Ok(self.client.call(&ConvertId { mailbox }).await.map(drop)?)
    }

    /// Whether the account may act for a mailbox (GetFolder of its calendar).
    pub async fn access(&self, address: &str) -> Result<Access, Failure> {
        let client = self.client.for_mailbox(Smtp(address.to_owned()));
        match client.call(&GetCalendarFolder).await {
            Ok(_) => Ok(Access::Granted),
            Err(Error::Refused { code, .. }) if code.class() == Class::Impersonation => {
                Ok(Access::Denied)
            }
            Err(Error::Refused { code, .. }) if code.class() == Class::NoMailbox => {
                Ok(Access::NoMailbox)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The mailboxes of a distribution group and of the groups in it, in lower
    /// case and in order. Contacts and other members are left out.
    ///
    /// # Errors
    /// A list that is not whole is none: the server tells no more than a part,
    /// or one of the groups cannot be read.
    pub async fn members(&self, group: &str) -> Result<Vec<String>, Failure> {
        let mut waiting = vec![group.trim().to_lowercase()];
        let mut seen: BTreeSet<String> = waiting.iter().cloned().collect();
        let mut mailboxes = BTreeSet::new();
        while let Some(group) = waiting.pop() {
            let found = self.client.call(&ExpandDl { group: Smtp(group) }).await?;
            if !found.complete || seen.len() > GROUPS_MAX || mailboxes.len() > MAILBOXES_MAX {
                return Err(Failure {
                    kind: FailureKind::Refused,
                    sentence: "The distribution group is too large to be read as a whole; use \
                               several smaller ones in it, or a list"
                        .to_owned(),
                });
            }
            for member in found.members {
                let address = member.address.0.to_lowercase();
                match member.kind {
                    MemberKind::Mailbox => {
                        mailboxes.insert(address);
                    }
                    // Groups may be in each other.
                    MemberKind::Group if seen.insert(address.clone()) => waiting.push(address),
                    MemberKind::Group | MemberKind::Other => {}
                }
            }
        }
        Ok(mailboxes.into_iter().collect())
    }

    /// Forgets the refusals of the sign-in so far.
    pub fn try_again(&self) {
        self.client.try_again();
    }
}

/// Finds the server of a mailbox by Autodiscover, signed in as `account`
/// where nobody tells it otherwise. `account.server` is not looked at.
pub async fn find_place(
    address: &str,
    account: &Account,
    confirmed: &[String],
) -> Result<Place, NotFound> {
    let way = Way {
        ca_file: account.ca_file.clone(),
        confirmed: confirmed.to_vec(),
        dial: Arc::clone(&account.dial),
        wants_grouping: true,
        ..Way::default()
    };
    let credentials = account.proof.credentials(&account.user);
    let found = ews::autodiscover::find_as(address, &credentials, &way)
        .await
        .outcome?;
    Ok(Place {
        url: found.url,
        grouping: found.grouping,
    })
}
