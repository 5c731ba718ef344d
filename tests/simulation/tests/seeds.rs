//! Two thousand bad days, in parallel, and each fault at least once.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use simulation::{
    kept,
    plan::Plan,
    run::{Outcome, play},
    shrink::shrink,
};

/// How many seeds; `JOINBELL_SEEDS` names another number.
const SEEDS: u64 = 2000;

/// The faults of the catalogue that live in the simulation.
const FAULTS: [u8; 60] = [
    1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 15, 16, 17, 18, 19, 21, 22, 23, 24, 25, 26, 27, 28, 29,
    30, 31, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 47, 51, 52, 53, 54, 55, 56, 57, 58,
    59, 60, 61, 62, 63, 64, 65, 66, 70, 82,
];

#[test]
fn in_two_thousand_bad_days_no_ring_is_missed_doubled_or_a_ghost() {
    let seeds = std::env::var("JOINBELL_SEEDS")
        .ok()
        .and_then(|seeds| seeds.parse().ok())
        .unwrap_or(SEEDS);
    let (next, sum) = (AtomicU64::new(0), Mutex::new(Outcome::default()));
    let failed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds {
                        return;
                    }
                    let outcome = play(&Plan::of(seed));
                    if outcome.broken.is_some() {
                        let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                        failed.push(seed);
                    }
                    let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
                    add(&mut sum, &outcome);
                }
            });
        }
    });
    let sum = sum.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!(
        "{seeds} seeds, {:.0} client-days: {} rings came, {} had to come, {} came back after a snooze",
        sum.simulated.as_seconds_f64() / 86_400.0,
        sum.rung,
        sum.required,
        sum.returned
    );
    println!(
        "{} came after a silence, {} went with a dismissal elsewhere",
        sum.held_back, sum.gone_elsewhere
    );
    println!(
        "{} meetings were made and {} invitations answered, {} stores compared with the truth",
        sum.sent, sum.answered, sum.stores_compared
    );
    println!("faults: {:?}", sum.faults);
    let mut failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.sort_unstable();
    if let Some(seed) = failed.first() {
        let plan = Plan::of(*seed);
        let outcome = play(&plan);
        panic!(
            "{} of {seeds} seeds failed: {failed:?}; the first, made small:\n{}\n{:?}",
            failed.len(),
            kept::write(&shrink(&plan, &outcome)).unwrap_or_else(|error| error),
            outcome.broken
        );
    }
    let unseen: Vec<u8> = FAULTS
        .into_iter()
        .filter(|fault| !sum.faults.contains_key(fault))
        .collect();
    assert!(unseen.is_empty(), "faults that never happened: {unseen:?}");
    assert!(
        sum.rung > seeds,
        "a run in which hardly anything rings tests nothing"
    );
    assert!(
        sum.returned > seeds / 10,
        "a run in which hardly anybody is rung at again tests no snooze"
    );
    assert!(
        sum.stores_compared > seeds / 2,
        "a run that looks at no store tests none"
    );
    assert!(
        sum.sent > seeds / 5 && sum.answered > seeds / 20,
        "a run in which hardly anything is sent tests no outbox"
    );
    assert!(
        sum.held_back > seeds / 20 && sum.gone_elsewhere > seeds / 50,
        "a run without silence and other screens tests neither"
    );
}

fn add(sum: &mut Outcome, outcome: &Outcome) {
    sum.rung += outcome.rung;
    sum.required += outcome.required;
    sum.returned += outcome.returned;
    sum.held_back += outcome.held_back;
    sum.gone_elsewhere += outcome.gone_elsewhere;
    sum.stores_compared += outcome.stores_compared;
    sum.sent += outcome.sent;
    sum.answered += outcome.answered;
    sum.simulated += outcome.simulated;
    let faults: &mut BTreeMap<u8, u64> = &mut sum.faults;
    for (fault, count) in &outcome.faults {
        *faults.entry(*fault).or_default() += count;
    }
}

#[test]
fn i12_a_seed_takes_the_same_course_again() {
    for seed in (0..200).step_by(17) {
        let plan = Plan::of(seed);
        assert_eq!(play(&plan).trace, play(&plan).trace, "seed {seed}");
    }
}

#[test]
fn a_plan_that_found_a_fault_finds_none_any_more() {
    let all = kept::all().unwrap_or_else(|error| panic!("{error}"));
    assert!(!all.is_empty(), "nothing was kept");
    for kept in all {
        assert_eq!(
            play(&kept.plan).broken,
            None,
            "{}: {}",
            kept.name,
            kept.found
        );
    }
}
