//! What the settings window asks for.

use desktop::{
    Session,
    settings::Settings,
    view::{Problem, ReportView, SettingName, SettingValue, SettingsChange, SettingsView},
};
use tauri::{AppHandle, State, WebviewWindow, ipc::Channel};

use crate::{
    computer, logbook,
    reports::Reports,
    request::{AccountRequest, SettingsRequest},
    shell::Copier,
    system,
    watches::Watches,
    windows::{self, Kind},
};

/// Sends the settings now and whenever they change, until the window is gone.
#[tauri::command]
#[specta::specta]
pub(crate) fn watch_settings(
    window: WebviewWindow,
    session: State<'_, Session>,
    watches: State<'_, Watches>,
    channel: Channel<SettingsView>,
) {
    watches.follow(window.label(), session.settings(), channel);
}

/// Changes one setting; what the system refuses is taken back.
#[tauri::command]
#[specta::specta]
pub(crate) async fn change_setting(
    app: AppHandle,
    session: State<'_, Session>,
    request: SettingsRequest,
) -> Result<(), Problem> {
    let change = request.bounded().map_err(|long| long.problem(&session))?;
    let before = settings_of(&session);
    let settings = session.change_setting(change).await?;
    let Err(problem) = system::follow(&app, &before, &settings) else {
        return Ok(());
    };
    let back = session.undo_setting().await?;
    // What the system took before it takes again.
    if let Err(again) = system::follow(&app, &settings, &back) {
        tracing::warn!(problem = %again.text, "the system refuses what it took before");
    }
    Err(problem)
}

/// Hides titles where others may see them, or shows them again; answers
/// whether they are hidden now.
#[tauri::command]
#[specta::specta]
pub(crate) async fn toggle_titles(session: State<'_, Session>) -> Result<bool, Problem> {
    let privacy = settings_of(&session).privacy;
    let on = !privacy.hide_titles;
    let change = SettingsChange {
        name: SettingName::HideTitles,
        value: SettingValue::Switch { on },
    };
    session.change_setting(change).await?;
    Ok(on)
}

/// Takes the last change back.
#[tauri::command]
#[specta::specta]
pub(crate) async fn undo_setting(
    app: AppHandle,
    session: State<'_, Session>,
) -> Result<(), Problem> {
    let before = settings_of(&session);
    let settings = session.undo_setting().await?;
    system::follow(&app, &before, &settings)
}

fn settings_of(session: &Session) -> Settings {
    session.report().borrow().surroundings.settings.clone()
}

#[tauri::command]
#[specta::specta]
pub(crate) fn show_settings(app: AppHandle) {
    windows::show(&app, Kind::Settings);
}

/// Forgets an account with its password and its meetings.
#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_account(
    session: State<'_, Session>,
    request: AccountRequest,
) -> Result<(), Problem> {
    session.remove_account(request.account.as_str()).await
}

/// Makes the problem report, for the user to look at.
#[tauri::command]
#[specta::specta]
pub(crate) fn problem_report(
    app: AppHandle,
    session: State<'_, Session>,
    reports: State<'_, Reports>,
) -> ReportView {
    let (system, screen) = (computer::system(), computer::screen(&app));
    let log = logbook::lines();
    let report = session.problem_report(desktop::diagnosis::Around {
        system: &system,
        screen: &screen,
        log: &log,
    });
    reports.keep(&report.text);
    report
}

/// Puts the report that was shown last on the clipboard.
#[tauri::command]
#[specta::specta]
pub(crate) fn copy_report(
    clipboard: State<'_, Copier>,
    session: State<'_, Session>,
    reports: State<'_, Reports>,
) -> Result<(), Problem> {
    let copied = reports.copy(&clipboard);
    copied.map_err(|trouble| session.in_words(&trouble))
}
