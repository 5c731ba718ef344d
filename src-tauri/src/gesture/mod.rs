//! Whether a window may have a link opened: only while its user has just asked
//! for it with a key or a button (SR-34, docs/decisions/0025). The page looks
//! at the same (`ui/src/lib/by-hand.ts`); here no script of a page can say it.

use desktop::view::{Problem, ProblemCode};
use tauri::{Manager, WebviewWindow};

use crate::commands::words_of;

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod platform;
#[cfg(not(target_os = "linux"))]
#[path = "other.rs"]
mod platform;

pub(crate) use platform::Gestures;

/// Uses up the press that a window's wish to open something comes of; refuses
/// the wish where nobody has pressed anything.
pub(crate) fn answered_for(window: &WebviewWindow) -> Result<(), Problem> {
    if window.state::<Gestures>().take(window) {
        return Ok(());
    }
    tracing::warn!(
        window = window.label(),
        "a link was asked for by nobody's hand"
    );
    let text = words_of(window.app_handle(), |words| words.text("open-not-by-hand"));
    Err(Problem {
        code: ProblemCode::Link,
        text,
    })
}
