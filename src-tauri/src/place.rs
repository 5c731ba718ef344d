//! Where the agenda window was when it was closed, and where it goes before
//! anybody has put it somewhere: to the tray it is opened from.

use std::{
    fs, io,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use tauri::{LogicalSize, PhysicalPosition, PhysicalRect, PhysicalSize, WebviewWindow};

/// A window's place on the screens, in physical pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    x: i32,
    y: i32,
    width: u32,
    height: u32,
}

/// Room for the title bar above a window, in logical pixels.
const FRAME: f64 = 40.0;

/// Keeps the place in the data folder. It is a convenience: a file that cannot
/// be read or written is passed over.
#[derive(Debug)]
pub(crate) struct Places {
    file: PathBuf,
    last: Mutex<Option<Place>>,
    tray: Mutex<Option<PhysicalPosition<f64>>>,
}

impl Places {
    /// Keeps it in `folder`.
    pub(crate) fn new(folder: &std::path::Path) -> Self {
        let file = folder.join("window.json");
        let last = fs::read(&file)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Self {
            file,
            last: Mutex::new(last),
            tray: Mutex::new(None),
        }
    }

    /// The window was moved or made larger or smaller.
    pub(crate) fn note(&self, window: &tauri::Window) {
        let (Ok(position), Ok(size)) = (window.outer_position(), window.inner_size()) else {
            return;
        };
        let place = Place {
            x: position.x,
            y: position.y,
            width: size.width,
            height: size.height,
        };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
    }

    /// The tray was pressed at `point`, where the system tells; panels which do
    /// not know it say zero.
    pub(crate) fn note_tray(&self, point: PhysicalPosition<f64>) {
        let known = (point.x, point.y) != (0.0, 0.0);
        *self.tray.lock().unwrap_or_else(PoisonError::into_inner) = known.then_some(point);
    }

    /// Writes the place down.
    pub(crate) fn save(&self) {
        if let Err(error) = self.write() {
            tracing::info!(%error, "the place of the window is not kept");
        }
    }

    fn write(&self) -> io::Result<()> {
        let place = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        place.map_or(Ok(()), |place| {
            fs::write(&self.file, serde_json::to_vec(&place)?)
        })
    }

    /// Puts a new window where the last one was, if a screen is still there;
    /// the first one, which has the `usual` size, to the tray.
    pub(crate) fn restore(
        &self,
        window: &WebviewWindow,
        usual: LogicalSize<f64>,
    ) -> tauri::Result<()> {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(place) = last else {
            return self.to_tray(window, usual);
        };
        let screens = window.available_monitors()?;
        let seen = screens
            .iter()
            .any(|screen| place.is_seen_on(*screen.position(), *screen.size()));
        if seen {
            window.set_size(PhysicalSize::new(place.width, place.height))?;
            window.set_position(PhysicalPosition::new(place.x, place.y))?;
        }
        Ok(())
    }

    fn to_tray(&self, window: &WebviewWindow, usual: LogicalSize<f64>) -> tauri::Result<()> {
        let point = *self.tray.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(point) = point else { return Ok(()) };
        if let Some(screen) = window.monitor_from_point(point.x, point.y)? {
            // A window that was not shown yet knows neither its size on Linux
            // nor its frame.
            let framed = LogicalSize::new(usual.width, usual.height + FRAME);
            let size = framed.to_physical(screen.scale_factor());
            let corner = beside(point, *screen.work_area(), size);
            window.set_position(corner)?;
        }
        Ok(())
    }
}

/// The upper left corner of a window of `size` which hangs from `point` in the
/// middle, or stands on it in the lower half of the screen's free area, and
/// does not leave that.
fn beside(
    point: PhysicalPosition<f64>,
    area: PhysicalRect<i32, u32>,
    size: PhysicalSize<u32>,
) -> PhysicalPosition<f64> {
    let (left, top) = (f64::from(area.position.x), f64::from(area.position.y));
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let (right, bottom) = (
        left + f64::from(area.size.width),
        top + f64::from(area.size.height),
    );
    let is_low = point.y > f64::midpoint(top, bottom);
    let y = if is_low { point.y - height } else { point.y };
    PhysicalPosition::new(
        (point.x - width / 2.0).min(right - width).max(left),
        y.min(bottom - height).max(top),
    )
}

impl Place {
    /// Whether the top of the window, by which it is moved, is on a screen.
    fn is_seen_on(self, corner: PhysicalPosition<i32>, size: PhysicalSize<u32>) -> bool {
        let (x, y) = (
            i64::from(self.x) + i64::from(self.width) / 2,
            i64::from(self.y),
        );
        let (left, top) = (i64::from(corner.x), i64::from(corner.y));
        (left..left + i64::from(size.width)).contains(&x)
            && (top..top + i64::from(size.height)).contains(&y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(x: i32, y: i32) -> Place {
        Place {
            x,
            y,
            width: 408,
            height: 640,
        }
    }

    #[test]
    fn a_place_on_a_screen_that_is_gone_is_not_used() {
        let (corner, size) = (PhysicalPosition::new(0, 0), PhysicalSize::new(1920, 1080));
        assert!(place(1500, 0).is_seen_on(corner, size));
        assert!(!place(1900, 0).is_seen_on(corner, size));
        assert!(!place(100, 1080).is_seen_on(corner, size));
        assert!(!place(100, -700).is_seen_on(corner, size));
    }

    #[test]
    fn a_first_window_comes_to_the_tray_it_was_opened_from_and_stays_on_the_screen() {
        let area = PhysicalRect {
            position: PhysicalPosition::new(0, 32),
            size: PhysicalSize::new(1920, 1048),
        };
        let size = PhysicalSize::new(400, 640);
        for (tray, wanted) in [
            // Below a panel at the top, and at its right end.
            ((960.0, 16.0), (760.0, 32.0)),
            ((1900.0, 16.0), (1520.0, 32.0)),
            // On a panel at the bottom, at either end.
            ((1900.0, 1075.0), (1520.0, 435.0)),
            ((10.0, 1075.0), (0.0, 435.0)),
        ] {
            let corner = beside(PhysicalPosition::new(tray.0, tray.1), area, size);
            assert_eq!((corner.x, corner.y), wanted, "{tray:?}");
        }
    }

    #[test]
    fn the_place_is_there_again_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::new(folder.path());
        *places.last.lock().unwrap() = Some(place(7, 9));
        places.save();
        let again = Places::new(folder.path());
        assert_eq!(*again.last.lock().unwrap(), Some(place(7, 9)));
    }

    #[test]
    fn a_damaged_file_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("window.json"), b"{\"x\":1").unwrap();
        assert_eq!(*Places::new(folder.path()).last.lock().unwrap(), None);
    }
}
