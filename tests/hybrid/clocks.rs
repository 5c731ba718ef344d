//! A device whose clock is not the service's.

use chrono::Duration;
use engine::{Backend as _, FailureKind, ServiceFailure};
use scenarios::stage::{ANNA, ZONE};

use super::{
    deceived::{Ahead, Reached},
    scene::{Scene, now},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_off_is_told_as_that_and_not_as_a_device_that_is_unknown() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let device = scene.enrolled(ANNA).await;
    let reached = Reached {
        service: scene.url(),
        ca: scene.ca_file(),
        clock: Ahead::default(),
    };
    let backend = reached.backend(&device);
    let versions = std::collections::BTreeMap::new();
    let pull = async || {
        let known = engine::backend::Known {
            cursor: None,
            versions: &versions,
            same_window: false,
        };
        let window = calendar::Window::around(now(), ZONE);
        backend.pull(window, ZONE, known).await.map(|_| ())
    };
    let off = FailureKind::Service(ServiceFailure::Clock);
    reached.clock.by(Duration::minutes(3));
    assert_eq!(pull().await.unwrap_err().kind, off, "ahead");
    reached.clock.by(Duration::minutes(-3));
    assert_eq!(pull().await.unwrap_err().kind, off, "behind");
    // Who is revoked and has a clock that is right is told the other thing
    // (`revoked.rs`).
    reached.clock.by(Duration::zero());
    assert_eq!(pull().await, Ok(()));
    connector.stop().await;
    scene.stop().await;
}
