//! Plays seeds and says what came of them.

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode, sync::Mutex, thread};

use chrono::Duration;
use clap::Parser;
use simulation::{
    kept,
    plan::Plan,
    run::{Outcome, play},
    shrink::shrink,
};

/// A fifth of the time went into giving and taking back memory.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Plays bad days of the client in simulated time.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 2000)]
    seeds: u64,
    /// The first one.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Play this one seed and print its plan; one that fails is made small and
    /// printed as it can be kept.
    #[arg(long, group = "one", conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
    /// Play the plan in this file instead.
    #[arg(long, group = "one", conflicts_with_all = ["seeds", "from", "seed"])]
    plan: Option<PathBuf>,
    /// Write the small plan of that one there. Of `--seeds` the first that fail
    /// are kept in tests/simulation/kept.
    #[arg(long, requires = "one")]
    keep: Option<PathBuf>,
    /// Play seeds first whose plans name this; all of several.
    #[arg(long)]
    near: Vec<String>,
    /// Let the client write join details where keywords ask for them.
    #[arg(long)]
    writing: bool,
    /// Leave out so many of them, and play so many of the others.
    #[arg(long, num_args = 2, value_names = ["SKIP", "PLAY"])]
    part: Vec<usize>,
    /// Stop at the first seed that fails, and make nothing small.
    #[arg(long)]
    quick: bool,
    /// Play each seed twice and compare.
    #[arg(long)]
    twice: bool,
}

#[derive(Default)]
struct Sum {
    played: u64,
    rung: u64,
    required: u64,
    returned: u64,
    held_back: u64,
    gone_elsewhere: u64,
    stores_compared: u64,
    sent: u64,
    answered: u64,
    simulated: Duration,
    faults: BTreeMap<u8, u64>,
    failed: Vec<(u64, String)>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(seed) = arguments.seed {
        return one(&Plan::of(seed), &arguments);
    }
    if let Some(file) = &arguments.plan {
        let text = std::fs::read_to_string(file).map_err(|error| error.to_string());
        return match text.and_then(|text| kept::read("", &text)) {
            Ok(kept) => one(&kept.plan, &arguments),
            Err(reason) => {
                eprintln!("{}: {reason}", file.display());
                ExitCode::from(2)
            }
        };
    }
    let began = exchange_sim::clock::system()();
    let sum = Mutex::new(Sum::default());
    let seeds = in_order(&arguments);
    let next = Mutex::new(seeds.iter());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = {
                        let mut next = locked(&next);
                        let stop = arguments.quick && !locked(&sum).failed.is_empty();
                        match next.next() {
                            Some(seed) if !stop => *seed,
                            _ => return,
                        }
                    };
                    let mut plan = Plan::of(seed);
                    plan.writes |= arguments.writing;
                    let outcome = play(&plan);
                    let again = arguments.twice.then(|| play(&plan));
                    add(&mut locked(&sum), seed, &outcome, again.as_ref());
                }
            });
        }
    });
    let took = exchange_sim::clock::system()() - began;
    let sum = sum
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    report(&sum, took, threads);
    for (seed, _) in sum.failed.iter().take(if arguments.quick { 0 } else { 3 }) {
        let plan = Plan::of(*seed);
        let small = shrink(&plan, &play(&plan));
        println!("{}", as_kept(&small));
        match kept::keep(*seed, &small) {
            Ok(file) => println!("seed {seed} is kept in {}", file.display()),
            Err(error) => eprintln!("seed {seed} cannot be kept: {error}"),
        }
    }
    if sum.failed.is_empty() && sum.played > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The seeds to play, those first whose plans name what is looked for.
fn in_order(arguments: &Arguments) -> Vec<u64> {
    let mut seeds: Vec<u64> = (arguments.from..arguments.from + arguments.seeds).collect();
    if !arguments.near.is_empty() {
        // Stable: the lower number goes first.
        seeds.sort_by_cached_key(|seed| {
            let plan = Plan::of(*seed).to_string();
            !arguments.near.iter().all(|word| plan.contains(word))
        });
    }
    if let [skip, play] = arguments.part[..] {
        seeds = seeds.into_iter().skip(skip).take(play).collect();
    }
    seeds
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn add(sum: &mut Sum, seed: u64, outcome: &Outcome, again: Option<&Outcome>) {
    sum.played += 1;
    sum.rung += outcome.rung;
    sum.required += outcome.required;
    sum.returned += outcome.returned;
    sum.held_back += outcome.held_back;
    sum.gone_elsewhere += outcome.gone_elsewhere;
    sum.stores_compared += outcome.stores_compared;
    sum.sent += outcome.sent;
    sum.answered += outcome.answered;
    sum.simulated += outcome.simulated;
    for (fault, count) in &outcome.faults {
        *sum.faults.entry(*fault).or_default() += count;
    }
    if let Some(broken) = &outcome.broken {
        let what = format!("{}: {}", broken.invariant, broken.what);
        println!("seed {seed} FAILED {what}");
        sum.failed.push((seed, what));
    }
    if again.is_some_and(|again| again.trace != outcome.trace) {
        println!("seed {seed} FAILED I12: two runs took two courses");
        sum.failed.push((seed, "I12".to_owned()));
    }
}

/// A plan as text that can be kept.
fn as_kept(plan: &Plan) -> String {
    kept::write(plan).unwrap_or_else(|error| error)
}

fn one(plan: &Plan, arguments: &Arguments) -> ExitCode {
    print!("{plan}");
    let outcome = play(plan);
    println!(
        "{} rings, {} had to come, {} came back after a snooze",
        outcome.rung, outcome.required, outcome.returned
    );
    match &outcome.broken {
        None => ExitCode::SUCCESS,
        Some(broken) => {
            println!("FAILED {}: {}", broken.invariant, broken.what);
            if arguments.quick {
                return ExitCode::FAILURE;
            }
            let small = as_kept(&shrink(plan, &outcome));
            println!("{small}");
            let keep = arguments.keep.as_ref();
            let written = keep.map_or(Ok(()), |file| std::fs::write(file, small));
            if let Err(error) = written {
                eprintln!("the small plan cannot be written: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn report(sum: &Sum, took: Duration, threads: usize) {
    let days = sum.simulated.num_seconds() as f64 / 86_400.0;
    let seconds = took.num_milliseconds() as f64 / 1000.0;
    println!(
        "{} seeds, {} failed; {} rings came, {} had to come, {} came back after a snooze",
        sum.played,
        sum.failed.len(),
        sum.rung,
        sum.required,
        sum.returned
    );
    println!(
        "{} of them came after a silence, {} went with a dismissal on another screen",
        sum.held_back, sum.gone_elsewhere
    );
    println!(
        "{} meetings were made and {} invitations answered, {} stores compared with the truth",
        sum.sent, sum.answered, sum.stores_compared
    );
    let broken = |invariant: &str| {
        let of_it = |(_, what): &&(u64, String)| what.starts_with(&format!("{invariant}:"));
        sum.failed.iter().filter(of_it).count()
    };
    println!(
        "missed {}, doubled {}, ghosts {}",
        broken("I1"),
        broken("I2"),
        broken("I3")
    );
    println!(
        "{days:.0} client-days in {seconds:.0} s on {threads} threads: {:.1} client-days a second and thread",
        days / seconds / threads as f64
    );
    let faults: Vec<String> = sum
        .faults
        .iter()
        .map(|(fault, count)| format!("F{fault:02} {count}"))
        .collect();
    println!("faults: {}", faults.join(", "));
}
