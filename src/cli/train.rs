//! `hornpipe train`: learn tunes, show how it goes, keep what comes of it.

use super::inputs::expanded;
use super::out::{Out, noted};
use super::ranks::{follow, together};
use super::values::{
    EMBEDDED_EPOCHS, Hears, OnTonic, activation, count, positive, precision, seed, share,
};
use super::watch::{Lines, Watch, bar};
use crate::engine::real::Precision;
use crate::engine::weights::Shape;
use crate::error::Result;
use crate::learn::config::{Config, Inputs};
use crate::learn::group::Group;
use crate::learn::material::Material;
use crate::learn::train::{Trainer, train};
use crate::music::places;
use crate::run::checkpoint::About;
use crate::run::folder::RunFolder;
use crate::run::keep::{self, Keeper};
use hornpipe_kernels::Activation;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Learn tunes: the embedded jigs and hornpipes, or your own files of ABC
///
/// Writes a run folder with checkpoints, samples, log.csv and config.json. Tunes are learned in an
/// order that the seed decides, all on one tonic; beside the characters the model hears places: where
/// in bar, part and tune it is and what was there before. A model that does is the average of its
/// weights over the last third of the updates. Text that is no ABC is learned as it is written.
/// held-out.abc in the folder has the tunes that were not learned.
/// `hornpipe corpus` brings ABC into the form that models learn best, and that moves to a tonic.
///
/// Ctrl-C finishes the step, writes a checkpoint and says how to go on; a second one ends at once.
/// SIGTERM does the same, and on Linux a terminal that closes, unless nohup says otherwise.
/// A run that was stopped in any way, killed too, goes on with --resume and ends bit for bit as if
/// it had never stopped.
#[derive(Debug, clap::Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "\
Examples:
  hornpipe train                                the embedded corpus, 35 epochs
  hornpipe train mytunes/ more.abc --epochs 40  your own tunes: files or folders
  hornpipe train --lstm 64 --embedding 32       a small model, for a first look
  hornpipe train --precision bf16               in less time, on a processor with AVX512-BF16
  hornpipe train --resume runs/001              go on where that run was stopped
  hornpipe train --resume runs/001 --epochs 120 ... and further than it was to go
  hornpipe corpus wild/ -o - | hornpipe train - what another program writes; the run keeps it
  hornpipe train ours.abc --from runs/001       learn a few tunes on top of what it knows
  hornpipe train --init runs/001 more.abc       begin with the weights of an earlier run
  hornpipe train --preset notebook tunes.txt    everything as the published notebook:
                                                hard_sigmoid, dropout 0.2, nothing held out

Many processes, on one machine or many (Open MPI or MPICH, and libclang to build it):
  cargo install --path . --features mpi
  mpirun -n 2 --bind-to none hornpipe train --batch 64 --shards 4 --threads 1
  mpirun -n 8 --hostfile hosts --map-by node --bind-to none hornpipe train big/ --batch 256 --shards 16
  mpirun -n 4 --bind-to none hornpipe train --resume runs/001
