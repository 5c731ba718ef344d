//! Windows, which tells of its focus sessions; while one is on,
//! do-not-disturb is.
//!
//! `SHQueryUserNotificationState` would know of a program in full screen too;
//! neither `windows` nor `winsafe` has a safe binding of it, and this program
//! has no unsafe code (SR-44). What holds notifications back without a session
//! is Windows' own knowledge.

use ::windows::UI::Shell::FocusSessionManager;

/// Whether a focus session is on. Windows before 11 has none.
pub(super) fn is_wanted() -> bool {
    let is_on = || {
        if !FocusSessionManager::IsSupported()? {
            return Ok(false);
        }
        FocusSessionManager::GetDefault()?.IsFocusActive()
    };
    is_on().unwrap_or_else(|error: ::windows::core::Error| {
        tracing::debug!(%error, "Windows does not tell of focus sessions");
        false
    })
}
