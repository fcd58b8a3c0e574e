//! `hornpipe train --from`: a few tunes on top of what a model knows.

use super::begin::Initial;
use super::material::Way;
use super::out::{Out, counted};
use super::train::{Args, BATCH};
use crate::engine::model::Model;
use crate::engine::weights::Weights;
use crate::error::Result;
use crate::learn::config::Config;
use crate::learn::evaluate::evaluate;
use crate::learn::grow::{Grown, grown};
use crate::learn::material::Material;
use crate::learn::source::ModelSource;
use crate::learn::text::Streams;
use crate::music::corpus::{Summary, Wish};
use crate::run::open::Opened;
use std::path::Path;

/// Passes over the text: forty reels come to their best after some twelve.
const EPOCHS: usize = 20;
/// Adam's rate: with the model's own, a few tunes are soon known by heart.
const RATE: f64 = 3e-4;
/// Updates that an epoch should have at least.
const WINDOWS: usize = 32;
/// New symbols that are named.
const NAMED: usize = 12;

impl Args {
    /// The model with a symbol for each character of the text; says what is new to it.
    pub(super) fn on_top_of(
        &self,
        model: Opened,
        material: &Material,
        way: &mut Way,
        out: &Out,
    ) -> Result<Initial> {
        way.earlier = model.manner()?.book;
        let vocabulary = model.vocabulary()?.clone();
        let (path, model) = (model.path.display().to_string(), model.exchanged);
        let activation = Some(model.activation());
        let grown = grown(model.weights, &vocabulary, &model.inputs, material.characters());
        let name = self.from.as_deref().unwrap_or(Path::new(&path)).display();
        let book = way.earlier.as_ref().filter(|_| way.is_book);
        let rhythms = book.map_or(vec![], |book| new_rhythms(book, &material.training));
        match news(&grown, &rhythms) {
            None => out.say(format!("{name} knows every symbol of the text"))?,
            Some(news) => out.say(format!("new to {name}: {news}"))?,
        }
        if book.is_some_and(|book| !rhythms.is_empty() || book.rhythms(&Wish::default()).len() > 1)
        {
            out.say("it will write tunes of the kinds that this text has, and no others")?;
        }
        way.given = Some(grown.inputs);
        Ok(Initial {
            shape: grown.weights.shape(),
            vocabulary: grown.vocabulary,
            weights: Some(grown.weights),
            activation,
            precision: model.precision,
            dropout: model.dropout,
            from: Some(ModelSource { path, weights_sha256: model.sha256 }),
        })
    }

    /// The settings for a few tunes on top of what a model knows: of a short text fewer streams, so
    /// that an epoch is more than a few updates.
    pub(super) fn gently(&self, config: Config, material: &Material) -> Config {
        let characters = material.training.chars().count();
        let windows = |batch: usize| characters / batch / self.steps.unwrap_or(config.steps);
        let shards = self.shards.unwrap_or(1);
        let mut usual = [BATCH, 8, 4, 2].into_iter().filter(|batch| batch.is_multiple_of(shards));
        let batch = usual.find(|batch| windows(*batch) >= WINDOWS);
        Config { batch: batch.unwrap_or(shards), epochs: EPOCHS, learning_rate: RATE, ..config }
    }

    /// Says in how many streams the text is learned, and what the model makes of the tunes held out
    /// before it has learned any.
    pub(super) fn say_before(
        &self,
        config: &Config,
        weights: &Weights<f32>,
        held_out: Option<&Streams>,
        out: &Out,
    ) -> Result<()> {
        if config.batch < BATCH && self.batch.is_none() {
            out.say(format!("batch {} instead of {BATCH}: the text is short", config.batch))?;
        }
        let Some(held_out) = held_out.filter(|_| !out.quiet) else { return Ok(()) };
        let Config { activation, precision, .. } = *config;
        let model = Model::in_precision(weights.clone(), activation, precision);
        let loss = evaluate(&model, held_out).loss;
        out.say(format!("as it is, the model has loss {loss:.4} on the held-out text"))
    }
}

/// What a model did not know; none if nothing.
fn news(grown: &Grown, rhythms: &[String]) -> Option<String> {
    let symbols: Vec<String> = grown.new.iter().map(|c| format!("{c:?}")).collect();
    let news = [("symbol", &symbols[..]), ("rhythm", rhythms)].map(|(what, names)| {
        let n = names.len();
        let more = if n > NAMED { format!(" and {} more", n - NAMED) } else { String::new() };
        let named = names[..n.min(NAMED)].join(", ");
        (n > 0).then(|| format!("{} ({named}{more})", counted(n, what)))
    });
    let news: Vec<String> = news.into_iter().flatten().collect();
    (!news.is_empty()).then(|| news.join(" and "))
}

/// Rhythms of the text that the model's book has no tune of.
fn new_rhythms(book: &Summary, text: &str) -> Vec<String> {
    let (all, text) = (Wish::default(), Summary::new(text));
    let known = book.rhythms(&all);
    let new = text.rhythms(&all).into_iter().filter(|name| !known.contains(name));
    new.map(str::to_owned).collect()
}
