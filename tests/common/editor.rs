//! An editor: talks to `hcxrun lsp` over its standard input and output, in the words of the protocol.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// A running server, and the texts that it was told of.
pub struct Editor {
    server: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    last_id: i64,
    /// What the server said about texts, and nobody has read yet.
    published: Vec<Value>,
}

impl Editor {
    /// Starts the server `hcxrun` for a folder; it keeps what it must put somewhere below the folder.
    pub fn start(hcxrun: &str, folder: &Path) -> Self {
        let mut server = Command::new(hcxrun)
            .arg("lsp")
            .env("XDG_CACHE_HOME", folder.join(".cache"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (server.stdin.take(), BufReader::new(server.stdout.take().unwrap()));
        let mut editor = Self { server, input, output, last_id: 0, published: Vec::new() };
        let folders = json!([{ "uri": uri(folder), "name": "runbooks" }]);
        editor.ask("initialize", json!({ "capabilities": {}, "workspaceFolders": folders }));
        editor.tell("initialized", json!({}));
        editor
    }

    pub fn open(&mut self, path: &Path, text: &str) {
        let document = json!({ "uri": uri(path), "languageId": "hcxrun", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Puts a whole text in the place of what was there.
    pub fn replace(&mut self, path: &Path, version: i64, text: &str) {
        self.change(path, version, json!({ "text": text }));
    }

    pub fn change(&mut self, path: &Path, version: i64, change: Value) {
        let document = json!({ "uri": uri(path), "version": version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [change] }));
    }

    /// What the server says is wrong with a version of a text.
    pub fn diagnostics(&mut self, path: &Path, version: i64) -> Vec<Value> {
        let is_it = |it: &Value| it["uri"] == uri(path) && it["version"] == version;
        loop {
            if let Some(at) = self.published.iter().position(is_it) {
                return self.published.swap_remove(at)["diagnostics"].as_array().unwrap().clone();
            }
            let message = self.read();
            self.keep(message);
        }
    }

    /// A request about a text.
    pub fn about(&mut self, method: &str, path: &Path, more: Value) -> Value {
        self.ask(&format!("textDocument/{method}"), about(path, more))
    }

    /// The answer to a request.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let answer = self.answer(method, params);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// The whole answer to a request, which may be an error.
    pub fn answer(&mut self, method: &str, params: Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.read();
            if message["id"] == id {
                return message;
            }
            self.keep(message);
        }
    }

    fn keep(&mut self, message: Value) {
        assert_eq!(message["method"], "textDocument/publishDiagnostics", "{message}");
        self.published.push(message["params"].clone());
    }

    pub fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let input = self.input.as_mut().unwrap();
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        input.flush().unwrap();
    }

    fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "the server is gone");
            match line.trim().split_once(": ") {
                Some(("Content-Length", number)) => length = number.parse().unwrap(),
                _ if line.trim().is_empty() => break,
                _ => {}
            }
        }
        let mut text = vec![0; length];
        self.output.read_exact(&mut text).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    /// Ends the server as an editor does; gives its exit code.
    pub fn end(mut self) -> Option<i32> {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        self.input = None;
        self.server.wait().unwrap().code()
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The parameters of a request about a text.
pub fn about(path: &Path, more: Value) -> Value {
    let mut params = json!({ "textDocument": { "uri": uri(path) } });
    if let (Some(params), Value::Object(more)) = (params.as_object_mut(), more) {
        params.extend(more);
    }
    params
}

pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// The place right behind the first occurrence of a part of a text.
pub fn behind(text: &str, part: &str) -> Value {
    let end = text.find(part).unwrap_or_else(|| panic!("no {part:?} in the text")) + part.len();
    let before = &text[..end];
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().unwrap_or_default().encode_utf16().count();
    json!({ "line": line, "character": column })
}
