//! What an illness of the server does to requests.

use chrono::{DateTime, Duration, Utc};
use exchange_sim::server::faults::{Effect, Fault, Lasts};

use super::{Ending, Run, STREAM_LIFE, met::Met};
use crate::{
    step::{Illness, Missed},
    truth::ANNA,
};

/// What XML bombs are made of.
const BOMB: &str = "<?xml version=\"1.0\"?><!DOCTYPE b [<!ENTITY a \"aaaaaaaa\">\
     <!ENTITY b \"&a;&a;&a;&a;\">]><s:Envelope>&b;</s:Envelope>";

impl Run<'_> {
    pub(super) fn fall_ill(&mut self, illness: Illness, seconds: u32) {
        self.server_is_ill |= !illness.is_of_streams() && illness != Illness::Deaf;
        let skew = Duration::minutes(i64::from(self.plan.skew));
        let now = self.now();
        if illness == Illness::PasswordChanged {
            self.password_changed = true;
            self.simulator.world(|world| {
                if let Some(mailbox) = world.mailbox_mut(ANNA) {
                    "another one".clone_into(&mut mailbox.password);
                }
            });
            self.wait(Met::SignIn, illness.faults(), Some(Ending::Server));
        } else {
            let strikes = strikes(illness, now + skew, seconds);
            let effects = strikes.iter().map(|fault| fault.effect.clone());
            let effects: Vec<Effect> = effects.collect();
            for fault in strikes {
                self.simulator.faults().set(fault);
            }
            // A deaf stream may outlive what made it deaf.
            let ends_with = (illness != Illness::Deaf).then_some(Ending::Server);
            self.wait(Met::Server(effects), illness.faults(), ends_with);
        }
        let quiet = match illness {
            Illness::Busy(quiet)
            | Illness::HiddenBusy(quiet)
            | Illness::Unavailable(quiet)
            | Illness::UnavailableUntil(quiet) => quiet,
            Illness::Deaf => {
                let until = now + Duration::seconds(i64::from(seconds));
                self.deaf_until = until + STREAM_LIFE;
                return;
            }
            _ => 0,
        };
        self.begin_trouble(Ending::Server, seconds + quiet);
    }
}

/// What strikes which requests, from `now` on by the server's clock.
fn strikes(illness: Illness, now: DateTime<Utc>, seconds: u32) -> Vec<Fault> {
    let every = |effect| vec![Fault::always(effect)];
    let one = |operation: &str, effect| {
        vec![Fault {
            operation: Some(operation.to_owned()),
            mailbox: None,
            lasts: Lasts::Always,
            effect,
        }]
    };
    let stream = |effect| one("GetStreamingEvents", effect);
    let refused = |code: &str| Effect::Refused(code.to_owned());
    match illness {
        Illness::Busy(quiet) => every(Effect::SoapFault {
            code: "ErrorServerBusy".to_owned(),
            back_off: Some(u64::from(quiet) * 1000),
        }),
        Illness::HiddenBusy(quiet) => every(Effect::HiddenBusy(u64::from(quiet) * 1000)),
        Illness::Unavailable(quiet) => every(Effect::Status {
            status: 503,
            retry_after: Some(u64::from(quiet)),
        }),
        Illness::UnavailableUntil(quiet) => {
            let until = now + Duration::seconds(i64::from(quiet));
            let until = until.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
            every(Effect::RetryAfter(until))
        }
        Illness::Failing => every(Effect::Status {
            status: 500,
            retry_after: None,
        }),
        Illness::Hanging => every(Effect::Hang),
        Illness::HangingUp => every(Effect::Close),
        Illness::Truncating => every(Effect::Truncate),
        Illness::Babbling => every(Effect::Body("<html>It works!</html>".to_owned())),
        Illness::Refusing => one("FindItem", refused("ErrorMailboxStoreUnavailable")),
        Illness::ItemsBroken => one("GetItem", refused("ErrorItemCorrupt")),
        Illness::Slow(each) => every(Effect::Delay(u64::from(each) * 1000)),
        Illness::Deaf => {
            let until = now + Duration::seconds(i64::from(seconds));
            stream(Effect::Deaf)
                .into_iter()
                .map(|fault| Fault {
                    lasts: Lasts::Until(until),
                    ..fault
                })
                .collect()
        }
        Illness::Stalling => stream(Effect::Stall),
        Illness::HeldBack => stream(Effect::Hang),
        Illness::Missed(missed) => {
            let code = match missed {
                Missed::Events => "ErrorMissedNotificationEvents",
                Missed::Watermark => "ErrorInvalidWatermark",
                Missed::Read => "ErrorReadEventsFailed",
            };
            stream(Effect::StreamError(code.to_owned()))
        }
        Illness::Disordered => stream(Effect::Disorder),
        Illness::Crowded => [
            stream(refused("ErrorExceededConnectionCount")),
            one("Subscribe", refused("ErrorExceededSubscriptionCount")),
        ]
        .concat(),
        Illness::BatchesStop => one("GetItem", Effect::BatchStops(1)),
        Illness::CutShort => one("GetItem", Effect::CutsShort(1)),
        Illness::Repeating => one("SyncFolderItems", Effect::Repeat),
        Illness::Odd(naive) => {
            let effect = if naive {
                Effect::NaiveTimes
            } else {
                Effect::Extras(u64::from(seconds))
            };
            [one("GetItem", effect.clone()), one("FindItem", effect)].concat()
        }
        Illness::Elsewhere => every(refused("ErrorProxyRequestNotAllowed")),
        Illness::Malicious => every(Effect::Body(BOMB.to_owned())),
        Illness::Conflicting => one("UpdateItem", refused("ErrorIrresolvableConflict")),
        // Nothing strikes: the password is another one.
        Illness::PasswordChanged => Vec::new(),
    }
}
