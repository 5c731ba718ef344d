//! Makes a failing plan small.

use crate::{
    plan::Plan,
    run::{Outcome, play},
};

/// The smallest plan found that breaks the same invariant: steps are left out,
/// many at a time first.
pub fn shrink(plan: &Plan, outcome: &Outcome) -> Plan {
    let Some(broken) = &outcome.broken else {
        return plan.clone();
    };
    let fails = |plan: &Plan| {
        play(plan)
            .broken
            .is_some_and(|found| found.invariant == broken.invariant)
    };
    let mut smallest = plan.clone();
    let mut chunk = smallest.steps.len().div_ceil(2).max(1);
    loop {
        let mut at = 0;
        while at < smallest.steps.len() {
            let mut tried = smallest.clone();
            let end = (at + chunk).min(tried.steps.len());
            tried.steps.drain(at..end);
            if fails(&tried) {
                smallest = tried;
            } else {
                at += chunk;
            }
        }
        if chunk == 1 {
            return smallest;
        }
        chunk = chunk.div_ceil(2);
    }
}
