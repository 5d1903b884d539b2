//! Asking, page by page, and picking fields out of answers.

use serde_json::{Value, json};

use crate::capture::{CaptureError, CaptureRead};
use crate::http::{Endpoint, Port, Site};

/// Items of a page; large sites have thousands of machines.
const PAGE: usize = 500;

type Ask<'a> = dyn FnMut(Endpoint, &CaptureRead) -> Result<Value, String> + 'a;

pub(super) struct Asking<'a> {
    ask: &'a mut Ask<'a>,
    pub(super) notes: Vec<String>,
}

impl<'a> Asking<'a> {
    pub(super) fn new(ask: &'a mut Ask<'a>) -> Self {
        Self { ask, notes: Vec::new() }
    }

    pub(super) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    fn read(
        &mut self,
        at: Endpoint,
        operation: &'static str,
        read: &CaptureRead,
    ) -> Result<Value, CaptureError> {
        (self.ask)(at, read).map_err(|cause| CaptureError::Read { at, operation, line: read.line(), cause })
    }

    /// From the service port.
    pub(super) fn get(
        &mut self,
        site: Site,
        operation: &'static str,
        path: &str,
    ) -> Result<Value, CaptureError> {
        self.read(Endpoint { site, port: Port::Service }, operation, &CaptureRead::Get(path.to_owned()))
    }

    /// From the appliance port.
    pub(super) fn get_admin(
        &mut self,
        site: Site,
        operation: &'static str,
        path: &str,
    ) -> Result<Value, CaptureError> {
        self.read(Endpoint { site, port: Port::Appliance }, operation, &CaptureRead::Get(path.to_owned()))
    }

    pub(super) fn query(
        &mut self,
        site: Site,
        operation: &'static str,
        path: &'static str,
        body: Value,
    ) -> Result<Value, CaptureError> {
        self.read(Endpoint { site, port: Port::Service }, operation, &CaptureRead::Query(path, body))
    }

    /// All pages of an inventory list.
    pub(super) fn inventory(
        &mut self,
        site: Site,
        operation: &'static str,
        path: &'static str,
    ) -> Result<Vec<Value>, CaptureError> {
        pages(|skip| {
            let body = json!({ "filter": {}, "paging": { "skipCount": skip, "pageSize": PAGE } });
            self.query(site, operation, path, body)
        })
    }

    /// All tasks of a manager.
    pub(super) fn tasks(&mut self, site: Site) -> Result<Vec<Value>, CaptureError> {
        pages(|skip| {
            let path = format!("/hybridity/api/interconnect/tasks?offset={skip}&pageSize={PAGE}");
            self.get(site, "listTasks", &path)
        })
    }
}

/// Pages until one is empty: a manager may give fewer than it is asked for. One that gives the same page again does not
/// page at all.
fn pages(mut page: impl FnMut(usize) -> Result<Value, CaptureError>) -> Result<Vec<Value>, CaptureError> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let answer = page(all.len())?;
        let new = items(&answer);
        if new.is_empty() || all.first() == new.first() {
            return Ok(all);
        }
        all.extend_from_slice(new);
    }
}

/// The items of an answer, in any of the places where managers put them.
pub(super) fn items(answer: &Value) -> &[Value] {
    let places = [Some(answer), answer.get("items"), answer.pointer("/data/items"), answer.get("licenses")];
    places.into_iter().flatten().find_map(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A text, by its path in an answer; empty when it is not there.
pub(super) fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

/// A text that has to be there.
pub(super) fn needed(
    value: &Value,
    site: Site,
    operation: &'static str,
    field: &'static str,
) -> Result<String, CaptureError> {
    match value.get(field).and_then(Value::as_str) {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(CaptureError::Silent { site, operation, field }),
    }
}
