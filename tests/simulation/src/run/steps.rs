//! What each step of a plan does to the world.

use chrono::Duration;
use desktop::view::SnoozeChoice;
use exchange_sim::{
    World,
    server::faults::{Effect, Fault, Lasts},
    world::mailbox::OofState,
};

use super::{Ending, Run, STREAM_LIFE};
use crate::{
    client::{Answer, Answered, Client},
    plan::{Illness, Missed, Step, ZONES},
    truth::{ANNA, Homes, Kind, mailbox},
};

impl Run<'_> {
    /// Lets one step happen.
    pub(super) async fn take(&mut self, step: Step) {
        match step {
            Step::Add(..)
            | Step::Crowd(..)
            | Step::AddSeries(..)
            | Step::AddKeywordOnOne(_)
            | Step::RewriteKeyword(_)
            | Step::Shift(..)
            | Step::Rename(_)
            | Step::Cancel(_)
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
                    self.oracle.note_harm(self.client.is_some());
                }
            }
            Step::BackUp => self.around.disk.back_up(),
            Step::PutBack => {
                self.down(true, 30).await;
                if self.around.disk.put_back() {
                    self.oracle.note_harm(false);
                }
            }
            Step::Damage => {
                self.down(true, 30).await;
                self.around.disk.damage();
                self.oracle.note_harm(false);
            }
            Step::KeyRing(temper, seconds) => {
                self.around.keyring.set_temper(temper);
                self.begin_trouble(Ending::Keyring, seconds);
            }
            Step::LoseKey => {
                self.down(true, 30).await;
                self.around.lose_key(self.plan.accounts).await;
                self.oracle.note_harm(false);
            }
            Step::Sleep(seconds, silently) => {
                // A second program hands over and is gone within seconds.
                if let Some(another) = self.another.take() {
                    another.life.end();
                }
                if silently {
                    self.around.net.forget_connections();
                } else {
                    self.around.net.break_connections();
                }
                let length = Duration::seconds(i64::from(seconds));
                self.count_sleep(length);
                self.around.host.suspend(length);
                self.unwell();
            }
            Step::Starve(seconds) => {
                let length = Duration::seconds(i64::from(seconds));
                self.around.host.suspend(length);
                self.unwell();
            }
            Step::SetClock(by, seconds) => {
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
                self.around.disk.set_trap(side);
            }
            Step::Restart(seconds) => self.down(false, seconds).await,
            Step::StartAnother => {
                if self.client.is_some() && self.another.is_none() {
                    // Without leave to write it does nothing, or says why.
                    self.another = Client::start(&self.around).ok();
                    self.begin_trouble(Ending::Another, 60);
                }
            }
            Step::JoinOld => {
                let Some((meeting, key, of_this_process)) = self.last_rung.clone() else {
                    return;
                };
                let Some(client) = &self.client else { return };
                let most = std::time::Duration::from_secs(2);
                // What is gone meanwhile cannot be joined any more.
                let _joined = tokio::time::timeout(most, client.join(&meeting)).await;
                self.oracle.note_answer(key);
                if !of_this_process {
                    self.count(70, 1);
                }
            }
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
        for fault in slept_over {
            self.count(fault, 1);
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
            None => self.oracle.note_answer(key),
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

    fn edit(&mut self, step: Step) {
        let (base, zone) = (self.plan.base, self.plan.zone);
        let truth = &mut self.truth;
        let count = truth.occurrences().len();
        let pick = |at: usize| at.checked_rem(count).unwrap_or_default();
        let after = |minutes: i32| base + Duration::minutes(i64::from(minutes));
        self.simulator.world(|world| match step {
            Step::Add(at, kind, homes) => truth.add(world, zone, after(at), kind, homes),
            Step::Crowd(at, many) => {
                for _ in 0..many {
                    truth.add(world, zone, after(at), Kind::Call, Homes::One);
                }
            }
            Step::AddSeries(at, days, homes) => {
                truth.add_series(world, zone, after(at), days, homes);
            }
            Step::AddKeywordOnOne(at) => truth.add_keyword_on_one(world, zone, after(at)),
            Step::RewriteKeyword(at) => truth.rewrite_keyword(world, at),
            Step::Shift(at, by) => {
                truth.shift(world, pick(at), Duration::minutes(i64::from(by)));
            }
            Step::Rename(at) => truth.rename(world, pick(at)),
            Step::Cancel(at) => truth.cancel(world, pick(at)),
            Step::Delete(at) => truth.delete(world, pick(at)),
            _ => {}
        });
        let now = self.now();
        self.oracle.note_truth(self.truth.occurrences(), now);
        let of_keywords = match step {
            Step::RewriteKeyword(_) => 38,
            Step::AddKeywordOnOne(_) => 40,
            _ => return,
        };
        if self.plan.writes {
            self.count(of_keywords, 1);
        }
    }

    fn fall_ill(&mut self, illness: Illness, seconds: u32) {
        let faults = self.simulator.faults();
        let every = |effect| Fault::always(effect);
        let one = |operation: &str, effect| Fault {
            operation: Some(operation.to_owned()),
            mailbox: None,
            lasts: Lasts::Always,
            effect,
        };
        let mut lasts = seconds;
        self.server_is_ill |= !illness.is_of_streams() && illness != Illness::Deaf;
        match illness {
            Illness::Busy(quiet) => {
                lasts += quiet;
                faults.set(every(Effect::SoapFault {
                    code: "ErrorServerBusy".to_owned(),
                    back_off: Some(u64::from(quiet) * 1000),
                }));
            }
            Illness::HiddenBusy(quiet) => {
                lasts += quiet;
                faults.set(every(Effect::HiddenBusy(u64::from(quiet) * 1000)));
            }
            Illness::Unavailable(quiet) => {
                lasts += quiet;
                faults.set(every(Effect::Status {
                    status: 503,
                    retry_after: Some(u64::from(quiet)),
                }));
            }
            Illness::Failing => faults.set(every(Effect::Status {
                status: 500,
                retry_after: None,
            })),
            Illness::Hanging => faults.set(every(Effect::Hang)),
            Illness::HangingUp => faults.set(every(Effect::Close)),
            Illness::Truncating => faults.set(every(Effect::Truncate)),
            Illness::Babbling => {
                faults.set(every(Effect::Body("<html>It works!</html>".to_owned())));
            }
            Illness::Refusing => {
                let code = "ErrorMailboxStoreUnavailable".to_owned();
                faults.set(one("FindItem", Effect::Refused(code)));
            }
            Illness::ItemsBroken => {
                let code = "ErrorItemCorrupt".to_owned();
                faults.set(one("GetItem", Effect::Refused(code)));
            }
            Illness::Slow => faults.set(every(Effect::Delay(20_000))),
            Illness::Deaf => {
                let until = self.around.host.true_time() + Duration::seconds(i64::from(seconds));
                self.deaf_until = until + STREAM_LIFE;
                let until = until + Duration::minutes(i64::from(self.plan.skew));
                faults.set(Fault {
                    operation: Some("GetStreamingEvents".to_owned()),
                    mailbox: None,
                    lasts: Lasts::Until(until),
                    effect: Effect::Deaf,
                });
                return;
            }
            Illness::Stalling => faults.set(one("GetStreamingEvents", Effect::Stall)),
            Illness::HeldBack => faults.set(one("GetStreamingEvents", Effect::Hang)),
            Illness::Missed(missed) => {
                let code = match missed {
                    Missed::Events => "ErrorMissedNotificationEvents",
                    Missed::Watermark => "ErrorInvalidWatermark",
                    Missed::Read => "ErrorReadEventsFailed",
                };
                let effect = Effect::StreamError(code.to_owned());
                faults.set(one("GetStreamingEvents", effect));
            }
            Illness::Disordered => faults.set(one("GetStreamingEvents", Effect::Disorder)),
            Illness::Crowded => {
                let refused = |code: &str| Effect::Refused(code.to_owned());
                faults.set(one(
                    "GetStreamingEvents",
                    refused("ErrorExceededConnectionCount"),
                ));
                faults.set(one("Subscribe", refused("ErrorExceededSubscriptionCount")));
            }
            Illness::BatchesStop => faults.set(one("GetItem", Effect::BatchStops(1))),
            Illness::CutShort => faults.set(one("GetItem", Effect::CutsShort(1))),
            Illness::Repeating => faults.set(one("SyncFolderItems", Effect::Repeat)),
            Illness::Odd(naive) => {
                let effect = if naive {
                    Effect::NaiveTimes
                } else {
                    Effect::Extras(u64::from(seconds))
                };
                faults.set(one("GetItem", effect.clone()));
                faults.set(one("FindItem", effect));
            }
            Illness::Elsewhere => {
                let code = "ErrorProxyRequestNotAllowed".to_owned();
                faults.set(every(Effect::Refused(code)));
            }
            Illness::Malicious => faults.set(every(Effect::Body(
                "<?xml version=\"1.0\"?><!DOCTYPE b [<!ENTITY a \"aaaaaaaa\">\
                 <!ENTITY b \"&a;&a;&a;&a;\">]><s:Envelope>&b;</s:Envelope>"
                    .to_owned(),
            ))),
            Illness::Conflicting => {
                let code = "ErrorIrresolvableConflict".to_owned();
                faults.set(one("UpdateItem", Effect::Refused(code)));
            }
            Illness::PasswordChanged => self.simulator.world(|world| {
                if let Some(mailbox) = world.mailbox_mut(ANNA) {
                    "another one".clone_into(&mut mailbox.password);
                }
            }),
        }
        self.begin_trouble(Ending::Server, lasts);
    }
}
