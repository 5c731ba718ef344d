//! The windows: made when they are shown, destroyed when they are closed, so
//! that the web processes go away with them.

use std::sync::Arc;

use chrono::Duration;
use desktop::{
    Session,
    account::TICKETS,
    view::{PassphraseView, Problem, SetupView, SignInView},
};
use engine::{Clock as _, clock::SystemClock};
use tauri::{
    AppHandle, LogicalSize, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    webview::NewWindowResponse,
};
use tokio::sync::watch;
use url::Url;

use crate::{commands::words_of, gesture::Gestures, place::Places, ring_window};

/// The windows there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The meetings of the coming days.
    Agenda,
    /// What rings now.
    Ring,
    /// Where a meeting is made or changed.
    Schedule,
    /// Where an account is set up.
    Setup,
    /// Everything the user can set.
    Settings,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [
        Self::Agenda,
        Self::Ring,
        Self::Schedule,
        Self::Setup,
        Self::Settings,
    ];

    /// The window's label, also the name of its capability and of its page.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Agenda => "agenda",
            Self::Ring => "ring",
            Self::Schedule => "schedule",
            Self::Setup => "setup",
            Self::Settings => "settings",
        }
    }
}

/// How large the agenda is before anybody has changed it, in logical pixels.
const AGENDA: LogicalSize<f64> = LogicalSize::new(408.0, 640.0);

/// How long a start may take before what rings does not wait for it any more.
const OPENING_MAX: Duration = Duration::seconds(2);

/// The start of a run, until its agenda is painted. A ring that comes up while
/// the program starts waits for that: two windows which load at once keep each
/// other waiting, and the eye with them.
#[derive(Debug)]
pub(crate) struct Opening(watch::Sender<bool>);

impl Opening {
    /// A run that begins hidden has no window to wait for.
    pub(crate) fn begin(app: &AppHandle, hidden: bool) {
        app.manage(Self(watch::Sender::new(hidden)));
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            SystemClock
                .wait_until(SystemClock.now() + OPENING_MAX)
                .await;
            app.state::<Self>().end();
        });
    }

    /// Waits until the start is over.
    pub(crate) async fn over(&self) {
        let mut opening = self.0.subscribe();
        let _ended = opening.wait_for(|over| *over).await;
    }

    /// The agenda is painted.
    pub(crate) fn end(&self) {
        self.0.send_replace(true);
    }
}

/// Shows a window; one that is there comes to the front. The ring is shown
/// where `ring_gate` lets it, never takes the keyboard by itself, and is not
/// made where nothing rings: an empty one would stand on top of everything.
pub(crate) fn show(app: &AppHandle, kind: Kind) {
    on_main_thread(app, move |app| {
        match (app.get_webview_window(kind.label()), kind) {
            (Some(_), Kind::Ring) => {}
            (Some(window), _) => {
                report(window.unminimize().and_then(|()| window.set_focus()));
            }
            (None, Kind::Ring) if !something_rings(app) => {}
            (None, _) => report(build(app, kind).map(|_window| ())),
        }
    });
}

/// While the program starts nothing but the ring itself has said so.
fn something_rings(app: &AppHandle) -> bool {
    app.try_state::<Session>()
        .is_none_or(|session| !session.ring().borrow().rings.is_empty())
}

/// Gives the keyboard to the ring, where there is one.
pub(crate) fn focus_ring(app: &AppHandle) {
    on_main_thread(app, |app| {
        if let Some(window) = app.get_webview_window(Kind::Ring.label()) {
            report(ring_window::take_keyboard(&window));
        }
    });
}

/// What the set-up window was asked for last.
#[derive(Debug, Default)]
pub(crate) struct SetUp(watch::Sender<Arc<SetupView>>);

impl SetUp {
    /// It, and whatever is asked for from now on, also while the window is open.
    pub(crate) fn asked(&self) -> watch::Receiver<Arc<SetupView>> {
        self.0.subscribe()
    }

    fn ask(&self, account: Option<SignInView>, passphrase: Option<PassphraseView>) {
        self.0.send_replace(Arc::new(SetupView {
            account,
            tickets: TICKETS,
            passphrase,
        }));
    }
}

/// Shows where a new account is set up, or where `again` is signed in again. A
/// window that is open turns to it.
pub(crate) fn show_setup(app: &AppHandle, again: Option<SignInView>) {
    let passphrase = app.state::<Session>().passphrase_wanted();
    app.state::<SetUp>().ask(again, passphrase);
    show(app, Kind::Setup);
}

/// Shows the agenda, or where an account is set up while there is none.
pub(crate) fn show_main(app: &AppHandle) {
    let has_account = app
        .try_state::<Session>()
        .is_some_and(|session| session.agenda().borrow().has_account);
    if has_account {
        show(app, Kind::Agenda);
    } else {
        show_setup(app, None);
    }
}

/// Shows the agenda at a meeting; the window goes there when it lists it.
pub(crate) async fn show_meeting(
    app: &AppHandle,
    session: &Session,
    meeting: &str,
) -> Result<(), Problem> {
    session.show_meeting(meeting).await?;
    show_main(app);
    Ok(())
}

/// Whether a window is there, by its label.
pub(crate) fn is_there(app: &AppHandle, label: &str) -> bool {
    app.get_webview_window(label).is_some()
}

