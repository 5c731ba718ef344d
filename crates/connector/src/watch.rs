//! Keeps one group's stream open and tells the hub what it hears.

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use engine::{
    Clock, Failure, FailureKind,
    exchange::{GroupStream, News, WatchGroup},
};
use futures_util::{StreamExt as _, stream};
use tokio::sync::mpsc;

use crate::{
    gate::Gate,
    measures::{self, Measures},
};

/// Subscriptions of a group that are made at a time.
const AT_A_TIME: usize = 8;
/// So long is waited for more members before a stream is opened, and before
/// an open one is replaced: that costs each member a catch-up.
const GATHERED: Duration = Duration::seconds(5);
const GATHERED_WHILE_OPEN: Duration = Duration::seconds(30);
/// A stream that ends before that was no good.
const SHORT: Duration = Duration::seconds(60);
/// So many of them in a row, and the members are polled meanwhile.
const SHORT_MAX: u32 = 3;

/// What the hub asks of a group. Members are named by their place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// A member wants to be heard of.
    Join(usize),
    /// The stream tells nothing any more: all anew.
    Renew,
}

/// What a group tells the hub.
#[derive(Debug)]
pub(crate) enum Told {
    /// These are listened for from now on; what happened before may have been
    /// missed.
    Opened(Vec<usize>),
    /// Something changed in these calendars.
    Changed(Vec<usize>),
    /// The server is there.
    Alive,
    /// These are not listened for.
    Cut(Vec<usize>, Failure),
}

/// A group's words.
#[derive(Debug)]
pub(crate) struct Report {
    /// Which group.
    pub(crate) group: u64,
    pub(crate) told: Told,
}

/// What all groups have in common.
#[derive(Clone)]
pub(crate) struct Post {
    pub(crate) reports: mpsc::Sender<Report>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) measures: Arc<Measures>,
}

/// Runs until nobody can wish any more, then ends the subscriptions.
pub(crate) async fn run(
    id: u64,
    group: WatchGroup,
    wishes: mpsc::UnboundedReceiver<Wish>,
    post: Post,
) {
    let size = group.members().len();
    let mut keeper = Keeper {
        id,
        group,
        post,
        size,
        wished: BTreeSet::new(),
        stream: None,
        open_at: None,
        opened: None,
        short: 0,
    };
    keeper.listen(wishes).await;
    keeper.stream = None;
    let _left = tokio::time::timeout(std::time::Duration::from_secs(2), keeper.group.leave()).await;
}

struct Keeper {
    id: u64,
    group: WatchGroup,
    post: Post,
    size: usize,
    wished: BTreeSet<usize>,
    stream: Option<GroupStream>,
    /// When a stream is to be opened.
    open_at: Option<DateTime<Utc>>,
    opened: Option<DateTime<Utc>>,
    /// Streams in a row that ended soon.
    short: u32,
}

impl Keeper {
    async fn listen(&mut self, mut wishes: mpsc::UnboundedReceiver<Wish>) {
        loop {
            let now = self.post.clock.now();
            if self.open_at.is_some_and(|at| at <= now) {
                self.open_at = None;
                tokio::select! {
                    () = self.open() => {}
                    // Nobody wishes any more.
                    () = closed(&wishes) => return,
                }
                continue;
            }
            let due = self.open_at.unwrap_or(now + Duration::seconds(30));
            let clock = Arc::clone(&self.post.clock);
            tokio::select! {
                biased;
                wish = wishes.recv() => match wish {
                    None => return,
                    Some(wish) => self.wish(wish),
                },
                news = next(self.stream.as_mut()) => self.hear(news).await,
                () = clock.wait_until(due) => {}
            }
        }
    }

    fn wish(&mut self, wish: Wish) {
        let now = self.post.clock.now();
        match wish {
            Wish::Join(member) => {
                self.wished.insert(member);
                let subscribed = self.group.subscribed();
                let others = subscribed.iter().filter(|at| !self.wished.contains(at));
                let wait = if self.wished.len() + others.count() >= self.size {
                    Duration::zero()
                } else if self.stream.is_some() {
                    GATHERED_WHILE_OPEN
                } else {
                    GATHERED
                };
                self.open_soon(now + wait);
            }
            Wish::Renew => {
                self.wished.extend(self.group.subscribed());
                self.group.drop_all();
                self.stream = None;
                self.open_soon(now);
            }
        }
    }

    fn open_soon(&mut self, at: DateTime<Utc>) {
        self.open_at = Some(self.open_at.map_or(at, |before| before.min(at)));
    }

