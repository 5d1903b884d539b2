//! Sessions (section 2).

use crate::driver::{ADMIN, CLOUD, Client, SOURCE};

const ABOUT: &str = "/hybridity/api/about";
const LICENCES: &str = "/api/admin/licenses";

#[test]
fn a_session_lives_for_fifteen_minutes_after_the_last_call() {
    let mut client = Client::new("fresh");
    let token = client.sign_in(SOURCE);
    let about = |client: &mut Client| {
        let (status, body, _) =
            client.raw(SOURCE, "GET", ABOUT, "", &[("x-HM-authorization", &token)]).unwrap();
        (status, body.is_empty())
    };
    for _ in 0..3 {
        client.wait(14 * 60);
        assert_eq!(about(&mut client), (200, false));
    }
    client.wait(15 * 60 + 1);
    assert_eq!(about(&mut client), (401, true));
}

#[test]
fn a_token_is_of_one_manager_and_one_port() {
    let mut client = Client::new("fresh");
    let token = client.sign_in(SOURCE);
    let header = [("x-hm-authorization", token.as_str())];
    assert_eq!(client.raw(CLOUD, "GET", ABOUT, "", &header).unwrap().0, 401);
    let (status, body, _) = client.raw(ADMIN, "GET", LICENCES, "", &header).unwrap();
    assert_eq!(status, 401);
    assert!(body.contains(r#""errorCode":"INVALID_CREDENTIALS""#), "{body}");
}

#[test]
fn several_sessions_of_one_user_live_side_by_side_and_end_one_by_one() {
    let mut client = Client::new("fresh");
    let (one, two) = (client.sign_in(SOURCE), client.sign_in(SOURCE));
    assert_ne!(one, two);
    let ask = |client: &mut Client, method: &str, path: &str, token: &str| {
        client.raw(SOURCE, method, path, "", &[("x-hm-authorization", token)]).unwrap().0
    };
    assert_eq!(ask(&mut client, "DELETE", "/hybridity/api/sessions", &one), 204);
    assert_eq!(ask(&mut client, "GET", ABOUT, &one), 401);
    assert_eq!(ask(&mut client, "GET", ABOUT, &two), 200);
}

#[test]
fn the_appliance_port_takes_basic_authentication_and_keeps_sessions_for_an_hour() {
    let mut client = Client::new("fresh");
    // admin:source-admin-password
    let right = [("Authorization", "Basic YWRtaW46c291cmNlLWFkbWluLXBhc3N3b3Jk")];
    assert_eq!(client.raw(ADMIN, "GET", LICENCES, "", &right).unwrap().0, 200);
    let wrong = [("Authorization", "Basic YWRtaW46d3Jvbmc=")];
    assert_eq!(client.raw(ADMIN, "GET", LICENCES, "", &wrong).unwrap().0, 401);
    // On 443 it counts for nothing.
    assert_eq!(client.raw(SOURCE, "GET", ABOUT, "", &right).unwrap().0, 401);
    let token = client.sign_in(ADMIN);
    for (minutes, status) in [(59, 200), (59, 200), (61, 401)] {
        client.wait(minutes * 60);
        let header = [("x-hm-authorization", token.as_str())];
        assert_eq!(client.raw(ADMIN, "GET", LICENCES, "", &header).unwrap().0, status);
    }
}

#[test]
fn wrong_credentials_are_401_and_half_ones_400() {
    let mut client = Client::new("fresh");
    let sign_in = |client: &mut Client, body: &str| {
        client.raw(SOURCE, "POST", "/hybridity/api/sessions", body, &[]).unwrap()
    };
    let wrong = r#"{"username":"administrator@vsphere.local","password":"wrong"}"#;
    let (status, body, headers) = sign_in(&mut client, wrong);
    assert_eq!((status, body.as_str(), headers.len()), (401, "", 0));
    for half in ["", "{", r#"{"username":"x"}"#, r#"{"username":"x","password":7}"#, r#"["s3cret"]"#] {
        let (status, body, _) = sign_in(&mut client, half);
        assert_eq!(status, 400, "{half}");
        assert!(!body.contains("s3cret"), "{body}");
    }
}

#[test]
fn endpoint_info_needs_no_session_and_is_xml_from_nine_on() {
    let mut client = Client::new("fresh");
    let ask = |client: &mut Client| {
        let (status, body, headers) =
            client.raw(SOURCE, "GET", "/hybridity/api/endpointInfo", "", &[]).unwrap();
        (status, headers[0].1.clone(), body)
    };
    let (status, kind, _) = ask(&mut client);
    assert_eq!((status, kind.as_str()), (200, "application/json"));
    let mut client = Client::yaml("extends: fresh\nsource: { version: 9.1.1 }");
    let (status, kind, body) = ask(&mut client);
    assert_eq!((status, kind.as_str()), (200, "application/xml"));
    assert!(body.contains("<version>9.1.1</version>"), "{body}");
}
