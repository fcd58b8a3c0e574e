//! Shows tunes as they are written: as text that grows or as JSON lines, with a bar where that takes
//! long, and keeps what is done.

use super::out::Out;
use crate::error::Result;
use crate::music::abc;
use crate::music::judge::{Known, Verdict};
use crate::write::generate::{End, Growth};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Map, Value, json};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// How long people wait without a bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Characters within which every tune should come to its end.
pub(super) const LONG: usize = 1000;
/// Tunes that were cut, or given up, and are named.
const NAMED: usize = 5;

/// What made a tune.
pub(super) struct Origin {
    pub(super) model: String,
    pub(super) seed: u64,
    pub(super) settings: String,
    pub(super) wishes: Vec<(&'static str, Value)>,
    /// What is written is no tunes, so nothing is said in it.
    pub(super) prose: bool,
    /// The number of every tune, if it is given.
    pub(super) reference: Option<String>,
    /// Whether tunes say what made them.
    pub(super) comments: bool,
}

/// A longer first line is none that says a number.
const LONGEST_NUMBER: usize = 20;

impl Origin {
    /// Gives a tune its `place` among those that come out and puts two comment lines below, if there are
    /// to be any, once its first line has ended; what is not ABC has neither. `draft` is the number of the
    /// draft that was taken, if any were dropped.
    fn mark(&self, text: &mut String, number: usize, place: usize, draft: Option<usize>) {
        let is_tune = !self.prose && text.starts_with("X:");
        if let Some(end) = text.find('\n').filter(|end| is_tune && *end <= LONGEST_NUMBER) {
            let Self { model, seed, settings, reference, .. } = self;
            let reference = reference.clone().unwrap_or_else(|| place.to_string());
            let (version, number) = (env!("CARGO_PKG_VERSION"), number + 1);
            let draft = draft.map_or(String::new(), |draft| format!(", draft {draft}"));
            let comment = format!(
                "% hornpipe {version}, {model}\n% seed {seed}, tune {number}{draft}, {settings}\n"
            );
            let comment = if self.comments { &comment } else { "" };
            text.replace_range(..=end, &format!("X:{reference}\n{comment}"));
        }
    }
}

/// A tune so far.
#[derive(Clone, Default)]
struct Page {
    text: String,
    /// Bytes of it that were written by the model, if it is done: a blank line may follow.
    written: usize,
    draft: usize,
    end: Option<End>,
    /// Its number and its comment stand in it.
    marked: bool,
}

impl Page {
    /// Whether what is written may be the line that a tune's number stands in.
    fn is_unmarked(&self) -> bool {
        let begins = self.text.starts_with("X:") || "X:".starts_with(&self.text);
        let short = self.text.len() <= LONGEST_NUMBER && !self.text.contains('\n');
        begins && short && self.end.is_none()
    }
}

/// Takes what is written, and shows the first unfinished tune as it grows and the others once they are
/// done.
pub(super) struct Press<'a> {
    /// Print JSON lines.
    pub(super) json: bool,
    /// In these a verdict beside this corpus.
    pub(super) judge: Option<&'a Known>,
    origin: &'a Origin,
    out: Option<&'a Out>,
    pages: Vec<Page>,
    /// The first unfinished tune, and how much of it is shown.
    showing: usize,
    shown: usize,
    /// Tunes before it that come out.
    kept: usize,
    /// Drafts are dropped, and counted in the comment.
    guided: bool,
    begun: Instant,
    bar: ProgressBar,
    bar_is_shown: bool,
    drafts: usize,
    result: Result<()>,
}

/// What was printed.
pub(super) struct Printed {
    /// The tunes that are done, in their places.
    pub(super) tunes: Vec<Option<String>>,
    /// Those that were cut, from 1.
    pub(super) cut: Vec<usize>,
}

