//! Whatever a page can send (SR-39). Which command takes what is read out of
//! `ui/src/lib/bindings.ts`, which another test holds beside the commands: a
//! type that is new there has no sample here, and that fails.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{prelude::*, sample::Index};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::*;

const BINDINGS: &str = include_str!("../../../ui/src/lib/bindings.ts");

/// What may be left out, by its type: where nothing is meant, nothing may stand.
const OPTIONAL: [(&str, &str); 2] = [
    ("ConnectRequest", "/form/found"),
    ("OpenedRequest", "/meeting"),
];

/// A type that commands take.
struct Taken {
    name: &'static str,
    /// What pages send, in each of its forms.
    sent: Vec<Value>,
    /// Whether it is taken, by the same reading and the same bounds as in the
    /// command: its fields can be had no other way.
    takes: fn(&Value) -> bool,
}

fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    serde_json::from_value(value.clone()).ok()
}

fn taken() -> Vec<Taken> {
    fn of<T: DeserializeOwned>(
        name: &'static str,
        sent: impl IntoIterator<Item = Value>,
        takes: fn(&Value) -> bool,
    ) -> Taken {
        let is_read = |value| assert!(read::<T>(value).is_some(), "{name} {value}");
        let sent: Vec<Value> = sent.into_iter().collect();
        sent.iter().for_each(is_read);
        Taken { name, sent, takes }
    }
    /// With names alone, which bound themselves.
    macro_rules! named {
        ($name:ident, $($sent:tt)+) => {
            of::<$name>(stringify!($name), [$(json!($sent)),+], |value| read::<$name>(value).is_some())
        };
    }
    macro_rules! bounded {
        ($name:ident, $sent:expr) => {
            of::<$name>(stringify!($name), $sent, |value| {
                read::<$name>(value).is_some_and(|request| request.bounded().is_ok())
            })
        };
    }
    let change = |value: Value| json!({ "change": { "name": "theme", "value": value } });
    vec![
        named!(JoinRequest, { "meeting": "a/1", "index": 0, "host": "acme.webex.com", "anyway": true }),
        named!(LinkRequest, { "meeting": "a/1", "index": 0, "host": "acme.webex.com" }),
        named!(MeetingRequest, { "meeting": "a/1" }),
        named!(OpenedRequest, { "meeting": "a/1" } { "meeting": null }),
        named!(RingRequest, { "ring": "r/1" }),
        named!(
            SnoozeRequest,
            { "ring": "r/1", "choice": "minute_before" }
            { "ring": "r/1", "choice": "at_start" }
            { "ring": "r/1", "choice": "five_minutes" }
            { "ring": "r/1", "choice": "ten_minutes" }
        ),
        named!(FitRequest, { "height": 190 }),
        named!(AccountRequest, { "account": "a" }),
        named!(
            AnswerRequest,
            { "meeting": "a/1", "answer": "accept" }
            { "meeting": "a/1", "answer": "tentative" }
            { "meeting": "a/1", "answer": "decline" }
        ),
        bounded!(
            FindRequest,
            [json!({ "address": "anna@example.org", "caFile": "" })]
        ),
        bounded!(ConnectRequest, connecting()),
        bounded!(
            ServiceRequest,
            [json!({ "form": {
                "service": "https://joinbell.example.org",
                "address": "anna@example.org",
                "caFile": "",
            } })]
        ),
        bounded!(
            PassphraseRequest,
            [json!({ "passphrase": "correct horse" })]
        ),
        bounded!(CodeRequest, [json!({ "code": "K7Q2-9FMX" })]),
        bounded!(
            SettingsRequest,
            [
                change(json!({ "kind": "switch", "on": true })),
                change(json!({ "kind": "text", "text": "dark" })),
                change(json!({ "kind": "part", "value": "Zoom", "on": false })),
            ]
        ),
        bounded!(PeopleRequest, [json!({ "text": "bo", "part": "optional" })]),
        bounded!(
            CancelRequest,
            [json!({ "meeting": "a/1", "message": "Moved." })]
        ),
        bounded!(
            PurposeRequest,
            [
                json!({ "kind": "new" }),
                json!({ "kind": "edit", "meeting": "a/1" }),
            ]
        ),
        bounded!(ChangeRequest, changes()),
    ]
}

