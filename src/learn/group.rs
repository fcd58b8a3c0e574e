//! The processes that train one run together.
//!
//! They talk in a few collective calls: each is made by all ranks, in the same order, and comes back when
//! the others have made it. [`alone`] is a process by itself; [`threads`] makes a group of threads, to see
//! what several processes do without starting any; the feature `mpi` has processes on many machines.
//!
//! Messages move numbers and never add them. What others do in this place, and why it is not done here:
//! *sums by the library* (`MPI_SUM`, NCCL, Gloo) have an order that nobody promises, so a run would have other
//! bits on another number of machines, and could not be told from one that computes wrongly; NCCL and Gloo are
//! for GPUs and PyTorch besides. *Smaller gradients* (compressed, sparse) and *fewer exchanges* (local SGD) are
//! other numbers and another optimiser than Adam on the batch. *Ray* and the like start and watch processes
//! from Python; mpirun and the batch systems do that, and are there where many machines are.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// The calls that all ranks make together.
pub trait Group: Send {
    /// Which of the ranks this is, from 0.
    fn rank(&self) -> usize;
    /// How many ranks there are, P.
    fn size(&self) -> usize;
    /// What rank 0 gives, to all; what the others give is dropped.
    fn broadcast(&mut self, bytes: Vec<u8>) -> Vec<u8>;
    /// What all ranks give, one after the other; rank p gives `lengths[p]` bytes.
    fn gather(&mut self, mine: &[u8], lengths: &[usize]) -> Vec<u8>;
    /// The same with numbers, into `all`.
    fn gather_numbers(&mut self, mine: &[f32], lengths: &[usize], all: &mut [f32]);
    /// Block q of `give`, `lengths[q]` numbers, goes to rank q; `take` gets what each rank p gave to this one,
    /// `taken[p]` numbers, in the order of ranks.
    fn exchange(&mut self, give: &[f32], lengths: &[usize], take: &mut [f32], taken: &[usize]);
    /// How long this rank has spent in such calls, transfers included, if the group keeps count.
    fn waited(&self) -> Duration {
        Duration::ZERO
    }
}

/// What a process can ask for between two steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// A checkpoint, for which all states must be in one place.
    pub checkpoint: bool,
    /// An end of the training.
    pub stop: bool,
}

/// The group of a process that trains by itself.
pub fn alone() -> Box<dyn Group> {
    Box::new(threads(1).remove(0))
}

/// A group of `size` threads of this process: a member for each, by rank.
///
/// # Panics
/// If it has none. A call panics where another member has been dropped and will not make it.
pub fn threads(size: usize) -> Vec<Threads> {
    assert!(size > 0, "a group has at least one rank");
    let board = Board { posts: vec![None; size], read: 0, gone: false };
    let table = Arc::new((Mutex::new(board), Condvar::new()));
    (0..size).map(|rank| Threads { rank, size, table: Arc::clone(&table) }).collect()
}

/// A member of a group of [`threads`].
#[derive(Debug)]
pub struct Threads {
    rank: usize,
    size: usize,
    table: Arc<(Mutex<Board>, Condvar)>,
}

/// What a member gives.
type Post = (Vec<u8>, Vec<f32>);

#[derive(Debug)]
struct Board {
    /// What each member gives in the present call.
    posts: Vec<Option<Arc<Post>>>,
    /// Members that have read it.
    read: usize,
    gone: bool,
}

impl Threads {
    /// What all members give in this call.
    fn all(&self, post: Post) -> Vec<Arc<Post>> {
        let mut board = self.wait(|board| board.posts[self.rank].is_none());
        board.posts[self.rank] = Some(Arc::new(post));
        self.table.1.notify_all();
        drop(board);
        let mut board = self.wait(|board| board.posts.iter().all(Option::is_some));
        let posts = board.posts.iter().flatten().cloned().collect();
        board.read += 1;
        if board.read == self.size {
            board.read = 0;
            board.posts.fill(None);
            self.table.1.notify_all();
        }
        posts
    }

    fn wait(&self, ready: impl Fn(&Board) -> bool) -> MutexGuard<'_, Board> {
        let (board, changed) = &*self.table;
        let board = board.lock().expect("no member panics while it holds the board");
        let waiting = |board: &mut Board| !ready(board) && !board.gone;
        let board = changed.wait_while(board, waiting).expect("as above");
        let ready = ready(&board);
        if !ready {
            drop(board);
            panic!("another member of the group has gone");
        }
        board
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Ok(mut board) = self.table.0.lock() {
            board.gone = true;
        }
        self.table.1.notify_all();
    }
}

impl Group for Threads {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    fn broadcast(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        self.all((bytes, vec![]))[0].0.clone()
    }

    fn gather(&mut self, mine: &[u8], lengths: &[usize]) -> Vec<u8> {
        let posts = self.all((mine.to_vec(), vec![]));
        assert!(posts.iter().map(|post| post.0.len()).eq(lengths.iter().copied()), "lengths");
        posts.iter().flat_map(|post| post.0.iter().copied()).collect()
    }

    fn gather_numbers(&mut self, mine: &[f32], lengths: &[usize], all: &mut [f32]) {
        let posts = self.all((vec![], mine.to_vec()));
        assert!(posts.iter().map(|post| post.1.len()).eq(lengths.iter().copied()), "lengths");
        let posts: Vec<f32> = posts.iter().flat_map(|post| post.1.iter().copied()).collect();
        all.copy_from_slice(&posts);
    }

    fn exchange(&mut self, give: &[f32], lengths: &[usize], take: &mut [f32], taken: &[usize]) {
        let lengths: Vec<u8> = lengths.iter().flat_map(|n| n.to_le_bytes()).collect();
        let mut rest = take;
        for (post, &taken) in self.all((lengths, give.to_vec())).iter().zip(taken) {
            let lengths = post.0.as_chunks().0.iter().map(|&bytes| usize::from_le_bytes(bytes));
            let before = lengths.take(self.rank).sum::<usize>();
            let (to, behind) = rest.split_at_mut(taken);
            to.copy_from_slice(&post.1[before..before + taken]);
            rest = behind;
        }
    }
}
