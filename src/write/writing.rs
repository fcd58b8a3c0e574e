//! One tune as it is written: its header, its drafts, where it ends.

use super::draw::draw;
use super::in_key::InKey;
use super::options::{End, Growth, Options};
use super::prompt::Beginning;
use super::titles::MOST_REDRAWS;
use crate::engine::model::States;
use crate::learn::listener::Listener;
use crate::learn::text::Vocabulary;
use crate::music::wishes::{Broken, Prospect, is_between_bars};
use ndarray::ArrayView1;
use ndarray_rand::rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;

/// Characters after which the tune that nobody hears is cut; most tunes are shorter.
const UNHEARD: usize = 400;

/// One tune being written.
pub(super) struct Writing {
    pub(super) number: usize,
    /// Which draft it is, from 1.
    pub(super) draft: usize,
    pub(super) end: Option<End>,
    /// Whether to go on with it is not known yet.
    pub(super) waits: bool,
    rng: ChaCha8Rng,
    forced: Vec<(char, Vec<u32>)>,
    /// The rhythm, if it is drawn or asked for.
    rhythm: Option<String>,
    /// Still in the tune that nobody hears.
    unheard: bool,
    now: Draft,
    /// Where every draft begins, and where the last word of its title does, with the states there.
    beginning: Option<(Draft, States<f32>)>,
    word: Option<(Draft, States<f32>)>,
    /// Times that the word was drawn anew.
    redraws: usize,
    /// Bytes of the text that have been told, and drafts.
    told: (usize, usize),
}

/// What is written so far, and what is known of it.
#[derive(Clone)]
struct Draft {
    /// Symbols that must come next, before anything is drawn.
    pending: VecDeque<u32>,
    text: InKey,
    length: usize,
    lines: Lines,
    listener: Listener,
    /// The symbol to feed to the model next.
    last: u32,
    /// A title that is being drawn, and of which words may be drawn anew.
    title: Option<String>,
    /// What is to stand in the tune does, or is being written.
    stands: bool,
    /// Reads along if something is wished.
    prospect: Option<Prospect>,
}

/// What a symbol more made of a tune.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It goes on, or ended where nothing is wished.
    GoesOn,
    /// The unheard tune is over.
    Begins,
    /// A word of a title begins.
    Word,
    /// It is one that the book does not have.
    OtherWord,
    /// It ended, and keeps every wish.
    Kept,
    /// It breaks a wish.
    Dropped(Broken),
    /// It does not go on yet.
    Waits,
}

/// What of a tune's form has been seen, to know where it ends.
#[derive(Clone, Default)]
struct Lines {
    line: String,
    notes_seen: bool,
    /// The line of the key is over: what follows is music.
    in_body: bool,
}

impl Lines {
    /// Takes the next character; true if it ends the tune: a blank line after notes.
    fn ends_with(&mut self, c: char) -> bool {
        if c != '\n' {
            self.line.push(c);
            return false;
        }
        let line = std::mem::take(&mut self.line);
        let blank = line.trim().is_empty();
        self.notes_seen |= !blank && field(&line).is_none();
        self.in_body |= field(&line) == Some('K');
        blank && self.notes_seen
    }
}

/// The letter of a header line, if the line is one ("K:D" is of field K).
fn field(line: &str) -> Option<char> {
    let mut chars = line.chars();
    let letter = chars.next().filter(char::is_ascii_alphabetic)?;
    (chars.next() == Some(':')).then_some(letter)
}

