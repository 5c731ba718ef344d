use serde_json::json;

use super::*;

#[test]
fn sr_39_a_request_with_an_unknown_field_is_refused() {
    let known = json!({ "meeting": "a/1", "index": 0, "host": "acme.webex.com" });
    let mut more = known.clone();
    more["url"] = json!("https://example.org");
    let hostless = json!({ "meeting": "a/1", "index": 0 });
    assert!(serde_json::from_value::<LinkRequest>(hostless).is_err());
    assert!(serde_json::from_value::<LinkRequest>(known).is_ok());
    assert!(serde_json::from_value::<LinkRequest>(more).is_err());
    let form = json!({ "server": "", "user": "", "password": "", "caFile": "", "x": 1 });
    assert!(serde_json::from_value::<AccountForm>(form).is_err());
}

#[test]
fn sr_39_names_are_bounded() {
    for (length, fits) in [(0, false), (1, true), (1024, true), (1025, false)] {
        let name = serde_json::from_value::<Name>(json!("x".repeat(length)));
        assert_eq!(name.is_ok(), fits, "{length}");
    }
}

#[test]
fn sr_39_a_change_of_the_schedule_is_bounded_and_known() {
    let change = |text: usize| {
        let change = json!({ "kind": "title", "text": "x".repeat(text) });
        serde_json::from_value::<ChangeRequest>(change)
            .unwrap()
            .bounded()
    };
    assert!(change(100).is_ok());
    assert!(change(5000).is_err());
    for strange in [
        json!({ "kind": "forward", "to": "bo@example.org" }),
        json!({ "kind": "title", "text": "x", "from": "bo@example.org" }),
        json!({ "kind": "length", "minutes": -30 }),
    ] {
        assert!(serde_json::from_value::<ScheduleChange>(strange).is_err());
    }
}

#[test]
fn sr_39_a_form_with_an_endless_field_is_refused() {
    let request = |password: String| ConnectRequest {
        address: "anna@example.org".to_owned(),
        form: AccountForm {
            server: "https://mail.example.org/EWS/Exchange.asmx".to_owned(),
            user: "anna".to_owned(),
            password,
            ca_file: String::new(),
            sign_in: SignIn::default(),
            found: None,
        },
    };
    assert!(request("secret".to_owned()).bounded().is_ok());
    assert!(request("x".repeat(5000)).bounded().is_err());
}

#[test]
fn sr_39_a_setting_is_named_and_bounded() {
    let change = |name: &str, text: String| json!({ "change": { "name": name, "value": { "kind": "text", "text": text } } });
    let read = |value| serde_json::from_value::<SettingsRequest>(value);
    assert!(
        read(change("theme", "dark".to_owned()))
            .unwrap()
            .bounded()
            .is_ok()
    );
    assert!(
        read(change("theme", "x".repeat(5000)))
            .unwrap()
            .bounded()
            .is_err()
    );
    assert!(read(change("path", "x".to_owned())).is_err());
    let more =
        json!({ "change": { "name": "theme", "value": { "kind": "switch", "on": true, "x": 1 } } });
    assert!(read(more).is_err());
}