The first process has the text and writes the run; the others need nothing but hornpipe at the same path.
The bits of a run depend on --shards, as on --batch, and not on how many processes share them (at most one
a shard), on which kernels and threads; so a run goes on with any number of them, one included, as if it
had never stopped. Larger batches gain more than more shards: give --shards a sixteenth of --batch, which
are 16 streams each. The default model gains nothing: its steps are too short.
Without --bind-to none mpirun gives a process one core; more processes than cores need --oversubscribe.
Ctrl-C writes a checkpoint as ever, but Open MPI kills what is left a second later; kill -USR1 to the
process of mpirun lets a large model take its time. A process that dies takes the others with it, and
--resume goes on from the last checkpoint. What is called waiting is the share of an epoch in which the
first process waited for the others, transfers included."
)]
pub(super) struct Args {
    /// Files or folders of tunes, - for standard input [default: the embedded corpus, with any
    /// --preset]; with --resume, where they are now
    pub(super) files: Vec<PathBuf>,
    /// Go on with this run from its last checkpoint; other flags must be left out or be as they
    /// were, but for --epochs
    #[arg(long, value_name = "RUN", conflicts_with_all = ["out", "init", "from"])]
    pub(super) resume: Option<PathBuf>,
    /// A set of defaults, which win over what an --init file says; flags given beside it win
    #[arg(long, value_enum, value_name = "NAME")]
    pub(super) preset: Option<Preset>,
    /// Folder of the run [default: the next number in runs/]
    #[arg(long, value_name = "FOLDER")]
    pub(super) out: Option<PathBuf>,
    /// Passes over the text [default: 80; 35 over the embedded corpus; 20 with --from]
    #[arg(long, value_name = "N", value_parser = count::<0>)]
    epochs: Option<usize>,
    /// Streams of text learned side by side [default: 16; with --from fewer of a short text]
    #[arg(long, value_name = "N", value_parser = count::<1>)]
    pub(super) batch: Option<usize>,
    /// Characters of a window, through which gradients flow back [default: 64]
    #[arg(long, value_name = "N", value_parser = count::<1>)]
    pub(super) steps: Option<usize>,
    /// Parts of a batch whose gradients are computed one after the other, in the room of one part and of a
    /// few gradients, and added up in an order that is fixed; or shared by the processes of mpirun, see
    /// below. Must divide the batch [default: 1]
    #[arg(long, value_name = "S", value_parser = count::<1>)]
    pub(super) shards: Option<usize>,
    /// Width of the embedding [default: 512]
    #[arg(long, value_name = "N", value_parser = count::<1>)]
    pub(super) embedding: Option<usize>,
    /// Width of each LSTM layer, from the input upwards, at most 64 layers [default: 256,128]
    #[arg(long, value_name = "N,N", value_delimiter = ',', value_parser = count::<1>)]
    pub(super) lstm: Option<Vec<usize>>,
    /// Probability of dropping a layer's output in training [default: 0.65 with places, else 0.2]
    #[arg(long, value_name = "P", value_parser = share)]
    dropout: Option<f64>,
    /// Learning rate of Adam [default: 0.001; 0.0003 with --from]
    #[arg(long, value_name = "RATE", value_parser = positive)]
    learning_rate: Option<f64>,
    /// Shorten longer gradients to this length (global norm) [default: never]
    #[arg(long, value_name = "NORM", value_parser = positive)]
    clip: Option<f64>,
    /// Seed of the initial weights and the dropout masks [default: 1]
    #[arg(long, value_name = "N", value_parser = seed)]
    pub(super) seed: Option<u64>,
    /// Share of the text held out, as whole tunes without near-duplicates; of prose, its end
    /// [default: 0.1]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(super) validation: Option<f64>,
    /// What the model hears: characters alone, or places too, which is where in bar, part and tune
    /// each character stands and what stood there before [default: places for the embedded tunes and
    /// for text that is ABC, but for --preset notebook]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(super) inputs: Option<Hears>,
    /// Learn all tunes on this home note, their modes kept (D major as G, Em as Gm), and write them
    /// in any key; or as-written, which is the embedded tunes in up to three keys each [default: G
    /// for a book of tunes whose form moves, else as-written]
    #[arg(long, value_name = "NOTE")]
    pub(super) tonic: Option<OnTonic>,
    /// Recurrent activation, sigmoid or hard_sigmoid [default: sigmoid]
    #[arg(long, value_name = "NAME", value_parser = activation())]
    activation: Option<Activation>,
    /// What both sides of every product are rounded to: f32, which is to nothing, or bf16, which is
    /// faster where the processor multiplies it (AVX512-BF16) and slower elsewhere, with the same bits
    /// [default: f32; with --from and --init the model's]
    #[arg(long, value_name = "NAME", value_parser = precision())]
    precision: Option<Precision>,
    /// Begin with the weights of this .safetensors file, checkpoint or run (its best checkpoint), which
    /// must know every character of the text
    #[arg(long, value_name = "MODEL.safetensors")]
    pub(super) init: Option<PathBuf>,
    /// Learn on top of what this model knows, be it from a few tunes alone: it gets the symbols that it
    /// lacks, and hears what it heard, on the tonic that it had
    #[arg(long, value_name = "MODEL", conflicts_with_all = ["init", "preset", "embedding", "lstm"])]
    #[arg(conflicts_with_all = ["inputs", "tonic", "activation"])]
    pub(super) from: Option<PathBuf>,
    /// Also write batches.csv, one line a batch
    #[arg(long)]
    log_batches: bool,
    /// Write a checkpoint this often, also amid an epoch (90s, 5min, 1h); the newest three are kept
    #[arg(long, value_name = "TIME", default_value = "60s")]
    #[arg(value_parser = humantime::parse_duration)]
    checkpoint_every: Duration,
    /// Where there is no terminal to draw a bar on, print a line this often
    #[arg(long, value_name = "TIME", default_value = "30s")]
    #[arg(value_parser = humantime::parse_duration)]
    progress_every: Duration,
    /// Print JSON lines for machines: what happened ("event"), in which run, at which epoch and
    /// batch
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Preset {
    /// The published Keras notebook
    Notebook,
}

/// Streams side by side.
pub(super) const BATCH: usize = 16;
/// Bytes of text beside which tunes are judged while a run goes on.
const LONGEST_JUDGED: usize = 1 << 24;

impl Args {
    pub(super) fn run(self, out: &Out) -> Result<()> {
        let asked = format!("{self:?}");
        together(&asked, |group| self.train(group, out))
    }

