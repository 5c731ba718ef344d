//! The terminal's side of a session: it rings nothing and opens links.

use desktop::{Shell, ShellRefused, handler, view::NotificationView};
use url::Url;

/// The terminal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TerminalShell;

impl Shell for TerminalShell {
    fn ring(&self, _: &NotificationView) {}

    fn show_ring(&self) {}

    fn bring_ring_back(&self) {}

    fn hide_ring(&self) {}

    fn withdraw(&self, _: &str) {}

    fn open(&self, address: &Url) -> Result<(), ShellRefused> {
        handler::open(address, &[])
    }

    fn copy(&self, _: &str) -> Result<(), ShellRefused> {
        Err(ShellRefused("a terminal has no clipboard".to_owned()))
    }
}

/// The terminal while somebody signs in in the browser: the address is printed
/// as well, for a browser that does not come up by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BrowserShell;

impl Shell for BrowserShell {
    fn ring(&self, _: &NotificationView) {}

    fn show_ring(&self) {}

    fn bring_ring_back(&self) {}

    fn hide_ring(&self) {}

    fn withdraw(&self, _: &str) {}

    fn open(&self, address: &Url) -> Result<(), ShellRefused> {
        eprintln!("{address}");
        // Without a browser here the address can be opened by hand.
        let _printed = TerminalShell.open(address);
        Ok(())
    }

    fn copy(&self, text: &str) -> Result<(), ShellRefused> {
        TerminalShell.copy(text)
    }
}
