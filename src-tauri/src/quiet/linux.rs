//! What notification daemons and desktops tell. GNOME tells no other program
//! whether its screen is shared: only the shell itself knows.

use std::env;

use gtk::{
    gio::{self, prelude::*},
    glib::Variant,
};

/// Whether anything says that the user wants to be left alone. What does not
/// answer says nothing.
pub(super) fn is_wanted() -> bool {
    Said {
        // Plasma: do-not-disturb, and while the screen is shared.
        inhibited: property("org.freedesktop.Notifications", "Inhibited"),
        // dunst.
        paused: property("org.dunstproject.cmd0", "paused"),
        xfce: xfce(),
        banners: banners(),
    }
    .means_quiet()
}

/// What was said; `None` where nobody did.
#[derive(Debug, Clone, Copy, Default)]
struct Said {
    inhibited: Option<bool>,
    paused: Option<bool>,
    xfce: Option<bool>,
    banners: Option<bool>,
}

impl Said {
    fn means_quiet(self) -> bool {
        let quiet = [self.inhibited, self.paused, self.xfce];
        quiet.contains(&Some(true)) || self.banners == Some(false)
    }
}

/// A property of the notification daemon.
fn property(interface: &str, name: &str) -> Option<bool> {
    let path = "/org/freedesktop/Notifications";
    let reader = "org.freedesktop.DBus.Properties";
    ask(
        ["org.freedesktop.Notifications", path, reader, "Get"],
        (interface, name),
    )
}

/// Xfce's switch for do-not-disturb, which its daemon keeps among the settings.
fn xfce() -> Option<bool> {
    let name = "org.xfce.Xfconf";
    let switch = ("xfce4-notifyd", "/do-not-disturb");
    ask([name, "/org/xfce/Xfconf", name, "GetProperty"], switch)
}

/// Asks for a truth value by its two names, whoever runs already.
fn ask([service, path, interface, method]: [&str; 4], names: (&str, &str)) -> Option<bool> {
    let bus = gio::bus_get_sync(gio::BusType::Session, gio::Cancellable::NONE).ok()?;
    let answer = bus
        .call_sync(
            Some(service),
            path,
            interface,
            method,
            Some(&names.to_variant()),
            None,
            gio::DBusCallFlags::NO_AUTO_START,
            1000,
            gio::Cancellable::NONE,
        )
        .ok()?;
    answer_of(&answer)
}

/// The truth value in an answer of `Get`, whose type is `(v)`.
fn answer_of(answer: &Variant) -> Option<bool> {
    answer.try_child_value(0)?.as_variant()?.get()
}

/// GNOME's switch for do-not-disturb; other desktops have the key without
/// looking at it.
fn banners() -> Option<bool> {
    const SCHEMA: &str = "org.gnome.desktop.notifications";
    const KEY: &str = "show-banners";
    let desktop = env::var("XDG_CURRENT_DESKTOP").unwrap_or_default();
    if !desktop.split(':').any(|name| name == "GNOME") {
        return None;
    }
    // A schema that is not installed would end the program.
    let known = gio::SettingsSchemaSource::default()?.lookup(SCHEMA, true)?;
    known
        .has_key(KEY)
        .then(|| gio::Settings::new(SCHEMA).boolean(KEY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_of_the_system_is_no_wish_for_quiet() {
        assert!(!Said::default().means_quiet());
        let all_well = Said {
            inhibited: Some(false),
            paused: Some(false),
            xfce: Some(false),
            banners: Some(true),
        };
        assert!(!all_well.means_quiet());
    }

    #[test]
    fn each_of_them_is_enough() {
        let said = Said::default();
        for said in [
            Said {
                inhibited: Some(true),
                ..said
            },
            Said {
                paused: Some(true),
                ..said
            },
            Said {
                xfce: Some(true),
                ..said
            },
            Said {
                banners: Some(false),
                ..said
            },
        ] {
            assert!(said.means_quiet(), "{said:?}");
        }
    }

    #[test]
    fn an_answer_of_another_kind_says_nothing() {
        let boxed = |value: Variant| Variant::tuple_from_iter([Variant::from_variant(&value)]);
        assert_eq!(answer_of(&boxed(true.to_variant())), Some(true));
        assert_eq!(answer_of(&boxed("yes".to_variant())), None);
        assert_eq!(answer_of(&true.to_variant()), None);
    }
}
