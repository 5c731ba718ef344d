//! Signing in with tokens: the browser's part is played by an HTTP client, the
//! authority is the one beside the simulated server. All over real sockets.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use ews::{
    Client, Credentials, Endpoint, Error, Options, StreamReader,
    oauth::{Issuer, Registration, TokenStore, Tokens, issuer},
    operation::{GetStreamingEvents, Notice, Subscribe},
    transport::Tcp,
};
use exchange_sim::{SignIn, Simulator, demo, world::details::Details};
use url::Url;
use zeroize::Zeroizing;

use crate::network::{ask, serve};

#[derive(Default)]
struct Drawer(Mutex<Option<String>>);

impl Drawer {
    fn holds(&self) -> Option<String> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait::async_trait]
impl TokenStore for Drawer {
    async fn load(&self) -> Option<Zeroizing<String>> {
        self.holds().map(Zeroizing::new)
    }

    async fn keep(&self, token: Option<&str>) {
        *self.0.lock().unwrap() = token.map(str::to_owned);
    }
}

async fn server() -> Simulator {
    serve(exchange_sim::Options {
        sign_in: SignIn::Bearer,
        ..exchange_sim::Options::default()
    })
    .await
}

fn registration(server: &Simulator, issuer: Issuer) -> Registration {
    Registration {
        issuer,
        client_id: "joinbell".to_owned(),
        server: Url::parse(&server.ews_url()).unwrap(),
    }
}

async fn tokens(server: &Simulator) -> (Arc<Tokens>, Arc<Drawer>) {
    let endpoint = Endpoint::new(&server.ews_url(), None).unwrap();
    let issuer = issuer(&endpoint, &Tcp).await.unwrap().unwrap();
    let drawer = Arc::new(Drawer::default());
    let store = Arc::clone(&drawer) as Arc<dyn TokenStore>;
    let tokens = Tokens::new(registration(server, issuer), store, None).unwrap();
    (Arc::new(tokens), drawer)
}

fn client(server: &Simulator, tokens: &Arc<Tokens>) -> Result<Client, Error> {
    let endpoint = Endpoint::new(&server.ews_url(), None).unwrap();
    let credentials = Credentials::Tokens(Arc::clone(tokens));
    Client::new(endpoint, credentials, Options::default())
}