impl<'a> Press<'a> {
    /// For so many tunes, shown on `out` if that is given; with a bar if `guided`.
    pub(super) fn new(
        count: usize,
        origin: &'a Origin,
        out: Option<&'a Out>,
        guided: bool,
        quiet: bool,
    ) -> Self {
        let bar = ProgressBar::with_draw_target(Some(count as u64), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{wide_bar} {pos} of {len} tunes, {msg} drafts");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self {
            json: false,
            judge: None,
            origin,
            out,
            pages: vec![Page::default(); count],
            showing: 0,
            shown: 0,
            kept: 0,
            guided,
            begun: Instant::now(),
            bar,
            bar_is_shown: quiet, // or never to be
            drafts: 0,
            result: Ok(()),
        }
    }

    /// Takes what a tune has grown by; Break if somebody asked to stop or nobody reads any more.
    pub(super) fn hear(&mut self, growth: Growth, stopped: bool) -> ControlFlow<()> {
        let Growth { number, text: news, end, draft, .. } = growth;
        let page = &mut self.pages[number];
        self.drafts += draft - page.draft;
        page.draft = draft;
        page.text.push_str(news);
        page.written = page.text.len();
        if matches!(end, Some(End::Whole | End::Cut)) {
            abc::end_with_blank_line(&mut page.text);
        }
        page.end = end;
        self.progress(end);
        self.result = self.show();
        if self.result.is_err() || stopped {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn progress(&mut self, end: Option<End>) {
        if !self.guided {
            return;
        }
        self.bar.inc(u64::from(end.is_some()));
        self.bar.set_message(self.drafts.to_string());
        if !self.bar_is_shown && self.begun.elapsed() > PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.bar_is_shown = true;
        }
    }

    /// Shows what is new of the first tunes.
    fn show(&mut self) -> Result<()> {
        while let Some(page) = self.pages.get_mut(self.showing) {
            // those before it are known: what was given up has no place
            if !page.marked && page.text.contains('\n') {
                page.marked = true;
                let draft = self.guided.then_some(page.draft);
                self.origin.mark(&mut page.text, self.showing, self.kept + 1, draft);
            }
            let page = &self.pages[self.showing];
            if let Some(out) = self.out {
                match (self.json, page.end) {
                    (true, None | Some(End::GivenUp)) => {}
                    (true, Some(_)) => {
                        let line = self.line(page);
                        self.bar.suspend(|| out.data_line(line))?;
                    }
                    (false, _) if page.text.len() > self.shown && !page.is_unmarked() => {
                        self.bar.suspend(|| out.data(&page.text[self.shown..]))?;
                    }
                    (false, _) => {}
                }
            }
            if page.end.is_none() {
                self.shown = if page.is_unmarked() { 0 } else { page.text.len() };
                break;
            }
            self.kept += usize::from(matches!(page.end, Some(End::Whole | End::Cut)));
            (self.showing, self.shown) = (self.showing + 1, 0);
        }
        Ok(())
    }

    /// A tune, or a piece of prose, as a line for programs.
    fn line(&self, page: &Page) -> String {
        let Origin { seed, wishes, prose, .. } = self.origin;
        let mut line = json!({ "number": self.showing + 1, "seed": seed });
        if *prose {
            line["text"] = json!(page.text[..page.written]);
            return line.to_string();
        }
        line["cut"] = json!(page.end == Some(End::Cut));
        line["abc"] = json!(page.text);
        line["title"] = json!(abc::read(&page.text).header('T'));
        if let Some(known) = self.judge {
            let verdict = Verdict::of(page.text.as_str(), known, None);
            let Verdict { reads, bars, tonic, parts, .. } = verdict;
            let (good, new) = (verdict.is_good(), verdict.is_new());
            line["verdict"] = json!({
                "reads": reads, "bars": bars, "tonic": tonic, "parts": parts, "good": good, "new": new,
            });
        }
        let wishes = wishes.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        line["wishes"] = wishes.collect::<Map<_, _>>().into();
        if self.guided {
            line["draft"] = json!(page.draft);
        }
        line.to_string()
    }

    /// What is done; when somebody `stopped`, the tunes behind the first unfinished one are shown now.
    pub(super) fn finish(mut self, stopped: bool) -> Result<Printed> {
        self.bar.finish_and_clear();
        std::mem::replace(&mut self.result, Ok(()))?;
        if stopped {
            let unfinished = |page: &&mut Page| page.end.is_none();
            self.pages.iter_mut().filter(unfinished).for_each(|page| page.text.clear());
            if let Some(out) = self.out.filter(|_| self.shown > 0 && !self.json) {
                out.data("\n\n")?;
            }
            while self.showing < self.pages.len() {
                (self.showing, self.shown) = (self.showing + 1, 0);
                self.show()?;
            }
        }
        let cut = |(at, page): (usize, &Page)| (page.end == Some(End::Cut)).then_some(at + 1);
        let cut = self.pages.iter().enumerate().filter_map(cut).collect();
        let done =
            |page: Page| matches!(page.end, Some(End::Whole | End::Cut)).then_some(page.text);
        Ok(Printed { tunes: self.pages.into_iter().map(done).collect(), cut })
    }
}

/// Which tunes are missing.
pub(super) fn left_out(given_up: &[usize]) -> String {
    let tunes = numbered(given_up.iter().map(|at| at + 1), "was", "were");
    format!("{tunes} given up, for no draft kept the wishes; the others are written")
}

/// "tunes 3, 5 and 2 more are": some numbers, and the verb for one or for several.
fn numbered(numbers: impl ExactSizeIterator<Item = usize>, one: &str, several: &str) -> String {
    let count = numbers.len();
    let some: Vec<String> = numbers.take(NAMED).map(|number| number.to_string()).collect();
    let (tunes, verb) = if count == 1 { ("tune", one) } else { ("tunes", several) };
    let more = count.saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{tunes} {}{more} {verb}", some.join(", "))
}

/// Which tunes were cut.
pub(super) fn never_ended(cut: &[usize], after: usize) -> String {
    let tunes = numbered(cut.iter().copied(), "is", "are");
    format!("{tunes} cut after {after} characters (--max-length)")
}

#[cfg(test)]
mod tests {
    use super::{Origin, Press};
    use crate::write::generate::{End, Growth};

