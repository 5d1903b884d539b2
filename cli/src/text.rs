//! The texts that a user names: read in one place, with what can be wrong about them.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// More than anybody writes, and less than the memory of a machine: a disk's image is refused before it fills that.
const LONGEST: u64 = 64 << 20;

/// Why there is no text.
#[derive(Debug)]
pub(crate) struct Unreadable {
    path: PathBuf,
    /// What is wrong with it, in one sentence.
    pub(crate) why: String,
    /// What to do about it, where that is plain.
    pub(crate) help: Option<&'static str>,
}

impl Unreadable {
    pub(crate) fn new(path: &Path, error: &std::io::Error) -> Self {
        Self::because(path, plain(error), None)
    }

    pub(crate) fn because(path: &Path, why: impl Into<String>, help: Option<&'static str>) -> Self {
        Self { path: path.to_owned(), why: why.into(), help }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read {}: {}", self.path.display(), self.why)
    }
}

/// What the operating system says, without its numbers.
pub(crate) fn plain(error: &std::io::Error) -> String {
    let said = error.to_string();
    said.split_once(" (os error ").map_or(said.clone(), |(words, _)| words.to_owned())
}

/// The text of a file.
///
/// # Errors
/// It cannot be read, is no file or no text, or is longer than any text is.
pub(crate) fn read(path: &Path) -> Result<String, Unreadable> {
    let bytes = bytes(path)?;
    let mut text = String::from_utf8(bytes)
        .map_err(|error| foreign(path, error.as_bytes(), error.utf8_error().valid_up_to()))?;
    // Editors of Windows begin a text with the mark of its encoding, which belongs to no word of it.
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    Ok(text)
}

/// What a file holds.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, Unreadable> {
    let wrong = |error| Unreadable::new(path, &error);
    let found = std::fs::metadata(path).map_err(wrong)?;
    if found.is_dir() {
        return Err(Unreadable::because(path, "it is a folder", None));
    }
    // Opening a pipe waits for whoever writes into it, unless the shell has opened it already, as for `<(…)`.
    let is_given = path.starts_with("/dev/fd") || path == Path::new("/dev/stdin");
    if !found.is_file() && !is_given {
        return Err(Unreadable::because(path, "it is a device or a pipe, not a file", None));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|it| it.take(LONGEST + 1).read_to_end(&mut bytes)).map_err(wrong)?;
    if bytes.len() as u64 > LONGEST {
        let why = format!("it is longer than {} MiB, which no text of this kind is", LONGEST >> 20);
        return Err(Unreadable::because(path, why, None));
    }
    Ok(bytes)
}

/// What is in another encoding, by the likely one.
fn foreign(path: &Path, bytes: &[u8], valid: usize) -> Unreadable {
    let (before, _) = bytes.split_at_checked(valid).unwrap_or_default();
    let line = before.split(|it| *it == b'\n').count();
    let (why, help) = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            ("it is in UTF-16, as PowerShell and Notepad write it".to_owned(), "save it as UTF-8")
        }
        _ if bytes.contains(&0) => (format!("it is no text, from line {line} on"), "is it the right file?"),
        _ => (format!("line {line} is no UTF-8; it looks like Latin-1 or Windows-1252"), "save it as UTF-8"),
    };
    Unreadable::because(path, why, Some(help))
}
