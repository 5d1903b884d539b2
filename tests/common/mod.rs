//! A user with a terminal: runs `hcxrun`, and a twin server beside it.

#![allow(dead_code, unreachable_pub, missing_docs, reason = "every test file uses a part of it")]

pub mod page;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

/// The binary under test.
pub const HCXRUN: &str = env!("CARGO_BIN_EXE_hcxrun");

/// How much faster than the wall the twin's time goes, and with it that of hcxrun. The shortest bound of the standard
/// library, two minutes, is more than half a second then: a busy machine does not make a test fail.
pub const SPEED: &str = "200";

/// What the twin does takes seconds here and not minutes, so that a run takes a second or two all the same.
const DURATIONS: &str = "durations: { deploy_pair: 12, remove_pair: 6, create_mesh: 10, activate: 10, deactivate: 6, extend: 8, unextend: 6, transfer_gb: 1, switchover: 10 }\n";

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A runbook of the repository.
pub fn runbook(name: &str) -> PathBuf {
    root().join("runbooks").join(format!("{name}.hcxrun"))
}

/// The inputs of a runbook of the repository.
pub fn inputs(name: &str) -> PathBuf {
    root().join("runbooks").join(name).join("inputs.yaml")
}

/// A file of the repository that a test writes holds what it is to hold; `UPDATE_DOCS=1` writes it.
#[track_caller]
pub fn keeps(file: &str, now: &str, test: &str) {
    let path = root().join(file);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, now).unwrap();
    }
    let stands = std::fs::read_to_string(&path).unwrap_or_default();
    let way = format!("UPDATE_DOCS=1 cargo test --package hcxrun --test {test}");
    assert!(stands == now, "{file} is out of date; `{way}` writes it. Now it is\n{now}");
}

/// A plan without its digest, which every change of the library makes another one.
pub fn without_digest(text: &str) -> String {
    let line = |line: &str| {
        if line.starts_with("Digest: ") { "Digest: …\n".to_owned() } else { format!("{line}\n") }
    };
    text.lines().map(line).collect()
}

/// What a command came to.
#[derive(Debug)]
pub struct Came {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Came {
    pub fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Came { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// Asserts the exit code, and shows all that was said when it is another one.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// Asserts that something was said, on either stream.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        let said = self.stdout.contains(text) || self.stderr.contains(text);
        assert!(said, "`{text}` is not in\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in\n{}\n{}", self.stdout, self.stderr))
    }
}

/// A directory of its own, with a journal, and a twin when one is wanted.
pub struct Night {
    pub dir: TempDir,
    twin: Option<TwinServer>,
}

struct TwinServer {
    child: Child,
    address: String,
}

impl Drop for TwinServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Night {
    /// Without a twin.
    pub fn bare() -> Self {
        Night { dir: tempfile::tempdir().unwrap(), twin: None }
    }

    /// Beside a twin server with a scene, over plain HTTP, its time sped up.
    pub fn with_twin(scene: &str, faults: &[&str]) -> Self {
        Self::with_twin_args(scene, faults, &["--plain", "--speed", SPEED])
    }

    pub fn with_twin_args(scene: &str, faults: &[&str], more: &[&str]) -> Self {
        let mut night = Self::bare();
        let dir = night.dir.path().join("twin");
        // A shipped scene by its name, any other by its path in the repository.
        let shipped = root().join("twin/scenes").join(format!("{scene}.yaml"));
        let file = if shipped.exists() { shipped } else { root().join(scene) };
        let text = std::fs::read_to_string(file).unwrap();
        let scene = night.write("scene.yaml", &(text + DURATIONS));
        let mut command = Command::new(HCXRUN);
        command.args(["twin", "--scene"]).arg(scene).arg("--dir").arg(&dir).args(more);
        faults.iter().for_each(|fault| {
            command.args(["--fault", fault]);
        });
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        // It says where it is once it listens.
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let systems = std::fs::read_to_string(dir.join("systems.yaml")).unwrap();
        let address = systems.lines().find_map(|line| line.trim().strip_prefix("url: ")).unwrap();
        let address = address.trim_matches('"').split("://").nth(1).unwrap().to_owned();
        night.twin = Some(TwinServer { child, address });
        night
    }