impl Writing {
    pub(super) fn begin(number: usize, options: &Options, vocabulary: &Vocabulary) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
        rng.set_stream(number as u64);
        let Beginning { overture, forced, meant, rhythm } =
            options.prompt.beginning(vocabulary, &options.manner, || rng.random());
        let mut pending = VecDeque::from(overture);
        let first = pending.pop_front().or(options.prompt.prime.first().copied()).unwrap_or(0);
        let now = Draft {
            pending,
            text: InKey::new(options.manner.tonic, meant),
            length: 0,
            lines: Lines::default(),
            listener: options.manner.listener.clone(),
            last: first,
            title: None,
            stands: false,
            prospect: None,
        };
        let mut row = Self {
            number,
            draft: 1,
            end: None,
            waits: false,
            rng,
            forced,
            rhythm,
            unheard: true,
            now,
            beginning: None,
            word: None,
            redraws: 0,
            told: (0, 1),
        };
        row.accept_unheard(first, options, vocabulary);
        row
    }

    /// Whether it is still in the tune that nobody hears.
    pub(super) fn is_unheard(&self) -> bool {
        self.unheard
    }

    /// The symbol to feed to the model next.
    pub(super) fn last(&self) -> u32 {
        self.now.last
    }

    /// Says what the model hears beside it, into `now` (K).
    pub(super) fn say(&self, now: &mut [u32]) {
        self.now.listener.say(now);
    }

    /// Goes on by one symbol: the one that must come, or one drawn from `logits` (V).
    pub(super) fn advance(
        &mut self,
        logits: ArrayView1<f32>,
        options: &Options,
        vocabulary: &Vocabulary,
    ) -> Turn {
        let symbol = self.now.pending.pop_front().unwrap_or_else(|| {
            let cooling = if self.unheard { 0.5 } else { 1.0 };
            let drawn = draw(logits, cooling * options.temperature, options, &mut self.rng);
            if self.unheard { drawn } else { self.now.or_what_stands(drawn, options, vocabulary) }
        });
        if self.unheard {
            return self.accept_unheard(symbol, options, vocabulary);
        }
        let now = &mut self.now;
        let in_header = !now.lines.in_body;
        let end = now.accept(symbol, options, vocabulary);
        if in_header && now.lines.in_body {
            now.begin_music(options, vocabulary);
        }
        now.force(&self.forced);
        let drawn = end.is_none() && in_header && now.pending.is_empty();
        if drawn && now.lines.line == "T:" && options.titles.is_some() {
            now.title = Some(String::new());
            self.redraws = 0;
            return Turn::Word;
        }
        let c = vocabulary.char_of(symbol);
        if now.title_has_other_word(c, self.rhythm.as_deref(), options) {
            let anew = self.redraws < MOST_REDRAWS && !options.is_sure();
            self.redraws += 1;
            if anew {
                return Turn::OtherWord;
            }
        } else if now.title.is_some() && c == ' ' && end.is_none() {
            self.redraws = 0;
            return Turn::Word;
        }
        if now.prospect.is_some() {
            return self.look(end);
        }
        self.end = end;
        Turn::GoesOn
    }

    /// Goes on by one symbol in the tune that nobody hears.
    fn accept_unheard(&mut self, symbol: u32, options: &Options, vocabulary: &Vocabulary) -> Turn {
        let (now, prompt) = (&mut self.now, &options.prompt);
        let complete = now.lines.ends_with(vocabulary.char_of(symbol));
        now.hear(symbol);
        if complete || now.length >= UNHEARD + prompt.lead.len() {
            self.unheard = false;
            (now.length, now.lines) = (0, Lines::default());
            now.pending = prompt.prime.iter().copied().collect();
            let wishes = options.wished();
            if !wishes.is_empty() {
                now.prospect = Some(wishes.prospect());
                return Turn::Begins;
            }
        } else if now.length == UNHEARD {
            now.pending = prompt.lead.iter().copied().collect();
        }
        Turn::GoesOn
    }

    /// Looks whether a draft can still keep what is wished; with its `end`, whether it does.
    fn look(&mut self, end: Option<End>) -> Turn {
        let now = &mut self.now;
        let Some(mut prospect) = now.prospect.take() else { return Turn::GoesOn };
        let news = &now.text.text()[prospect.text().len()..];
        let pushed = prospect.push(news);
        let looked = match end {
            None => pushed,
            Some(End::Whole) => pushed.and_then(|()| prospect.clone().end()),
            Some(_) => Err(Broken::Length),
        };
        now.prospect = Some(prospect);
        match looked {
            Err(broken) => Turn::Dropped(broken),
            Ok(()) if end.is_some() => {
                self.end = end;
                Turn::Kept
            }
            Ok(()) => Turn::GoesOn,
        }
    }

    /// From here, with these states, every draft begins.
    pub(super) fn keep_beginning(&mut self, states: States<f32>) {
        self.beginning = Some((self.now.clone(), states));
    }

    /// From here, with these states, a word of the title may be drawn anew.
    pub(super) fn keep_word(&mut self, states: States<f32>) {
        self.word = Some((self.now.clone(), states));
    }

    /// Goes back to where the word begins; the states there.
    ///
    /// # Panics
    /// If none has begun.
    pub(super) fn back_to_word(&mut self) -> &States<f32> {
        let (word, states) = self.word.as_ref().expect("a word that has begun");
        self.now = word.clone();
        states
    }

    /// Begins another draft; the states there.
    ///
    /// # Panics
    /// If no first one has begun.
    pub(super) fn begin_draft(&mut self, seed: u64) -> &States<f32> {
        let (beginning, states) = self.beginning.as_ref().expect("a draft that has begun");
        self.now = beginning.clone();
        self.waits = false;
        // the first draft goes on with what the unheard tune has left of the tune's own stream
        self.rng = ChaCha8Rng::seed_from_u64(seed);
        self.rng.set_stream((self.draft as u64) << 32 | self.number as u64);
        self.draft += 1;
        states
    }

    /// What it has grown by since it was told, if by anything that is sure.
    pub(super) fn growth(&self) -> Option<Growth<'_>> {
        let text = self.now.text.text();
        let sure = match (self.end, &self.now.title, &self.now.prospect) {
            (Some(End::GivenUp), ..) => 0,
            (Some(_), ..) => text.len(),
            // a draft may yet be dropped, a word be drawn anew
            (None, _, Some(_)) => 0,
            (None, Some(title), _) => text.len() - title.len(),
            (None, None, None) => text.len(),
        };
        let (told, drafts) = self.told;
        let news = text.get(told..sure).unwrap_or_default();
        let grown = self.end.is_some() || !news.is_empty() || drafts < self.draft;
        let Self { number, end, draft, .. } = *self;
        grown.then_some(Growth { number, text: news, end, draft })
    }

    /// That was told.
    pub(super) fn is_told(&mut self) {
        let news = self.growth().map_or(0, |growth| growth.text.len());
        self.told = (self.told.0 + news, self.draft);
    }
}

