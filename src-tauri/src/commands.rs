//! What the windows can ask for. Which window may ask for what stands in
//! `capabilities/`; nothing here answers with a secret or an address.

#![expect(
    clippy::needless_pass_by_value,
    reason = "Tauri hands commands their arguments by value"
)]

use desktop::{
    Session,
    view::{
        AccountForm, AgendaView, CandidateView, Problem, RingView, ScheduleChange, SchedulePurpose,
        ScheduleView,
    },
};
use serde::Serialize;
use specta::Type;
use tauri::{AppHandle, State, WebviewWindow, ipc::Channel};

use crate::{
    request::{
        AnswerRequest, CancelRequest, FindRequest, FitRequest, LinkRequest, MeetingRequest,
        PeopleRequest, RingRequest, SnoozeRequest, bounded, bounded_change, bounded_purpose,
    },
    ring_window,
    watches::Watches,
    windows::{self, Kind},
};

/// What a window must know before it says its first word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnvironmentView {
    /// ISO 639 code of the language, for example "sv".
    pub(crate) language: String,
}

#[tauri::command]
#[specta::specta]
pub(crate) fn environment(environment: State<'_, EnvironmentView>) -> EnvironmentView {
    environment.inner().clone()
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

#[tauri::command]
#[specta::specta]
pub(crate) async fn join(session: State<'_, Session>, request: LinkRequest) -> Result<(), Problem> {
    session.join(request.meeting.as_str(), request.index).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn copy_link(
    session: State<'_, Session>,
    request: LinkRequest,
) -> Result<(), Problem> {
    session
        .copy_link(request.meeting.as_str(), request.index)
        .await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn open_web(
    session: State<'_, Session>,
    request: MeetingRequest,
) -> Result<(), Problem> {
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

#[tauri::command]
#[specta::specta]
pub(crate) fn show_setup(app: AppHandle) {
    windows::show(&app, Kind::Setup);
}

/// Finds the server of an e-mail address, for the user to look at before a
/// password goes there.
#[tauri::command]
#[specta::specta]
pub(crate) async fn find_server(
    session: State<'_, Session>,
    request: FindRequest,
) -> Result<String, Problem> {
    let (address, ca_file) = request.bounded()?;
    session.find_server(&address, &ca_file).await
}

/// Asks the server whether it takes the account and keeps it when it does.
#[tauri::command]
#[specta::specta]
pub(crate) async fn add_account(
    session: State<'_, Session>,
    form: AccountForm,
) -> Result<(), Problem> {
    session.add_account(bounded(form)?).await.map(|_account| ())
}

/// Closes the set-up window and shows the agenda.
#[tauri::command]
#[specta::specta]
pub(crate) fn finish_setup(app: AppHandle) {
    windows::show(&app, Kind::Agenda);
    windows::close(&app, Kind::Setup);
}

/// Sends the schedule window's content now and whenever it changes, until the
/// window is gone.
#[tauri::command]
#[specta::specta]
pub(crate) fn watch_schedule(
    window: WebviewWindow,
    session: State<'_, Session>,
    watches: State<'_, Watches>,
    channel: Channel<ScheduleView>,
) {
    watches.follow(window.label(), session.schedule(), channel);
}

/// Begins a new meeting, goes on with the draft that was left, or changes a
/// meeting of the user's own.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_schedule(
    app: AppHandle,
    session: State<'_, Session>,
    purpose: SchedulePurpose,
) -> Result<(), Problem> {
    session.open_schedule(bounded_purpose(purpose)?).await?;
    windows::show(&app, Kind::Schedule);
    Ok(())
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn change_schedule(
    session: State<'_, Session>,
    change: ScheduleChange,
) -> Result<(), Problem> {
    session.change_schedule(bounded_change(change)?).await
}

/// Sends what the schedule window shows; what comes of it the window watches.
#[tauri::command]
#[specta::specta]
pub(crate) async fn send_schedule(session: State<'_, Session>) -> Result<(), Problem> {
    session.send_schedule().await
}

/// People or rooms whose name or address begins as typed, the likeliest first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn complete_people(
    session: State<'_, Session>,
    request: PeopleRequest,
) -> Result<Vec<CandidateView>, Problem> {
    let (text, part) = request.bounded()?;
    session.complete_people(&text, part).await
}

/// Calls a meeting of the user's own off; everybody who was asked hears of it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_meeting(
    session: State<'_, Session>,
    request: CancelRequest,
) -> Result<(), Problem> {
    let (meeting, message) = request.bounded()?;
    session.cancel_meeting(&meeting, &message).await
}

/// Answers an invitation.
#[tauri::command]
#[specta::specta]
pub(crate) async fn answer_meeting(
    session: State<'_, Session>,
    request: AnswerRequest,
) -> Result<(), Problem> {
    session
        .answer_meeting(request.meeting.as_str(), request.answer)
        .await
}

/// Makes a meeting of half an hour in the user's own room, beginning now, and
/// puts its link on the clipboard.
#[tauri::command]
#[specta::specta]
pub(crate) async fn meet_now(session: State<'_, Session>) -> Result<(), Problem> {
    session.meet_now().await
}

/// Closes the schedule window; the session keeps the draft.
#[tauri::command]
#[specta::specta]
pub(crate) fn close_schedule(app: AppHandle) {
    windows::close(&app, Kind::Schedule);
}

#[tauri::command]
#[specta::specta]
pub(crate) fn quit(app: AppHandle) {
    app.exit(0);
}
