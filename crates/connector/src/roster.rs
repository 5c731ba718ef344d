//! Whose mailboxes are looked after: the lines of a file, or the members of a
//! distribution group.

use std::collections::BTreeSet;

use chrono::Duration;
use engine::{
    Failure, FailureKind,
    exchange::{NotFound, impersonation},
};
use thiserror::Error;
use vault::{SeriesId, Vault, VaultError, sensitive::Sensitive};

use crate::{
    check,
    hub::{account, roll},
    list::{self, BadList, Entry},
    settings::Settings,
};

/// How often a group is read anew.
pub(crate) const EVERY: Duration = Duration::hours(1);
/// When it is tried again at the start.
pub(crate) const AGAIN: Duration = Duration::seconds(30);
/// So many may leave a group at once without a question.
const FEW: usize = 10;

/// Why it is not known whose mailboxes are looked after.
#[derive(Debug, Error)]
pub enum Unread {
    /// The file.
    #[error(transparent)]
    List(#[from] BadList),
    /// The group's server, by the account's address.
    #[error("The server of the distribution group is not found: {0}")]
    NotFound(#[from] NotFound),
    /// The group itself.
    #[error("The distribution group cannot be read: {0}")]
    Group(#[from] Failure),
    /// Nobody is in it.
    #[error("The distribution group has no mailbox in it; name another one as [mailboxes] group")]
    Empty,
}

impl Unread {
    /// Whether the password was refused. It must not be tried again and again
    /// (SR-25).
    pub(crate) fn is_refused(&self) -> bool {
        match self {
            Self::NotFound(error) => matches!(error, NotFound::SignIn { .. }),
            Self::Group(failure) => failure.kind == FailureKind::Credentials,
            Self::List(_) | Self::Empty => false,
        }
    }
}

/// Reads the file, or asks Exchange for the group's members.
pub(crate) async fn read(
    settings: &Settings,
    secret: &Sensitive<String>,
) -> Result<Vec<Entry>, Unread> {
    let mailboxes = &settings.mailboxes;
    let Some(group) = &mailboxes.group else {
        // Settings without either are refused.
        let list = mailboxes.list.clone().unwrap_or_default();
        return Ok(list::read(&list, mailboxes.zone)?);
    };
    let server = if let Some(server) = &settings.exchange.server {
        server.clone()
    } else {
        let (address, confirmed) = (&settings.exchange.account, &settings.exchange.confirmed);
        let account = account(settings, secret);
        let place = impersonation::find_place(address, &account, confirmed).await?;
        place.url.to_string()
    };
    let found = check::at(settings, secret, &server)?.members(group).await?;
    let entries = numbered(found, settings);
    if entries.is_empty() {
        return Err(Unread::Empty);
    }
    Ok(entries)
}

/// Whom the last run looked after, where a group cannot be asked now.
pub(crate) async fn last(own: &Vault, settings: &Settings) -> Result<Vec<Entry>, VaultError> {
    let series = own.series(SeriesId(format!("connector/{}", roll::SERIES)));
    Ok(numbered(roll::known(&series).await?, settings))
}

fn numbered(addresses: impl IntoIterator<Item = String>, settings: &Settings) -> Vec<Entry> {
    let addresses = addresses.into_iter().filter(|one| list::is_address(one));
    let each = addresses.zip(1..).map(|(address, line)| Entry {
        address: address.into(),
        zone: settings.mailboxes.zone,
        line,
    });
    each.collect()
}

/// Whether a group that is read again by itself is taken. Whoever leaves it
/// loses keys and devices at once, so that a directory which gives half an
/// answer must not be believed.
pub(crate) fn is_credible(before: &[Entry], after: &[Entry]) -> bool {
    let stays: BTreeSet<&str> = after.iter().map(|one| &*one.address).collect();
    let gone = before.iter().filter(|one| !stays.contains(&*one.address));
    let gone = gone.count();
    gone <= FEW || gone * 2 <= before.len()
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;

    fn entries(numbers: std::ops::Range<usize>) -> Vec<Entry> {
        let each = numbers.map(|number| Entry {
            address: format!("user{number}@example.org").into(),
            zone: Tz::UTC,
            line: 1,
        });
        each.collect()
    }

    #[test]
    fn a_group_that_has_lost_more_than_half_at_once_is_not_believed() {
        let before = entries(0..40);
        assert!(is_credible(&before, &entries(0..60)));
        assert!(is_credible(&before, &entries(0..20)));
        assert!(!is_credible(&before, &entries(0..19)));
        assert!(!is_credible(&before, &entries(40..80)));
        assert!(is_credible(&entries(0..10), &entries(9..10)));
    }
}
