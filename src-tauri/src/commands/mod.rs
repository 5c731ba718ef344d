//! What the windows can ask for. Which window may ask for what stands in
//! `capabilities/`; nothing here answers with a secret or an address.

#![expect(
    clippy::needless_pass_by_value,
    reason = "Tauri hands commands their arguments by value"
)]

pub(crate) mod schedule;
pub(crate) mod settings;
pub(crate) mod setup;

use desktop::{
    Session,
    view::{AgendaView, EnvironmentView, OpenedView, Problem, RingView},
    words::{Language, Words},
};
use tauri::{AppHandle, Manager, State, WebviewWindow, ipc::Channel};

use crate::{
    gesture,
    notices::Failures,
    request::{
        AccountRequest, FitRequest, JoinRequest, LinkRequest, MeetingRequest, Name, OpenedRequest,
        RingRequest, SnoozeRequest,
    },
    ring_gate::{Heard, RingGate},
    ring_window,
    watches::Watches,
    windows,
};

/// Says something in the language of the moment.
pub(crate) fn words_of<T>(app: &AppHandle, say: impl FnOnce(&Words) -> T) -> T {
    match app.try_state::<Session>() {
        Some(session) => say(&session.report().borrow().surroundings.words),
        None => say(&Words::new(Language::default())),
    }
}

/// What a window must know before it says its first word.
#[tauri::command]
#[specta::specta]
pub(crate) fn environment(session: State<'_, Session>) -> EnvironmentView {
    EnvironmentView::clone(&session.environment().borrow())
}

/// Sends language and colours now and whenever they change, until the window
/// is gone.
#[tauri::command]
#[specta::specta]
pub(crate) fn watch_environment(
    window: WebviewWindow,
    session: State<'_, Session>,
    watches: State<'_, Watches>,
    channel: Channel<EnvironmentView>,
) {
    watches.follow(window.label(), session.environment(), channel);
}

/// Sends the agenda now and whenever it changes, until the window is gone.
#[tauri::command]
#[specta::specta]
pub(crate) fn watch_agenda(
    window: WebviewWindow,
    session: State<'_, Session>,
    watches: State<'_, Watches>,
    channel: Channel<AgendaView>,
) {
    watches.follow(window.label(), session.agenda(), channel);
}

/// The agenda is painted with its meetings: what rings at the start comes now.
#[tauri::command]
#[specta::specta]
pub(crate) fn agenda_painted(opening: State<'_, windows::Opening>) {
    opening.end();
}

/// Sends what is known of the meeting that the agenda has open, and which one
/// it is to show, until the window is gone.
#[tauri::command]
#[specta::specta]
pub(crate) fn watch_opened(
    window: WebviewWindow,
    session: State<'_, Session>,
    watches: State<'_, Watches>,
    channel: Channel<OpenedView>,
) {
    watches.follow(window.label(), session.opened(), channel);
}

/// The agenda has opened a meeting, or closed the one that was.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_meeting(
    session: State<'_, Session>,
    request: OpenedRequest,
) -> Result<(), Problem> {
    let meeting = request.meeting.as_ref();
    session.open_meeting(meeting.map(Name::as_str)).await
}

/// Shows a meeting in the agenda window.
#[tauri::command]
#[specta::specta]
pub(crate) async fn show_meeting(
    app: AppHandle,
    session: State<'_, Session>,
    request: MeetingRequest,
) -> Result<(), Problem> {
    windows::show_meeting(&app, &session, request.meeting.as_str()).await
}

/// Sends what rings now and whenever that changes, until the window is gone.
#[tauri::command]
#[specta::specta]
pub(crate) fn watch_ring(
    window: WebviewWindow,
    session: State<'_, Session>,
    watches: State<'_, Watches>,
    channel: Channel<RingView>,
) {
    watches.follow(window.label(), session.ring(), channel);
}

/// Opens a link of a meeting, for whoever has just pressed something. A host
/// of no known service takes two presses, and the session counts them.
#[tauri::command]
#[specta::specta]
pub(crate) async fn join(
    window: WebviewWindow,
    session: State<'_, Session>,
    request: JoinRequest,
) -> Result<(), Problem> {
    gesture::answered_for(&window)?;
    let meeting = request.meeting.as_str();
    let host = request.host.as_str();
    if request.anyway {
        session.join_anyway(meeting, request.index, host).await
    } else {
        session.join(meeting, request.index, host).await
    }
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn copy_link(
    session: State<'_, Session>,
    request: LinkRequest,
) -> Result<(), Problem> {
    session
        .copy_link(
            request.meeting.as_str(),
            request.index,
            request.host.as_str(),
        )
        .await
}

/// Opens a meeting in Outlook on the web, for whoever has just pressed something.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_web(
    window: WebviewWindow,
    session: State<'_, Session>,
    request: MeetingRequest,
) -> Result<(), Problem> {
    gesture::answered_for(&window)?;
    session.open_web(request.meeting.as_str()).await
}

/// Puts a mail to the organizer on the clipboard: the user is running late.
#[tauri::command]
#[specta::specta]
pub(crate) async fn running_late(
    session: State<'_, Session>,
    request: MeetingRequest,
) -> Result<(), Problem> {
    session.running_late(request.meeting.as_str()).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn snooze(
    session: State<'_, Session>,
    request: SnoozeRequest,
) -> Result<(), Problem> {
    session.snooze(request.ring.as_str(), request.choice).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn dismiss(
    session: State<'_, Session>,
    request: RingRequest,
) -> Result<(), Problem> {
    session.dismiss(request.ring.as_str()).await
}

/// Closes the ring's window where nothing rings, whatever keeps it there.
#[tauri::command]
#[specta::specta]
pub(crate) fn close_ring(session: State<'_, Session>, gate: State<'_, RingGate>) {
    if session.ring().borrow().rings.is_empty() {
        gate.hear(Heard::Over);
    }
}

/// Sends what failed that was asked for where nothing can be told, such as in
/// the tray, until the window is gone.
#[tauri::command]
#[specta::specta]
pub(crate) fn watch_failures(
    window: WebviewWindow,
    failures: State<'_, Failures>,
    channel: Channel<Problem>,
) {
    failures.follow(window.label(), channel);
}

#[tauri::command]
#[specta::specta]
pub(crate) fn fit_ring(window: WebviewWindow, request: FitRequest) {
    ring_window::fit(&window, request.height);
}

#[tauri::command]
#[specta::specta]
pub(crate) fn refresh(session: State<'_, Session>) {
    session.refresh();
}

/// Shows where a new account is set up.
#[tauri::command]
#[specta::specta]
pub(crate) fn show_setup(app: AppHandle) {
    windows::show_setup(&app, None);
}

/// Shows where this account is signed in again; one that is gone meanwhile is
/// set up anew.
#[tauri::command]
#[specta::specta]
pub(crate) async fn sign_in_again(
    app: AppHandle,
    session: State<'_, Session>,
    request: AccountRequest,
) -> Result<(), ()> {
    let account = session.sign_in_view(request.account.as_str()).await;
    windows::show_setup(&app, account);
    Ok(())
}

#[tauri::command]
#[specta::specta]
pub(crate) fn quit(app: AppHandle) {
    app.exit(0);
}
