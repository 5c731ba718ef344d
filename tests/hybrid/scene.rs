//! Everything that a hybrid day needs, on real sockets.

use std::{ops::Deref, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use engine::{
    Clock as _, SystemClock,
    remote::{
        asks::Asker,
        colleagues::{Board, Colleagues},
        device::Device,
    },
};
use exchange_sim::{Simulator, World, world::details::Details};
use scenarios::{
    canary,
    hybrid::Hybrid,
    stage::{ANNA, PASSWORD, ZONE},
};
use vault::{
    hybrid::{
        passport::{Audience, Holder},
        sealing::OpenKey,
    },
    opaque::Space,
    remote::{Asks, Caller, KeyService, Membership, Now, RemoteStore},
};

pub(crate) const BEN: &str = "ben@example.org";
pub(crate) fn now() -> DateTime<Utc> {
    SystemClock.now()
}

pub(crate) fn seconds() -> Now {
    Arc::new(|| u64::try_from(now().timestamp()).unwrap_or(0))
}

pub(crate) fn meeting(title: &str, minutes: i64) -> Details {
    let start = now() + Duration::minutes(minutes);
    Details::new(title, start, start + Duration::minutes(30), ZONE).at("canary-room-17")
}

/// An Exchange server with two users.
async fn exchange(scope: &[&str]) -> Simulator {
    let mut world = World::empty(now());
    for (address, name) in [(ANNA, "Anna Berg"), (BEN, "Ben Carter")] {
        let user = world.add_mailbox(address, name, ZONE, PASSWORD);
        user.oof.internal = format!("canary-reply of {name}");
        user.oof.external = format!("canary-external of {name}");
    }
    world
        .add(ANNA, meeting("canary-title of Anna", 60))
        .expect("an item");
    world
        .add(BEN, meeting("canary-title of Ben", 60))
        .expect("an item");
    let scope: Vec<String> = scope.iter().map(|one| (*one).to_owned()).collect();
    scenarios::hybrid::exchange(world, &scope).await
}

pub(crate) struct Scene(Hybrid);

impl Deref for Scene {
    type Target = Hybrid;

    fn deref(&self) -> &Hybrid {
        &self.0
    }
}

impl Scene {
    pub(crate) async fn with_scope(scope: &[&str]) -> Self {
        let exchange = exchange(scope).await;
        let users = vec![ANNA.to_owned(), BEN.to_owned()];
        Self(Hybrid::beside(exchange, users).await)
    }

    pub(crate) async fn new() -> Self {
        Self::with_scope(&[ANNA, BEN]).await
    }

    /// How a device asks the service and the key service.
    pub(crate) fn ends(&self, device: &Device) -> (Caller, Caller) {
        let ca = self.ca_file();
        let [service, keys] = self.addresses();
        let caller = |address: std::net::SocketAddr, audience| {
            let member = Membership {
                organization: device.organization,
                holder: Holder::Device(device.device),
                key: vault::hybrid::passport::SignKey::from_bytes(device.sign.expose()),
            };
            let url = format!("https://{address}");
            Caller::new(&url, Some(&ca), audience, Some(Arc::new(member)), seconds()).unwrap()
        };
        (
            caller(service, Audience::Service),
            caller(keys, Audience::Keys),
        )
    }

    pub(crate) fn asker(&self, device: &Device, clock: impl engine::Clock) -> Asker {
        self.asker_to(device, device.connector.sealing, clock)
    }

    pub(crate) fn asker_to(
        &self,
        device: &Device,
        end: [u8; 32],
        clock: impl engine::Clock,
    ) -> Asker {
        let (service, _) = self.ends(device);
        Asker::new(
            Asks::new(service, device.mailbox),
            (device.organization, device.mailbox, device.device),
            OpenKey::from_bytes(*device.open.expose()),
            end,
            Arc::new(clock),
        )
    }

    pub(crate) fn colleagues(&self, device: &Device) -> Colleagues {
        let (service, keys) = self.ends(device);
        let (space, host) = (Space::of_all(device.organization), service.host());
        Colleagues::new(
            (RemoteStore::new(service, space.mailbox), host),
            KeyService::new(keys, device.key_service),
            OpenKey::from_bytes(*device.open.expose()),
            device.organization,
            Arc::new(SystemClock),
        )
    }

    /// The first board that the connector tells.
    pub(crate) async fn board_of(&self, colleagues: &Colleagues) -> Board {
        self.board_where(colleagues, |_| true).await
    }

    /// The first board that the connector tells of which `is` holds.
    pub(crate) async fn board_where(
        &self,
        colleagues: &Colleagues,
        is: impl Fn(&Board) -> bool,
    ) -> Board {
        let end = now() + Duration::seconds(60);
        loop {
            let board = colleagues.read().await;
            match board {
                Ok(board) if is(&board) => return board,
                other => assert!(now() < end, "no such board within a minute: {other:?}"),
            }
            let soon = now() + Duration::milliseconds(200);
            SystemClock.wait_until(soon).await;
        }
    }

    /// The calendar's items of a title.
    pub(crate) fn meetings(&self, address: &str, title: &str) -> Vec<Details> {
        self.exchange.world(|world| {
            let items = world.mailbox(address).unwrap().calendar.items();
            let named = items.filter(|item| item.details.subject == title);
            named.map(|item| item.details.clone()).collect()
        })
    }

    /// It is where it was.
    pub(crate) async fn keys_are_back(&mut self) {
        self.0.start_keys().await;
    }

    /// Both programs and the connectors that start have this time.
    pub(crate) async fn go_by(&mut self, clock: Arc<dyn engine::Clock>) {
        self.0.go_by(clock);
        self.everything_stops().await;
        self.everything_starts().await;
    }

    /// Both programs end; what they have stays.
    pub(crate) async fn everything_stops(&mut self) {
        self.0.stop_keys().await;
        self.0.stop_service().await;
    }

    /// Both are where they were.
    pub(crate) async fn everything_starts(&mut self) {
        self.0.start_keys().await;
        self.0.start_service().await;
    }

    /// The key service goes away.
    pub(crate) async fn without_keys(&mut self) {
        self.0.stop_keys().await;
    }

    /// SR-06 and SR-52, at the end of every scenario: nothing that the
    /// calendars hold, nor the password, rests in a database.
    pub(crate) async fn stop(mut self) {
        self.0.stop_keys().await;
        self.0.stop_service().await;
        let (mut words, addresses) = self
            .exchange
            .world(|world| (canary::words_of(world), canary::addresses_of(world)));
        words.extend(addresses);
        words.push(PASSWORD.to_owned());
        let search = canary::Search::new(words);
        assert_eq!(search.found(&self.at_rest()), None);
    }
}

pub(crate) fn holds(haystack: &[u8], needle: &str) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle.as_bytes())
}
