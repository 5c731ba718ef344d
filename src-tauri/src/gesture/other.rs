//! Windows and macOS, whose web views take keys and buttons without showing
//! them to the program. The page tells whether one was pressed; what can be
//! seen from here is that the window is the one the user is at.

use tauri::WebviewWindow;

use crate::windows::report;

/// Nothing is kept: each wish is looked at by where the user is.
#[derive(Debug, Default)]
pub(crate) struct Gestures;

impl Gestures {
    /// There is nothing to see.
    pub(crate) fn watch(_window: &WebviewWindow) {}

    /// Whether the window has the keyboard or is under the pointer.
    pub(super) fn take(&self, window: &WebviewWindow) -> bool {
        is_at_hand(window).unwrap_or_else(|error| {
            report(Err(error));
            false
        })
    }
}

fn is_at_hand(window: &WebviewWindow) -> tauri::Result<bool> {
    if !window.is_visible()? || window.is_minimized()? {
        return Ok(false);
    }
    if window.is_focused()? {
        return Ok(true);
    }
    let (pointer, corner, size) = (
        window.cursor_position()?,
        window.outer_position()?,
        window.outer_size()?,
    );
    let within = |at: f64, from: i32, length: u32| {
        let from = f64::from(from);
        (from..from + f64::from(length)).contains(&at)
    };
    Ok(within(pointer.x, corner.x, size.width) && within(pointer.y, corner.y, size.height))
}
