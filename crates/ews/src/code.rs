//! Response codes and what a right client does about each.

use std::fmt;

/// What a caller can do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// The server asks for quiet: send nothing until the wait is over.
    Throttled,
    /// May pass by itself: repeat reads a few times, ever later.
    Transient,
    /// The rest of a batch was not done: send it again.
    BatchStopped,
    /// The item is no more: drop it, nothing failed.
    Gone,
    /// The item cannot be read: set it aside until its change key moves.
    Broken,
    /// The sync state is of no use any more: pull everything.
    CursorLost,
    /// The folder is no more: look for the calendar again.
    FolderGone,
    /// The subscription is no more: subscribe again, then sync.
    SubscriptionLost,
    /// Another connection of the same user took the stream over.
    StreamTaken,
    /// No rights: wait for an administrator.
    Access,
    /// The impersonating account may not act for this user.
    Impersonation,
    /// There is no mailbox of this name here.
    NoMailbox,
    /// Sign-in failed: stop and ask the user, before an account is locked.
    Credentials,
    /// Somebody else changed the item: read it again, then repeat the intent.
    Conflict,
    /// A limit of size or time was exceeded: ask for less.
    Range,
    /// Nobody of this name: that is an answer.
    NoResults,
    /// The meeting is not the account's to answer, or to call off.
    NotOurs,
    /// A quota is exceeded: tell the user.
    Full,
    /// The request was wrong: never repeat it.
    OurFault,
    /// The certificate is not trusted: nothing was sent.
    Untrusted,
    /// The server could not be reached.
    Unreachable,
    /// What answers is no Exchange Web Services endpoint.
    NotEws,
    /// The answer made no sense.
    Garbled,
    /// The server is one that Joinbell does not serve.
    Unsupported,
    /// Refused for a reason that this client does not know.
    Refused,
}

macro_rules! codes {
    ($($class:ident: $($code:ident)*;)*) => {
        /// A response code of the messages schema. The list holds those that
        /// a client acts on; every other one is [`ResponseCode::Other`].
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the names are Microsoft's, and the class says what they mean")]
        pub enum ResponseCode {
            NoError,
            $($($code,)*)*
            /// A code that is not listed, as the server wrote it.
            Other(String),
        }

        impl ResponseCode {
            /// Reads the code's text.
            pub fn parse(text: &str) -> Self {
                match text.trim() {
                    "NoError" => Self::NoError,
                    $($(stringify!($code) => Self::$code,)*)*
                    other => Self::Other(other.to_owned()),
                }
            }

            /// The code as the server writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    Self::NoError => "NoError",
                    $($(Self::$code => stringify!($code),)*)*
                    Self::Other(text) => text,
                }
            }

            /// What a caller can do about it.
            pub fn class(&self) -> Class {
                match self {
                    $($(Self::$code)|* => Class::$class,)*
                    Self::NoError | Self::Other(_) => Class::Refused,
                }
            }

            #[cfg(test)]
            fn all() -> Vec<Self> {
                vec![$($(Self::$code,)*)*]
            }
        }
    };
}