impl Draft {
    fn hear(&mut self, symbol: u32) {
        self.last = symbol;
        self.listener.hear(symbol);
        self.length += 1;
    }

    /// Takes a symbol of the tune that counts.
    fn accept(&mut self, symbol: u32, options: &Options, vocabulary: &Vocabulary) -> Option<End> {
        let c = vocabulary.char_of(symbol);
        let in_key = self.lines.line.starts_with("K:");
        let complete = self.lines.ends_with(c);
        self.hear(symbol);
        self.text.push(c, in_key);
        let end = match options.length {
            Some(length) => (self.length >= length).then_some(End::Whole),
            None if complete => Some(End::Whole),
            None => (self.length >= options.max_length).then_some(End::Cut),
        };
        if end.is_some() {
            self.text.end();
        }
        end
    }

    /// Makes the rest of a line come that has begun and is forced.
    fn force(&mut self, forced: &[(char, Vec<u32>)]) {
        let begun = self.pending.is_empty() && self.lines.line.chars().count() == 2;
        let letter = field(&self.lines.line).filter(|_| begun);
        if let Some((_, line)) = forced.iter().find(|(field, _)| Some(*field) == letter) {
            self.pending.extend(line);
        }
    }

    /// Makes the music come that is to be the first, if any is.
    fn begin_music(&mut self, options: &Options, vocabulary: &Vocabulary) {
        let stands = options.wished().what_stands().filter(|stands| stands.is_beginning());
        if let Some(stands) = stands.filter(|_| self.pending.is_empty()) {
            self.stand(stands.text(), vocabulary);
        }
    }

    /// Makes music come; one with a character that the model does not know breaks the wish at the end.
    fn stand(&mut self, music: &str, vocabulary: &Vocabulary) {
        self.stands = true;
        let symbols = vocabulary.encode(&self.text.as_written(music));
        self.pending.extend(symbols.unwrap_or_default());
    }

    /// The symbol that was drawn; where it begins a bar that is given, the first of that.
    fn or_what_stands(&mut self, drawn: u32, options: &Options, vocabulary: &Vocabulary) -> u32 {
        let is_sign = |symbol: u32| is_between_bars(vocabulary.char_of(symbol));
        let Some(stands) = options.wished().what_stands().filter(|_| !self.stands) else {
            return drawn;
        };
        let begins = self.lines.in_body && is_sign(self.last) && !is_sign(drawn);
        if begins && stands.is_next(&self.text.whole()) {
            self.stand(stands.text(), vocabulary);
            return self.pending.pop_front().unwrap_or(drawn);
        }
        drawn
    }

    /// Whether the title that is being drawn, if one is, has a word that the book does not have.
    fn title_has_other_word(&mut self, c: char, rhythm: Option<&str>, options: &Options) -> bool {
        let (Some(title), Some(titles)) = (&mut self.title, &options.titles) else { return false };
        title.push(c);
        let other = !titles.may_begin(title, rhythm);
        if other || c == '\n' {
            self.title = None;
        }
        other
    }
}
