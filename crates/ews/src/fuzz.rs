//! What a stranger can send, as functions of bytes: the targets of `fuzz/`,
//! which `cargo test` runs over the corpora. None may panic, and none may be
//! slow out of proportion.

use zeroize::Zeroizing;

use crate::{
    item::{Body, BodyType, ItemId, ItemRef, Smtp},
    operation::{
        Answer, AnswerMeeting, AttendeeType, Bodies, CancelMeeting, ConflictResolution, ConvertId,
        CreateItem, Detail, ExpandDl, FindCalendarItems, GetCalendarFolder, GetItem, GetRoomLists,
        GetRooms, GetStreamingEvents, GetUserAvailability, GetUserOofSettings, Invitations,
        Quality, ResolveNames, Sensitivity, Subscribe, SubscriptionId, SuggestTimes,
        SyncFolderItems, Unsubscribe, UpdateItem, When, Word,
    },
    soap,
    transport::{Handshake, Splitter, read_challenge},
};

/// Reads an answer as that of every operation.
pub fn soap_answer(bytes: &[u8]) {
    let document = &*String::from_utf8_lossy(bytes);
    let mailbox = Smtp("anna@example.org".to_owned());
    let start = chrono::DateTime::UNIX_EPOCH;
    let end = start + chrono::Duration::days(1);
    let item = ItemRef {
        id: ItemId("a".to_owned()),
        change_key: None,
    };
    let _ = soap::answer(
        &ConvertId {
            mailbox: mailbox.clone(),
        },
        document,
    );
    let _ = soap::answer(&GetCalendarFolder, document);
    let _ = soap::answer(&FindCalendarItems { start, end }, document);
    let get = GetItem {
        ids: vec![item.id.clone().into()],
        bodies: Bodies::Stored,
        detail: Detail::Series,
        extended: vec![],
    };
    let _ = soap::answer(&get, document);
    let _ = soap::answer(&SyncFolderItems { state: None }, document);
    let _ = soap::answer(&Subscribe, document);
    let id = SubscriptionId("a".to_owned());
    let _ = soap::answer(&Unsubscribe { id }, document);
    let stream = GetStreamingEvents {
        ids: vec![],
        minutes: 29,
    };
    let _ = soap::answer(&stream, document);
    let availability = GetUserAvailability {
        mailboxes: vec![(mailbox.clone(), AttendeeType::Required)],
        start,
        end,
    };
    let _ = soap::answer(&availability, document);
    let suggest = SuggestTimes {
        mailboxes: availability.mailboxes.clone(),
        first: start.date_naive(),
        days: 1,
        minutes: 60,
        least: Quality::Poor,
    };
    let _ = soap::answer(&suggest, document);
    let _ = soap::answer(&GetUserOofSettings { mailbox }, document);
    let create = CreateItem {
        subject: String::new(),
        sensitivity: Sensitivity::Normal,
        body: Body {
            kind: BodyType::Text,
            text: String::new(),
        },
        when: When::Timed { start, end },
        zone: chrono_tz::Tz::UTC,
        location: String::new(),
        required: vec![],
        optional: vec![],
        resources: vec![],
        reminder_minutes: None,
        client_request: String::new(),
        extended: vec![],
        invitations: Invitations::ToNone,
    };
    let _ = soap::answer(&create, document);
    let update = UpdateItem {
        item: item.clone(),
        changes: vec![],
        conflicts: ConflictResolution::AutoResolve,
        invitations: Invitations::ToNone,
    };
    let _ = soap::answer(&update, document);
    let answer = AnswerMeeting {
        item: item.clone(),
        answer: Answer::Accept,
        comment: None,
        word: Word::Kept,
    };
    let _ = soap::answer(&answer, document);
    let cancel = CancelMeeting {
        item,
        comment: None,
    };
    let _ = soap::answer(&cancel, document);
    let names = ResolveNames {
        entry: "a".to_owned(),
    };
    let _ = soap::answer(&names, document);
    let group = Smtp("users@example.org".to_owned());
    let _ = soap::answer(&ExpandDl { group }, document);
    let _ = soap::answer(&GetRoomLists, document);
    let list = String::new();
    let _ = soap::answer(&GetRooms { list }, document);
}

/// Reads a stream in pieces, of which the first byte says the length. The
/// envelopes are the same as those of the whole.
pub fn stream(bytes: &[u8]) {
    let Some((length, bytes)) = bytes.split_first() else {
        return;
    };
    let pieces = bytes.chunks(usize::from(*length).max(1));
    let envelopes = envelopes(pieces);
    assert_eq!(envelopes, self::envelopes([bytes]), "however it is cut");
    let operation = GetStreamingEvents {
        ids: vec![],
        minutes: 29,
    };
    for envelope in envelopes {
        let _ = soap::answer(&operation, &envelope);
    }
}

fn envelopes<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
    let mut splitter = Splitter::of_envelopes();
    let mut found = Vec::new();
    for piece in pieces {
        splitter.push(piece);
        loop {
            match splitter.next() {
                Ok(Some(envelope)) => found.push(envelope),
                Ok(None) => break,
                Err(_) => return found,
            }
        }
    }
    found
}

/// Reads what a host says about a mailbox, in all three languages.
pub fn autodiscover(bytes: &[u8]) {
    crate::autodiscover::read_in_every_language(bytes);
}

/// Answers an NTLM challenge, and reads the names in it.
pub fn ntlm_challenge(bytes: &[u8]) {
    let password = Zeroizing::new("secret".to_owned());
    let mut handshake = Handshake::new("mail.example.org", "EXAMPLE\\anna", &password, None);
    if handshake.hello().is_ok() {
        let _proof = handshake.proof(bytes);
    }
    let _names = read_challenge(bytes);
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("soap_answer", soap_answer)]
    #[case("stream", stream)]
    #[case("autodiscover", autodiscover)]
    #[case("ntlm_challenge", ntlm_challenge)]
    fn sr_28_the_corpora_of_the_fuzz_targets_replay(#[case] target: &str, #[case] run: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
        let mut played = 0;
        for entry in fs::read_dir(folder.join(target)).unwrap() {
            run(&fs::read(entry.unwrap().path()).unwrap());
            played += 1;
        }
        assert!(played >= 8, "{played} files of {target}");
    }
}