fn http() -> reqwest::Client {
    let _present = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// Fills the page in; gives where the browser is sent.
async fn fill_in(page: Url, password: &str) -> Url {
    let form = form(&[("UserName", demo::ADDRESS), ("Password", password)]);
    let answer = http()
        .post(page)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap();
    Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap()
}

/// What a person does in the browser.
fn person(page: &Url) {
    let page = page.clone();
    tokio::spawn(async move {
        let back = fill_in(page, demo::PASSWORD).await;
        let shown = http().get(back).send().await.unwrap();
        assert!(shown.text().await.unwrap().contains("You are signed in"));
    });
}

#[tokio::test]
async fn a_sign_in_in_the_browser_gives_tokens_that_the_server_takes() {
    let server = server().await;
    let (tokens, drawer) = tokens(&server).await;
    let client = client(&server, &tokens).unwrap();
    let none = client.call(&ask()).await;
    assert!(matches!(none, Err(Error::SignInNeeded { .. })), "{none:?}");
    tokens.sign_in(person).await.unwrap();
    client.call(&ask()).await.unwrap();
    client.call(&ask()).await.unwrap();
    let served = server
        .requests()
        .into_iter()
        .filter(|one| one.status == 200);
    assert_eq!(served.count(), 2);
    assert!(drawer.holds().is_some());
    assert_eq!(format!("{tokens:?}"), "Tokens(‹redacted›)");
}

#[tokio::test]
async fn a_token_that_has_run_out_is_refreshed_and_the_new_refresh_token_kept() {
    let server = server().await;
    let (tokens, drawer) = tokens(&server).await;
    tokens.sign_in(person).await.unwrap();
    let client = client(&server, &tokens).unwrap();
    client.call(&ask()).await.unwrap();
    let first = drawer.holds();
    server.advance(Duration::from_hours(2));
    client.call(&ask()).await.unwrap();
    assert!(drawer.holds().is_some() && drawer.holds() != first);
}

#[tokio::test]
async fn after_a_restart_the_kept_refresh_token_is_enough() {
    let server = server().await;
    let (before, drawer) = tokens(&server).await;
    before.sign_in(person).await.unwrap();
    let (after, empty) = tokens(&server).await;
    empty.keep(drawer.holds().as_deref()).await;
    client(&server, &after).unwrap().call(&ask()).await.unwrap();
}

#[tokio::test]
async fn tokens_taken_back_ask_for_the_browser_and_are_forgotten() {
    let server = server().await;
    let (tokens, drawer) = tokens(&server).await;
    tokens.sign_in(person).await.unwrap();
    let client = client(&server, &tokens).unwrap();
    client.call(&ask()).await.unwrap();
    assert!(server.revoke_tokens(demo::ADDRESS));
    let refused = client.call(&ask()).await;
    assert!(
        matches!(refused, Err(Error::SignInNeeded { .. })),
        "{refused:?}"
    );
    assert_eq!(drawer.holds(), None);
}

async fn listen(client: &Client) -> Result<StreamReader, Error> {
    let id = client.call(&Subscribe).await?;
    let events = GetStreamingEvents {
        ids: vec![id],
        minutes: GetStreamingEvents::MINUTES,
    };
    client.stream(events).await
}

/// Changes the mailbox, and reads until the stream tells of it.
async fn hears_of_a_change(server: &Simulator, stream: &mut StreamReader) {
    server.world(|world| {
        let start = world.now();
        let end = start + chrono::Duration::hours(1);
        let details = Details::new("Review", start, end, chrono_tz::Tz::UTC);
        world.add(demo::ADDRESS, details).unwrap();
    });
    let mut told = Vec::new();
    while !told.contains(&Notice::Changed) {
        told = stream.next().await.unwrap().unwrap().notices;
    }
}

#[tokio::test]
async fn f48_a_stream_outlives_its_token_and_the_next_one_gets_another() {
    let server = server().await;
    let (tokens, drawer) = tokens(&server).await;
    tokens.sign_in(person).await.unwrap();
    let client = client(&server, &tokens).unwrap();
    let mut stream = listen(&client).await.unwrap();
    hears_of_a_change(&server, &mut stream).await;
    let first = drawer.holds();
    server.advance(Duration::from_hours(2));
    hears_of_a_change(&server, &mut stream).await;
    assert_eq!(drawer.holds(), first, "nobody was asked for a token");
    server.close_streams();
    while stream.next().await.unwrap().is_some() {}
    let mut stream = listen(&client).await.unwrap();
    hears_of_a_change(&server, &mut stream).await;
    assert!(drawer.holds().is_some() && drawer.holds() != first);

    // Where no other one is given, the user is asked for.
    server.advance(Duration::from_hours(2));
    assert!(server.revoke_tokens(demo::ADDRESS));
    server.close_streams();
    while stream.next().await.unwrap().is_some() {}
    let refused = listen(&client).await.map(|_| ());
    assert!(
        matches!(refused, Err(Error::SignInNeeded { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_page_that_guesses_the_port_does_not_end_the_sign_in() {
    let server = server().await;
    let (tokens, _) = tokens(&server).await;
    let attacked = |page: &Url| {
        let page = page.clone();
        tokio::spawn(async move {
            let query: Vec<(String, String)> = page.query_pairs().into_owned().collect();
            let back = query.iter().find(|(key, _)| key == "redirect_uri").unwrap();
            let mut forged = Url::parse(&back.1).unwrap();
            forged.set_query(Some("code=theirs&state=guessed"));
            let shown = http().get(forged).send().await.unwrap();
            assert_eq!(shown.status(), 404);
            person(&page);
        });
    };
    tokens.sign_in(attacked).await.unwrap();
    client(&server, &tokens)
        .unwrap()
        .call(&ask())
        .await
        .unwrap();
}

#[tokio::test]
async fn sr_24_a_code_without_its_verifier_is_worth_nothing() {
    let server = server().await;
    let (tokens, drawer) = tokens(&server).await;
    let (stolen, hears) = tokio::sync::oneshot::channel();
    let signing_in = tokio::spawn(async move {
        let result = tokens
            .sign_in(|page| {
                let _sent = stolen.send(page.clone());
            })
            .await;
        drop(result);
    });
    let page = hears.await.unwrap();
    let back = fill_in(page.clone(), demo::PASSWORD).await;
    let value = |url: &Url, name: &str| {
        let mut pairs = url.query_pairs();
        pairs.find(|(key, _)| key == name).unwrap().1.into_owned()
    };
    let form = form(&[
        ("grant_type", "authorization_code"),
        ("client_id", "joinbell"),
        ("redirect_uri", &value(&page, "redirect_uri")),
        ("code", &value(&back, "code")),
        ("code_verifier", "a guess"),
    ]);
    let place = page
        .as_str()
        .split('?')
        .next()
        .unwrap()
        .replace("authorize", "token");
    let answer = http().post(place).body(form).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.unwrap().contains("invalid_grant"));
    // A code is good once: the thief has spoilt it, and has nothing.
    http().get(back).send().await.unwrap();
    signing_in.await.unwrap();
    assert_eq!(drawer.holds(), None);
}

#[tokio::test]
async fn who_says_no_in_the_browser_gets_no_token() {
    let server = server().await;
    let (tokens, _) = tokens(&server).await;
    let refusing = |page: &Url| {
        let query: Vec<(String, String)> = page.query_pairs().into_owned().collect();
        let value = |name: &str| query.iter().find(|(key, _)| key == name).unwrap().1.clone();
        let end = format!(
            "{}?error=access_denied&state={}",
            value("redirect_uri"),
            value("state")
        );
        tokio::spawn(async move { http().get(end).send().await.unwrap() });
    };
    let refused = tokens.sign_in(refusing).await;
    assert!(
        matches!(refused, Err(Error::SignInNeeded { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn sr_20_no_server_talks_an_account_down_from_its_tokens() {
    let (authority, other) = (
        server().await,
        serve(exchange_sim::Options {
            sign_in: SignIn::NtlmOrBasic,
            ..exchange_sim::Options::default()
        })
        .await,
    );
    let (tokens, drawer) = tokens(&authority).await;
    tokens.sign_in(person).await.unwrap();
    let elsewhere = client(&other, &tokens);
    assert!(matches!(elsewhere, Err(Error::SignInNeeded { .. })));
    let mut asked = registration(
        &other,
        Issuer::at(&format!(
            "http://{}/adfs/oauth2/authorize",
            authority.address()
        ))
        .unwrap(),
    );
    asked.client_id = "joinbell".to_owned();
    let down = Arc::new(Tokens::new(asked, drawer, None).unwrap());
    let refused = client(&other, &down).unwrap().call(&ask()).await;
    assert!(
        matches!(refused, Err(Error::NoCommonScheme { .. })),
        "{refused:?}"
    );
    assert!(other.requests().iter().all(|one| one.status == 401));
    assert_eq!(
        other.requests().len(),
        2,
        "with one token, and with a fresh one"
    );
}

#[tokio::test]
async fn a_server_without_tokens_names_no_authority() {
    let server = serve(exchange_sim::Options::default()).await;
    let endpoint = Endpoint::new(&server.ews_url(), None).unwrap();
    assert_eq!(issuer(&endpoint, &Tcp).await.unwrap(), None);
}
