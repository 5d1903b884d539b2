//! One mistake in one good file, as a table of `tests/broken` has it.

use hcxrun_dsl::ModuleText;

use crate::repository::{module, root, text};

/// What is done to a good file, and what has to be said of it.
#[derive(Default)]
pub(crate) struct Mistake {
    pub(crate) title: String,
    /// The good file, from the root of the repository.
    file: String,
    changes: Vec<Change>,
    pub(crate) expected: Vec<Expected>,
}

/// What is replaced by what; without an old text the new one is the whole file.
#[derive(Default)]
struct Change {
    old: Vec<String>,
    new: Vec<String>,
}

/// A message.
#[derive(Default)]
pub(crate) struct Expected {
    /// A piece of the line that it points at; the first changed line when it is empty.
    line: String,
    pub(crate) code: String,
    /// What it says, among other things.
    pub(crate) phrases: Vec<String>,
}

/// The mistakes of a table.
pub(crate) fn read(table: &str) -> Vec<Mistake> {
    let (mut all, mut file, mut line) = (Vec::<Mistake>::new(), String::new(), String::new());
    for written in table.lines() {
        let (sign, rest) = written.split_once(' ').unwrap_or((written, ""));
        match (sign, all.last_mut()) {
            ("@", _) => rest.clone_into(&mut file),
            ("==", _) => {
                all.push(Mistake { title: rest.to_owned(), file: file.clone(), ..Mistake::default() });
            }
            ("-" | "+", Some(it)) => it.change(sign, rest),
            (">", _) => rest.clone_into(&mut line),
            ("!", Some(it)) => it.expected.push(Expected::read(rest, std::mem::take(&mut line))),
            ("", _) => {}
            _ => panic!("what is {written:?}?"),
        }
    }
    all
}

impl Expected {
    fn read(written: &str, line: String) -> Self {
        let (code, phrases) = written.split_once(' ').unwrap_or((written, ""));
        Self { line, code: code.to_owned(), phrases: phrases.split(" … ").map(str::to_owned).collect() }
    }
}

/// A file with its mistake.
pub(crate) struct Broken {
    pub(crate) module: ModuleText,
    pub(crate) path: String,
    text: String,
    /// The first line that is not as it was, counted from 0.
    first: usize,
}

impl Broken {
    /// The number of the line that a message has to point at.
    pub(crate) fn line(&self, expected: &Expected) -> usize {
        let has_it = |line: &str| line.contains(&expected.line);
        let lines = self.text.lines().enumerate().filter(|(_, line)| has_it(line)).map(|(at, _)| at);
        lines.min_by_key(|at| at.abs_diff(self.first)).map_or(0, |at| at + 1)
    }
}

impl Mistake {
    fn change(&mut self, sign: &str, line: &str) {
        let is_next = |change: &Change| sign == "-" && !change.new.is_empty();
        if self.changes.last().is_none_or(is_next) {
            self.changes.push(Change::default());
        }
        let change = self.changes.last_mut().unwrap();
        if sign == "-" { &mut change.old } else { &mut change.new }.push(unescaped(line));
    }

    /// Makes the mistake.
    pub(crate) fn apply(&self) -> Result<Broken, String> {
        let path = root().join(&self.file);
        let good = if self.changes.iter().all(|it| it.old.is_empty()) {
            String::new()
        } else {
            good(&self.file, self)?
        };
        let mut broken = good.clone();
        for change in &self.changes {
            broken = change.apply(&broken)?;
        }
        if let Some(end) = broken.find("<CUT>") {
            broken.truncate(end);
        }
        if broken.contains("<CRLF>") {
            broken = broken.replace("<CRLF>", "").replace('\n', "\r\n");
        }
        let first = good.lines().zip(broken.lines()).take_while(|(old, new)| old == new).count();
        let folder = path.parent().unwrap();
        let mut whole = if folder.ends_with("stdlib/hcx") {
            module(folder)?
        } else {
            ModuleText::file(path.display().to_string(), "")
        };
        let path = path.display().to_string();
        for (_, text) in whole.files.iter_mut().filter(|(name, _)| *name == path) {
            text.clone_from(&broken);
        }
        Ok(Broken { module: whole, path, text: broken, first })
    }
}

impl Change {
    fn apply(&self, text: &str) -> Result<String, String> {
        let (old, new) = (self.old.join("\n"), self.new.join("\n"));
        if !text.contains(&old) {
            return Err(format!("nowhere stands\n{old}"));
        }
        let whole = format!("{old}\n");
        let old = if self.new.is_empty() && text.contains(&whole) { whole } else { old };
        Ok(text.replacen(&old, &new, 1))
    }
}

/// A good file; of a page of the book the example that is meant.
fn good(file: &str, mistake: &Mistake) -> Result<String, String> {
    let text = text(&root().join(file))?;
    if std::path::Path::new(file).extension().is_none_or(|it| it != "md") {
        return Ok(text);
    }
    let old = mistake.changes[0].old.join("\n");
    let blocks = text.split("```hcxrun\n").skip(1).filter_map(|block| block.split("```").next());
    blocks
        .filter(|block| block.contains(&old))
        .map(str::to_owned)
        .next()
        .ok_or(format!("no example has\n{old}"))
}

/// `<U+00A0>` is the character that a reader would not see.
fn unescaped(line: &str) -> String {
    let mut parts = line.split("<U+");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('>').unwrap();
        plain.extend(u32::from_str_radix(code, 16).ok().and_then(char::from_u32));
        plain.push_str(rest);
    }
    plain
}
