//! What a model does inside one text, character by character: what surprised it, what it expected
//! there, what its cells held, and what it heard beside the characters.
//!
//! ```text
//! subject      the tune in the model's form, or any text, with what leads to it
//! reading      one pass: losses, alternatives, gates and cells     (T characters, layers of H units)
//! stretches    bars of a tune, lines of another text
//! features     what a cell might follow: a label a character
//! follow       how much of a cell's variance a feature explains
//! inputs       how much the loss rises where an input is shuffled
//! ```
//! [`Inspection::of`] is all of this, a plain struct; the page is one way to show it ([`Page`]: `page`
//! puts together what `parts` and `cells` write, `data` is what its scripts get, `trace` how numbers
//! travel there). The scripts: `text.js` is the text and what was expected there, `score.js` the
//! notes, `cells.js` the cells.
//!
//! Equations and names are those of [`lstm`](crate::engine::layers::lstm).

mod cells;
mod data;
mod features;
mod follow;
mod inputs;
mod page;
mod parts;
mod reading;
mod stretches;
mod subject;
mod trace;

pub use features::{Feature, Value};
pub use follow::{Follows, STILL, epsilon_squared};
pub use inputs::{Mattered, SHUFFLES};
pub use page::Page;
pub use reading::{Alternative, Expected, GATES, Reading};
pub use stretches::Stretch;
pub use subject::{LONGEST, Subject};

use crate::engine::model::Model;
use crate::learn::manner::Manner;
use crate::learn::text::{UnknownCharacter, Vocabulary};

/// All that is known of a model inside a text.
#[non_exhaustive]
pub struct Inspection {
    /// The text, and what led to it.
    pub subject: Subject,
    /// What the model made of it.
    pub reading: Reading,
    /// Its bars, or its lines; they follow each other without a gap.
    pub stretches: Vec<Stretch>,
    /// What cells may follow, as far as it changes in this text.
    pub features: Vec<Feature>,
    /// The names of those that do not change here.
    pub still: Vec<&'static str>,
    /// (cells, features): what each cell of each layer follows, from the first layer upwards.
    pub follows: Vec<Follows>,
    /// How much each input mattered, the most first; empty for a model without places.
    pub inputs: Vec<Mattered>,
}

impl Inspection {
    /// Reads the subject with the model.
    ///
    /// # Errors
    /// The first character of it that the model does not know.
    ///
    /// # Panics
    /// If the vocabulary or the manner is not the model's.
    pub fn of(
        model: &Model<f32>,
        vocabulary: &Vocabulary,
        manner: &Manner,
        subject: Subject,
    ) -> Result<Self, UnknownCharacter> {
        let symbols = vocabulary.encode(&subject.text)?;
        let lead = subject.lead(model, vocabulary, manner);
        let reading = Reading::of(model, &manner.listener, &lead, &symbols);
        let (features, still) = features::features(&subject);
        let follows = follow::follows(&reading, &features);
        let inputs = inputs::mattered(model, &manner.listener, &lead, &symbols);
        let stretches = stretches::stretches(&subject, &reading);
        Ok(Self { subject, reading, stretches, features, still, follows, inputs })
    }

    /// Mean loss of the characters that were foretold, in nats.
    pub fn loss(&self) -> f64 {
        self.reading.sum(0..self.reading.len()) / self.reading.foretold().max(1) as f64
    }

    /// Nats a note of the music; none of a text without notes.
    pub fn a_note(&self) -> Option<f64> {
        let Subject { notes, header, .. } = self.subject;
        (notes > 0).then(|| self.reading.sum(header..self.reading.len()) / notes as f64)
    }

    /// The bar, or the line, with the largest sum of nats; a header is none.
    pub fn most_surprising(&self) -> Option<&Stretch> {
        let counted = self.stretches.iter().filter(|stretch| !stretch.header);
        counted.max_by(|a, b| a.nats.total_cmp(&b.nats))
    }
}
