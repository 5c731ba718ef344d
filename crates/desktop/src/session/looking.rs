//! Which meeting the user looks at: its texts and its people are given out for
//! this one alone.

use std::sync::Arc;

use calendar::{
    Meeting,
    availability::{Stretches, Taken},
    meeting::{Notes, Role},
};
use chrono::Duration;
use tokio::sync::watch;

use super::{
    Session, absence,
    command::Command,
    driver::Driver,
    event::{Event, News},
    scheduling::own_address,
};
use crate::{
    account::Account,
    board::{Board, Entry},
    problem::Trouble,
    screen::{Scene, Told},
    view::{OpenedView, Problem},
};

/// Of so many people of a meeting it is asked where they are.
const LOOKED_AT_MOST: usize = 50;

/// What the agenda window looks at.
#[derive(Debug, Default)]
pub(super) struct Looking {
    /// The meeting whose row is open.
    opened: Option<String>,
    /// The meeting that is to be shown, until the window has done so.
    wanted: Option<String>,
    /// The text of the open one, where it was asked for.
    text: Option<Text>,
}

/// The text of one version of a meeting.
#[derive(Debug)]
struct Text {
    of: Arc<Meeting>,
    /// What was told, of this version or still of the one before.
    said: Option<String>,
}

impl Looking {
    /// A meeting is to be shown.
    pub(super) fn want(&mut self, meeting: String) {
        self.wanted = Some(meeting);
    }

    /// The window has opened a meeting, or closed it.
    pub(super) fn open(&mut self, meeting: Option<String>) {
        self.opened = meeting;
        self.wanted = None;
        self.text = None;
    }

    /// The open meeting, where its text has to be asked for: once for each
    /// version of it.
    fn lacks<'a>(&mut self, board: &'a Board) -> Option<&'a Entry> {
        let entry = board.find(self.opened.as_ref()?)?;
        if entry.meeting.notes != Notes::Aside {
            return None;
        }
        let before = self.text.take();
        if let Some(text) = &before
            && Arc::ptr_eq(&text.of, &entry.meeting)
        {
            self.text = before;
            return None;
        }
        let before = before.filter(|text| text.of.id == entry.meeting.id);
        self.text = Some(Text {
            of: Arc::clone(&entry.meeting),
            said: before.and_then(|text| text.said),
        });
        Some(entry)
    }

    /// The text of a meeting has come; one that was closed meanwhile has no
    /// use for it.
    pub(super) fn told(&mut self, of: &Arc<Meeting>, said: String) {
        if let Some(text) = &mut self.text
            && Arc::ptr_eq(&text.of, of)
        {
            text.said = Some(said);
        }
    }

    /// What the window is told.
    pub(super) fn view(
        &self,
        board: &Board,
        accounts: &[Account],
        scene: &Scene<'_>,
    ) -> OpenedView {
        let entry = self.opened.as_ref().and_then(|name| board.find(name));
        let own = entry.and_then(|entry| {
            let mut accounts = accounts.iter();
            own_address(accounts.find(|account| account.id == entry.account)?)
        });
        let text = self.text.as_ref().and_then(|text| text.said.as_deref());
        OpenedView {
            meeting: self.opened.clone(),
            details: entry.map(|entry| scene.details(&entry.meeting, text, own.as_deref())),
            wanted: self.wanted.clone(),
        }
    }
}

impl Session {
    /// The meeting that the agenda window has open, now and whenever it
    /// changes.
    pub fn opened(&self) -> watch::Receiver<Arc<OpenedView>> {
        self.opened.clone()
    }

    /// The agenda window has opened a meeting, or closed the one that was:
    /// [`Session::opened`] tells what there is to know of it, and where its
    /// people are as soon as their server has said so. It also ends what
    /// [`Session::show_meeting`] wants.
    pub async fn open_meeting(&self, meeting: Option<&str>) -> Result<(), Problem> {
        let meeting = meeting.map(str::to_owned);
        self.ask(|reply| Command::OpenMeeting { meeting, reply })
            .await
    }

