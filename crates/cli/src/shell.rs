//! The terminal's side of a session: it rings nothing and opens links.

use desktop::{Shell, ShellRefused, view::NotificationView};
use url::Url;

/// The terminal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TerminalShell;

impl Shell for TerminalShell {
    fn ring(&self, _: &NotificationView) {}

    fn show_ring(&self) {}

    fn hide_ring(&self) {}

    fn withdraw(&self, _: &str) {}

    fn open(&self, address: &Url) -> Result<(), ShellRefused> {
        open::that_detached(address.as_str()).map_err(|error| ShellRefused(error.to_string()))
    }

    fn copy(&self, _: &str) -> Result<(), ShellRefused> {
        Err(ShellRefused("a terminal has no clipboard".to_owned()))
    }
}