    pub fn systems(&self) -> PathBuf {
        self.dir.path().join("twin/systems.yaml")
    }

    pub fn journal(&self) -> PathBuf {
        self.dir.path().join("journal.db")
    }

    /// A file in the night's directory.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// `hcxrun` with these arguments.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(HCXRUN);
        command.args(args).env("HCXRUN_JOURNAL", self.journal()).env("NO_COLOR", "1").env("TZ", "UTC");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn hcxrun(&self, args: &[&str]) -> Came {
        Came::of(&self.command(args).output().unwrap())
    }

    /// The arguments that run a runbook of the repository beside the twin.
    pub fn on_twin(&self, command: &str, name: &str, more: &[&str]) -> Vec<String> {
        let mut args = vec![command.to_owned(), runbook(name).display().to_string()];
        args.extend(["--inputs".to_owned(), inputs(name).display().to_string()]);
        args.extend(["--systems".to_owned(), self.systems().display().to_string()]);
        args.extend(["--speed".to_owned(), SPEED.to_owned()]);
        if command == "run" {
            args.extend(["--approve-all".to_owned(), "--unattended".to_owned()]);
        }
        args.extend(more.iter().map(|arg| (*arg).to_owned()));
        args
    }

    pub fn run_on_twin(&self, command: &str, name: &str, more: &[&str]) -> Came {
        let args = self.on_twin(command, name, more);
        self.hcxrun(&args.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Goes on with the last run.
    pub fn go_on(&self, command: &str, more: &[&str]) -> Came {
        let systems = self.systems().display().to_string();
        let mut args = vec![command, "last", "--systems", &systems, "--speed", SPEED];
        if command == "resume" {
            args.extend(["--approve-all", "--unattended"]);
        }
        args.extend(more);
        self.hcxrun(&args)
    }

    /// An admin route of the twin.
    pub fn twin(&self, method: &str, path: &str, body: &str) -> String {
        let address = &self.twin.as_ref().unwrap().address;
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: twin\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        assert!(head.starts_with("HTTP/1.1 2"), "{method} {path}: {head}\n{body}");
        if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
            unchunk(body)
        } else {
            body.to_owned()
        }
    }

    /// The digest of the whole world.
    pub fn digest(&self) -> String {
        self.twin("GET", "/twin/digest", "")
    }

    /// The world, for a message that shows what differs.
    pub fn world(&self) -> serde_json::Value {
        serde_json::from_str(&self.twin("GET", "/twin/world", "")).unwrap()
    }

    /// Requests that the twin got.
    pub fn log(&self) -> Vec<serde_json::Value> {
        serde_json::from_str(&self.twin("GET", "/twin/log", "")).unwrap()
    }

    /// Requests that change something, as `operation path`, in order.
    pub fn changes(&self) -> Vec<String> {
        let text = |entry: &serde_json::Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        let changing = self.log().into_iter().filter(|entry| entry["changing"] == true);
        changing.map(|entry| format!("{} {}", text(&entry, "operation"), text(&entry, "path"))).collect()
    }

    /// Changing requests that took effect, as `operation path`.
    pub fn effects(&self) -> Vec<String> {
        let text = |entry: &serde_json::Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        let with =
            self.log().into_iter().filter(|entry| entry["changing"] == true && entry["effect"] == true);
        with.map(|entry| format!("{} {}", text(&entry, "operation"), text(&entry, "path"))).collect()
    }
}

fn unchunk(body: &str) -> String {
    let (mut rest, mut whole) = (body, String::new());
    while let Some((length, after)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length.trim(), 16).unwrap_or(0);
        if length == 0 {
            break;
        }
        whole.push_str(&after[..length]);
        rest = after.get(length + 2..).unwrap_or_default();
    }
    whole
}
