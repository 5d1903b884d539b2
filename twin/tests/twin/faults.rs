//! What goes wrong by rule.

use hcxrun_twin::Fault;
use serde_json::{Value, json};

use crate::driver::{CLOUD, Client, EXTENSIONS, MIGRATIONS, SOURCE, code, text};

const ABOUT: &str = "/hybridity/api/about";

fn about(client: &mut Client) -> u16 {
    client.call(SOURCE, "GET", ABOUT, &Value::Null).0
}

#[test]
fn they_strike_as_often_as_told() {
    let mut client = Client::new("fresh");
    client.fault("getAbout=refuse*2@1");
    let statuses: Vec<_> = (0..5).map(|_| about(&mut client)).collect();
    assert_eq!(statuses, [200, 400, 400, 200, 200]);
    client.fault("get*=refuse:503*9");
    assert_eq!(about(&mut client), 503);
    client.twin.clear_faults();
    assert_eq!(about(&mut client), 200);
}

#[test]
fn they_strike_where_told() {
    let mut client = Client::new("fresh");
    client.fault("cloud:getAbout=refuse");
    assert_eq!(about(&mut client), 200);
    assert_eq!(client.call(CLOUD, "GET", ABOUT, &Value::Null).0, 400);
}

#[test]
fn a_call_lost_before_has_no_effect_and_one_lost_after_has() {
    for (kind, effect) in [("drop-before", false), ("drop-after", true), ("cut", true)] {
        let mut client = Client::new("fresh");
        let mesh = client.mesh();
        let first = client.twin.digest();
        client.fault(&format!("updateServiceMesh={kind}"));
        let path =
            format!("/hybridity/api/interconnect/serviceMesh/{}", mesh["serviceMeshId"].as_str().unwrap());
        assert!(client.text(SOURCE, "PUT", &path, &mesh.to_string()).is_none());
        let entry = client.twin.log().last().unwrap();
        assert_eq!((entry.changing, entry.effect, entry.status), (true, effect, None));
        assert_eq!(client.twin.digest() != first, effect, "{kind}");
    }
}

#[test]
fn answers_can_be_broken() {
    let mut client = Client::new("fresh");
    client.fault("getAbout=garbage");
    client.fault("getAbout=html");
    let (status, body) = client.text(SOURCE, "GET", ABOUT, "").unwrap();
    assert_eq!(status, 200);
    assert!(serde_json::from_str::<Value>(&body).is_err());
    let (status, body) = client.text(SOURCE, "GET", ABOUT, "").unwrap();
    assert_eq!(status, 502);
    assert!(body.starts_with("<html>"));
}

#[test]
fn a_job_can_fail_when_it_has_had_its_effect() {
    let mut client = Client::new("fresh");
    let first = client.twin.digest();
    client.fault("updateServiceMesh=fail-late the commit timed out");
    let edit = client.scale(2);
    client.wait(3600);
    assert_eq!(client.task(&edit)["errorMessage"], "the commit timed out");
    let mesh = client.mesh();
    assert_eq!(
        (&mesh["state"], &mesh["switchPairCount"][0]["l2cApplianceCount"]),
        (&json!("UPDATE_FAILED"), &json!(2))
    );
    // The same edit again finds everything there; the former one takes it back.
    client.scaled(2);
    assert_eq!(client.mesh()["state"], "COMMITTED");
    client.scaled(1);
    assert_eq!(client.twin.digest(), first);
    client.fault("deleteExtension=fail-late");
    let id = client.extended("web-30", "10.20.30.1", None);
    let job = text(&client.unextend(&id).1["id"]);
    client.wait(60);
    assert_eq!(client.get(SOURCE, &format!("/hybridity/api/jobs/{job}"))["didFail"], true);
    assert_eq!(client.twin.digest(), first);
}

#[test]
fn of_several_items_all_but_the_first_can_be_refused() {
    let mut client = Client::new("fresh");
    client.fault("createExtensions=fail-items the bridge is full");
    let gateways = [("web-30", "10.20.30.1"), ("app-31", "10.20.31.1"), ("db-32", "10.20.32.1")];
    let items = gateways.map(|(network, gateway)| client.item(network, gateway, None));
    let (status, body) = client.post(EXTENSIONS, &json!({ "items": items }));
    assert_eq!(status, 207);
    let errors = |nth: usize| body["data"]["items"][nth]["errors"].clone();
    let refused = json!([{ "code": "INJECTED_FAULT", "message": "the bridge is full" }]);
    assert_eq!([errors(0), errors(1), errors(2)], [json!([]), refused.clone(), refused]);
    client.wait(90);
    assert_eq!(client.get(SOURCE, EXTENSIONS)["items"].as_array().unwrap().len(), 1);
    // So of several migrations.
    client.fault("startMigrations=fail-items");
    let networks = ("web-30", "L2E_web-30");
    let items = ["web-01", "web-02"].map(|vm| client.intent("vMotion", vm, networks, SOURCE));
    let body = client.post(&format!("{MIGRATIONS}/start"), &json!({ "items": items })).1;
    let errors = |nth: usize| body["items"][nth]["errors"].as_array().unwrap().len();
    assert_eq!((errors(0), errors(1)), (0, 1));
}

