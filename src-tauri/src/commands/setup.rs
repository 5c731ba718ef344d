//! What the set-up window asks for.

use std::time::Instant;

use desktop::{
    Session,
    first_run::Attempt,
    view::{FailureView, FoundView, Problem, SetupView, StepView},
};
use engine::clock::{Clock, SystemClock};
use tauri::{AppHandle, State, WebviewWindow, ipc::Channel};

use crate::{
    reports::Reports,
    request::{CodeRequest, ConnectRequest, FindRequest, PassphraseRequest, ServiceRequest},
    watches::Watches,
    windows::{self, Kind, SetUp},
};

/// Sends which account the window is for, now and whenever another one is
/// asked for, until the window is gone.
#[tauri::command]
#[specta::specta]
pub(crate) fn watch_setup(
    window: WebviewWindow,
    set_up: State<'_, SetUp>,
    watches: State<'_, Watches>,
    channel: Channel<SetupView>,
) {
    watches.follow(window.label(), set_up.asked(), channel);
}

/// Searches for the server of an e-mail address, before a password goes
/// anywhere.
#[tauri::command]
#[specta::specta]
pub(crate) async fn find_server(
    session: State<'_, Session>,
    reports: State<'_, Reports>,
    request: FindRequest,
    channel: Channel<StepView>,
) -> Result<FoundView, FailureView> {
    let (address, ca_file) = request.bounded().map_err(|long| long.failure(&session))?;
    let begun = begun();
    let mut tell = |step| told(&channel, step);
    let found = session
        .search_server(&address, &ca_file, || begun.elapsed(), &mut tell)
        .await;
    found.map_err(|failure| kept(&reports, *failure))
}

/// Asks the server what it lets the user do, and keeps the account.
#[tauri::command]
#[specta::specta]
pub(crate) async fn connect(
    session: State<'_, Session>,
    reports: State<'_, Reports>,
    request: ConnectRequest,
    channel: Channel<StepView>,
) -> Result<(), FailureView> {
    let (address, form) = request.bounded().map_err(|long| long.failure(&session))?;
    let mut tell = |step| told(&channel, step);
    let connected = session
        .set_up(Attempt { address, form }, SystemClock.now(), &mut tell)
        .await;
    connected
        .map(|_account| ())
        .map_err(|failure| kept(&reports, *failure))
}

/// Has a code put into the user's calendar by a hybrid service.
#[tauri::command]
#[specta::specta]
pub(crate) async fn ask_for_code(
    session: State<'_, Session>,
    reports: State<'_, Reports>,
    request: ServiceRequest,
) -> Result<(), FailureView> {
    let asked = session
        .request_code(request.bounded().map_err(|long| long.failure(&session))?)
        .await;
    asked.map_err(|failure| kept(&reports, *failure))
}

/// Proves the code, and keeps the account.
#[tauri::command]
#[specta::specta]
pub(crate) async fn add_device(
    session: State<'_, Session>,
    reports: State<'_, Reports>,
    request: CodeRequest,
) -> Result<(), FailureView> {
    let added = session
        .enrol(&request.bounded().map_err(|long| long.failure(&session))?)
        .await;
    added
        .map(|_account| ())
        .map_err(|failure| kept(&reports, *failure))
}

/// Shows a made-up day in a program of its own, one at a time.
#[tauri::command]
#[specta::specta]
pub(crate) async fn show_demo(
    session: State<'_, Session>,
    reports: State<'_, Reports>,
) -> Result<(), FailureView> {
    let shown = session.show_demo();
    shown.map_err(|failure| kept(&reports, *failure))
}

/// Keeps passwords and keys under a passphrase from now on, where there is no
/// keyring.
#[tauri::command]
#[specta::specta]
pub(crate) async fn choose_passphrase(
    session: State<'_, Session>,
    request: PassphraseRequest,
) -> Result<(), Problem> {
    let passphrase = request.bounded().map_err(|long| long.problem(&session))?;
    session.choose_passphrase(passphrase).await
}

/// Opens what is kept under the passphrase.
#[tauri::command]
#[specta::specta]
pub(crate) async fn enter_passphrase(
    session: State<'_, Session>,
    request: PassphraseRequest,
) -> Result<(), Problem> {
    let passphrase = request.bounded().map_err(|long| long.problem(&session))?;
    session.enter_passphrase(passphrase).await
}

/// Does without the passphrase, and without what is kept under it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn forget_passphrase(session: State<'_, Session>) -> Result<(), Problem> {
    session.forget_passphrase().await
}

/// Closes the set-up window and shows the agenda.
#[tauri::command]
#[specta::specta]
pub(crate) fn finish_setup(app: AppHandle) {
    windows::show(&app, Kind::Agenda);
    windows::close(&app, Kind::Setup);
}

fn told(channel: &Channel<StepView>, step: StepView) {
    if let Err(error) = channel.send(step) {
        tracing::info!(%error, "the window that sets up is gone");
    }
}

fn kept(reports: &Reports, failure: FailureView) -> FailureView {
    reports.keep(&failure.report);
    failure
}

/// When a step begins. It is shown, and nothing is decided by it.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a step took is only shown"
)]
fn begun() -> Instant {
    Instant::now()
}
