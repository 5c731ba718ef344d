//! The same work on many rows, on all processors, while the rows still come.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
};

/// Rows that are handed over at a time. To open so many takes a millisecond or
/// two, to start a thread some thirty microseconds.
pub(crate) const PART: usize = 128;

/// Does the same work to each row that is handed over, and keeps their order.
///
/// Threads come with the second part. Where the system gives none, and where
/// they do not keep up, whoever hands over does the work.
pub(crate) struct Line<R, T> {
    shared: Arc<Shared<R, T>>,
    threads: Vec<JoinHandle<()>>,
    parts: usize,
}

struct Shared<R, T> {
    work: Box<dyn Fn(R) -> T + Send + Sync>,
    state: Mutex<State<R, T>>,
    changed: Condvar,
}

struct State<R, T> {
    waiting: VecDeque<(usize, Vec<R>)>,
    done: Vec<(usize, Vec<T>)>,
    /// No more parts come.
    over: bool,
}

impl<R: Send + 'static, T: Send + 'static> Line<R, T> {
    pub(crate) fn new(work: impl Fn(R) -> T + Send + Sync + 'static) -> Self {
        let state = State {
            waiting: VecDeque::new(),
            done: Vec::new(),
            over: false,
        };
        Self {
            shared: Arc::new(Shared {
                work: Box::new(work),
                state: Mutex::new(state),
                changed: Condvar::new(),
            }),
            threads: Vec::new(),
            parts: 0,
        }
    }

    /// Takes some rows. Returns when so few wait that the threads soon have
    /// them.
    pub(crate) fn take(&mut self, rows: Vec<R>) {
        let mut rows = rows.into_iter();
        loop {
            let part: Vec<R> = rows.by_ref().take(PART).collect();
            if part.is_empty() {
                return;
            }
            self.shared.state().waiting.push_back((self.parts, part));
            self.parts += 1;
            if self.parts == 2 {
                self.start_threads();
            }
            self.shared.changed.notify_one();
            if self.parts > 1 && self.shared.state().waiting.len() > self.threads.len() {
                self.shared.work_on_one();
            }
        }
    }

    fn start_threads(&mut self) {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        for _ in 1..processors {
            let shared = Arc::clone(&self.shared);
            let named = thread::Builder::new().name("open".to_owned());
            match named.spawn(move || shared.work_until_over()) {
                Ok(thread) => self.threads.push(thread),
                Err(_refused) => return,
            }
        }
    }

    /// What became of all rows, in the order in which they came.
    pub(crate) fn finish(mut self) -> Vec<T> {
        self.end();
        let mut done = std::mem::take(&mut self.shared.state().done);
        done.sort_unstable_by_key(|(number, _)| *number);
        let rows = done.iter().map(|(_, part)| part.len()).sum();
        let mut all = Vec::with_capacity(rows);
        all.extend(done.into_iter().flat_map(|(_, part)| part));
        all
    }
}

impl<R, T> Line<R, T> {
    /// Works on what is left, and waits for the threads.
    fn end(&mut self) {
        self.shared.state().over = true;
        self.shared.changed.notify_all();
        while self.shared.work_on_one() {}
        for thread in self.threads.drain(..) {
            // One that panicked has left rows out; its series counts as broken.
            let _panicked = thread.join();
        }
    }
}

impl<R, T> Drop for Line<R, T> {
    fn drop(&mut self) {
        // Given up: what waits is not needed any more.
        self.shared.state().waiting.clear();
        self.end();
    }
}

impl<R, T> Shared<R, T> {
    fn state(&self) -> MutexGuard<'_, State<R, T>> {
        // Each holder takes or puts one part.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// False when nothing waits.
    fn work_on_one(&self) -> bool {
        let Some(part) = self.state().waiting.pop_front() else {
            return false;
        };
        self.work_on(part);
        true
    }

    fn work_on(&self, (number, part): (usize, Vec<R>)) {
        let part = part.into_iter().map(&self.work).collect();
        self.state().done.push((number, part));
    }

    fn work_until_over(&self) {
        loop {
            let mut state = self.state();
            let part = loop {
                if let Some(part) = state.waiting.pop_front() {
                    break part;
                }
                if state.over {
                    return;
                }
                state = self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            };
            drop(state);
            self.work_on(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_the_order_stays() {
        for count in [0, 1, PART, PART + 1, 10 * PART + 7] {
            for at_a_time in [1, 50, PART, 3 * PART] {
                let mut line = Line::new(|row: usize| row * 2);
                for from in (0..count).step_by(at_a_time) {
                    line.take((from..count.min(from + at_a_time)).collect());
                }
                assert!(line.finish().into_iter().eq((0..count).map(|row| row * 2)));
            }
        }
    }

    #[test]
    fn a_line_that_is_given_up_ends_its_threads() {
        let work = Arc::new(());
        let held = Arc::clone(&work);
        let mut line = Line::new(move |row: usize| (row, Arc::strong_count(&held)));
        line.take((0..10 * PART).collect());
        drop(line);
        assert_eq!(Arc::strong_count(&work), 1);
    }
}
