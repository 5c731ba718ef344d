//! What each step of a plan does to the world.

use chrono::Duration;
use desktop::{session::Silence, view::SnoozeChoice};
use exchange_sim::{World, world::mailbox::OofState};

use super::{Ending, Run, StoreIs};
use crate::{
    client::{Answer, Answered, Client},
    plan::ZONES,
    silence::HOUR,
    step::{By, Step},
    truth::{ANNA, Homes, Kind, Truth, mailbox},
};

impl Run<'_> {
    /// Lets one step happen.
    pub(super) async fn take(&mut self, step: Step) {
        match step {
            Step::Add(..)
            | Step::Crowd(..)
            | Step::AddSeries(..)
            | Step::AddPatchwork(_)
            | Step::Fill(_)
            | Step::AddKeywordOnOne(_)
            | Step::RewriteKeyword(_)
            | Step::Shift(..)
            | Step::Rename(_)
            | Step::Cancel(_)
            | Step::Decline(_)
            | Step::DismissElsewhere(_)
            | Step::Delete(_) => self.edit(step),
            Step::OutOfOffice(on) => self.simulator.world(|world| {
                if let Some(mailbox) = world.mailbox_mut(ANNA) {
                    mailbox.oof.state = if on {
                        OofState::Enabled
                    } else {
                        OofState::Disabled
                    };
                }
            }),
            Step::Net(weather, seconds) => {
                self.around.net.turn(weather);
                self.begin_trouble(Ending::Network, seconds);
            }
            Step::Ill(illness, seconds) => self.fall_ill(illness, seconds),
            Step::LoseSyncStates => {
                self.simulator.world(World::lose_sync_states);
            }
            Step::LoseSubscriptions => {
                self.simulator.forget_subscriptions();
                self.unwell();
            }
            Step::MoveMailbox(which) => {
                let address = mailbox(which % self.plan.accounts);
                let _there = self.simulator.move_mailbox(address);
                self.unwell();
            }
            Step::FailOver => {
                for account in 0..self.plan.accounts {
                    let _there = self.simulator.move_mailbox(mailbox(account));
                }
                self.simulator.forget_subscriptions();
                self.around.net.break_connections();
                self.unwell();
            }
            Step::RecreateMailbox(which) => {
                let address = mailbox(which % self.plan.accounts);
                // The mailbox is there.
                let _done = self
                    .simulator
                    .world(|world| world.recreate_mailbox(address));
                self.unwell();
            }
            Step::Disk(mood, seconds) => {
                self.around.disk.set_mood(mood);
                self.kept_all = false;
                self.begin_trouble(Ending::Disk, seconds);
            }
            Step::Flip(chosen) => {
                if self.around.disk.flip(chosen) {
                    self.harmed(60);
                }
            }
            Step::FlipKeys(chosen) => {
                if self.around.disk.flip_keys(chosen) {
                    self.harmed(60);
                    // Nothing is committed beside a box that is another one.
                    self.store = StoreIs::Lost;
                    self.kept_all = false;
                }
            }
            Step::BackUp => self.around.disk.back_up(),
            Step::PutBack => {
                self.down(true, 30).await;
                if self.around.disk.put_back() {
                    self.harmed(60);
                }
            }
            Step::Damage => {
                self.down(true, 30).await;
                self.around.disk.damage();
                self.harmed(60);
                self.store = StoreIs::Lost;
            }
            Step::Outdate => {
                self.down(true, 30).await;
                self.around.disk.make_newer();
                self.harmed(61);
                self.store = StoreIs::Lost;
            }
            Step::KeyRing(temper, seconds) => {
                self.around.keyring.set_temper(temper);
                self.begin_trouble(Ending::Keyring, seconds);
            }
            Step::LoseKey => {
                self.down(true, 30).await;
                self.around.lose_key(self.plan.accounts).await;
                self.harmed(66);
                self.store = StoreIs::Lost;
            }
            Step::Sleep(seconds, silently) => {
                // A second program hands over and is gone within seconds.
                self.end_another();
                if silently {
                    self.around.net.forget_connections();
                } else {
                    self.around.net.break_connections();
                }
                let length = Duration::seconds(i64::from(seconds));
                self.count_sleep(length);
                self.falls_asleep(length);
                self.around.host.suspend(length);
                self.unwell();
            }
            Step::Starve(seconds) => {
                let length = Duration::seconds(i64::from(seconds));
                self.around.host.suspend(length);
                self.unwell();
            }
            Step::SetClock(by, seconds) => {
                self.slept.forget();
                self.around.host.step(Duration::seconds(i64::from(by)));
                self.begin_trouble(Ending::Clock, seconds);
            }
            Step::Travel(zone) => {
                self.around.host.travel(ZONES[zone % ZONES.len()]);
                self.unwell();
            }
            Step::Kill(seconds) => {
                self.down_for = Duration::seconds(i64::from(seconds));
                if let Some(client) = &self.client {
                    client.life.end();
                }
                // What rang in this very moment was heard.
                let _heard = self.hear();
                self.died(true);
            }
            Step::KillAtCommit(side, seconds) => {
                self.down_for = Duration::seconds(i64::from(seconds));
                self.around.disk.set_trap(side, 0);
            }
            Step::KillAfterCommits(later, side, seconds) => {
                self.down_for = Duration::seconds(i64::from(seconds));
                self.around.disk.set_trap(side, later);
            }
            Step::Restart(seconds) => self.down(false, seconds).await,
            Step::StartAnother => {
                if self.client.is_some() && self.another.is_none() {
                    // Without leave to write it does nothing, or says why.
                    self.another = Client::start(&self.around).ok();
                    self.count(62, 1);
                    self.begin_trouble(Ending::Another, 60);
                }
            }
            Step::JoinOld => {
                let Some(((meeting, host), key, of_this_process)) = self.last_rung.clone() else {
                    return;
                };
                let Some(client) = &self.client else { return };
                let most = std::time::Duration::from_secs(2);
                // What is gone meanwhile cannot be joined any more.
                let _joined = tokio::time::timeout(most, client.join(&meeting, &host)).await;
                self.oracle.note_late_answer(key);
                if !of_this_process {
                    self.count(70, 1);
                }
            }
            Step::Compose(how) => self.compose(how).await,
            Step::Send => self.send().await,
            Step::Answer(which, declines) => self.answer_invitation(which, declines),
            Step::Mute => self.silence(Silence::ForAnHour).await,
            Step::Unmute => self.silence(Silence::Ends).await,
            Step::Dismiss => self.answer(Answer::Dismiss).await,
            Step::Snooze => self.answer(Answer::Snooze).await,
            Step::Join => self.answer(Answer::Join).await,
            Step::Refresh => self.refresh(),
        }
    }

    /// Over which moments of a meeting the machine sleeps: F01 to F03.
    fn count_sleep(&mut self, length: Duration) {
        let (before, after) = (self.around.host.wall(), self.around.host.wall() + length);
        let lead = Duration::minutes(5);
        let mut slept_over = Vec::new();
        for occurrence in self.truth.occurrences().iter().filter(|one| one.rings()) {
            if before < occurrence.start - lead && occurrence.start - lead <= after {
                let fault = match after {
                    after if after < occurrence.start => 1,
                    after if after < occurrence.end => 2,
                    _ => 3,
                };
                slept_over.push(fault);
            }
        }
        // A client that is down sleeps over nothing.
        for fault in slept_over {
            self.count(fault, usize::from(self.client.is_some()));
        }
    }

    /// Ends the process in order, or kills it, for so many seconds.
    async fn down(&mut self, killed: bool, seconds: u32) {
        self.down_for = Duration::seconds(i64::from(seconds));
        if let Some(client) = &self.client {
            if !killed {
                let most = std::time::Duration::from_secs(20);
                let _stopped = tokio::time::timeout(most, client.stop()).await;
            }
            client.life.end();
        }
        let _heard = self.hear();
        self.died(killed);
    }

    async fn answer(&mut self, answer: Answer) {
        let Some(client) = &self.client else { return };
        let most = std::time::Duration::from_secs(2);
        let answered = tokio::time::timeout(most, client.answer(answer)).await;
        let Ok(Some(Answered { key, snoozed })) = answered else {
            return;
        };
        let wall = self.around.host.wall();
        match snoozed {
            None => self.oracle.note_answer(key, self.now()),
            Some(choice) => {
                let until = match choice {
                    SnoozeChoice::MinuteBefore => key.1 - Duration::minutes(1),
                    SnoozeChoice::AtStart => key.1,
                    SnoozeChoice::FiveMinutes => wall + Duration::minutes(5),
                    SnoozeChoice::TenMinutes => wall + Duration::minutes(10),
                };
                self.oracle.note_snooze(key, until, self.now());
            }
        }
    }

    async fn silence(&mut self, silence: Silence) {
        let Some(client) = &self.client else { return };
        let most = std::time::Duration::from_secs(2);
        let done = tokio::time::timeout(most, client.silence(silence)).await;
        if !done.unwrap_or_default() {
            return;
        }
        if silence == Silence::Ends {
            self.oracle.note_silence_over();
        } else {
            let until = self.around.host.wall() + HOUR;
            self.oracle.note_silence(until, self.now());
        }
    }

    fn edit(&mut self, step: Step) {
        let (base, zone, wall) = (self.plan.base, self.plan.zone, self.around.host.wall());
        let truth = &mut self.truth;
        let count = truth.occurrences().len();
        let pick = |at: usize| at.checked_rem(count).unwrap_or_default();
        let after = |minutes: i32| base + Duration::minutes(i64::from(minutes));
        let of_series = |truth: &Truth, at: usize| {
            let one = truth.occurrences().get(at);
            one.is_some_and(|one| one.day.is_some() && !one.cancelled)
        };
        let several = self.plan.accounts > 1;
        let mut dismissed = None;
        let fault = self.simulator.world(|world| {
            match step {
                Step::Add(at, kind, homes) => {
                    truth.add(world, zone, after(at), kind, homes);
                    return (homes == Homes::All && several).then_some(35);
                }
                Step::Crowd(at, many) => {
                    for _ in 0..many {
                        truth.add(world, zone, after(at), Kind::Call, Homes::One);
                    }
                    return Some(13);
                }
                Step::AddSeries(at, days, homes) => {
                    truth.add_series(world, zone, after(at), days, homes);
                    return (homes == Homes::All && several).then_some(35);
                }
                Step::AddPatchwork(at) => {
                    truth.add_patchwork(world, zone, after(at));
                    return Some(33);
                }
                Step::Fill(many) => {
                    // Calendars hold whole minutes.
                    let minutes = (wall - base).num_minutes();
                    truth.fill(world, zone, base + Duration::minutes(minutes), many);
                    return Some(31);
                }
                Step::Cancel(at) => {
                    let one_of_many = of_series(truth, pick(at));
                    truth.cancel(world, pick(at));
                    return one_of_many.then_some(34);
                }
                Step::Decline(at) => return truth.decline(world, at).then_some(34),
                Step::AddKeywordOnOne(at) => {
                    truth.add_keyword_on_one(world, zone, after(at));
                    return self.plan.writes.then_some(40);
                }
                Step::RewriteKeyword(at) => {
                    truth.rewrite_keyword(world, at);
                    return self.plan.writes.then_some(38);
                }
                Step::Shift(at, by) => {
                    truth.shift(world, pick(at), Duration::minutes(i64::from(by)));
                }
                Step::Rename(at) => truth.rename(world, pick(at)),
                Step::DismissElsewhere(at) => {
                    dismissed = truth.dismiss_elsewhere(world, at, wall);
                }
                Step::Delete(at) => truth.delete(world, pick(at)),
                _ => {}
            }
            None
        });
        let now = self.now();
        self.oracle.note_truth(self.truth.occurrences(), now);
        if let Some(key) = dismissed {
            self.oracle.note_dismissal(key, now);
        }
        if let Some(fault) = fault {
            self.count(fault, 1);
        }
    }

    /// What rests on the disk is not what the client left there, which it
    /// notices when it starts next.
    fn harmed(&mut self, fault: u8) {
        self.was_harmed = true;
        self.oracle.note_harm(self.client.is_some());
        if self.client.is_none() {
            self.letters.lose();
        }
        let of_fault: &[u8] = match fault {
            60 => &[60],
            61 => &[61],
            _ => &[66],
        };
        self.wait_for(By::Start, of_fault);
    }
}
