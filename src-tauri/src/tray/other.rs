//! The tray of Windows and macOS.

use std::sync::{Arc, Mutex, PoisonError};

use desktop::{
    Session,
    view::{TrayAction, TrayEntry, TrayView},
};
use tauri::{
    AppHandle, Manager as _,
    image::Image,
    menu::{Menu, MenuBuilder, MenuItemBuilder},
    tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent},
};

use super::{
    act,
    drawn::{Drawn, id},
    pictures,
};
use crate::place::Places;

const ID: &str = "joinbell";

/// Makes the tray and keeps it as the session wants it.
pub(crate) fn start(app: AppHandle, session: Session) {
    let views = session.tray();
    let drawn = Arc::new(Mutex::new(Drawn::default()));
    let made = make(&app, &session, Arc::clone(&drawn));
    if let Err(error) = made {
        tracing::warn!(%error, "the system shows no tray");
        return;
    }
    tauri::async_runtime::spawn(async move {
        let mut views = views;
        loop {
            let view = Arc::clone(&views.borrow_and_update());
            let number = drawn
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .note(Arc::clone(&view));
            let handle = app.clone();
            let drawing = app.run_on_main_thread(move || {
                if let Err(error) = draw(&handle, &view, number) {
                    tracing::warn!(%error, "the tray could not be drawn");
                }
            });
            if drawing.is_err() || views.changed().await.is_err() {
                return;
            }
        }
    });
}

fn make(app: &AppHandle, session: &Session, pressed: Arc<Mutex<Drawn>>) -> tauri::Result<()> {
    let (menu_session, click_session) = (session.clone(), session.clone());
    TrayIconBuilder::with_id(ID)
        .icon_as_template(true)
        .show_menu_on_left_click(false)
        .on_menu_event(move |app, event| {
            let action = {
                let drawn = pressed.lock().unwrap_or_else(PoisonError::into_inner);
                drawn.action(event.id().as_ref())
            };
            if let Some(action) = action {
                let acting = act(app.clone(), menu_session.clone(), action);
                tauri::async_runtime::spawn(acting);
            }
        })
        .on_tray_icon_event(move |tray, event| {
            let TrayIconEvent::Click {
                button,
                button_state: MouseButtonState::Up,
                position,
                ..
            } = event
            else {
                return;
            };
            let action = match button {
                MouseButton::Left => Some(TrayAction::OpenAgenda),
                MouseButton::Middle => click_session.tray().borrow().middle_click.clone(),
                MouseButton::Right => None,
            };
            if let Some(action) = action {
                let app = tray.app_handle().clone();
                app.state::<Places>().note_tray(position);
                tauri::async_runtime::spawn(act(app, click_session.clone(), action));
            }
        })
        .build(app)?;
    Ok(())
}

fn draw(app: &AppHandle, view: &TrayView, number: u64) -> tauri::Result<()> {
    let Some(tray) = app.tray_by_id(ID) else {
        return Ok(());
    };
    let [_, _, picture, _] = pictures(view.icon);
    tray.set_icon_with_as_template(Some(Image::from_bytes(picture)?), cfg!(target_os = "macos"))?;
    tray.set_tooltip(Some(&view.tooltip))?;
    tray.set_title((!view.title.is_empty()).then_some(&view.title))?;
    tray.set_menu(Some(menu(app, view, number)?))
}

fn menu(app: &AppHandle, view: &TrayView, number: u64) -> tauri::Result<Menu<tauri::Wry>> {
    let mut builder = MenuBuilder::new(app);
    for (at, entry) in view.menu.iter().enumerate() {
        builder = match entry {
            TrayEntry::Item { text, .. } => {
                builder.item(&MenuItemBuilder::with_id(id(number, at), label(text)).build(app)?)
            }
            TrayEntry::Note { text } => builder.item(
                &MenuItemBuilder::new(label(text))
                    .enabled(false)
                    .build(app)?,
            ),
            TrayEntry::Separator => builder.separator(),
        };
    }
    builder.build()
}

/// A label in which no letter is taken for the access key.
fn label(text: &str) -> String {
    text.replace('&', "&&")
}
