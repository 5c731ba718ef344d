//! What is asked about meetings that are made, changed and answered.

use desktop::{
    Session,
    view::{CandidateView, Problem, ScheduleView},
};
use tauri::{AppHandle, State, WebviewWindow, ipc::Channel};

use crate::{
    notices,
    request::{
        AnswerRequest, CancelRequest, ChangeRequest, MeetingRequest, PeopleRequest, PurposeRequest,
    },
    watches::Watches,
    windows::{self, Kind},
};

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
    purpose: PurposeRequest,
) -> Result<(), Problem> {
    session
        .open_schedule(purpose.bounded().map_err(|long| long.problem(&session))?)
        .await?;
    windows::show(&app, Kind::Schedule);
    Ok(())
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn change_schedule(
    session: State<'_, Session>,
    change: ChangeRequest,
) -> Result<(), Problem> {
    session
        .change_schedule(change.bounded().map_err(|long| long.problem(&session))?)
        .await
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
    let (text, part) = request.bounded().map_err(|long| long.problem(&session))?;
    session.complete_people(&text, part).await
}

/// Calls a meeting of the user's own off; everybody who was asked hears of it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_meeting(
    window: WebviewWindow,
    session: State<'_, Session>,
    request: CancelRequest,
) -> Result<(), Problem> {
    let (meeting, message) = request.bounded().map_err(|long| long.problem(&session))?;
    notices::in_window(&window, session.cancel_meeting(&meeting, &message).await)
}

/// Takes an appointment of the user's own out of the calendar that has nobody
/// else, and tells nobody; where others are asked by now, nothing is done.
#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_appointment(
    window: WebviewWindow,
    session: State<'_, Session>,
    request: MeetingRequest,
) -> Result<(), Problem> {
    let outcome = session.remove_appointment(request.meeting.as_str()).await;
    notices::in_window(&window, outcome)
}

/// Answers an invitation.
#[tauri::command]
#[specta::specta]
pub(crate) async fn answer_meeting(
    window: WebviewWindow,
    session: State<'_, Session>,
    request: AnswerRequest,
) -> Result<(), Problem> {
    let outcome = session
        .answer_meeting(request.meeting.as_str(), request.answer)
        .await;
    notices::in_window(&window, outcome)
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