    /// Lets the agenda window go to a meeting, as soon as there is one and it
    /// lists the meeting.
    pub async fn show_meeting(&self, meeting: &str) -> Result<(), Problem> {
        let meeting = meeting.to_owned();
        self.ask(|reply| Command::ShowMeeting { meeting, reply })
            .await
    }
}

impl Driver {
    pub(super) fn open_meeting(&mut self, meeting: Option<String>) -> Result<(), Trouble> {
        self.state.looking.open(meeting.clone());
        match meeting {
            Some(meeting) => self.look_at_people(&meeting),
            None => Ok(()),
        }
    }

    /// Asks for the text of the meeting whose row is open, where it is not
    /// known yet.
    pub(super) fn look_at_text(&mut self) {
        let board = self.state.board();
        let Some(entry) = self.state.looking.lacks(&board) else {
            return;
        };
        let Some(engine) = self.engines.get(&entry.account) else {
            return;
        };
        let (text, of) = (engine.text(&entry.meeting.id), Arc::clone(&entry.meeting));
        let events = self.events.clone();
        tokio::spawn(async move {
            if let Some(said) = text.await {
                let _ended = events.send(Event::News(News::Text(of, said))).await;
            }
        });
    }

    /// Asks how the people of a meeting are now, and at its time.
    fn look_at_people(&self, meeting: &str) -> Result<(), Trouble> {
        let board = self.state.board();
        let entry = board.find(meeting).ok_or(Trouble::MeetingGone)?;
        let order = std::iter::empty();
        let found = self.post.scheduler(Some(&entry.account), order);
        // An account that has not connected yet cannot be asked.
        let Some((_, scheduler)) = found else {
            return Ok(());
        };
        let own = self.state.accounts.iter().find_map(own_address);
        let attendees = entry.meeting.attendees.iter();
        let attendees = attendees.filter(|one| one.role != Role::Resource);
        let people = attendees
            .map(|one| &one.person)
            .chain(&entry.meeting.organizer)
            .filter_map(|person| person.address.clone())
            .filter(|address| {
                !own.as_ref()
                    .is_some_and(|own| own.eq_ignore_ascii_case(address))
            })
            .take(LOOKED_AT_MOST)
            .collect::<Vec<String>>();
        let zone = self.state.surroundings.zone;
        let (start, end) = (entry.meeting.span.start(zone), entry.meeting.span.end(zone));
        let now = self.setup.clock.now();
        let events = self.events.clone();
        tokio::spawn(async move {
            let soon = now + Duration::hours(1);
            let away = absence::of(scheduler.as_ref(), &people).await;
            // Who is away is known at once, and also where nobody answers.
            if away.iter().any(Option::is_some) {
                let unknown = Stretches::merged([(now, soon, Taken::Unknown)]);
                let told = people.iter().cloned().zip(&away);
                let told = told.filter(|(_, away)| away.is_some());
                let told = told.map(|(who, away)| {
                    let (time, away) = (unknown.clone(), *away);
                    (who, Told { time, away })
                });
                let news = News::Whereabouts(told.collect());
                let _ended = events.send(Event::News(news)).await;
            }
            let Ok(at_once) = scheduler.time_of(&people, now, soon, zone).await else {
                return;
            };
            // What is on now, or over, has no other time.
            let then = if now < start {
                scheduler.time_of(&people, start, end, zone).await
            } else {
                Ok(Vec::new())
            };
            let Ok(then) = then else {
                return;
            };
            let mut then = then.into_iter();
            let told = people.into_iter().zip(at_once).zip(away);
            let told = told.filter_map(|((who, time), away)| {
                let later = then.next().and_then(|one| one.time).unwrap_or_default();
                let all = time.time?;
                let all = all.iter().chain(later.iter());
                let all = all.map(|one| (one.start, one.end, one.taken));
                let time = Stretches::merged(all);
                Some((who, Told { time, away }))
            });
            let news = News::Whereabouts(told.collect());
            let _ended = events.send(Event::News(news)).await;
        });
        Ok(())
    }
}
