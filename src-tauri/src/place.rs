//! Where the agenda window was when it was closed.

use std::{
    fs, io,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use tauri::{PhysicalPosition, PhysicalSize, WebviewWindow};

/// A window's place on the screens, in physical pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    x: i32,
    y: i32,
    width: u32,
    height: u32,
}

/// Keeps the place in the data folder. It is a convenience: a file that cannot
/// be read or written is passed over.
#[derive(Debug)]
pub(crate) struct Places {
    file: PathBuf,
    last: Mutex<Option<Place>>,
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

    /// Puts a new window where the last one was, if a screen is still there.
    pub(crate) fn restore(&self, window: &WebviewWindow) -> tauri::Result<()> {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(place) = last else { return Ok(()) };
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
