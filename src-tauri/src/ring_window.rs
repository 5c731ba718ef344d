//! The ring's window: on top of everything, never in the way of the keyboard,
//! and where the user looks.

#[cfg(target_os = "linux")]
use chrono::Duration;
use desktop::{
    Session,
    settings::{ReminderSettings, RingScreen},
};
#[cfg(target_os = "linux")]
use engine::{Clock as _, clock::SystemClock};
use tauri::{
    AppHandle, LogicalSize, Manager, Monitor, PhysicalPosition, PhysicalRect, WebviewWindow,
    WebviewWindowBuilder,
};

use crate::windows::{Kind, report};

/// Distance of the ring from the edges of the screen, in logical pixels.
const MARGIN: f64 = 16.0;
/// Width of the ring, in logical pixels.
const WIDTH: f64 = 392.0;
/// How far down the screen the ring begins, as a share of it. The system shows
/// the notification beside it in a corner, or in the middle of the top: so
/// neither covers the other.
const DOWN: f64 = 1.0 / 3.0;
/// How long after a change of the screens the ring is placed again, in seconds.
#[cfg(target_os = "linux")]
const SETTLING: [i64; 2] = [1, 4];
/// Height of the ring until its page has told its own, in logical pixels.
const FIRST_HEIGHT: f64 = 190.0;
/// Lowest and highest ring, in logical pixels.
const HEIGHTS: (f64, f64) = (96.0, 880.0);

/// Makes the ring's window out of a window with the ring's page.
pub(crate) fn build(
    app: &AppHandle,
    builder: WebviewWindowBuilder<'_, tauri::Wry, AppHandle>,
) -> tauri::Result<WebviewWindow> {
    let builder = builder
        .inner_size(WIDTH, FIRST_HEIGHT)
        .decorations(false)
        .minimizable(false)
        .maximizable(false)
        .always_on_top(true)
        .visible_on_all_workspaces(true)
        .skip_taskbar(true)
        .focused(false)
        .accept_first_mouse(true);
    appear(app, builder)
}

#[cfg(target_os = "linux")]
fn appear(
    app: &AppHandle,
    builder: WebviewWindowBuilder<'_, tauri::Wry, AppHandle>,
) -> tauri::Result<WebviewWindow> {
    let window = builder.visible(false).build()?;
    place(&window, FIRST_HEIGHT)?;
    if fills_the_screen(app) {
        // The screen it stands on already.
        window.set_fullscreen(true)?;
    }
    window.show()?;
    Ok(window)
}

/// A window that is shown after it was made takes the keyboard on these
/// systems: whoever types would join by Enter and dismiss by Esc. One that is
/// made visible and without the focus does not.
#[cfg(not(target_os = "linux"))]
fn appear(
    app: &AppHandle,
    builder: WebviewWindowBuilder<'_, tauri::Wry, AppHandle>,
) -> tauri::Result<WebviewWindow> {
    let fills = fills_the_screen(app);
    let mut builder = builder.visible(true).fullscreen(fills);
    if let Some(screen) = screen(app)? {
        let scale = screen.scale_factor();
        let at = corner(*screen.work_area(), scale, FIRST_HEIGHT).to_logical::<f64>(scale);
        builder = builder.position(at.x, at.y);
    }
    let window = builder.build()?;
    if !fills {
        // Where screens differ in scale the first place is near it alone.
        place(&window, FIRST_HEIGHT)?;
    }
    Ok(window)
}

/// Gives the keyboard to the ring, for a user who has asked for it.
#[cfg(target_os = "linux")]
pub(crate) fn take_keyboard(window: &WebviewWindow) -> tauri::Result<()> {
    use gtk::prelude::{GtkWindowExt as _, WidgetExt as _};

    let shown = window.gtk_window()?;
    // Until it is painted a window that came without the focus refuses it.
    shown.set_accept_focus(true);
    shown.present();
    window.with_webview(|webview| webview.inner().grab_focus())
}

/// Gives the keyboard to the ring, for a user who has asked for it.
#[cfg(not(target_os = "linux"))]
pub(crate) fn take_keyboard(window: &WebviewWindow) -> tauri::Result<()> {
    window.set_focus()
}

/// Makes the ring as high as its content, in CSS pixels, and never higher than
/// the screen has room for: what does not fit is scrolled to.
pub(crate) fn fit(window: &WebviewWindow, height: u32) {
    if fills_the_screen(window.app_handle()) {
        return;
    }
    let (lowest, highest) = HEIGHTS;
    let screen = window.current_monitor().ok().flatten();
    let room = screen.as_ref().map(|screen| {
        let scale = screen.scale_factor();
        f64::from(screen.work_area().size.height) / scale - 2.0 * MARGIN
    });
    let highest = room.map_or(highest, |room| highest.min(room)).max(lowest);
    let height = f64::from(height).clamp(lowest, highest);
    let size = LogicalSize::new(WIDTH, height);
    // Bounds instead of "not resizable": GTK makes such a window at least
    // 200 pixels high.
    report(
        window
            .set_min_size(None::<LogicalSize<f64>>)
            .and_then(|()| window.set_max_size(None::<LogicalSize<f64>>))
            .and_then(|()| window.set_size(size))
            .and_then(|()| window.set_min_size(Some(size)))
            .and_then(|()| window.set_max_size(Some(size)))
            .and_then(|()| match &screen {
                // Not onto another one, on which the pointer is by now.
                Some(screen) => stand_on(window, screen, height),
                None => Ok(()),
            }),
    );
}

/// Puts the ring, where there is one, onto a screen that is still there. Called
/// when screens have come or gone, or have changed their size.
pub(crate) fn screens_changed(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(Kind::Ring.label()) {
        let told = window.inner_size().and_then(|size| {
            let scale = window.scale_factor()?;
            Ok(f64::from(size.height) / scale)
        });
        report(told.and_then(|height| place(&window, height)));
    }
}