fn connecting() -> Vec<Value> {
    let found = json!({ "address": "anna@example.org", "trusted": ["ex.example.net:444"] });
    let form = |sign_in: Value, found: &Value| {
        json!({ "address": "anna@example.org", "form": {
            "server": "https://mail.example.org/EWS/Exchange.asmx",
            "user": "anna",
            "password": "secret",
            "caFile": "",
            "signIn": sign_in,
            "found": found,
        } })
    };
    vec![
        form(json!("ntlm"), &found),
        form(json!("ntlm-or-basic"), &Value::Null),
        form(json!("kerberos"), &Value::Null),
        form(
            json!({ "oauth": { "client": "joinbell", "authority": "" } }),
            &found,
        ),
    ]
}

fn changes() -> Vec<Value> {
    vec![
        json!({ "kind": "account", "account": "a" }),
        json!({ "kind": "title", "text": "Review" }),
        json!({ "kind": "message", "text": "Welcome." }),
        json!({ "kind": "invite", "who": "bo@example.org", "part": "required" }),
        json!({ "kind": "uninvite", "address": "bo@example.org" }),
        json!({ "kind": "length", "minutes": 30 }),
        json!({ "kind": "between", "first": "2026-11-23", "last": "2026-11-27" }),
        json!({ "kind": "meet_by", "way": "webex" }),
        json!({ "kind": "own_link", "text": "https://meet.example.org/1" }),
        json!({ "kind": "pick", "index": 0 }),
        json!({ "kind": "move", "quarters": -1 }),
        json!({ "kind": "place", "quarter": 36 }),
        json!({ "kind": "day", "step": -1 }),
        json!({ "kind": "discard" }),
        json!({ "kind": "another" }),
    ]
}

/// Arguments and answer of each command, as its line in the bindings says.
fn commands() -> Vec<(&'static str, &'static str)> {
    BINDINGS
        .lines()
        .filter(|line| line.starts_with('\t') && line.contains("__TAURI_INVOKE"))
        .map(|line| line.split_once(" => ").unwrap())
        .collect()
}

/// The type of each argument of a command but for channels, which carry
/// answers.
fn arguments(command: &'static str) -> impl Iterator<Item = &'static str> {
    let (_, list) = command.split_once('(').unwrap();
    list.trim_end_matches(')')
        .split(", ")
        .filter_map(|argument| argument.split_once(": "))
        .map(|(_, name)| name)
        .filter(|name| !name.starts_with("Channel<"))
}

/// The exported types with what they are, without comments.
fn types() -> BTreeMap<&'static str, String> {
    let without_comments = |text: &str| -> String {
        let mut parts = text.split("/**");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| {
            text + part.split_once("*/").map_or("", |(_, rest)| rest)
        })
    };
    BINDINGS
        .split("\nexport type ")
        .skip(1)
        .map(|part| {
            let (name, rest) = part.split_once(" =").unwrap();
            let body = rest.split(";\n\n").next().unwrap();
            (name, without_comments(body))
        })
        .collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
}

/// The types that `text` is made of, and those which they are made of.
fn made_of<'a>(text: &str, types: &'a BTreeMap<&str, String>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![text];
    while let Some(text) = open.pop() {
        for word in words(text) {
            if let Some((name, body)) = types.get_key_value(word)
                && reached.insert(*name)
            {
                open.push(body);
            }
        }
    }
    reached
}

/// Where something stands in a value, as pointers into it.
fn places(value: &Value, at: &str) -> Vec<String> {
    let mut found = vec![at.to_owned()];
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                found.extend(places(field, &format!("{at}/{name}")));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                found.extend(places(item, &format!("{at}/{index}")));
            }
        }
        _ => {}
    }
    found
}

