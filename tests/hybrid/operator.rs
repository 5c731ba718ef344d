//! Whoever operates the service has its database and its certificate's key,
//! and stands between clients and the connector. It can neither enrol a device
//! of its own nor be given a key.

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
use engine::{
    Clock as _, FailureKind, SystemClock,
    remote::{device::Device, enrol::Enrolling},
};
use scenarios::stage::{ANNA, titles, until};
use vault::{
    Store as _,
    hybrid::{
        enrolment::{Applicant, Application, Attester, Desk, Opening, PublicKeys, Refusal, Reply},
        passport::{Audience, SignKey},
        sealing::OpenKey,
        wire::{Bytes, ConnectorMessage, LetterMessage, OrganizationMessage},
    },
    opaque::OpaqueId,
    remote::{Caller, KeyService, RemoteError, RemoteStore, Stranger},
};

use crate::{
    hostile::Listener,
    scene::{BEN, Scene, now, seconds},
};

/// A service which says that its operator's keys are the connector's, and
/// passes on to the true connector what the client writes to those.
struct Operator {
    organization: OpaqueId,
    sign: SignKey,
    open: OpenKey,
    /// The way to the true connector, by the true service.
    stranger: Stranger,
    connector: PublicKeys,
    mailbox: OpaqueId,
    answers: Mutex<BTreeMap<OpaqueId, Reply>>,
    /// What the true connector said.
    told: Mutex<Vec<Reply>>,
    /// Whether it makes a welcome of its own where it is refused.
    forges: bool,
}

type Shared = State<Arc<Operator>>;

impl Operator {
    fn public(&self) -> PublicKeys {
        PublicKeys {
            signing: self.sign.public(),
            sealing: self.open.public(),
        }
    }

    /// What the true connector says to an application.
    async fn pass_on(&self, application: &Application) -> Reply {
        let letter = OpaqueId::random();
        let sealed = application.seal(&self.connector).unwrap();
        self.stranger.write(letter, sealed).await.unwrap();
        loop {
            if let Some(answer) = self.stranger.answer(letter).await.unwrap() {
                let reply: Reply = serde_json::from_slice(&answer).unwrap();
                self.told.lock().unwrap().push(reply.clone());
                return reply;
            }
            let soon = now() + chrono::Duration::milliseconds(50);
            SystemClock.wait_until(soon).await;
        }
    }

    /// The welcome of a connector that has guessed a code.
    fn forged(&self, enrolment: OpaqueId, device: PublicKeys) -> Reply {
        let opening = Opening {
            enrolment,
            address: BEN.to_owned(),
        };
        let mut desk = Desk::default();
        let code = desk.open(&opening, seconds()()).unwrap();
        let applicant = Applicant {
            organization: self.organization,
            enrolment,
            address: BEN.to_owned(),
            connector: self.public(),
            device,
        };
        let attester = Attester {
            organization: self.organization,
            key: &self.sign,
            public: self.public(),
            key_service: self.open.public(),
            keys_url: "https://keys.example.org",
        };
        let proof = applicant.prove(&code);
        let welcome = desk.prove(&proof, attester, |_| self.mailbox, seconds()());
        Reply::Welcome(Box::new(welcome.unwrap()))
    }

    async fn serve(self: Arc<Self>, scene: &Scene) -> String {
        let listener = Listener::beside(scene).await;
        let address = listener.tcp.local_addr().unwrap();
        let router = Router::new()
            .route("/v1/organization", get(organization))
            .route("/v1/organizations/{organization}/connector", get(connector))
            .route(
                "/v1/organizations/{organization}/enrolments/{letter}",
                put(apply),
            )
            .route(
                "/v1/organizations/{organization}/enrolments/{letter}/answer",
                get(applied),
            )
            .with_state(self);
        tokio::spawn(async move {
            let _served = axum::serve(listener, router).await;
        });
        format!("https://{address}")
    }
}

async fn organization(State(operator): Shared) -> Json<OrganizationMessage> {
    let organization = operator.organization;
    Json(OrganizationMessage { organization })
}

async fn connector(State(operator): Shared) -> Json<ConnectorMessage> {
    let keys = operator.public();
    Json(ConnectorMessage { keys })
}

