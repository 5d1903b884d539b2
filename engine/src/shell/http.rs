//! The real transport: HTTP/1.1 by reqwest, TLS by rustls.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use super::ports::{Broken, LocalFuture, Transport, Wire, WireAnswer};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);

/// How long an answer may take: appliances answer their slowest calls after minutes.
const ANSWER: Duration = Duration::from_secs(300);

/// Where a system is.
#[derive(Debug, Clone)]
pub struct Server {
    /// `https://…` without a path.
    pub url: String,
    /// Certificates to trust beside the machine's own, as PEM.
    pub ca: Option<Vec<u8>>,
}

/// What is wrong with where a system is said to be.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The certificate file.
    #[error("the certificates of `ca` cannot be read: {0}")]
    Ca(String),
    /// The client.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(String),
}

/// A client for each system.
#[derive(Debug)]
pub struct HttpTransport {
    clients: BTreeMap<String, (String, reqwest::Client)>,
}

impl HttpTransport {
    /// Sets up a client for each system.
    pub fn new(servers: BTreeMap<String, Server>) -> Result<Self, HttpError> {
        // Whoever embeds the engine may have installed a provider already; that one is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clients = servers.into_iter().map(|(name, server)| {
            let client = client(&server)?;
            Ok((name, (server.url.trim_end_matches('/').to_owned(), client)))
        });
        Ok(Self { clients: clients.collect::<Result<_, HttpError>>()? })
    }
}

fn client(server: &Server) -> Result<reqwest::Client, HttpError> {
    let mut builder = reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .timeout(ANSWER)
        .redirect(reqwest::redirect::Policy::none())
        // Appliances cut connections that were kept alive in the middle of an answer; a new one each time costs less
        // than finding out whether a change was taken.
        .pool_max_idle_per_host(0)
        .no_proxy();
    if let Some(pem) = &server.ca {
        let certificates =
            reqwest::Certificate::from_pem_bundle(pem).map_err(|error| HttpError::Ca(chain(&error)))?;
        if certificates.is_empty() {
            return Err(HttpError::Ca("the file holds no PEM certificate".to_owned()));
        }
        builder = builder.tls_certs_merge(certificates);
    }
    builder.build().map_err(|error| HttpError::Client(chain(&error)))
}

impl Transport for HttpTransport {
    fn send<'a>(&'a self, system: &'a str, request: Wire) -> LocalFuture<'a, Result<WireAnswer, Broken>> {
        Box::pin(async move {
            let Some((url, client)) = self.clients.get(system) else {
                return Err(Broken::Misconfigured(format!("nobody said where {system} is")));
            };
            let method = reqwest::Method::from_bytes(request.method.as_bytes())
                .map_err(|error| Broken::Misconfigured(error.to_string()))?;
            let mut call =
                client.request(method, format!("{url}{}", request.path)).header("accept", "application/json");
            for (name, value) in request.headers {
                call = call.header(name, value);
            }
            if let Some(body) = request.body {
                call = call.header("content-type", "application/json").body(body);
            }
            let answer = call.send().await.map_err(|error| broken(&error, url))?;
            let status = answer.status().as_u16();
            let headers = answer.headers().iter().filter_map(|(name, value)| {
                Some((name.as_str().to_ascii_lowercase(), value.to_str().ok()?.to_owned()))
            });
            let headers = headers.collect();
            let body = answer.bytes().await.map_err(|error| broken(&error, url))?.to_vec();
            Ok(WireAnswer { status, headers, body })
        })
    }
}

/// What a failed call means: whether the request can have left decides what may be done next.
fn broken(error: &reqwest::Error, url: &str) -> Broken {
    let why = chain(error);
    if error.is_builder() {
        return Broken::Misconfigured(format!("{url} is not an address of a system: {why}"));
    }
    if !error.is_connect() {
        let what = if error.is_timeout() { "no answer in time" } else { "the connection broke" };
        return Broken::Lost(format!("{what}: {why}"));
    }
    if why.contains("certificate") {
        return Broken::Misconfigured(format!(
            "{url} shows a certificate that this machine does not trust ({why}); put the certificate of its issuer into a PEM file and name it as `ca:` of the system"
        ));
    }
    Broken::Unreachable(format!("{url} cannot be reached: {why}"))
}

/// The innermost causes say what happened; the outer layers only that something did.
fn chain(error: &dyn Error) -> String {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes.pop().unwrap_or_else(|| error.to_string())
}
