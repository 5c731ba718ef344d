//! What was on the menu that was pressed: it is drawn anew each minute and at
//! each change, also while one is open.

use std::{collections::VecDeque, sync::Arc};

use desktop::view::{TrayAction, TrayEntry, TrayView};

/// So many menus are known that one may still look at.
const KEPT: usize = 16;

/// The menus drawn last.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    next: u64,
    menus: VecDeque<(u64, Arc<TrayView>)>,
}

impl Drawn {
    /// A menu is about to be drawn; the number that its entries carry.
    pub(super) fn note(&mut self, view: Arc<TrayView>) -> u64 {
        self.next += 1;
        if self.menus.len() == KEPT {
            self.menus.pop_front();
        }
        self.menus.push_back((self.next, view));
        self.next
    }

    /// What the entry does that was pressed; nothing where its menu is long
    /// gone.
    pub(super) fn action(&self, id: &str) -> Option<TrayAction> {
        let (menu, at) = id.split_once(':')?;
        let (menu, at) = (menu.parse::<u64>().ok()?, at.parse::<usize>().ok()?);
        let (_, view) = self.menus.iter().find(|(number, _)| *number == menu)?;
        match view.menu.get(at)? {
            TrayEntry::Item { action, .. } => Some(action.clone()),
            TrayEntry::Note { .. } | TrayEntry::Separator => None,
        }
    }
}

/// The name of an entry of a menu.
pub(super) fn id(menu: u64, at: usize) -> String {
    format!("{menu}:{at}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(entries: &[TrayAction]) -> Arc<TrayView> {
        let entries = entries.iter().map(|action| TrayEntry::Item {
            text: String::new(),
            action: action.clone(),
        });
        Arc::new(TrayView {
            icon: desktop::view::TrayIcon::Idle,
            tooltip: String::new(),
            title: String::new(),
            menu: entries.collect(),
            middle_click: None,
        })
    }

    #[test]
    fn an_entry_does_what_stood_there_when_it_was_pressed() {
        let mut drawn = Drawn::default();
        let first = drawn.note(view(&[
            TrayAction::ShowRing,
            TrayAction::OpenAgenda,
            TrayAction::OpenSettings,
            TrayAction::Quit,
        ]));
        // What rang is over: the entries move up.
        let second = drawn.note(view(&[
            TrayAction::OpenAgenda,
            TrayAction::OpenSettings,
            TrayAction::Quit,
        ]));
        let action = |menu, at| drawn.action(&id(menu, at));
        assert_eq!(action(first, 2), Some(TrayAction::OpenSettings));
        assert_eq!(action(second, 2), Some(TrayAction::Quit));
        assert_eq!(action(second, 3), None);
    }

    #[test]
    fn a_menu_that_is_long_gone_does_nothing() {
        let mut drawn = Drawn::default();
        let first = drawn.note(view(&[TrayAction::Quit]));
        for _ in 0..KEPT {
            drawn.note(view(&[TrayAction::OpenAgenda]));
        }
        assert_eq!(drawn.action(&id(first, 0)), None);
        assert_eq!(drawn.action("1"), None);
        assert!(drawn.menus.len() <= KEPT);
    }
}
