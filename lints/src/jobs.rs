//! [`in_order`]: independent pieces of work on as many threads as cargo's jobserver grants.
//!
//! Called by [`check`](crate::check) for a crate with much assembly. The compiler's own thread works in
//! any case; another one works as long as it holds a token of the jobserver, so that a build with many
//! crates at once does not get more threads than it has processors for.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::{self, Builder};

use rustc_data_structures::jobserver;

/// The most threads that help. More would wait for memory.
const MOST: usize = 15;

/// The stack of a thread, in bytes: what the compiler gives its own.
const STACK: usize = 8 << 20;

/// Does the `work` for each of the `pieces`. The results are in the order of the pieces, whoever did
/// the work. No thread is started for a single piece, or on a machine that has one processor.
pub(crate) fn in_order<T: Sync, R: Send>(pieces: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let helpers = pieces.len().min(processors).saturating_sub(1).min(MOST);
    match helpers {
        0 => pieces.iter().map(work).collect(),
        _ => helped(helpers, pieces, work),
    }
}

/// [`in_order`] with so many threads that help as soon as there is a token for them.
fn helped<T: Sync, R: Send>(helpers: usize, pieces: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    // Does nothing where the compiler has done it. A build whose jobserver can't be used gets one here.
    jobserver::initialize(helpers + 1, |_error| {});
    let (give, take) = mpsc::channel();
    let take = Mutex::new(take);
    let next = AtomicUsize::new(0);
    let results = Mutex::new(pieces.iter().map(|_| None).collect::<Vec<_>>());
    let work_on = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = pieces.get(index) else { break };
            let result = work(piece);
            results.lock().unwrap_or_else(PoisonError::into_inner)[index] = Some(result);
        }
    };
    thread::scope(|scope| {
        let requests = jobserver::client().into_helper_thread(move |token| {
            if let Ok(token) = token {
                // Nobody is there to take it where all is done, and then it is returned.
                let _ = give.send(token);
            }
        });
        let Ok(requests) = requests else { return work_on() };
        let help = || {
            let token = take.lock().unwrap_or_else(PoisonError::into_inner).recv();
            if let Ok(_token) = token {
                work_on();
            }
        };
        // Where no thread can be started, there is none.
        let start = |_| Builder::new().stack_size(STACK).spawn_scoped(scope, help).ok();
        let threads: Vec<_> = (0..helpers).map_while(start).collect();
        threads.iter().for_each(|_| requests.request_token());
        work_on();
        // Whoever still waits for a token learns that none will come.
        drop(requests);
        for thread in threads {
            if let Err(panic) = thread.join() {
                resume_unwind(panic);
            }
        }
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_pieces() {
        let pieces: Vec<u64> = (0..100).collect();
        // The first ones take longest.
        let work =
            |piece: &u64| (0..(100 - piece) * 1_000).fold(*piece, |sum, step| sum ^ step % 1);
        for helpers in [0, 1, 4, 15] {
            assert_eq!(helped(helpers, &pieces, work), pieces);
        }
        assert_eq!(in_order(&pieces, work), pieces);
        assert_eq!(in_order(&[], work), [0; 0]);
    }

    #[test]
    #[should_panic(expected = "piece 7")]
    fn a_panic_is_that_of_the_caller() {
        let pieces: Vec<u64> = (0..10).collect();
        helped(2, &pieces, |piece| assert_ne!(*piece, 7, "piece 7"));
    }
}