async fn apply(
    State(operator): Shared,
    Path((_, letter)): Path<(OpaqueId, OpaqueId)>,
    Json(message): Json<LetterMessage>,
) -> StatusCode {
    let application = Application::open(&operator.open, &message.sealed.0).unwrap();
    let mut reply = operator.pass_on(&application).await;
    if let Application::Prove(proof) = application {
        // Nor is it taken in with a device of the operator's own in it.
        let mut own = proof.clone();
        own.device = operator.public();
        operator.pass_on(&Application::Prove(own)).await;
        if operator.forges {
            reply = operator.forged(proof.enrolment, proof.device);
        }
    }
    operator.answers.lock().unwrap().insert(letter, reply);
    StatusCode::NO_CONTENT
}

async fn applied(
    State(operator): Shared,
    Path((_, letter)): Path<(OpaqueId, OpaqueId)>,
) -> Result<Json<LetterMessage>, StatusCode> {
    let answers = operator.answers.lock().unwrap();
    let reply = answers.get(&letter).ok_or(StatusCode::NOT_FOUND)?;
    let sealed = Bytes(serde_json::to_vec(reply).unwrap());
    Ok(Json(LetterMessage { sealed }))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_in_the_middle_of_an_enrolment_gets_no_device_and_no_user() {
    let scene = Scene::new().await;
    let running = scene.connector().await;
    let anna = scene.enrolled(ANNA).await;
    for forges in [false, true] {
        let ca = scene.ca_file();
        let way = Caller::new(
            scene.url().as_str(),
            Some(&ca),
            Audience::Service,
            None,
            seconds(),
        );
        let operator = Arc::new(Operator {
            organization: anna.organization,
            sign: SignKey::generate(),
            open: OpenKey::generate(),
            stranger: Stranger::new(way.unwrap(), anna.organization),
            connector: anna.connector,
            mailbox: anna.mailbox,
            answers: Mutex::default(),
            told: Mutex::default(),
            forges,
        });
        let url = Arc::clone(&operator).serve(&scene).await;
        let url = url.parse().unwrap();
        let begun = Enrolling::begin_at(&url, Some(&ca), BEN, Arc::new(SystemClock)).await;
        let enrolling = begun.unwrap();
        // The code is in Ben's calendar, because somebody has asked for it.
        let code = scene.code_of(BEN).unwrap();
        let refused = enrolling.finish(&code).await.unwrap_err();
        let why = if forges {
            Refusal::Impostor
        } else {
            Refusal::WrongCode
        };
        assert_eq!(refused, why.into());
        let told = operator.told.lock().unwrap().clone();
        let wrong = Reply::Refused {
            why: Refusal::WrongCode,
        };
        assert_eq!(told, [Reply::Sent, wrong.clone(), wrong]);
    }
    let listed = scene.program().await.devices().await.unwrap();
    assert!(listed.contains(ANNA) && !listed.contains(BEN), "{listed}");
    running.stop().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_an_operator_writes_into_the_database_gets_no_key_and_no_answer() {
    let scene = Scene::new().await;
    let running = scene.connector().await;
    let anna = scene.enrolled(ANNA).await;
    let client = scene.client(&anna);
    until(&client, |snapshot| {
        titles(snapshot).contains(&"canary-title of Anna")
    })
    .await;
    client.stop().await;

    let own = Device {
        device: OpaqueId::random(),
        sign: SignKey::generate(),
        open: OpenKey::generate(),
        ..anna
    };
    let path = scene.folder().join("service.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let put = sqlx::query("INSERT INTO device VALUES ($1, $2, $3, $4, $5, NULL)")
        .bind(own.organization.to_string())
        .bind(own.device.to_string())
        .bind(own.mailbox.to_string())
        .bind(own.sign.public().to_vec())
        .bind(own.open.public().to_vec());
    put.execute(&pool).await.unwrap();
    pool.close().await;

    // Ciphertext is what an operator has anyway.
    let (service, keys) = scene.ends(&own);
    let store = RemoteStore::new(service, own.mailbox);
    assert!(!store.series().await.unwrap().is_empty());
    let keys = KeyService::new(keys, own.key_service);
    let refused = keys.release(own.mailbox, &own.open).await;
    assert!(
        matches!(refused, Err(RemoteError::Unknown(_))),
        "{refused:?}"
    );
    let silent = scene.asker(&own, SystemClock).oof().await.unwrap_err();
    assert_eq!(silent.kind, FailureKind::Unreachable, "by the connector");
    running.stop().await;
    scene.stop().await;
}