/// Closes a window, when it is there.
pub(crate) fn close(app: &AppHandle, kind: Kind) {
    on_main_thread(app, move |app| {
        if let Some(window) = app.get_webview_window(kind.label()) {
            report(window.destroy());
        }
    });
}

fn on_main_thread(app: &AppHandle, act: impl FnOnce(&AppHandle) + Send + 'static) {
    let handle = app.clone();
    report(app.run_on_main_thread(move || act(&handle)));
}

pub(crate) fn report(outcome: tauri::Result<()>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "the window system refused a change of a window");
    }
}

fn build(app: &AppHandle, kind: Kind) -> tauri::Result<WebviewWindow> {
    let page = WebviewUrl::App(format!("{}.html", kind.label()).into());
    let dev = app
        .config()
        .build
        .dev_url
        .clone()
        .filter(|_| tauri::is_dev());
    let builder = WebviewWindowBuilder::new(app, kind.label(), page)
        .title(title(app, kind))
        .on_navigation(move |url| ours(url, dev.as_ref()))
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false);
    let window = match kind {
        Kind::Agenda => {
            let window = builder
                .inner_size(AGENDA.width, AGENDA.height)
                .min_inner_size(320.0, 400.0)
                .build()?;
            app.state::<Places>().restore(&window, AGENDA)?;
            Ok(window)
        }
        Kind::Schedule => builder
            .inner_size(1040.0, 720.0)
            .min_inner_size(720.0, 560.0)
            .center()
            .build(),
        Kind::Setup => builder
            .inner_size(520.0, 730.0)
            .min_inner_size(360.0, 420.0)
            .center()
            .build(),
        Kind::Settings => builder
            .inner_size(760.0, 620.0)
            .min_inner_size(360.0, 400.0)
            .center()
            .build(),
        Kind::Ring => ring_window::build(app, builder),
    }?;
    Gestures::watch(&window);
    #[cfg(target_os = "linux")]
    crate::web_process::look_after(&window);
    Ok(window)
}

/// Keeps the windows' titles in the language of the moment.
pub(crate) fn follow_language(app: AppHandle, session: &Session) {
    let mut environments = session.environment();
    tauri::async_runtime::spawn(async move {
        while environments.changed().await.is_ok() {
            on_main_thread(&app, |app| {
                for kind in Kind::ALL {
                    if let Some(window) = app.get_webview_window(kind.label()) {
                        report(window.set_title(&title(app, kind)));
                    }
                }
            });
        }
    });
}

/// What the window list shows.
fn title(app: &AppHandle, kind: Kind) -> String {
    let key = match kind {
        Kind::Agenda => return "Joinbell".to_owned(),
        Kind::Ring => "window-ring",
        Kind::Schedule => "window-schedule",
        Kind::Setup => "window-setup",
        Kind::Settings => "window-settings",
    };
    let text = words_of(app, |words| words.text(key));
    format!("Joinbell: {text}")
}

/// Whether a page is one of ours: the only ones a window ever shows.
fn ours(url: &Url, dev: Option<&Url>) -> bool {
    let packed = match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => url.host_str() == Some("tauri.localhost"),
        _ => false,
    };
    packed || dev.is_some_and(|dev| dev.origin() == url.origin())
}

#[cfg(test)]
mod tests {
    use desktop::account::{SignIn, Source};

    use super::*;

    fn account(host: &str) -> SignInView {
        SignInView {
            source: Source::Exchange,
            server: format!("https://{host}/EWS/Exchange.asmx"),
            user: "anna".to_owned(),
            ca_file: String::new(),
            sign_in: SignIn::default(),
        }
    }

    #[test]
    fn sr_39_a_set_up_window_that_is_open_hears_which_account_is_meant_now() {
        let set_up = SetUp::default();
        set_up.ask(Some(account("a.example.org")), None);
        let mut window = set_up.asked();
        let first = window.borrow_and_update().account.clone();
        assert_eq!(first, Some(account("a.example.org")));
        set_up.ask(Some(account("b.example.org")), None);
        assert!(window.has_changed().unwrap());
        let second = window.borrow_and_update().account.clone();
        assert_eq!(second, Some(account("b.example.org")));
        // The same once more is news as well: the window may have come to its end.
        set_up.ask(Some(account("b.example.org")), None);
        assert!(window.has_changed().unwrap());
        set_up.ask(None, None);
        assert_eq!(window.borrow_and_update().account, None);
    }

    #[test]
    fn sr_38_a_window_shows_no_page_but_ours() {
        let dev = Url::parse("http://127.0.0.1:1420").unwrap();
        for (page, fine) in [
            ("tauri://localhost/agenda.html", true),
            ("http://tauri.localhost/agenda.html", true),
            ("http://127.0.0.1:1420/agenda.html", false),
            ("https://example.org/", false),
            ("tauri://evil/agenda.html", false),
            ("http://tauri.localhost.example.org/", false),
            ("http://app.tauri.localhost/", false),
            ("javascript:alert(1)", false),
            ("data:text/html,hello", false),
            ("file:///etc/passwd", false),
            ("about:blank", false),
        ] {
            let url = Url::parse(page).unwrap();
            assert_eq!(ours(&url, None), fine, "{page}");
        }
        let served = Url::parse("http://127.0.0.1:1420/agenda.html").unwrap();
        assert!(ours(&served, Some(&dev)));
        let neighbour = Url::parse("http://127.0.0.1:1421/agenda.html").unwrap();
        assert!(!ours(&neighbour, Some(&dev)));
    }
}
