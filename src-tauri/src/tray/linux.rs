//! The tray as a StatusNotifierItem.

use std::sync::Arc;

use desktop::{
    Session,
    view::{TrayAction, TrayEntry, TrayIcon, TrayView},
};
use ksni::{Icon, MenuItem, OfflineReason, Status, ToolTip, Tray, TrayMethods, menu::StandardItem};
use tauri::{AppHandle, Manager as _, PhysicalPosition, image::Image};
use tokio::sync::{mpsc, watch};

use super::{act, pictures};
use crate::place::Places;

/// Registers the item and keeps it as the session wants it. Where no panel
/// shows trays yet, the item waits for one.
pub(crate) fn start(app: AppHandle, session: Session) {
    tauri::async_runtime::spawn(async move {
        let views = session.tray();
        let (tell, mut told) = mpsc::unbounded_channel();
        let item = Item {
            app: app.clone(),
            view: Arc::clone(&views.borrow()),
            tell,
        };
        match item.assume_sni_available(true).spawn().await {
            Ok(handle) => {
                tauri::async_runtime::spawn(follow(handle, views));
            }
            Err(error) => {
                tracing::warn!(%error, "no tray: the session bus is not there");
                return;
            }
        }
        while let Some(action) = told.recv().await {
            tauri::async_runtime::spawn(act(app.clone(), session.clone(), action));
        }
    });
}

async fn follow(handle: ksni::Handle<Item>, mut views: watch::Receiver<Arc<TrayView>>) {
    while views.changed().await.is_ok() {
        let view = Arc::clone(&views.borrow_and_update());
        if handle.update(|item| item.view = view).await.is_none() {
            return;
        }
    }
}

struct Item {
    app: AppHandle,
    view: Arc<TrayView>,
    tell: mpsc::UnboundedSender<TrayAction>,
}

impl Item {
    fn tell(&self, action: TrayAction) {
        // Without a receiver the program is ending.
        let _ending = self.tell.send(action);
    }
}

impl Tray for Item {
    fn id(&self) -> String {
        "joinbell".to_owned()
    }

    fn title(&self) -> String {
        "Joinbell".to_owned()
    }

    fn status(&self) -> Status {
        match self.view.icon {
            TrayIcon::NeedsSignIn => Status::NeedsAttention,
            _ => Status::Active,
        }
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        pictures(self.view.icon)
            .into_iter()
            .filter_map(pixmap)
            .collect()
    }

    fn attention_icon_pixmap(&self) -> Vec<Icon> {
        self.icon_pixmap()
    }

    fn tool_tip(&self) -> ToolTip {
        // Some panels read markup here.
        let text = self.view.tooltip.replace('&', "&amp;").replace('<', "&lt;");
        ToolTip {
            title: text,
            ..ToolTip::default()
        }
    }

    fn activate(&mut self, x: i32, y: i32) {
        let point = PhysicalPosition::new(f64::from(x), f64::from(y));
        self.app.state::<Places>().note_tray(point);
        self.tell(TrayAction::OpenAgenda);
    }

    fn secondary_activate(&mut self, _x: i32, _y: i32) {
        if let Some(action) = self.view.middle_click.clone() {
            self.tell(action);
        }
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        self.view.menu.iter().map(entry).collect()
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        tracing::info!(?reason, "no panel shows the tray; waiting for one");
        true
    }
}

fn entry(entry: &TrayEntry) -> MenuItem<Item> {
    match entry {
        TrayEntry::Item { text, action } => {
            let action = action.clone();
            MenuItem::Standard(StandardItem {
                label: label(text),
                activate: Box::new(move |item: &mut Item| item.tell(action.clone())),
                ..StandardItem::default()
            })
        }
        TrayEntry::Note { text } => MenuItem::Standard(StandardItem {
            label: label(text),
            enabled: false,
            ..StandardItem::default()
        }),
        TrayEntry::Separator => MenuItem::Separator,
    }
}

/// A label in which no letter is taken for the access key: com.canonical.dbusmenu
/// marks it by an underscore.
fn label(text: &str) -> String {
    text.replace('_', "__")
}

/// PNG as the ARGB that StatusNotifierItem wants, in network byte order.
fn pixmap(png: &[u8]) -> Option<Icon> {
    let image = Image::from_bytes(png).ok()?;
    let data = image
        .rgba()
        .as_chunks::<4>()
        .0
        .iter()
        .flat_map(|&[r, g, b, a]| [a, r, g, b])
        .collect();
    Some(Icon {
        width: i32::try_from(image.width()).ok()?,
        height: i32::try_from(image.height()).ok()?,
        data,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_a_picture_in_four_sizes() {
        let states = [
            TrayIcon::Idle,
            TrayIcon::Soon,
            TrayIcon::Now,
            TrayIcon::OutOfOffice,
            TrayIcon::Offline,
            TrayIcon::NeedsSignIn,
            TrayIcon::Muted,
        ];
        for state in states {
            let sizes: Vec<i32> = pictures(state)
                .into_iter()
                .filter_map(pixmap)
                .map(|icon| icon.width)
                .collect();
            assert_eq!(sizes, [16, 22, 32, 48], "{state:?}");
        }
    }

    #[test]
    fn an_underscore_in_a_title_is_no_access_key() {
        assert_eq!(label("release_notes"), "release__notes");
    }
}
