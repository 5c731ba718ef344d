//! Adding a device by way of a service that now and then has no time: the code
//! is good once, so that what was proven must not be lost to one bad answer.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, put},
};
use engine::{SystemClock, remote::enrol::Enrolling};
use scenarios::stage::ANNA;
use vault::{
    hybrid::{
        passport::Audience,
        wire::{Bytes, ConnectorMessage, LetterMessage, OrganizationMessage},
    },
    opaque::OpaqueId,
    remote::{Caller, Stranger},
};

use crate::{
    hostile::Listener,
    scene::{BEN, Scene, seconds},
};

/// Passes everything on, and has no time at the first two looks at an answer.
struct Hurried {
    organization: OpaqueId,
    stranger: Stranger,
    looks: Mutex<BTreeMap<OpaqueId, usize>>,
}

type Shared = State<Arc<Hurried>>;

async fn organization_of(State(hurried): Shared) -> Json<OrganizationMessage> {
    let organization = hurried.organization;
    Json(OrganizationMessage { organization })
}

async fn connector(State(hurried): Shared) -> Json<ConnectorMessage> {
    Json(hurried.stranger.connector().await.unwrap())
}

async fn write(
    State(hurried): Shared,
    Path((_, letter)): Path<(OpaqueId, OpaqueId)>,
    Json(message): Json<LetterMessage>,
) -> StatusCode {
    let sealed = message.sealed.0;
    hurried.stranger.write(letter, sealed).await.unwrap();
    StatusCode::NO_CONTENT
}

async fn answer(
    State(hurried): Shared,
    Path((_, letter)): Path<(OpaqueId, OpaqueId)>,
) -> Result<Json<LetterMessage>, StatusCode> {
    let look = {
        let mut looks = hurried.looks.lock().unwrap();
        let look = looks.entry(letter).or_default();
        *look += 1;
        *look
    };
    match look {
        1 => return Err(StatusCode::TOO_MANY_REQUESTS),
        2 => return Err(StatusCode::SERVICE_UNAVAILABLE),
        _ => {}
    }
    let answer = hurried.stranger.answer(letter).await.unwrap();
    let sealed = Bytes(answer.ok_or(StatusCode::NOT_FOUND)?);
    Ok(Json(LetterMessage { sealed }))
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_a_service_that_has_no_time_for_a_look_leaves_no_device_that_nobody_has() {
    let scene = Scene::new().await;
    let running = scene.connector().await;
    let organization = scene.enrolled(BEN).await.organization;
    let (ca, now) = (scene.ca_file(), seconds());
    let way = Caller::new(
        scene.url().as_str(),
        Some(&ca),
        Audience::Service,
        None,
        now,
    );
    let hurried = Arc::new(Hurried {
        organization,
        stranger: Stranger::new(way.unwrap(), organization),
        looks: Mutex::default(),
    });
    let listener = Listener::beside(&scene).await;
    let url = format!("https://{}", listener.tcp.local_addr().unwrap());
    let letters = "/v1/organizations/{organization}/enrolments/{letter}";
    let router = Router::new()
        .route("/v1/organization", get(organization_of))
        .route("/v1/organizations/{organization}/connector", get(connector))
        .route(letters, put(write))
        .route(&format!("{letters}/answer"), get(answer))
        .with_state(Arc::clone(&hurried));
    tokio::spawn(async move {
        let _served = axum::serve(listener, router).await;
    });

    let url = url.parse().unwrap();
    let begun = Enrolling::begin_at(&url, Some(&ca), ANNA, Arc::new(SystemClock)).await;
    let code = scene.code_of(ANNA).unwrap();
    let device = begun.unwrap().finish(&code).await.unwrap();
    let listed = scene.program().await.devices().await.unwrap();
    assert!(listed.contains(&device.device.to_string()), "{listed}");
    assert_eq!(listed.matches(ANNA).count(), 1, "{listed}");
    {
        let looks = hurried.looks.lock().unwrap();
        assert_eq!(looks.len(), 2, "one letter for the code, one for its proof");
        assert!(looks.values().all(|looks| *looks > 2), "{looks:?}");
    }
    running.stop().await;
    scene.stop().await;
}
