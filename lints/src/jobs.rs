//! [`Jobs`]: independent pieces of work on as many threads as cargo's jobserver grants.
//!
//! Called by [`check`](crate::check). A thread works as long as it holds a token of the jobserver, so
//! that a build with many crates at once does not get more threads than it has processors for. What is
//! not done when the results are needed, the compiler's own thread does with the others.

use std::any::Any;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::{self, Builder, JoinHandle};

use rustc_data_structures::jobserver::{self, Acquired};

/// The most threads that help. More would wait for memory.
const MOST: usize = 15;

/// The stack of a thread, in bytes: what the compiler gives its own.
const STACK: usize = 8 << 20;

/// Pieces of work of which some may be done already. Those that nobody has begun are left undone when
/// it is dropped.
pub(crate) struct Jobs<R> {
    list: Arc<List<R>>,
    help: Option<Help>,
}

/// What has to be done, and what came of it.
struct List<R> {
    /// Does the piece of a number.
    work: Box<dyn Fn(usize) -> R + Send + Sync>,
    /// The first piece that nobody has begun.
    next: AtomicUsize,
    /// A place for the result of each piece.
    results: Mutex<Vec<Option<R>>>,
    /// How many pieces there are.
    pieces: usize,
}

/// Who works besides the caller.
struct Help {
    /// Waits for tokens of the jobserver, as the compiler's own type for that, which has no name here.
    /// Whoever still waits for one learns that none will come when this is dropped.
    requests: Box<dyn Any + Send>,
    threads: Vec<JoinHandle<()>>,
}

impl<R: Send + 'static> Jobs<R> {
    /// Begins to `work` on so many `pieces`, which are numbered from 0, where there are tokens for
    /// threads: at most `helpers`, and none on a machine that has one processor.
    pub(crate) fn begin(
        pieces: usize,
        helpers: usize,
        work: impl Fn(usize) -> R + Send + Sync + 'static,
    ) -> Jobs<R> {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        Jobs::begin_with(helpers.min(processors - 1).min(MOST), pieces, work)
    }

    /// [`begin`](Jobs::begin) with so many threads, as soon as there is a token for them.
    fn begin_with(
        helpers: usize,
        pieces: usize,
        work: impl Fn(usize) -> R + Send + Sync + 'static,
    ) -> Jobs<R> {
        let list = Arc::new(List {
            work: Box::new(work),
            next: AtomicUsize::new(0),
            results: Mutex::new((0..pieces).map(|_| None).collect()),
            pieces,
        });
        let help = if helpers == 0 { None } else { Help::hire(helpers, &list) };
        Jobs { list, help }
    }

    /// Does what nobody has begun and waits for the rest. The results are in the order of the pieces,
    /// whoever did the work.
    pub(crate) fn finish(mut self) -> Vec<R> {
        self.list.work_on();
        if let Some(panic) = self.end_threads() {
            resume_unwind(panic);
        }
        let mut results = self.list.results.lock().unwrap_or_else(PoisonError::into_inner);
        results.drain(..).flatten().collect()
    }
}

impl<R> Jobs<R> {
    /// Waits for all threads, and gives the panic of one if there was any.
    fn end_threads(&mut self) -> Option<Box<dyn Any + Send>> {
        let threads = self.help.take().map_or_else(Vec::new, Help::dismiss);
        threads.into_iter().fold(None, |panic, thread| thread.join().err().or(panic))
    }
}

impl<R> Drop for Jobs<R> {
    /// Ends the threads. The process must not end while one of them is inside LLVM, which is taken down
    /// with it.
    fn drop(&mut self) {
        self.list.next.store(self.list.pieces, Ordering::Relaxed);
        // Nobody asks for the results any more, nor why there is one less.
        let _ = self.end_threads();
    }
}

impl<R> List<R> {
    /// Does pieces until somebody has begun each.
    fn work_on(&self) {
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            if index >= self.pieces {
                break;
            }
            let result = (self.work)(index);
            self.results.lock().unwrap_or_else(PoisonError::into_inner)[index] = Some(result);
        }
    }
}

impl Help {
    /// Starts threads that work as soon as there is a token for them; `None` where that can't be had.
    fn hire<R: Send + 'static>(helpers: usize, list: &Arc<List<R>>) -> Option<Help> {
        // Does nothing where the compiler has done it. A build whose jobserver can't be used gets one
        // here.
        jobserver::initialize(helpers + 1, |_error| {});
        let (give, take) = mpsc::channel::<Acquired>();
        let requests = jobserver::client().into_helper_thread(move |token| {
            if let Ok(token) = token {
                // Nobody is there to take it where all is done, and then it is returned.
                let _ = give.send(token);
            }
        });
        let requests = requests.ok()?;
        let take = Arc::new(Mutex::new(take));
        let start = |_| {
            let (list, take) = (Arc::clone(list), Arc::clone(&take));
            let help = move || {
                let token = take.lock().unwrap_or_else(PoisonError::into_inner).recv();
                if let Ok(_token) = token {
                    list.work_on();
                }
            };
            // Where no thread can be started, there is none.
            Builder::new().stack_size(STACK).spawn(help).ok()
        };
        let threads: Vec<_> = (0..helpers).map_while(start).collect();
        threads.iter().for_each(|_| requests.request_token());
        Some(Help { requests: Box::new(requests), threads })
    }

    /// Asks for no more tokens. The threads end when they have done what they began.
    fn dismiss(self) -> Vec<JoinHandle<()>> {
        drop(self.requests);
        self.threads
    }
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_pieces() {
        // The first ones take longest.
        let work = |piece| {
            (0..(100 - piece) * 1_000).for_each(|step| _ = black_box(step));
            piece
        };
        for helpers in [0, 1, 4, 15] {
            let results = Jobs::begin_with(helpers, 100, work).finish();
            assert_eq!(results, Vec::from_iter(0..100));
        }
        assert_eq!(Jobs::begin(100, 99, work).finish(), Vec::from_iter(0..100));
        assert_eq!(Jobs::begin(0, 1, work).finish(), [0; 0]);
    }

    #[test]
    #[should_panic(expected = "piece 7")]
    fn a_panic_is_that_of_the_caller() {
        Jobs::begin_with(2, 10, |piece| assert_ne!(piece, 7, "piece 7")).finish();
    }

    #[test]
    fn work_begins_before_anybody_waits_for_it() {
        let begun = Arc::new(Barrier::new(2));
        let meets = Arc::clone(&begun);
        let jobs = Jobs::begin_with(1, 1, move |_| meets.wait().is_leader());
        // Only another thread can be there.
        begun.wait();
        assert_eq!(jobs.finish().len(), 1);
    }

    #[test]
    fn what_is_dropped_ends() {
        let done = Arc::new(AtomicUsize::new(0));
        let counts = Arc::clone(&done);
        let work = move |_| counts.fetch_add(1, Ordering::Relaxed);
        drop(Jobs::begin_with(2, 1_000_000, work));
        let before = done.load(Ordering::Relaxed);
        assert!(before < 1_000_000, "all was done");
        thread::yield_now();
        assert_eq!(done.load(Ordering::Relaxed), before);
    }
}