codes! {
    Throttled: ErrorServerBusy ErrorExceededConnectionCount ErrorExceededSubscriptionCount;
    Transient: ErrorInternalServerTransientError ErrorInternalServerError ErrorTimeoutExpired
        ErrorMailboxStoreUnavailable ErrorMailboxMoveInProgress ErrorMailboxFailover
        ErrorConnectionFailed ErrorADUnavailable ErrorADOperation ErrorInsufficientResources
        ErrorServiceUnavailable ErrorNoRespondingCASInDestinationSite
        ErrorProxyRequestProcessingFailed ErrorFreeBusyGenerationFailed;
    BatchStopped: ErrorBatchProcessingStopped;
    Gone: ErrorItemNotFound ErrorCalendarOccurrenceIsDeletedFromRecurrence
        ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange ErrorRecurrenceHasNoOccurrence;
    Broken: ErrorCorruptData ErrorItemCorrupt ErrorContentConversionFailed ErrorVirusDetected
        ErrorDataSizeLimitExceeded;
    CursorLost: ErrorInvalidSyncStateData;
    FolderGone: ErrorSyncFolderNotFound ErrorFolderNotFound;
    SubscriptionLost: ErrorSubscriptionNotFound ErrorInvalidSubscription
        ErrorSubscriptionUnsubscribed ErrorExpiredSubscription ErrorReadEventsFailed
        ErrorMissedNotificationEvents ErrorInvalidWatermark ErrorProxiedSubscriptionCallFailure;
    StreamTaken: ErrorNewEventStreamConnectionOpened;
    Access: ErrorAccessDenied ErrorNoFreeBusyAccess ErrorSubscriptionAccessDenied
        ErrorSubscriptionDelegateAccessNotSupported;
    Impersonation: ErrorImpersonateUserDenied ErrorImpersonationDenied ErrorImpersonationFailed
        ErrorInvalidExchangeImpersonationHeaderData ErrorCallerIsInvalidADAccount;
    NoMailbox: ErrorNonExistentMailbox ErrorMissingExchangePrincipal ErrorMailRecipientNotFound
        ErrorInvalidSmtpAddress ErrorMailboxLogonFailed ErrorProxyRequestNotAllowed;
    Credentials: ErrorPasswordExpired ErrorPasswordChangeRequired ErrorAccountDisabled;
    Conflict: ErrorIrresolvableConflict ErrorStaleObject ErrorChangeKeyRequired
        ErrorChangeKeyRequiredForWriteOperations ErrorInvalidChangeKey;
    OurFault: ErrorSchemaValidation ErrorInvalidRequest ErrorInvalidPropertySet
        ErrorInvalidIdMalformed ErrorSendMeetingInvitationsRequired
        ErrorSendMeetingInvitationsOrCancellationsRequired ErrorTimeZone
        ErrorCalendarInvalidTimeZone ErrorDuplicateSOAPHeader;
    Unsupported: ErrorInvalidServerVersion;
    Range: ErrorCalendarViewRangeTooBig ErrorTimeIntervalTooBig ErrorMailboxDataArrayTooBig
        ErrorIndividualMailboxLimitReached ErrorCalendarDurationIsTooLong
        ErrorOccurrenceCrossingBoundary ErrorOccurrenceTimeSpanTooBig
        ErrorExceededFindCountLimit;
    NoResults: ErrorNameResolutionNoResults;
    NotOurs: ErrorCalendarIsNotOrganizer ErrorCalendarIsOrganizerForAccept
        ErrorCalendarIsOrganizerForTentative ErrorCalendarIsOrganizerForDecline
        ErrorCalendarIsCancelledForAccept ErrorCalendarIsCancelledForTentative
        ErrorCalendarIsCancelledForDecline;
    Full: ErrorQuotaExceeded ErrorMessageSizeExceeded ErrorRequestStreamTooBig;
}

impl fmt::Display for ResponseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_from_its_own_text() {
        for code in ResponseCode::all() {
            assert_eq!(ResponseCode::parse(code.as_str()), code);
        }
    }

    #[test]
    fn every_listed_code_has_a_class_that_says_what_to_do() {
        for code in ResponseCode::all() {
            assert_ne!(code.class(), Class::Refused, "{code}");
        }
    }

    #[test]
    fn no_code_is_listed_twice() {
        let codes = ResponseCode::all();
        let distinct: std::collections::HashSet<_> = codes.iter().collect();
        assert_eq!(distinct.len(), codes.len());
    }

    /// A misspelt code would never be met, and its class never apply.
    #[test]
    fn every_listed_code_is_one_of_microsofts_schema() {
        let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
        let folder = std::env::var("JOINBELL_SHARED").unwrap_or_else(|_| beside.to_owned());
        let Ok(schema) = std::fs::read_to_string(format!("{folder}/ews-schema/messages.xsd"))
        else {
            println!("skipped: Microsoft's schema is not here");
            return;
        };
        for code in ResponseCode::all() {
            let value = format!("value=\"{code}\"");
            assert!(schema.contains(&value), "{code} is not in the schema");
        }
    }

    #[test]
    fn a_code_nobody_has_heard_of_is_kept_and_refused() {
        let code = ResponseCode::parse("ErrorOfTheFuture");
        assert_eq!(code.as_str(), "ErrorOfTheFuture");
        assert_eq!(code.class(), Class::Refused);
    }
}
