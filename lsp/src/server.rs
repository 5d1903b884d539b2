//! The loop: one message after the other, and what is wrong with the texts whenever nobody waits.

mod abilities;
mod requests;

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use lsp_server::{Connection, ErrorCode, IoThreads, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{
    DidChangeTextDocument, DidCloseTextDocument, DidOpenTextDocument, Notification as _, PublishDiagnostics,
};
use lsp_types::{
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams, InitializeParams,
    PublishDiagnosticsParams, Url,
};
use serde::de::DeserializeOwned;

use crate::Library;
use crate::diagnostics::diagnostics;
use crate::documents::Documents;

type Failed = Box<dyn Error + Send + Sync>;

/// How long nobody must have typed before a text is checked for its own sake.
const REST: Duration = Duration::from_millis(15);

/// Answers an editor over standard input and output until it says that it is done.
///
/// # Errors
/// When the editor breaks the protocol, or is gone.
pub fn serve(library: &dyn Library) -> Result<(), Failed> {
    let (connection, threads): (_, IoThreads) = Connection::stdio();
    let given = connection.initialize(serde_json::to_value(abilities::abilities())?)?;
    let client = Client::of(serde_json::from_value(given)?);
    Server { connection: &connection, documents: Documents::new(library), client, is_stale: false }.run()?;
    drop(connection);
    threads.join()?;
    Ok(())
}

/// What an editor says of itself.
struct Client {
    /// The folders that are open in it.
    folders: Vec<PathBuf>,
    /// Whether it goes through the places of what it inserts.
    snippets: bool,
}

impl Client {
    fn of(it: InitializeParams) -> Self {
        let completion = it.capabilities.text_document.as_ref().and_then(|it| it.completion.as_ref());
        let item = completion.and_then(|it| it.completion_item.as_ref());
        Self { snippets: item.and_then(|it| it.snippet_support).unwrap_or_default(), folders: folders(it) }
    }
}

#[expect(deprecated, reason = "older editors say only their root")]
fn folders(it: InitializeParams) -> Vec<PathBuf> {
    let folders = it.workspace_folders.unwrap_or_default().into_iter().map(|it| it.uri);
    let urls: Vec<Url> = folders.chain(it.root_uri).collect();
    let mut paths: Vec<PathBuf> = urls.iter().filter_map(|url| url.to_file_path().ok()).collect();
    paths.dedup();
    paths
}

struct Server<'s> {
    connection: &'s Connection,
    documents: Documents<'s>,
    client: Client,
    /// Whether the editor shows messages of texts that have changed since.
    is_stale: bool,
}

impl Server<'_> {
    fn run(&mut self) -> Result<(), Failed> {
        loop {
            let Some(message) = self.next()? else { return Ok(()) };
            match message {
                Message::Request(request) if self.connection.handle_shutdown(&request)? => return Ok(()),
                Message::Request(request) => {
                    let answer = self.answer(request);
                    self.connection.sender.send(Message::Response(answer))?;
                }
                Message::Notification(it) => self.note(it)?,
                Message::Response(_) => {}
            }
        }
    }

    /// The next message; until it comes the texts are checked. `None` when the editor is gone.
    fn next(&mut self) -> Result<Option<Message>, Failed> {
        if self.is_stale {
            match self.connection.receiver.recv_timeout(REST) {
                Ok(message) => return Ok(Some(message)),
                Err(gone) if gone.is_disconnected() => return Ok(None),
                Err(_) => self.publish()?,
            }
        }
        Ok(self.connection.receiver.recv().ok())
    }

    fn answer(&mut self, it: Request) -> Response {
        let Request { id, method, params } = it;
        match requests::answer(&mut self.documents, &self.client, &method, params) {
            Ok(result) => Response::new_ok(id, result),
            Err(refused) => refused.response(id),
        }
    }

    fn note(&mut self, it: Notification) -> Result<(), Failed> {
        match &*it.method {
            DidOpenTextDocument::METHOD => {
                let DidOpenTextDocumentParams { text_document: it } = params(it)?;
                self.documents.open(it.uri, it.text, it.version);
            }
            DidChangeTextDocument::METHOD => {
                let DidChangeTextDocumentParams { text_document: of, content_changes } = params(it)?;
                self.documents.change(&of.uri, content_changes, of.version);
            }
            DidCloseTextDocument::METHOD => {
                let DidCloseTextDocumentParams { text_document: of } = params(it)?;
                self.documents.close(&of.uri);
                self.tell(of.uri, None, Vec::new())?;
            }
            _ => return Ok(()),
        }
        self.is_stale = true;
        Ok(())
    }

    fn publish(&mut self) -> Result<(), Failed> {
        while let Some((url, version)) = self.documents.untold() {
            if let Some(known) = self.documents.known(&url) {
                let found = diagnostics(&self.documents, &known);
                self.tell(url, Some(version), found)?;
            }
        }
        self.is_stale = false;
        Ok(())
    }

    fn tell(
        &self,
        uri: Url,
        version: Option<i32>,
        diagnostics: Vec<lsp_types::Diagnostic>,
    ) -> Result<(), Failed> {
        let params = PublishDiagnosticsParams { uri, diagnostics, version };
        let message = Notification::new(PublishDiagnostics::METHOD.to_owned(), params);
        Ok(self.connection.sender.send(Message::Notification(message))?)
    }
}

fn params<P: DeserializeOwned>(it: Notification) -> Result<P, Failed> {
    Ok(serde_json::from_value(it.params)?)
}

/// Why a request has no answer.
pub(crate) enum Refused {
    /// It is no request that this server knows.
    Unknown(String),
    /// It cannot be read, or speaks of a text that is not open.
    Params(String),
    /// It asks for what cannot be done.
    Cannot(String),
}

impl Refused {
    fn response(self, id: RequestId) -> Response {
        let (code, message) = match self {
            Refused::Unknown(method) => (ErrorCode::MethodNotFound, format!("hcxrun does not know {method}")),
            Refused::Params(why) => (ErrorCode::InvalidParams, why),
            Refused::Cannot(why) => (ErrorCode::RequestFailed, why),
        };
        Response::new_err(id, code as i32, message)
    }
}
