//! What is wrong with a scene, and with which part of it.

use serde_path_to_error::Segment;

use crate::FaultError;

/// A scene that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}{message}", place(path))]
pub struct SceneError {
    /// The part that is wrong, from the outside in; empty for the whole. It may stand in the scene that is extended.
    pub path: Vec<Part>,
    /// Why, in one sentence.
    pub message: String,
    /// What to write instead, where there is a choice.
    pub help: Option<String>,
    /// Whether it is the name of the part that is wrong and not its value.
    pub is_name: bool,
}

/// One level of the path to a part of a scene.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A key of a mapping.
    Key(String),
    /// An element of a list, counted from 0.
    At(usize),
}

impl From<&str> for Part {
    fn from(key: &str) -> Self {
        Part::Key(key.to_owned())
    }
}

impl SceneError {
    pub(super) fn new(path: impl IntoIterator<Item = Part>, message: impl Into<String>) -> Self {
        Self { path: path.into_iter().collect(), message: message.into(), help: None, is_name: false }
    }

    /// What the reader of YAML found at a part.
    pub(super) fn of_part(error: serde_path_to_error::Error<serde_yaml::Error>) -> Self {
        let part = |segment: &Segment| match segment {
            Segment::Seq { index } => Some(Part::At(*index)),
            Segment::Map { key } => Some(Part::Key(key.clone())),
            Segment::Enum { .. } | Segment::Unknown => None,
        };
        let path: Vec<Part> = error.path().iter().filter_map(part).collect();
        let said = error.into_inner().to_string();
        match (said.strip_prefix("unknown field `"), said.split_once(", expected one of ")) {
            (Some(_), Some((_, known))) => Self::unknown_key(path, known),
            (None, Some((found, known))) => {
                let message = format!("{} is no word for it", found.trim_start_matches("unknown variant "));
                Self { help: Some(format!("write one of {known}")), ..Self::new(path, message) }
            }
            _ if path.first() == Some(&"faults".into()) => {
                Self { help: Some(FaultError::FORM.to_owned()), ..Self::new(path, said) }
            }
            _ => Self::new(path, in_words(&said)),
        }
    }

    fn unknown_key(path: Vec<Part>, known: &str) -> Self {
        let key = match path.last() {
            Some(Part::Key(key)) => key.as_str(),
            _ => "",
        };
        let distance = |word: &&str| strsim::osa_distance(word, key);
        let words = known.split('`').skip(1).step_by(2);
        let near = words.min_by_key(distance).filter(|word| distance(word) <= 3);
        let help = near.map_or_else(|| format!("it has {known}"), |near| format!("did you mean `{near}`?"));
        let message = format!("a scene has no `{key}` here");
        Self { help: Some(help), is_name: true, ..Self::new(path, message) }
    }
}

/// A message of the reader of YAML, with the kinds of numbers as people call them.
fn in_words(said: &str) -> String {
    const NUMBERS: [(&str, &str); 3] = [
        ("expected u16", "expected a whole number from 0 to 65535"),
        ("expected u32", "expected a whole number from 0 to 4294967295"),
        ("expected u64", "expected a whole number"),
    ];
    const KINDS: [(&str, &str); 11] = [
        ("invalid type: ", "this is "),
        ("this is sequence", "this is a list"),
        ("this is map", "this is a record"),
        ("this is unit value", "this is nothing"),
        ("this is string ", "this is the text "),
        ("this is integer ", "this is the number "),
        ("this is floating point ", "this is the number "),
        ("this is boolean ", "this is the word "),
        ("expected a boolean", "expected true or false"),
        ("expected a sequence", "expected a list"),
        ("expected a map", "expected `name: value` lines"),
    ];
    let said =
        NUMBERS.iter().chain(&KINDS).fold(said.to_owned(), |said, (kind, words)| said.replace(kind, words));
    match said.split_once("expected struct ") {
        Some((before, _)) => format!("{before}expected `name: value` lines"),
        None => said,
    }
}

/// `source.vms: `, as the message begins with it.
fn place(path: &[Part]) -> String {
    let part = |part: &Part| match part {
        Part::Key(key) => format!(".{key}"),
        Part::At(index) => format!("[{index}]"),
    };
    let path: String = path.iter().map(part).collect();
    if path.is_empty() { path } else { format!("{}: ", path.trim_start_matches('.')) }
}
