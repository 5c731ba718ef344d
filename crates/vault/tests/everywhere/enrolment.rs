//! A device is taken in by who reads the code in the calendar, and by nobody
//! else, whoever carries the messages.

#![allow(clippy::unwrap_used, reason = "a test ends where a step fails")]

use vault::{
    hybrid::{
        enrolment::{Applicant, Attester, CODE_GOOD_FOR, Code, Desk, Opening, PublicKeys, Refusal},
        passport::SignKey,
        sealing::OpenKey,
        wire::Bytes,
    },
    opaque::OpaqueId,
};

const NOW: u64 = 1_800_000_000;
const ORGANIZATION: OpaqueId = OpaqueId([1; 16]);
const MAILBOX: OpaqueId = OpaqueId([2; 16]);
const KEY_SERVICE: [u8; 32] = [9; 32];
const KEYS_URL: &str = "https://keys.example.org";

fn keys() -> (SignKey, PublicKeys) {
    let signing = SignKey::generate();
    let public = PublicKeys {
        signing: signing.public(),
        sealing: OpenKey::generate().public(),
    };
    (signing, public)
}

struct Scene {
    desk: Desk,
    connector: SignKey,
    public: PublicKeys,
    applicant: Applicant,
}

impl Scene {
    fn new() -> Self {
        let (connector, public) = keys();
        let applicant = Applicant {
            organization: ORGANIZATION,
            enrolment: OpaqueId::random(),
            address: "Anna@example.org ".to_owned(),
            connector: public,
            device: keys().1,
        };
        Self {
            desk: Desk::default(),
            connector,
            public,
            applicant,
        }
    }

    fn open(&mut self, now: u64) -> Code {
        let opening = Opening {
            enrolment: self.applicant.enrolment,
            address: self.applicant.address.clone(),
        };
        self.desk.open(&opening, now).unwrap()
    }

    fn prove(
        &mut self,
        proof: &vault::hybrid::enrolment::Proof,
        now: u64,
    ) -> Result<vault::hybrid::enrolment::Welcome, Refusal> {
        let attester = Attester {
            organization: ORGANIZATION,
            key: &self.connector,
            public: self.public,
            key_service: KEY_SERVICE,
            keys_url: KEYS_URL,
        };
        let mailbox = |address: &str| {
            assert_eq!(address, "anna@example.org");
            MAILBOX
        };
        self.desk.prove(proof, attester, mailbox, now)
    }
}

fn typed(code: &Code) -> Code {
    Code::read(&code.shown().to_lowercase().replace('-', " ")).unwrap()
}

#[test]
fn who_types_the_code_is_taken_in_and_knows_by_whom() {
    let mut scene = Scene::new();
    let code = typed(&scene.open(NOW));
    let proof = scene.applicant.prove(&code);
    let welcome = scene.prove(&proof, NOW + CODE_GOOD_FOR - 1).unwrap();
    assert_eq!(scene.applicant.accept(&code, &welcome), Ok(()));
    let said = &welcome.attestation;
    assert_eq!((said.mailbox, said.keys), (MAILBOX, scene.applicant.device));
    assert!(said.is_by(&scene.public.signing));
    assert!(!said.is_by(&keys().1.signing));
}

#[test]
fn a_code_is_good_once_and_for_ten_minutes() {
    let mut scene = Scene::new();
    let code = typed(&scene.open(NOW));
    let proof = scene.applicant.prove(&code);
    assert_eq!(
        scene.prove(&proof, NOW + CODE_GOOD_FOR),
        Err(Refusal::NoCode)
    );

    let mut scene = Scene::new();
    let code = typed(&scene.open(NOW));
    let proof = scene.applicant.prove(&code);
    assert!(scene.prove(&proof, NOW).is_ok());
    assert_eq!(scene.prove(&proof, NOW), Err(Refusal::NoCode));
}

#[test]
fn three_wrong_proofs_end_an_enrolment() {
    let mut scene = Scene::new();
    let code = typed(&scene.open(NOW));
    let wrong = scene.applicant.prove(&Code::generate());
    for _ in 0..3 {
        assert_eq!(scene.prove(&wrong, NOW), Err(Refusal::WrongCode));
    }
    let right = scene.applicant.prove(&code);
    assert_eq!(scene.prove(&right, NOW), Err(Refusal::NoCode));
}

#[test]
fn who_carries_the_messages_cannot_put_its_own_device_in() {
    let mut scene = Scene::new();
    let code = typed(&scene.open(NOW));
    let mut proof = scene.applicant.prove(&code);
    proof.device = keys().1;
    assert_eq!(scene.prove(&proof, NOW), Err(Refusal::WrongCode));
}

#[test]
fn who_carries_the_messages_cannot_put_its_own_connector_in() {
    let mut scene = Scene::new();
    let (false_key, false_public) = keys();
    // The client is shown the false keys, and the real connector the proof.
    let code = typed(&scene.open(NOW));
    scene.applicant.connector = false_public;
    let proof = scene.applicant.prove(&code);
    assert_eq!(scene.prove(&proof, NOW), Err(Refusal::WrongCode));
    // The false connector answers on its own, with a code it has guessed.
    let mut desk = Desk::default();
    let opening = Opening {
        enrolment: scene.applicant.enrolment,
        address: scene.applicant.address.clone(),
    };
    let guessed = desk.open(&opening, NOW).unwrap();
    let attester = Attester {
        organization: ORGANIZATION,
        key: &false_key,
        public: false_public,
        key_service: KEY_SERVICE,
        keys_url: KEYS_URL,
    };
    let guess = scene.applicant.prove(&guessed);
    let welcome = desk.prove(&guess, attester, |_| MAILBOX, NOW).unwrap();
    assert_eq!(
        scene.applicant.accept(&code, &welcome),
        Err(Refusal::Impostor)
    );
}

#[test]
fn nothing_of_a_welcome_can_be_changed() {
    let mut scene = Scene::new();
    let code = typed(&scene.open(NOW));
    let proof = scene.applicant.prove(&code);
    let welcome = scene.prove(&proof, NOW).unwrap();
    let mut changed = [(); 5].map(|()| welcome.clone());
    changed[0].key_service = [8; 32];
    changed[1].attestation.mailbox = OpaqueId([3; 16]);
    changed[2].attestation.device = OpaqueId([3; 16]);
    changed[3].attestation.issued += 1;
    changed[4].mac = Bytes(vec![0; 32]);
    for welcome in changed {
        assert_eq!(
            scene.applicant.accept(&code, &welcome),
            Err(Refusal::Impostor)
        );
    }
}

#[test]
fn codes_have_eighty_bits_and_forgive_look_alikes() {
    let code = Code::generate();
    assert_eq!(code.shown().len(), 19);
    assert_ne!(code, Code::generate());
    assert_eq!(
        Code::read("oOiI-lL00-0000-0000"),
        Code::read("0011 1100 0000 0000")
    );
    for bad in [
        "",
        "0000-0000-0000-000",
        "0000-0000-0000-0000-0",
        "U000-0000-0000-0000",
        "é000-0000-0000-0000",
    ] {
        assert!(Code::read(bad).is_none(), "{bad}");
    }
    assert_eq!(format!("{code:?}"), "Code(‹redacted›)");
}