/// From now on the ring follows the screens.
///
/// On Windows and macOS the system moves windows off a screen that goes, and
/// tells of a new scale by the window's own event.
pub(crate) fn follow_screens(app: &AppHandle) {
    #[cfg(target_os = "linux")]
    {
        let Some(screen) = gtk::gdk::Screen::default() else {
            return;
        };
        let handle = app.clone();
        screen.connect_monitors_changed(move |_| settle(&handle));
        let handle = app.clone();
        screen.connect_size_changed(move |_| settle(&handle));
    }
    #[cfg(not(target_os = "linux"))]
    let _elsewhere = app;
}

/// Places the ring at once and again while panels and the window manager find
/// their own places: what they leave free of a screen is told by no event.
#[cfg(target_os = "linux")]
fn settle(app: &AppHandle) {
    screens_changed(app);
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let changed = SystemClock.now();
        for seconds in SETTLING {
            let moment = changed + Duration::seconds(seconds);
            while SystemClock.now() < moment {
                SystemClock.wait_until(moment).await;
            }
            screens_changed(&app);
        }
    });
}

fn fills_the_screen(app: &AppHandle) -> bool {
    settings(app).full_screen
}

fn settings(app: &AppHandle) -> ReminderSettings {
    app.try_state::<Session>()
        .map_or_else(ReminderSettings::default, |session| {
            let report = session.report();
            report.borrow().surroundings.settings.reminders.clone()
        })
}

/// Puts a ring of this height to the right of its screen.
fn place(window: &WebviewWindow, height: f64) -> tauri::Result<()> {
    match screen(window.app_handle())? {
        Some(screen) => stand_on(window, &screen, height),
        None => Ok(()),
    }
}

/// The screen for the ring, where there is any.
fn screen(app: &AppHandle) -> tauri::Result<Option<Monitor>> {
    let pointer = app.cursor_position()?;
    let screen = chosen(
        settings(app).screen,
        app.monitor_from_point(pointer.x, pointer.y)?,
        app.primary_monitor()?,
    );
    // A pointer may stand where no screen is any more, and a system may name
    // no primary one.
    Ok(screen.or(app.available_monitors()?.into_iter().next()))
}

fn stand_on(window: &WebviewWindow, screen: &Monitor, height: f64) -> tauri::Result<()> {
    window.set_position(corner(*screen.work_area(), screen.scale_factor(), height))
}

/// The screen of the user's choice, or the other one where there is no such.
fn chosen<S>(choice: RingScreen, under_pointer: Option<S>, primary: Option<S>) -> Option<S> {
    match choice {
        RingScreen::Pointer => under_pointer.or(primary),
        RingScreen::Primary => primary.or(under_pointer),
    }
}

/// The upper left corner of a ring of this height, in logical pixels, on a
/// screen whose free area is `area`. What is too high begins further up. On a
/// screen that is narrower than the ring, its left edge is what stays in sight.
fn corner(area: PhysicalRect<i32, u32>, scale: f64, height: f64) -> PhysicalPosition<f64> {
    let margin = MARGIN * scale;
    let (left, top) = (f64::from(area.position.x), f64::from(area.position.y));
    let right = left + f64::from(area.size.width);
    let whole = f64::from(area.size.height);
    let lowest = whole - margin - height * scale;
    PhysicalPosition::new(
        (right - WIDTH * scale - margin).max(left),
        top + (whole * DOWN).floor().min(lowest).max(margin),
    )
}

#[cfg(test)]
mod tests {
    use tauri::PhysicalSize;

    use super::*;

    fn area(x: i32, y: i32, width: u32, height: u32) -> PhysicalRect<i32, u32> {
        PhysicalRect {
            position: PhysicalPosition::new(x, y),
            size: PhysicalSize::new(width, height),
        }
    }

    #[test]
    fn the_ring_goes_to_the_chosen_screen_and_to_the_other_where_there_is_none() {
        for (choice, under_pointer, primary, wanted) in [
            (
                RingScreen::Pointer,
                Some("left"),
                Some("right"),
                Some("left"),
            ),
            (
                RingScreen::Primary,
                Some("left"),
                Some("right"),
                Some("right"),
            ),
            (RingScreen::Pointer, None, Some("right"), Some("right")),
            (RingScreen::Primary, Some("left"), None, Some("left")),
            (RingScreen::Primary, None, None, None),
        ] {
            assert_eq!(chosen(choice, under_pointer, primary), wanted);
        }
    }

    #[test]
    fn the_ring_stands_at_the_right_a_third_down_as_long_as_it_has_room_there() {
        for (screen, scale, height, x, y) in [
            (area(0, 0, 1920, 1080), 1.0, 190.0, 1512.0, 360.0),
            // Under a panel, on the right one of two screens, twice as dense.
            (area(1920, 32, 3840, 2128), 2.0, 190.0, 4944.0, 741.0),
            // Left of the main screen.
            (area(-1280, 0, 1280, 1024), 1.0, 190.0, -408.0, 341.0),
            // Upright and narrower than the ring.
            (area(0, 0, 360, 640), 1.0, 190.0, 0.0, 213.0),
            // Many meetings at once: further up, and then all there is.
            (area(0, 0, 1920, 1080), 1.0, 880.0, 1512.0, 184.0),
            (area(0, 40, 1366, 728), 1.0, 696.0, 958.0, 56.0),
            (area(0, 40, 1366, 728), 1.0, 880.0, 958.0, 56.0),
        ] {
            let corner = corner(screen, scale, height);
            assert_eq!((corner.x, corner.y), (x, y), "{screen:?} {height}");
        }
    }
}
