//! A page of the book as somebody follows it: its files are written, its commands typed one after the other, and what they say
//! is compared with what the page shows.

use std::process::{Command, Stdio};

use super::{HCXRUN, Night, root};

/// A fenced block of a page.
pub struct Block<'p> {
    /// What follows the fence, as `hcxrun,wrong`.
    pub info: &'p str,
    /// The file that the line before it names at its end.
    pub file: Option<&'p str>,
    /// Its lines.
    pub body: &'p str,
}

impl Block<'_> {
    /// What it is written in.
    pub fn language(&self) -> &str {
        self.info.split(',').next().unwrap_or_default()
    }

    /// The file that it is to be, when it is one: a whole runbook or module without a name is `night.hcxrun`.
    pub fn name(&self) -> Option<&str> {
        let unnamed =
            (self.language() == "hcxrun" && self.body.starts_with("edition")).then_some("night.hcxrun");
        self.file.filter(|file| !file.contains(' ')).or(unnamed)
    }

    /// Whether it has a word behind its language.
    pub fn is(&self, word: &str) -> bool {
        self.info.split(',').skip(1).any(|it| it == word)
    }
}

/// The fenced blocks of a page, in their order.
pub fn blocks(page: &str) -> Vec<Block<'_>> {
    let (mut found, mut rest) = (Vec::new(), page);
    while let Some((before, after)) = rest.split_once("```") {
        let (block, behind) = after.split_once("```").unwrap();
        let (info, body) = block.split_once('\n').unwrap();
        let file = before.trim_end().strip_suffix("`:").and_then(|text| text.rsplit('`').next());
        found.push(Block { info, file, body });
        rest = behind;
    }
    found
}

/// What a command came to.
struct Said {
    text: String,
    code: i32,
}

/// A page with what its commands say now. A block that is named before it is a file, or the `end` of one. What stands in `sh` is typed as well; its commands exit with 0, or as their line says:
/// `# exit 11`. In `console`, `$ ` stands before a command, and what it says below it.
///
/// All of it is one shell in one folder, beside the runbooks of the repository, so that a variable or a server stays.
pub fn played(page: &str, variables: &[(&str, &str)]) -> String {
    let night = Night::bare();
    std::os::unix::fs::symlink(root().join("runbooks"), night.dir.path().join("runbooks")).unwrap();
    let blocks = blocks(page);
    let mut script = String::new();
    let mut commands = Vec::new();
    for it in &blocks {
        let typed: Vec<_> = match it.language() {
            _ if it.is("by-hand") => continue,
            "console" => it.body.lines().filter_map(|line| line.strip_prefix("$ ")).collect(),
            "sh" => it.body.lines().filter(|line| !line.is_empty()).collect(),
            _ => {
                let Some(file) = it.name() else { continue };
                let (into, end) =
                    (if it.is("end") { "echo >> {file}; cat >>" } else { "cat >" }, "END-OF-THE-FILE");
                script.push_str(&format!(
                    "{} {file} <<'{end}'\n{}{end}\n",
                    into.replace("{file}", file),
                    it.body
                ));
                continue;
            }
        };
        for line in typed {
            script.push_str(&format!(
                "printf '{BEGIN}'; (exit $code)\n{line}\ncode=$?; printf '{END}%s\\n' $code\n"
            ));
            commands.push((line, it.language() == "console"));
        }
    }
    let said = shell(&night, &script, variables);
    let told = said.last().map(|it| it.text.as_str());
    assert_eq!(said.len(), commands.len(), "{:?} did not end; before it: {told:?}", commands.get(said.len()));
    for ((line, _), it) in commands.iter().zip(&said).filter(|((_, shown), _)| !shown) {
        let wanted = line.split_once("# exit ").map_or(0, |(_, code)| code.trim().parse().unwrap());
        assert_eq!(it.code, wanted, "{line}\n{}", it.text);
    }
    let shown = commands.iter().zip(said).filter(|((_, shown), _)| *shown);
    shown_in(page, &mut shown.map(|(_, it)| it.text))
}

const BEGIN: &str = "\\036begin\\036";
const END: &str = "\\036end\\036";

/// Runs a script, and gives what stood between the marks. What it has left running is ended.
fn shell(night: &Night, script: &str, variables: &[(&str, &str)]) -> Vec<Said> {
    let path = std::path::Path::new(HCXRUN).parent().unwrap();
    let path = format!("{}:{}", path.display(), std::env::var("PATH").unwrap_or_default());
    let end = "\nfor job in $(jobs -p); do kill -9 $job; wait $job; done 2>/dev/null\n";
    let output = Command::new("bash")
        .args(["-c", &format!("exec 2>&1; code=0\n{script}{end}")])
        .current_dir(night.dir.path())
        .env("PATH", path)
        .env("HCXRUN_JOURNAL", night.journal())
        .env("NO_COLOR", "1")
        .env("TZ", "UTC")
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let parts = text.split("\u{1e}begin\u{1e}").skip(1);
    let said = parts.filter_map(|part| {
        let (text, rest) = part.split_once("\u{1e}end\u{1e}")?;
        let code = rest.lines().next()?.parse().ok()?;
        Some(Said { text: settled(&text.replace(&night.dir.path().display().to_string(), ".")), code })
    });
    said.collect()
}

/// What differs from run to run is left out.
fn settled(text: &str) -> String {
    let line = |line: &str| {
        let line = line.trim_end();
        let line = match line.split_once(", and it is 2") {
            Some((before, _)) => format!("{before}, and it is …; nothing was changed"),
            None => line.to_owned(),
        };
        let line =
            ["finished in ", " nights in "].iter().fold(line, |line, timed| match line.split_once(timed) {
                Some((before, _)) => format!("{before}{timed}…"),
                None => line,
            });
        let words = line.split(' ').map(|word| match word.trim_end_matches([':', ',', ';', '.', '`']) {
            id if is_id(id) => format!("…{}", &word[id.len()..]),
            _ => word.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    };
    let lines: Vec<_> = super::without_digest(text).lines().map(line).collect();
    lines.join("\n").trim_end().to_owned()
}

/// The name of a run, a hash, or an id of the twin.
fn is_id(word: &str) -> bool {
    word.len() > 16 && word.chars().all(|it| it.is_ascii_hexdigit() || it == '-')
}

/// A page whose commands say this, in their order.
fn shown_in(page: &str, said: &mut dyn Iterator<Item = String>) -> String {
    let (mut now, mut rest) = (String::new(), page);
    while let Some((before, after)) = rest.split_once("```console\n") {
        let (body, behind) = after.split_once("```").unwrap();
        now.push_str(&format!("{before}```console\n"));
        for line in body.lines().filter(|line| line.starts_with("$ ")) {
            let text = said.next().unwrap_or_default();
            now.push_str(&format!("{line}\n{text}{}", if text.is_empty() { "" } else { "\n" }));
        }
        now.push_str("```");
        rest = behind;
    }
    now + rest
}
