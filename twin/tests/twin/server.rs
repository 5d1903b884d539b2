//! The server, over real sockets.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use hcxrun_twin::server::{Serving, Settings, serve};
use hcxrun_twin::{Scene, Twin};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};

use crate::driver::{ADMIN, CLOUD, SOURCE};

async fn serving(tls: bool) -> Serving {
    let twin = Twin::new(&Scene::named("fresh").unwrap());
    let listen = "127.0.0.1:0".parse().unwrap();
    serve(twin, &Settings { listen, tls, speed: 1000.0 }).await.unwrap()
}

fn address(url: &str) -> String {
    url.split("://").nth(1).unwrap().to_owned()
}

pub(crate) fn connect(url: &str) -> TcpStream {
    let stream = TcpStream::connect(address(url)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Everything that comes back.
pub(crate) fn exchange(
    mut stream: impl Read + Write,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> String {
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: twin\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n"
    );
    stream.write_all((head + body).as_bytes()).unwrap();
    let mut answer = Vec::new();
    // A connection that is cut may end in an error as well.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

/// Sockets that block, beside the server's runtime.
async fn ask(url: String, method: &'static str, path: &'static str, body: &'static str) -> String {
    tokio::task::spawn_blocking(move || exchange(connect(&url), method, path, "", body)).await.unwrap()
}

const LOGIN: &str = r#"{"username":"administrator@vsphere.local","password":"source-password"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn each_port_of_each_manager_has_an_address() {
    let server = serving(false).await;
    let login = ask(server.url(SOURCE), "POST", "/hybridity/api/sessions", LOGIN).await;
    assert!(login.starts_with("HTTP/1.1 200") && login.contains("x-hm-authorization: "), "{login}");
    // The same path on the other manager and on the other port is another one.
    assert!(
        ask(server.url(CLOUD), "POST", "/hybridity/api/sessions", LOGIN).await.starts_with("HTTP/1.1 401")
    );
    let other = ask(server.url(ADMIN), "POST", "/hybridity/api/sessions", LOGIN).await;
    assert!(other.starts_with("HTTP/1.1 401") && other.contains("INVALID_CREDENTIALS"), "{other}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_a_connection_that_is_cut() {
    let server = serving(false).await;
    let added = ask(server.url(CLOUD), "POST", "/twin/faults", "createSession=drop-after*2").await;
    assert!(added.starts_with("HTTP/1.1 204"), "{added}");
    let url = server.url(SOURCE);
    assert_eq!(ask(url.clone(), "POST", "/hybridity/api/sessions", LOGIN).await, "");
    let left = ask(url.clone(), "GET", "/twin/faults", "").await;
    assert!(left.contains("createSession=drop-after*1@0"), "{left}");
    ask(url.clone(), "DELETE", "/twin/faults", "").await;
    assert!(ask(url, "POST", "/hybridity/api/sessions", LOGIN).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_cut_is_shorter_than_it_says() {
    let server = serving(false).await;
    let url = server.url(SOURCE);
    ask(url.clone(), "POST", "/twin/faults", "createSession=cut").await;
    let answer = ask(url.clone(), "POST", "/hybridity/api/sessions", LOGIN).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let said: usize = length.parse().unwrap();
    assert!(!body.is_empty() && body.len() < said, "{answer}");
    // It happened all the same: the next call of the same kind is whole.
    assert!(ask(url, "POST", "/hybridity/api/sessions", LOGIN).await.ends_with('}'));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_is_as_late_as_the_speed_makes_it() {
    let server = serving(false).await;
    ask(server.url(SOURCE), "POST", "/twin/faults", "createSession=delay:300s").await;
    let began = std::time::Instant::now();
    ask(server.url(SOURCE), "POST", "/hybridity/api/sessions", LOGIN).await;
    let took = began.elapsed();
    assert!((0.3..10.0).contains(&took.as_secs_f64()), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_world_is_shown_kept_and_restored() {
    let server = serving(false).await;
    let url = server.url(SOURCE);
    let body = |answer: &str| answer.split_once("\r\n\r\n").unwrap().1.to_owned();
    let digest = ask(url.clone(), "GET", "/twin/digest", "").await;
    let snapshot = body(&ask(url.clone(), "GET", "/twin/snapshot", "").await);
    let restore = |text: String| {
        let url = url.clone();
        tokio::task::spawn_blocking(move || exchange(connect(&url), "PUT", "/twin/restore", "", &text))
    };
    assert!(restore(snapshot).await.unwrap().starts_with("HTTP/1.1 204"));
    assert!(restore("nonsense".to_owned()).await.unwrap().starts_with("HTTP/1.1 400"));
    assert_eq!(body(&digest), body(&ask(url.clone(), "GET", "/twin/digest", "").await));
    assert!(ask(url.clone(), "GET", "/twin/world", "").await.contains("dc1-to-cloud"));
    ask(url.clone(), "GET", "/hybridity/api/about", "").await;
    assert!(ask(url, "GET", "/twin/log", "").await.contains("\"operation\": \"getAbout\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn over_https_its_own_certificate_has_to_be_trusted() {
    let server = serving(true).await;
    let (url, pem) = (server.url(SOURCE), server.ca().unwrap().to_owned());
    assert!(url.starts_with("https://"));
    let trusting = move |pem: Option<&str>| {
        let mut roots = rustls::RootCertStore::empty();
        if let Some(pem) = pem {
            roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let client = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
        rustls::StreamOwned::new(client, connect(&url))
    };
    let (trusted, stranger) = tokio::task::spawn_blocking(move || {
        let answer = exchange(trusting(Some(&pem)), "POST", "/hybridity/api/sessions", "", LOGIN);
        (answer, trusting(None).write_all(b"GET / HTTP/1.1\r\n\r\n").is_err())
    })
    .await
    .unwrap();
    assert!(trusted.starts_with("HTTP/1.1 200"), "{trusted}");
    assert!(stranger);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_stops_when_it_is_told() {
    let server = serving(false).await;
    let url = server.url(SOURCE);
    server.stop().await;
    let refused = tokio::task::spawn_blocking(move || {
        (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            TcpStream::connect(address(&url)).is_err()
        })
    });
    assert!(refused.await.unwrap());
}
