//! A desk without a screen.

use desktop::{Shell, ShellRefused, view::NotificationView};
use url::Url;

/// A shell that shows nothing.
pub struct Dark;

impl Shell for Dark {
    fn ring(&self, _: &NotificationView) {}
    fn show_ring(&self) {}
    fn bring_ring_back(&self) {}
    fn hide_ring(&self) {}
    fn withdraw(&self, _: &str) {}
    fn open(&self, _: &Url) -> Result<(), ShellRefused> {
        Ok(())
    }
    fn copy(&self, _: &str) -> Result<(), ShellRefused> {
        Ok(())
    }
}
