//! How a manager says no, in the three shapes of `behaviour.md` section 3; and bodies, read as the contract has them.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::http::{Answer, Site};

/// The three shapes of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// `errors[].code` and `message`
    Service,
    /// `success`, `completed`, `errors[].error` and `text`
    Legacy,
    /// `success`, `errorCode`, `error`, of the appliance port
    Appliance,
}

/// Why a manager does not do what it is told.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

/// What an operation gives back: status and body.
pub(crate) type Served = Result<(u16, Value), Refusal>;

pub(crate) fn refuse<T>(status: u16, code: &str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { status, code: code.to_owned(), message: message.into() })
}

pub(crate) fn not_found<T>(what: &str, id: &str) -> Result<T, Refusal> {
    refuse(404, "NOT_FOUND", format!("there is no {what} {id}"))
}

/// Meshes and extensions are made, edited and removed at the site that initiated the pairing (section 8; for extensions the
/// operations' `x-managers`).
pub(crate) fn at_initiator(site: Site) -> Result<(), Refusal> {
    match site {
        Site::Source => Ok(()),
        Site::Cloud => refuse(400, "NOT_INITIATOR", "this is changed at the site that initiated the pairing"),
    }
}

impl Refusal {
    pub(crate) fn answer(&self, family: Family) -> Answer {
        let (code, message) = (&self.code, &self.message);
        let body = match family {
            Family::Service => json!({ "errors": [{ "code": code, "message": message }] }),
            Family::Legacy => {
                json!({ "success": false, "completed": true, "errors": [{ "error": code, "text": message }] })
            }
            Family::Appliance => {
                json!({ "success": false, "completed": true, "errorCode": code, "error": message })
            }
        };
        Answer::json(self.status, &body)
    }

    /// As an entry of an item's `errors`.
    pub(crate) fn item(&self) -> Value {
        json!({ "code": self.code, "message": self.message })
    }
}

/// A body, taken as what the contract says that it is; what it lacks or has of another type is a 400.
pub(crate) fn body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    let value: Value = match serde_json::from_slice(if bytes.is_empty() { b"{}" } else { bytes }) {
        Ok(value) => value,
        Err(error) => return refuse(400, "MALFORMED_JSON", format!("the body is no JSON: {error}")),
    };
    serde_json::from_value(value).or_else(|error| refuse(400, "INVALID_REQUEST", error.to_string()))
}
