//! The same work on many rows, on all processors.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

/// Rows that one thread takes at a time. To open so many takes a millisecond or
/// two, to start a thread some thirty microseconds.
const PART: usize = 128;

/// Does `work` to all of `rows`, and keeps their order. Where the system gives
/// no more threads, this one does all of it.
pub(crate) fn in_order<R: Send, T: Send>(rows: Vec<R>, work: impl Fn(R) -> T + Sync) -> Vec<T> {
    let parts = rows.len().div_ceil(PART);
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let threads = parts.min(processors);
    if threads < 2 {
        return rows.into_iter().map(work).collect();
    }
    let mut rows = rows.into_iter();
    let waiting: VecDeque<(usize, Vec<R>)> = (0..parts)
        .map(|number| (number, rows.by_ref().take(PART).collect()))
        .collect();
    let (waiting, done) = (Mutex::new(waiting), Mutex::new(Vec::with_capacity(parts)));
    let run = || {
        loop {
            let next = lock(&waiting).pop_front();
            let Some((number, part)) = next else { return };
            let part: Vec<T> = part.into_iter().map(&work).collect();
            lock(&done).push((number, part));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            let _refused = thread::Builder::new().spawn_scoped(scope, run);
        }
        run();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(number, _)| *number);
    done.into_iter().flat_map(|(_, part)| part).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each holder takes or puts one part.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_the_order_stays() {
        for count in [0, 1, PART, PART + 1, 10 * PART + 7] {
            let rows: Vec<usize> = (0..count).collect();
            let doubled = in_order(rows, |row| row * 2);
            assert!(doubled.into_iter().eq((0..count).map(|row| row * 2)));
        }
    }
}
