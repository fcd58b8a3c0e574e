//! Processes that train one run together, as mpirun starts them.

use super::out::counted;
use super::stop::Stop;
use crate::error::{Error, Result};
use crate::learn::config::Config;
use crate::learn::group::Group;
use crate::learn::train::train;
use crate::run::ranks::{Follower, join};

fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

/// Which of how many processes this is, if mpirun or srun has started it.
pub(super) fn launched() -> Option<(usize, usize)> {
    let names = [
        ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
        ("PMI_RANK", "PMI_SIZE"),
        ("PMIX_RANK", "SLURM_NTASKS"),
    ];
    names.into_iter().find_map(|(rank, size)| Some((number(rank)?, number(size)?)))
}

/// Threads that a process has where nobody says how many; 0: as many as there are cores.
pub(super) fn threads() -> usize {
    launched().map_or(0, |_| cores())
}

/// Processes on this machine, and whether mpirun has bound each to cores of its own.
fn neighbours() -> (usize, bool) {
    let many = number("OMPI_COMM_WORLD_LOCAL_SIZE").or_else(|| number("MPI_LOCALNRANKS"));
    (many.unwrap_or(1).max(1), std::env::var_os("OMPI_MCA_orte_bound_at_launch").is_some())
}

/// The cores that are this process's, at least one: its share of those that it may use.
fn cores() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (many, bound) = neighbours();
    if bound { cores } else { (cores / many).max(1) }
}

/// Says, once a machine, that its processes have fewer cores than threads, or leave cores unused.
#[cfg(feature = "mpi")]
fn say_bound(rank: usize) {
    let first = number("OMPI_COMM_WORLD_LOCAL_RANK").or_else(|| number("MPI_LOCALRANKID"));
    if first.unwrap_or(0) > 0 {
        return;
    }
    let (own, threads, (many, bound)) = (cores(), rayon::current_num_threads(), neighbours());
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let of_core = |line: &&str| line.strip_prefix("cpu").is_some_and(|rest| !rest.starts_with(' '));
    let all = stat.lines().filter(of_core).count();
    let has = format!("rank {rank} has {}", counted(own, "core"));
    if threads > own {
        let advice = if bound { "start mpirun with --bind-to none, or " } else { "" };
        super::out::note(format!(
            "{has} for {}, which will wait for each other; {advice}give fewer --threads",
            counted(threads, "thread"),
        ));
    } else if bound && many * own < all {
        super::out::note(format!(
            "{has} of {all}, as mpirun has bound it; with --bind-to none it would have its share"
        ));
    }
}

/// Trains with all processes that mpirun has started for it, or alone. `asked` is what was asked of this
/// one, which must be what was asked of all.
#[cfg(feature = "mpi")]
pub(super) fn together(
    asked: &str,
    train: impl FnOnce(Box<dyn Group>) -> Result<()>,
) -> Result<()> {
    use crate::learn::mpi::Session;
    if launched().is_none() {
        return train(crate::learn::group::alone());
    }
    let session = Session::begin()?;
    let mut group = session.group();
    if group.size() == 1 {
        alone_of("is built with another MPI than the one that started it; use that one's mpirun")?;
    }
    say_bound(group.rank());
    let done = match refusal(&mut *group, asked) {
        None => train(group),
        Some(why) if group.rank() == 0 => Err(Error::Usage(why)),
        Some(_) => Ok(()),
    };
    match done {
        // all have agreed upon it, or are through: a closed pipe ends no training
        Ok(()) | Err(Error::Interrupted | Error::ClosedPipe) => done,
        // nobody else knows, and they would wait for this process
        Err(error) => {
            super::out::complain(&error);
            session.abort(error.exit_code())
        }
    }
}

