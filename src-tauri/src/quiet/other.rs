//! Windows and macOS.

/// Windows tells by `SHQueryUserNotificationState` (a program in full screen,
/// a presentation, focus assist), which needs a binding; macOS tells programs
/// nothing. Until then a ring is shown: one too many is better than a missed
/// meeting.
pub(super) fn is_wanted() -> bool {
    false
}
