//! How WebKit draws the windows on Linux.

/// What switches WebKit's compositing by the GPU off; `0` keeps it.
pub(crate) const WITHOUT_GPU: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";

/// Lets the processor draw, unless the environment says otherwise. A graphics
/// context costs a window more memory and a longer start than all of its
/// content, and nothing here moves enough to be worth that
/// (docs/decisions/0020). Before the first thread and the first window.
#[cfg(target_os = "linux")]
pub(crate) fn without_gpu() {
    if let Err(error) = gtk::glib::setenv(WITHOUT_GPU, "1", false) {
        tracing::warn!(%error, "the windows are drawn by the GPU");
    }
}