/// Why these processes cannot train one run, if they cannot.
#[cfg(feature = "mpi")]
fn refusal(group: &mut dyn Group, asked: &str) -> Option<String> {
    use crate::hash::text_sha256;
    let version = env!("CARGO_PKG_VERSION");
    let lengths = vec![64; group.size()];
    let mut differs = |what: &str| {
        let all = group.gather(text_sha256(what).as_bytes(), &lengths);
        all.chunks(64).position(|hash| hash != &all[..64])
    };
    // in this order: both are asked by all
    match (differs(version), differs(asked)) {
        (Some(rank), _) => Some(format!(
            "rank {rank} is another version of hornpipe than rank 0, {version}; install the same on all \
             machines"
        )),
        (_, Some(rank)) => Some(format!(
            "rank {rank} was asked for something else than rank 0 (precision, files or any other flag \
             of train); start all with the same command line"
        )),
        _ => None,
    }
}

#[cfg(not(feature = "mpi"))]
pub(super) fn together(_: &str, train: impl FnOnce(Box<dyn Group>) -> Result<()>) -> Result<()> {
    alone_of("was built without MPI; build it with cargo build --release --features mpi")?;
    train(crate::learn::group::alone())
}

/// Refuses to train where this process is by itself and others were started beside it; why is it?
fn alone_of(why: &str) -> Result<()> {
    match launched() {
        Some((_, size)) if size > 1 => {
            let_the_first_speak();
            Err(Error::Usage(format!(
                "this was started {size} times side by side, and each would train a run of its own: it \
                 {why}, or start it once"
            )))
        }
        _ => Ok(()),
    }
}

/// What all processes would say the first says, and its exit ends all. Unless it has nothing to say and
/// waits for this one.
pub(super) fn let_the_first_speak() {
    if launched().is_some_and(|(rank, _)| rank > 0) {
        std::thread::sleep(std::time::Duration::from_secs(2));
    }
}

/// Trains as one of those that have no files.
pub(super) fn follow(group: Box<dyn Group>) -> Result<()> {
    let stop = Stop::listen_in_group()?;
    let mut trainer = join(group)?;
    match train(&mut trainer, &mut Follower { stop: || stop.asked() }) {
        // rank 0 says so
        Err(Error::Interrupted | Error::Apart { .. }) => Ok(()),
        other => other,
    }
}

/// Refuses shards that cannot be dealt to so many processes; a run that goes on keeps those that it has.
pub(super) fn check_shards(config: &Config, ranks: usize, goes_on: bool) -> Result<()> {
    let Config { batch, shards, .. } = config;
    if !batch.is_multiple_of(*shards) {
        return Err(Error::Usage(format!(
            "--shards {shards} does not divide a batch of {batch}; choose a --batch that is a multiple of \
             {shards}, or other shards"
        )));
    }
    if ranks > *shards {
        let enough = (ranks..=*batch).find(|shards| batch.is_multiple_of(*shards));
        let advice = match enough {
            _ if goes_on => format!("start at most {shards}"),
            Some(enough) => format!("give --shards {enough}, or start fewer"),
            None => format!("start fewer, or give --batch {ranks} or more and as many --shards"),
        };
        let shards = counted(*shards, "shard");
        return Err(Error::Usage(format!(
            "{ranks} processes have only {shards} to share; {advice}"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_shards;
    use crate::engine::weights::Shape;
    use crate::learn::config::{Config, Settings};

    #[test]
    fn shards_that_cannot_be_dealt_are_refused_with_a_way_out() {
        let said = |batch, shards, ranks, goes_on| {
            let shape = Shape { vocab: 3, embedding: 2, inputs: vec![], lstm: vec![4] };
            let config = Config::new(shape, batch, 8, Settings::new().shards(shards));
            check_shards(&config, ranks, goes_on).err().map(|e| e.to_string()).unwrap_or_default()
        };
        assert_eq!(said(16, 4, 4, false), "");
        assert!(
            said(16, 5, 1, false).ends_with("a --batch that is a multiple of 5, or other shards")
        );
        assert!(said(16, 4, 5, false).contains("have only 4 shards to share; give --shards 8, or"));
        assert!(said(16, 16, 17, false).contains("give --batch 17 or more and as many --shards"));
        assert!(said(16, 4, 5, true).ends_with("start at most 4"));
    }
}