/// A place within something that a page sends.
struct Place {
    name: &'static str,
    takes: fn(&Value) -> bool,
    sent: Value,
    at: String,
}

impl Place {
    fn value(&self) -> &Value {
        self.sent.pointer(&self.at).unwrap()
    }

    fn fields(&self) -> Option<&Map<String, Value>> {
        self.value().as_object()
    }

    fn is_optional(&self) -> bool {
        OPTIONAL.contains(&(self.name, self.at.as_str()))
    }

    /// That the same with another value here is refused.
    fn refuses(&self, other: Value) {
        let other = with(&self.sent, &self.at, other);
        let shown: String = other.to_string().chars().take(500).collect();
        assert!(!(self.takes)(&other), "{} {shown}", self.name);
    }
}

/// Each place of each sample of each type.
fn each_place() -> Vec<Place> {
    let mut all = Vec::new();
    for Taken { name, sent, takes } in taken() {
        for sent in sent {
            all.extend(places(&sent, "").into_iter().map(|at| Place {
                name,
                takes,
                sent: sent.clone(),
                at,
            }));
        }
    }
    all
}

/// The same value with another one at a place.
fn with(value: &Value, place: &str, other: Value) -> Value {
    let mut value = value.clone();
    *value.pointer_mut(place).unwrap() = other;
    value
}

/// A number of the kind, so that two values can be compared by it.
fn kind(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    }
}

#[test]
fn sr_39_each_type_that_a_command_takes_is_tried_in_each_of_its_forms() {
    let wanted: BTreeSet<&str> = commands()
        .into_iter()
        .flat_map(|(command, _)| arguments(command))
        .collect();
    let tried = taken();
    assert_eq!(
        tried.iter().map(|one| one.name).collect::<BTreeSet<_>>(),
        wanted
    );
    let types = types();
    for one in tried {
        let sent = json!(one.sent).to_string();
        for reached in made_of(one.name, &types) {
            for form in types[reached].split("kind: \"").skip(1) {
                let form = form.split('"').next().unwrap();
                let is_tried = sent.contains(&format!("\"kind\":\"{form}\""));
                assert!(is_tried, "{} with {form}", one.name);
            }
        }
        for value in &one.sent {
            assert!((one.takes)(value), "{} {value}", one.name);
        }
    }
}

#[test]
fn sr_39_a_field_that_is_not_known_is_refused_wherever_it_stands() {
    let mut tried = 0;
    for place in each_place() {
        if let Some(fields) = place.fields() {
            let mut more = fields.clone();
            more.insert("url".to_owned(), json!("https://example.org"));
            place.refuses(Value::Object(more));
            tried += 1;
        }
    }
    assert!(tried > 40, "{tried}");
}

#[test]
fn sr_39_a_field_that_is_missing_is_refused() {
    for place in each_place() {
        for name in place
            .fields()
            .into_iter()
            .flat_map(Map::<String, Value>::keys)
        {
            let at = format!("{}/{name}", place.at);
            if OPTIONAL.contains(&(place.name, at.as_str())) {
                continue;
            }
            let mut fewer = place.fields().unwrap().clone();
            fewer.remove(name);
            place.refuses(Value::Object(fewer));
        }
    }
}

#[test]
fn sr_39_a_value_of_another_kind_is_refused() {
    // The values of all fields in their order are as good to serde as the
    // fields, and as bounded; so the only list here is an empty one.
    let strange = [
        Value::Null,
        json!(true),
        json!(7),
        json!("x"),
        json!([]),
        json!({}),
        json!({ "x": { "y": [null] } }),
    ];
    for place in each_place() {
        for other in &strange {
            let is_nothing = place.value().is_null() || other.is_null();
            let fits = place.is_optional() && is_nothing;
            if kind(other) != kind(place.value()) && !fits {
                place.refuses(other.clone());
            }
        }
    }
}