    async fn hear(&mut self, news: Result<Option<News>, Failure>) {
        match news {
            Ok(Some(News::Alive)) => self.tell(Told::Alive).await,
            Ok(Some(News::Changed(members))) => self.tell(Told::Changed(members)).await,
            Ok(Some(News::Lost(members))) => {
                measures::add(&self.post.measures.subscriptions_lost, members.len());
                // Most of them at once: their database has moved.
                if members.len() * 2 > self.group.subscribed().len() {
                    self.wished.extend(self.group.subscribed());
                    self.group.drop_all();
                } else {
                    for at in &members {
                        self.group.drop_of(*at);
                    }
                    self.wished.extend(members);
                }
                self.ended().await;
            }
            Ok(None) => self.ended().await,
            Err(failure) => {
                measures::add(&self.post.measures.streams_lost, 1);
                self.stream = None;
                self.tell(Told::Cut(self.group.subscribed(), failure)).await;
            }
        }
    }

    /// The stream is over and the next one follows: at once after one that
    /// lasted, else ever later.
    async fn ended(&mut self) {
        self.stream = None;
        let now = self.post.clock.now();
        if self.opened.is_some_and(|at| now - at < SHORT) {
            self.short = self.short.saturating_add(1);
        } else {
            self.short = 0;
        }
        let wait = match self.short {
            0 | 1 => Duration::zero(),
            many => Duration::seconds(1 << many.min(6)),
        };
        self.open_soon(now + wait);
        if self.short >= SHORT_MAX {
            let failure = Failure {
                kind: FailureKind::Failing,
                sentence: "The server or a proxy ends each stream soon".to_owned(),
            };
            self.tell(Told::Cut(self.group.subscribed(), failure)).await;
        }
    }

    /// Makes the subscriptions that are wanted and opens one stream for all.
    async fn open(&mut self) {
        self.stream = None;
        let missing = self.group.unsubscribed();
        if missing.first() == Some(&0)
            && let Err(failure) = self.subscribe([0]).await
        {
            // Nobody knows the group's server without its anchor.
            let wished = std::mem::take(&mut self.wished).into_iter().collect();
            return self.tell(Told::Cut(wished, failure)).await;
        }
        let wanted: Vec<usize> = missing
            .into_iter()
            .filter(|at| *at != 0 && self.wished.contains(at))
            .collect();
        // Each failure was told by itself.
        let _some_failed = self.subscribe(wanted).await;
        self.wished.clear();
        let members = self.group.subscribed();
        let pass = self.post.gate.enter().await;
        let opened = self.group.open().await;
        pass.end(opened.as_ref());
        match opened {
            Ok(stream) => {
                self.stream = Some(stream);
                self.opened = Some(self.post.clock.now());
                self.tell(Told::Opened(members)).await;
            }
            Err(failure) => self.tell(Told::Cut(members, failure)).await,
        }
    }

    /// The last failure, when there was one; each is told, but the anchor's.
    async fn subscribe(&mut self, members: impl IntoIterator<Item = usize>) -> Result<(), Failure> {
        let (group, gate) = (&self.group, &self.post.gate);
        let each = members.into_iter().map(async |member| {
            let pass = gate.enter().await;
            let made = group.subscribe(member).await;
            pass.end(made.as_ref());
            (member, made)
        });
        let made: Vec<_> = stream::iter(each)
            .buffer_unordered(AT_A_TIME)
            .collect()
            .await;
        let mut outcome = Ok(());
        for (member, made) in made {
            match made {
                Ok(id) => {
                    measures::add(&self.post.measures.subscribed, 1);
                    self.group.keep(member, id);
                }
                Err(failure) => {
                    if member != 0 {
                        self.tell(Told::Cut(vec![member], failure.clone())).await;
                    }
                    outcome = Err(failure);
                }
            }
        }
        outcome
    }

    async fn tell(&self, told: Told) {
        let report = Report {
            group: self.id,
            told,
        };
        // The hub has ended; so does this, at its next wish.
        let _told = self.post.reports.send(report).await;
    }
}

/// The next news of an open stream; never, when none is open.
async fn next(stream: Option<&mut GroupStream>) -> Result<Option<News>, Failure> {
    match stream {
        Some(stream) => stream.next().await,
        None => std::future::pending().await,
    }
}

async fn closed(wishes: &mpsc::UnboundedReceiver<Wish>) {
    while !wishes.is_closed() {
        // It is looked at again when a request of the opening is over, and
        // at the latest in a second.
        let _second = tokio::time::timeout(
            std::time::Duration::from_secs(1),
            std::future::pending::<()>(),
        )
        .await;
    }
}