    #[test]
    fn tunes_that_come_out_are_numbered_without_gaps() {
        let (model, settings) = ("weights 0".to_owned(), "good".to_owned());
        let (wishes, prose, reference, comments) = (Vec::new(), false, None, true);
        let origin = Origin { model, seed: 7, settings, wishes, prose, reference, comments };
        let mut press = Press::new(4, &origin, None, true, true);
        // the second comes before the first, and the third is given up
        for (number, text, end) in [
            (1, "X:1\nK:D\nA|\n", End::Whole),
            (2, "", End::GivenUp),
            (3, "X:1\nK:G\nG|\n", End::Cut),
            (0, "X:1\nK:C\nC|\n", End::Whole),
        ] {
            let growth = Growth { number, text, end: Some(end), draft: 5 };
            assert!(press.hear(growth, false).is_continue());
        }
        let tunes = press.finish(false).expect("nothing is printed").tunes;
        let heads = tunes.iter().map(|tune| {
            let lines: Vec<&str> = tune.as_deref().unwrap_or_default().lines().collect();
            (lines.first().copied(), lines.get(2).copied())
        });
        let expected = [
            (Some("X:1"), Some("% seed 7, tune 1, draft 5, good")),
            (Some("X:2"), Some("% seed 7, tune 2, draft 5, good")),
            (None, None),
            (Some("X:3"), Some("% seed 7, tune 4, draft 5, good")),
        ];
        assert!(heads.eq(expected), "{tunes:?}");
    }
}