#[test]
fn sr_39_numbers_texts_and_lists_beyond_all_measure_are_refused() {
    for place in each_place() {
        let others = match place.value() {
            Value::Number(_) => vec![json!(1.5), json!(1e300), json!(u64::MAX), json!(i64::MIN)],
            Value::String(_) => vec![
                json!("x".repeat(MESSAGE_LIMIT + 1)),
                json!("é".repeat(1 << 20)),
            ],
            Value::Array(_) => [PLACES_LIMIT + 1, 100_000]
                .map(|length| json!(vec!["x"; length]))
                .to_vec(),
            Value::Null | Value::Bool(_) | Value::Object(_) => continue,
        };
        for other in others {
            place.refuses(other);
        }
    }
}

/// Anything that can be written down.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => any::<Option<bool>>().prop_map(|on| json!(on)),
        4 => any::<i64>().prop_map(|number| json!(number)),
        2 => any::<f64>().prop_map(|number| json!(number)),
        8 => ".{0,30}".prop_map(|text| json!(text)),
        1 => (0_usize..200_000).prop_map(|length| json!("x".repeat(length))),
    ];
    leaf.prop_recursive(4, 40, 8, |inner| {
        let name = "(kind|text|form|meeting|value|trusted|[a-z]{1,6})";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..40).prop_map(Value::Array),
            prop::collection::hash_map(name, inner, 0..6).prop_map(|fields| json!(fields)),
        ]
    })
}

/// The longest text and the longest list within a value.
fn longest(value: &Value) -> (usize, usize) {
    let of = |items: &mut dyn Iterator<Item = &Value>| {
        items
            .map(longest)
            .fold((0, 0), |(a, b), (c, d)| (a.max(c), b.max(d)))
    };
    match value {
        Value::String(text) => (text.len(), 0),
        Value::Array(items) => {
            let (text, list) = of(&mut items.iter());
            (text, list.max(items.len()))
        }
        Value::Object(fields) => of(&mut fields.values()),
        _ => (0, 0),
    }
}

proptest! {
    #[test]
    fn sr_39_whatever_a_page_sends_is_refused_or_known_and_bounded(
        which: Index,
        changed in prop::collection::vec((any::<Index>(), anything()), 1..4),
    ) {
        let all = each_place();
        let one: &Place = which.get(&all);
        let mut value = one.sent.clone();
        for (at, other) in changed {
            let places = places(&value, "");
            let place: &String = at.get(&places);
            value = with(&value, place, other);
        }
        if (one.takes)(&value) {
            let (text, list) = longest(&value);
            prop_assert!(text <= MESSAGE_LIMIT && list <= PLACES_LIMIT, "{} {}", one.name, value);
        }
    }
}

#[test]
fn sr_39_no_answer_to_a_page_has_a_place_for_a_secret() {
    let types = types();
    let answers: Vec<String> = commands()
        .into_iter()
        .map(|(command, answer)| {
            let channels = command.split("Channel<").skip(1);
            channels.fold(answer.to_owned(), |all, channel| all + " " + channel)
        })
        .collect();
    assert_eq!(answers.len(), crate::bindings::names().len());
    let fields = |name: &str| -> BTreeSet<String> {
        types[name]
            .split(['{', ';', ',', '\n', '\t'])
            .filter_map(|part| part.split_once(':'))
            .map(|(field, _)| field.trim().trim_end_matches('?').to_lowercase())
            .collect()
    };
    let secret = |name: &str| {
        fields(name).into_iter().any(|field| {
            [
                "password",
                "secret",
                "token",
                "cookie",
                "credential",
                "ticket",
            ]
            .iter()
            .any(|word| field.contains(word) && field != "tickets")
        })
    };
    // What a page sends has one.
    assert!(secret("AccountForm"));
    let reached = made_of(&answers.join(" "), &types);
    assert!(reached.contains("AgendaView") && reached.contains("RowView"));
    assert!(reached.contains("StepView") && reached.contains("FailureView"));
    for name in reached {
        assert!(!secret(name), "{name}");
        assert!(
            !name.ends_with("Form") && !name.ends_with("Request"),
            "{name}"
        );
    }
}
