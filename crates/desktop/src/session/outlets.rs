//! Where the screens go.

use std::sync::Arc;

use tokio::sync::watch;

use super::{handle::Report, state::Screens};
use crate::view::{
    AccountView, AgendaView, EnvironmentView, OpenedView, RingView, ScheduleView, SettingsView,
    TrayView,
};

/// One outlet for each thing that is watched.
pub(super) struct Outlets {
    pub(super) agenda: watch::Sender<Arc<AgendaView>>,
    pub(super) opened: watch::Sender<Arc<OpenedView>>,
    pub(super) ring: watch::Sender<Arc<RingView>>,
    pub(super) tray: watch::Sender<Arc<TrayView>>,
    pub(super) accounts: watch::Sender<Arc<Vec<AccountView>>>,
    pub(super) report: watch::Sender<Arc<Report>>,
    pub(super) schedule: watch::Sender<Arc<ScheduleView>>,
    pub(super) settings: watch::Sender<Arc<SettingsView>>,
    pub(super) environment: watch::Sender<Arc<EnvironmentView>>,
}

impl Outlets {
    /// Tells what has changed where nobody has windows.
    pub(super) fn tell(&self, report: Report) {
        renew(&self.report, report);
    }

    /// Shows what rings, before the rest.
    pub(super) fn draw_ring(&self, ring: RingView) {
        renew(&self.ring, ring);
    }

    /// Shows what has changed.
    pub(super) fn draw(&self, screens: Screens, report: Report, schedule: ScheduleView) {
        renew(&self.agenda, screens.agenda);
        renew(&self.opened, screens.opened);
        renew(&self.ring, screens.ring);
        renew(&self.tray, screens.tray);
        renew(&self.accounts, screens.accounts);
        renew(&self.report, report);
        renew(&self.schedule, schedule);
        renew(&self.settings, screens.settings);
        renew(&self.environment, screens.environment);
    }
}

/// Shows a value when it is another one than before.
fn renew<T: PartialEq>(outlet: &watch::Sender<Arc<T>>, value: T) {
    outlet.send_if_modified(|shown| {
        let changed = **shown != value;
        if changed {
            *shown = Arc::new(value);
        }
        changed
    });
}