#[test]
fn a_session_can_be_made_to_expire() {
    let mut client = Client::new("fresh");
    client.fault("getAbout=expire-session");
    let token = client.sign_in(SOURCE);
    let header = [("x-hm-authorization", token.as_str())];
    for _ in 0..2 {
        let (status, body, _) = client.raw(SOURCE, "GET", ABOUT, "", &header).unwrap();
        assert_eq!((status, body.as_str()), (401, ""));
    }
    // Whoever has no session is not struck: the rule waits for a call that would have passed.
    client.fault("getAbout=refuse");
    assert_eq!(client.raw(SOURCE, "GET", ABOUT, "", &[]).unwrap().0, 401);
    assert_eq!(about(&mut client), 400);
}

#[test]
fn sso_can_be_starting_while_those_who_are_signed_in_go_on() {
    let mut client = Client::new("fresh");
    let token = client.sign_in(SOURCE);
    client.fault("source:createSession=sso-starting");
    let user = client.twin.user(SOURCE);
    let login = json!({ "username": user.name, "password": user.password }).to_string();
    let (status, body, headers) = client.raw(SOURCE, "POST", "/hybridity/api/sessions", &login, &[]).unwrap();
    assert_eq!((status, headers[0].1.as_str()), (500, "application/xml"));
    assert!(body.contains("trusted root certificates are empty"), "{body}");
    let header = [("x-hm-authorization", token.as_str())];
    assert_eq!(client.raw(SOURCE, "GET", ABOUT, "", &header).unwrap().0, 200);
    assert_eq!(client.raw(SOURCE, "POST", "/hybridity/api/sessions", &login, &[]).unwrap().0, 200);
}

#[test]
fn an_answer_can_be_late() {
    let mut client = Client::new("fresh");
    client.fault("createSession=delay:30s");
    let body = br#"{"username":"x","password":"y"}"#.to_vec();
    let request = hcxrun_twin::Request {
        method: "POST".to_owned(),
        path_and_query: "/hybridity/api/sessions".to_owned(),
        headers: Vec::new(),
        body,
    };
    let (_, delay) = client.twin.handle(client.now(), SOURCE, &request);
    assert_eq!(delay.as_secs(), 30);
}

#[test]
fn a_rule_is_written_as_it_is_read() {
    for rule in [
        "createHaGroup=refuse:400*1@0",
        "source:get*=drop-after*2@1",
        "getTask=delay:30s*1@0",
        "updateServiceMesh=fail-late*1@0",
        "create*=fail-items*1@0",
        "createHaGroup=lose-task*1@0",
        "createHaGroup=cut*1@0",
        "createSession=sso-starting*1@0",
        "startMigrations=fail-job*1@2 no room on the datastore",
    ] {
        assert_eq!(rule.parse::<Fault>().unwrap().to_string(), rule);
    }
    assert_eq!(
        "createHaGroup=drop-after".parse::<Fault>().unwrap().to_string(),
        "createHaGroup=drop-after*1@0"
    );
}

#[test]
fn a_bad_rule_is_told_what_is_wrong_with_it() {
    let wrong = [
        "",
        "x",
        "getAbout=",
        "=refuse",
        "getAbout=nonsense",
        "getAbout=refuse*y",
        "getAbout=delay:soon",
        "getAbout=refuse:200",
        "moon:getAbout=html",
        "getAbout=html:5",
        "createHaGruop=refuse",
        "getAbout=sso-starting",
    ];
    let why = wrong.map(|rule| format!("{rule:<22} {}", rule.parse::<Fault>().unwrap_err()));
    insta::assert_snapshot!(why.join("\n"));
}

#[test]
fn the_message_of_a_rule_is_what_is_said() {
    let mut client = Client::new("fresh");
    client.fault("getAbout=refuse:409 the manager is being upgraded");
    let answer = client.call(SOURCE, "GET", ABOUT, &Value::Null);
    assert_eq!(code(&answer), "409 INJECTED_FAULT");
    assert_eq!(answer.1["errors"][0]["message"], "the manager is being upgraded");
}
