//! Whose mailboxes are looked after: the lines of a file, or the members of a
//! distribution group.

use std::collections::{BTreeMap, BTreeSet};

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
    measures::{self, Measures},
    settings::Settings,
};

/// How often a group is read anew.
pub(crate) const EVERY: Duration = Duration::hours(1);
/// When it is tried again at the start.
pub(crate) const AGAIN: Duration = Duration::seconds(30);
/// So many may leave at once without a question.
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

/// Whom the last run looked after.
pub(crate) async fn last(own: &Vault, settings: &Settings) -> Result<Vec<Entry>, VaultError> {
    let series = own.series(SeriesId(format!("connector/{}", roll::SERIES)));
    let noted = roll::Noted::load(&series).await?;
    Ok(numbered(noted.listed, settings))
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

/// Whether it is taken without a question. Whoever leaves loses keys and
/// devices at once, so that a directory which gives half an answer, or half a
/// file, must not be believed.
pub(crate) fn is_credible(before: &[Entry], after: &[Entry]) -> bool {
    let gone = gone(before, after);
    gone <= FEW || gone * 2 <= before.len()
}

fn gone(before: &[Entry], after: &[Entry]) -> usize {
    let stays: BTreeSet<&str> = after.iter().map(|one| &*one.address).collect();
    let gone = before.iter().filter(|one| !stays.contains(&*one.address));
    gone.count()
}

/// Who wants a list to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// Nobody: a start, or the hour of a group.
    Itself,
    /// Somebody who has the connector reload.
    Somebody,
}

/// What was not taken, until somebody says that it is right.
#[derive(Default)]
pub(crate) struct Doubt(Option<Vec<Entry>>);

impl Doubt {
    /// Whether `read` is taken in the place of `before`. What has lost more
    /// than half is taken when it was refused before and somebody has it read
    /// once more.
    pub(crate) fn takes(
        &mut self,
        (before, read): (&[Entry], &[Entry]),
        by: By,
        measures: &Measures,
    ) -> bool {
        let is_known = |refused: &Vec<Entry>| gone(refused, read) == 0;
        let is_wanted = by == By::Somebody && self.0.as_ref().is_some_and(is_known);
        let is_taken = is_wanted || is_credible(before, read);
        self.0 = (!is_taken).then(|| read.to_vec());
        measures::set(&measures.list_in_doubt, usize::from(!is_taken));
        if !is_taken {
            tracing::error!(
                before = before.len(),
                now = read.len(),
                "more than half of the mailboxes have left at once, which is not taken; reload \
                 once more if it is right"
            );
        }
        is_taken
    }
}

/// Those of the last run, with what `read` says of them.
pub(crate) fn keep(last: Vec<Entry>, read: &[Entry]) -> Vec<Entry> {
    let said: BTreeMap<&str, &Entry> = read.iter().map(|one| (&*one.address, one)).collect();
    // Numbers beyond the end of the list.
    let end = read.iter().map(|one| one.line).max().unwrap_or_default();
    let each = last.into_iter().map(|one| match said.get(&*one.address) {
        Some(entry) => (*entry).clone(),
        None => Entry {
            line: end.saturating_add(one.line),
            ..one
        },
    });
    each.collect()
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

    #[test]
    fn what_was_not_believed_is_taken_when_somebody_has_it_read_once_more() {
        let (before, half) = (entries(0..40), entries(0..12));
        let measures = Measures::default();
        let mut doubt = Doubt::default();
        assert!(doubt.takes((&before, &before), By::Itself, &measures));
        for by in [By::Itself, By::Itself] {
            assert!(!doubt.takes((&before, &half), by, &measures));
        }
        assert!(measures::is(&measures.list_in_doubt));
        // Another loss than the one that was told of.
        for other in [entries(40..80), entries(1..12), entries(39..40)] {
            assert!(!doubt.takes((&before, &other), By::Somebody, &measures));
        }
        assert!(!doubt.takes((&before, &half), By::Somebody, &measures));
        assert!(doubt.takes((&before, &half), By::Somebody, &measures));
        assert!(!measures::is(&measures.list_in_doubt));
        assert!(!doubt.takes((&before, &half), By::Somebody, &measures));
    }

    #[test]
    fn whoever_is_kept_is_called_by_the_line_in_the_list_or_by_one_behind_its_end() {
        let mut read = entries(1..3);
        read[0].zone = Tz::Asia__Tokyo;
        read[1].line = 9;
        let kept = keep(entries(0..3), &read);
        let seen: Vec<_> = kept.iter().map(|one| (one.zone, one.line)).collect();
        assert_eq!(seen, [(Tz::UTC, 10), (Tz::Asia__Tokyo, 1), (Tz::UTC, 9)]);
    }
}
