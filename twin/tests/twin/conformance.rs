//! Holds every answer of a test against the contract: status, content type and body.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jsonschema::{Draft, Registry, Validator};
use serde_json::{Value, json};

use crate::contract::{WRITTEN, written};
use crate::driver::Raw;

static EXCEPTIONS: LazyLock<Value> =
    LazyLock::new(|| serde_yaml::from_str(include_str!("../../contract/exceptions.yaml")).unwrap());

/// What the contract says of an answer: a validator for each content type; none where it shows no body.
type Said = BTreeMap<&'static str, Validator>;

/// By operationId and status.
static SAID: LazyLock<BTreeMap<(&'static str, &'static str), Said>> = LazyLock::new(|| {
    let contract = Draft::Draft202012.create_resource(WRITTEN.clone());
    let registry = Registry::new().add("urn:contract", contract).unwrap().prepare().unwrap();
    let validator = |place: &str| {
        let options = jsonschema::options().with_draft(Draft::Draft202012).with_registry(&registry);
        let place = place.replace('{', "%7B").replace('}', "%7D");
        options.build(&json!({ "$ref": format!("urn:contract#{place}") })).unwrap()
    };
    let answers = written().flat_map(|(id, method, path, operation)| {
        let at = format!("/paths/{}/{}/responses", escaped(path), method.to_lowercase());
        let answers = operation["responses"].as_object().unwrap().iter();
        answers.map(move |(status, answer)| ((id, status.as_str()), place(answer, format!("{at}/{status}"))))
    });
    let said = |at: String| {
        let content = WRITTEN.pointer(&at).unwrap().get("content").and_then(Value::as_object);
        let kinds = content.into_iter().flatten().map(|(kind, _)| kind.as_str());
        kinds.map(|kind| (kind, validator(&format!("{at}/content/{}/schema", escaped(kind))))).collect()
    };
    answers.map(|(key, at)| (key, said(at))).collect()
});

/// Where an answer really is, when a reference stands for it.
fn place(answer: &Value, at: String) -> String {
    let reference = answer.get("$ref").and_then(Value::as_str);
    reference.map_or(at, |it| it.trim_start_matches('#').to_owned())
}

/// As a part of a JSON pointer.
fn escaped(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1")
}

/// What of an answer is not as the contract says.
pub(crate) fn violation(id: &str, (status, body, headers): &Raw) -> Option<String> {
    let number = status.to_string();
    let said = SAID.get(&(id, number.as_str())).or_else(|| SAID.get(&(id, "default")));
    let Some(said) = said else {
        return (!is_exception(id, *status)).then(|| format!("{id} does not say {status}: {body}"));
    };
    if said.is_empty() {
        return None;
    }
    let kind = headers.iter().find(|(name, _)| name == "content-type").map_or("", |(_, kind)| kind);
    let Some(validator) = said.get(kind) else {
        return Some(format!("{id} answers {status} with {kind:?}: {body}"));
    };
    let body = if kind == "application/json" {
        match serde_json::from_str(body) {
            Ok(body) => body,
            Err(error) => return Some(format!("{id} answers {status} with no JSON: {error}: {body}")),
        }
    } else {
        json!(body)
    };
    let error = validator.iter_errors(&body).next()?;
    Some(format!("{id} {status} at {}: {error}", error.instance_path()))
}

/// Whether the twin answers so for a reason, though the contract does not list it.
fn is_exception(id: &str, status: u16) -> bool {
    let is_it = |it: &Value| it["operation"] == id && it["status"] == status;
    EXCEPTIONS.as_array().unwrap().iter().any(is_it)
}

#[test]
fn what_is_not_in_the_contract_is_found() {
    let json = [("content-type".to_owned(), "application/json".to_owned())];
    let says = |id: &str, status: u16, body: &str, headers: &[(String, String)]| {
        violation(id, &(status, body.to_owned(), headers.to_vec())).unwrap_or_default()
    };
    assert_eq!(says("getJob", 200, r#"{ "isDone": true }"#, &json), "");
    assert_eq!(
        says("getJob", 200, r#"{ "isDone": "yes" }"#, &json),
        "getJob 200 at /isDone: \"yes\" is not of type \"boolean\""
    );
    assert!(says("getJob", 200, "{", &json).starts_with("getJob answers 200 with no JSON"));
    assert!(says("getJob", 200, "{}", &[]).starts_with("getJob answers 200 with \"\""));
    assert!(says("deleteAlert", 409, "{}", &json).starts_with("deleteAlert does not say 409"));
    assert_eq!(says("createSitePairing", 500, "{}", &json), "");
}