    fn train(mut self, group: Box<dyn Group>, out: &Out) -> Result<()> {
        if group.rank() > 0 {
            return follow(group);
        }
        let silent = Out::new(true);
        let out = if self.json { &silent } else { out };
        self.files = expanded(&self.files);
        match self.resume.take() {
            Some(run) => self.resume(&run, group, out),
            None => self.begin(group, out),
        }
    }

    /// The notebook's number of passes; fewer over the embedded tunes, which come to their best
    /// sooner.
    pub(super) fn default_epochs(&self) -> usize {
        if self.files.is_empty() && self.preset.is_none() { EMBEDDED_EPOCHS } else { 80 }
    }

    /// What the flags make of a config.
    pub(super) fn config(&self, base: Config) -> Config {
        let notebook = self.preset == Some(Preset::Notebook);
        let activation = self.activation.or(notebook.then_some(Activation::HardSigmoid));
        let precision = self.precision.or(notebook.then_some(Precision::F32));
        let validation = self.validation.or(notebook.then_some(0.0));
        let config = Config {
            shape: Shape {
                vocab: base.shape.vocab,
                embedding: self.embedding.unwrap_or(base.shape.embedding),
                inputs: base.shape.inputs,
                lstm: self.lstm.clone().unwrap_or(base.shape.lstm),
            },
            activation: activation.unwrap_or(base.activation),
            precision: precision.unwrap_or(base.precision),
            dropout: self.dropout.or(notebook.then_some(0.2)).unwrap_or(base.dropout),
            batch: self.batch.unwrap_or(base.batch),
            steps: self.steps.unwrap_or(base.steps),
            shards: self.shards.unwrap_or(base.shards),
            epochs: self.epochs.unwrap_or(base.epochs),
            learning_rate: self.learning_rate.unwrap_or(base.learning_rate),
            clip: self.clip.or(base.clip),
            seed: self.seed.unwrap_or(base.seed),
            validation: validation.unwrap_or(base.validation),
            tonic: match self.tonic {
                Some(OnTonic::This(tonic)) => Some(tonic.to_string()),
                Some(OnTonic::AsWritten) => None,
                None => base.tonic,
            },
            ..base
        };
        match self.inputs {
            Some(Hears::Characters) => config.reading(Inputs::new()),
            Some(Hears::Places) if config.inputs.is_empty() => {
                let inputs = places::inputs(config.shape.vocab);
                config.reading(inputs)
            }
            _ => config,
        }
    }

    /// Trains to the end.
    pub(super) fn go(
        &self,
        folder: RunFolder,
        about: About,
        material: Material,
        mut trainer: Trainer,
        out: &Out,
    ) -> Result<()> {
        let bar = bar(!out.quiet);
        let above = bar.clone();
        let notify = Box::new(move |notice| above.suspend(|| noted(notice)));
        let keeper = self.keeper(folder, about, material, &mut trainer, notify)?;
        let lines = Lines { every: self.progress_every, json: self.json };
        let mut watch = Watch::new(keeper, bar, &trainer, out, lines)?;
        train(&mut trainer, &mut watch)?;
        watch.finish(&trainer)
    }

    /// What keeps the run, which is about to go on.
    pub(super) fn keeper(
        &self,
        folder: RunFolder,
        about: About,
        material: Material,
        trainer: &mut Trainer,
        notify: keep::Notify,
    ) -> Result<Keeper> {
        if !material.held_out_as_given.is_empty() {
            folder.hold_out(&material.held_out_as_given)?;
        }
        drop((material.held_out, material.held_out_as_given)); // not to be in memory for hours
        let judged = material.tunes.0 > 0 && material.training.len() <= LONGEST_JUDGED;
        let options = keep::Options::new()
            .every(self.checkpoint_every)
            .batches(self.log_batches)
            .judged(judged.then_some(material.training));
        Keeper::begin(folder, about, options, trainer, notify)
    }

    /// The model that is named to begin with.
    pub(super) fn model(&self) -> Option<&Path> {
        self.init.as_deref().or(self.from.as_deref())
    }
}
