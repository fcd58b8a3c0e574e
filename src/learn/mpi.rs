//! Ranks as processes of MPI, on one machine or many.
//!
//! MPI ends a process that finds an error, and mpirun then ends the others: so no call returns one.

use crate::error::{Error, Result};
use crate::learn::group::Group;
use mpi::Threading;
use mpi::datatype::{Partition, PartitionMut};
use mpi::environment::Universe;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives, Root};
use std::time::{Duration, Instant};

/// Bytes that are broadcast at a time: MPI counts in 31 bits.
const MESSAGE: usize = 1 << 30;

/// MPI from its beginning to its end: where it is dropped a process waits until all have come to that.
pub struct Session(Universe);

impl Session {
    /// Begins; the thread that calls must be the one that later makes all calls.
    ///
    /// # Errors
    /// It has begun before, or this MPI cannot be used from a program with threads.
    pub fn begin() -> Result<Self> {
        match mpi::initialize_with_threading(Threading::Funneled) {
            Some((universe, level)) if level >= Threading::Funneled => Ok(Self(universe)),
            Some(_) => Err(Error::Failed("this MPI is not for programs with threads".into())),
            None => Err(Error::Failed("MPI has begun already".into())),
        }
    }

    /// All processes.
    pub fn group(&self) -> Box<dyn Group> {
        Box::new(Mpi { waited: Duration::ZERO })
    }

    /// Ends the processes of all ranks at once.
    pub fn abort(&self, exit_code: u8) -> ! {
        self.0.world().abort(exit_code.into())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // the others would wait for a rank that has panicked
        if std::thread::panicking() {
            self.abort(101);
        }
    }
}

/// A process among all, as a rank.
struct Mpi {
    waited: Duration,
}

impl Mpi {
    fn call<T>(&mut self, call: impl FnOnce(&SimpleCommunicator) -> T) -> T {
        let begun = Instant::now();
        let done = call(&SimpleCommunicator::world());
        self.waited += begun.elapsed();
        done
    }
}

/// How MPI wants blocks one behind the other: their lengths and beginnings.
fn blocks(lengths: &[usize]) -> (Vec<i32>, Vec<i32>) {
    let small = |n: usize| i32::try_from(n).expect("messages are below 2^31");
    let begin = |end: &mut usize, length: &usize| Some(std::mem::replace(end, *end + length));
    let begins = lengths.iter().scan(0, begin);
    (lengths.iter().map(|&length| small(length)).collect(), begins.map(small).collect())
}

impl Group for Mpi {
    fn rank(&self) -> usize {
        SimpleCommunicator::world().rank() as usize
    }

    fn size(&self) -> usize {
        SimpleCommunicator::world().size() as usize
    }

    fn broadcast(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        self.call(|world| {
            let first = world.process_at_rank(0);
            let mut length = bytes.len() as u64;
            first.broadcast_into(&mut length);
            bytes.resize(length as usize, 0);
            bytes.chunks_mut(MESSAGE).for_each(|some| first.broadcast_into(some));
            bytes
        })
    }

    fn gather(&mut self, mine: &[u8], lengths: &[usize]) -> Vec<u8> {
        let (counts, begins) = blocks(lengths);
        let mut all = vec![0; lengths.iter().sum()];
        let mut into = PartitionMut::new(&mut all[..], counts, begins);
        self.call(|world| world.all_gather_varcount_into(mine, &mut into));
        all
    }

    fn gather_numbers(&mut self, mine: &[f32], lengths: &[usize], all: &mut [f32]) {
        let (counts, begins) = blocks(lengths);
        let mut into = PartitionMut::new(all, counts, begins);
        self.call(|world| world.all_gather_varcount_into(mine, &mut into));
    }

    fn exchange(&mut self, give: &[f32], lengths: &[usize], take: &mut [f32], taken: &[usize]) {
        let ((counts, begins), (taken, places)) = (blocks(lengths), blocks(taken));
        let from = Partition::new(give, counts, begins);
        let mut into = PartitionMut::new(take, taken, places);
        self.call(|world| world.all_to_all_varcount_into(&from, &mut into));
    }

    fn waited(&self) -> Duration {
        self.waited
    }
}
