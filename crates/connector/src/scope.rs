//! The look at the end of the account's scope (SR-46), which is taken until it
//! is answered.

use engine::FailureKind;
use vault::sensitive::Sensitive;

use crate::{
    Measures,
    check::{self, Scope},
    measures,
    program::Trouble,
    settings::{Settings, WideScope},
};

/// When a look is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Before the first mailbox is touched.
    First,
    /// In a run that has begun: the end was seen then.
    Again,
}

/// What a look at the scope came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looked {
    /// It was answered, and the account may be used.
    Answered,
    /// The password was refused. It must not be tried again and again (SR-25).
    Refused,
    /// Exchange could not be asked.
    Away,
}

/// Tries to act for the mailboxes that are outside of the scope.
///
/// # Errors
/// The account can, or none of them is there at the first look, and the
/// settings do not say to go on all the same.
pub(crate) async fn look(
    settings: &Settings,
    secret: &Sensitive<String>,
    taken: Look,
    measures: &Measures,
) -> Result<Looked, Trouble> {
    let scope = check::scope(settings, secret).await;
    let is_unknown = usize::from(matches!(scope, Scope::Unknown(_)));
    measures::set(&measures.scope_is_unknown, is_unknown);
    let is_unproven = usize::from(matches!(scope, Scope::Unproven));
    measures::set(&measures.scope_is_unproven, is_unproven);
    match scope {
        Scope::Ends => {
            // It may have been wide before a reload.
            measures::set(&measures.scope_is_wide, 0);
            tracing::info!("the account is refused outside of its scope");
        }
        Scope::Wide(number) => {
            let sentence = check::wide(number);
            if settings.mailboxes.wide_scope == WideScope::Refuse {
                return Err(Trouble::Scope(sentence));
            }
            measures::set(&measures.scope_is_wide, 1);
            tracing::error!(number, "THE ACCOUNT'S SCOPE IS TOO WIDE. {sentence}");
        }
        Scope::Unproven => {
            measures::set(&measures.scope_is_wide, 0);
            match (check::must_be_tried(settings), taken) {
                (true, Look::First) => return Err(Trouble::Scope(check::UNTRIED.to_owned())),
                // Somebody has left the company: that gives the account
                // nothing, and must not end what all the others use.
                (true, Look::Again) => tracing::error!(
                    "THE NEXT START WILL FAIL. {} This run goes on.",
                    check::UNTRIED
                ),
                (false, _) => tracing::warn!("nothing proves that the account's scope has an end"),
            }
        }
        Scope::Unknown(failure) => {
            let kind = failure.kind;
            tracing::error!(?kind, "the account's scope is not looked at yet");
            return Ok(match kind {
                FailureKind::Credentials => Looked::Refused,
                _ => Looked::Away,
            });
        }
    }
    Ok(Looked::Answered)
}
