//! Titles in one style.

/// Words that stand in lower case inside a title.
const SMALL: [&str; 15] = [
    "a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "upon",
    "with",
];

/// A title in ASCII without numbers, settings and quotation marks, "Foo, The" turned round, and
/// capitals like those of this sentence's "Foo". May be empty.
pub(super) fn canonical_title(title: &str) -> String {
    let ascii = without_brackets(&ascii(title)).replace('"', " ");
    let title = turned_round(ascii.trim().trim_end_matches(['.', ' ']));
    let title = without_setting(&title).join(" ");
    let title = title.trim_matches(|c: char| c.is_whitespace() || ".,;:!*-\\".contains(c));
    // McFADDEN does not make a title quiet.
    let lower = title.chars().filter(char::is_ascii_lowercase).count();
    let shout = 3 * lower < title.chars().filter(char::is_ascii_uppercase).count();
    let words: Vec<&str> = title.split_whitespace().collect();
    let styled = words.iter().enumerate().map(|(at, word)| styled(word, at, words.len(), shout));
    styled.collect::<Vec<_>>().join(" ")
}

/// Letters without their accents; other characters outside ASCII are left out.
pub(super) fn ascii(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\\' {
            // ABC writes accents as \'e, \"u, \^o
            if chars.peek().is_some_and(|c| "'`^\"~,/".contains(*c)) {
                chars.next();
            }
            continue;
        }
        match c {
            ' '..='~' => out.push(c),
            '\t' | '\u{a0}' => out.push(' '),
            '\u{2018}' | '\u{2019}' => out.push('\''),
            '\u{2013}' | '\u{2014}' => out.push('-'),
            _ => out.extend(plain_letter(c)),
        }
    }
    out
}

/// The letter under an accent.
fn plain_letter(c: char) -> Option<char> {
    const FOLDED: [(&str, char); 14] = [
        ("áàâäãå", 'a'),
        ("éèêë", 'e'),
        ("íìîï", 'i'),
        ("óòôöõø", 'o'),
        ("úùûü", 'u'),
        ("ñ", 'n'),
        ("ç", 'c'),
        ("ÁÀÂÄÃÅ", 'A'),
        ("ÉÈÊË", 'E'),
        ("ÍÌÎÏ", 'I'),
        ("ÓÒÔÖÕØ", 'O'),
        ("ÚÙÛÜ", 'U'),
        ("Ñ", 'N'),
        ("Ç", 'C'),
    ];
    FOLDED.iter().find(|(accented, _)| accented.contains(c)).map(|(_, plain)| *plain)
}

/// A title without what stands in round or square brackets.
fn without_brackets(title: &str) -> String {
    let mut depth = 0usize;
    let mut out = String::new();
    for c in title.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

/// "Swaggering Jig, The" as "The Swaggering Jig".
fn turned_round(title: &str) -> String {
    for article in ["The", "A", "An"] {
        for (at, _) in title.match_indices(',') {
            let (before, after) = (&title[..at], title[at + 1..].trim_start());
            let Some(word) = after.get(..article.len()) else { continue };
            let rest = &after[article.len()..];
            let whole = !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '\'');
            // Only at the end, or before a full stop: "Foo, The. 2nd setting".
            let last = rest.trim().is_empty() || rest.starts_with(['.', ',']);
            if word.eq_ignore_ascii_case(article) && whole && last {
                let before = before.trim_end_matches(['.', ' ']);
                return format!("{word} {before}{rest}");
            }
        }
    }
    title.to_owned()
}

/// The words of a title without "1st setting", "No. 2" and bare numbers.
fn without_setting(title: &str) -> Vec<&str> {
    let words: Vec<&str> = title.split_whitespace().collect();
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_lowercase();
    let is_setting = |word: &str| {
        matches!(bare(word).as_str(), "setting" | "settings" | "version" | "set" | "way" | "part")
    };
    let mut kept = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let plain = bare(word);
        let ordinal = ["first", "second", "third", "fourth", "fifth"].contains(&plain.as_str());
        let before_setting = words.get(at + 1).is_some_and(|next| is_setting(next));
        let after_ordinal = at > 0
            && (bare(words[at - 1]).starts_with(|c: char| c.is_ascii_digit())
                || ["first", "second", "third", "fourth", "fifth"]
                    .contains(&bare(words[at - 1]).as_str()));
        let numbered = plain.contains(|c: char| c.is_ascii_digit());
        let number_sign = matches!(plain.as_str(), "no" | "nr")
            && words.get(at + 1).is_some_and(|next| next.contains(|c: char| c.is_ascii_digit()));
        let dropped = numbered
            || number_sign
            || *word == "#"
            || (ordinal && before_setting)
            || (is_setting(word) && after_ordinal);
        if !dropped {
            kept.push(*word);
        }
    }
    kept
}

/// A word with the capitals it has inside a title.
fn styled(word: &str, at: usize, count: usize, shout: bool) -> String {
    let lower = word.to_ascii_lowercase();
    if at > 0 && at + 1 < count && SMALL.contains(&lower.as_str()) {
        return lower;
    }
    if !shout {
        return if at == 0 { capitalised(word, &word[1..]) } else { word.to_owned() };
    }
    let mut out = String::new();
    let mut begins = true;
    for (index, c) in lower.char_indices() {
        out.push(if begins { c.to_ascii_uppercase() } else { c });
        // O'Neill but Piper's; McCarthy; Rose-Anne
        let after_o = c == '\'' && index <= 1 && lower.len() > index + 2;
        let after_mc = index == 1 && lower.starts_with("mc");
        begins = c == '-' || after_o || after_mc || (begins && !c.is_ascii_alphanumeric());
    }
    out
}

fn capitalised(word: &str, rest: &str) -> String {
    word.chars().take(1).map(|c| c.to_ascii_uppercase()).collect::<String>() + rest
}

#[cfg(test)]
mod tests {
    use super::canonical_title;

    #[test]
    fn titles_lose_numbers_and_settings_and_shouting() {
        for (from, to) in [
            ("THE KING OF THE PIPERS", "The King of the Pipers"),
            ("DOCTOR O'NEILL", "Doctor O'Neill"),
            ("THE PIPER'S PICNIC", "The Piper's Picnic"),
            ("PADDY McFADDEN", "Paddy McFadden"),
            ("PADDY MCFADDEN", "Paddy McFadden"),
            ("Swaggering Jig, The", "The Swaggering Jig"),
            ("Irish Girl., The", "The Irish Girl"),
            ("Terry Hiegh Ho the Grinder. 2nd Setting.", "Terry Hiegh Ho the Grinder"),
            ("Foo, The. 2nd setting", "The Foo"),
            ("Foo (Second Setting)", "Foo"),
            ("Foo, Second Setting", "Foo"),
            ("Foo No. 2", "Foo"),
            ("Foo #2", "Foo"),
            ("The Rocky Road To Dublin", "The Rocky Road to Dublin"),
            ("The Second Wedding", "The Second Wedding"),
            (":ff the hook", "Ff the hook"),
            ("Se\u{e1}n Buidhe", "Sean Buidhe"),
            ("Light and Airy!", "Light and Airy"),
            ("", ""),
            ("\u{4f60}\u{597d}", ""),
            ("\u{301}\u{e9}t\u{e9}", "Ete"),
        ] {
            assert_eq!(canonical_title(from), to, "{from}");
            assert_eq!(canonical_title(to), to, "{to}");
        }
    }
}
