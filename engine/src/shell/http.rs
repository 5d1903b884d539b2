//! The real transport: HTTP/1.1 by reqwest, TLS by rustls.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use super::ports::{Broken, LocalFuture, Transport, Wire, WireAnswer};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);

/// How long an answer may take: appliances answer their slowest calls after minutes.
const ANSWER: Duration = Duration::from_secs(300);

/// Where a system is, with the client that reaches it.
#[derive(Debug, Clone)]
pub struct Server {
    /// Without a `/` at its end. It holds no password, so messages may show it.
    url: String,
    client: reqwest::Client,
}

/// What is wrong with where a system is said to be. None of these shows the address: it may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// It signs in by itself.
    #[error("holds a user or a password")]
    Credentials,
    /// Nothing can be reached there.
    #[error("is no address of a system: {0}")]
    Address(&'static str),
    /// The certificates to trust.
    #[error("names no certificate: {0}")]
    Ca(String),
    /// The client.
    #[error("cannot be reached from here: the HTTP client cannot be set up: {0}")]
    Client(String),
}

impl Server {
    /// A system at `https://…`, with certificates to trust beside the machine's own, as PEM.
    ///
    /// # Errors
    /// The address is none, or what is no part of one stands in it; the certificates are none.
    pub fn new(url: &str, ca: Option<&[u8]>) -> Result<Self, ServerError> {
        // Before anything else is said of it, and by the sign alone: what cannot be read as an address may hold one, too.
        if url.contains('@') {
            return Err(ServerError::Credentials);
        }
        if let Some(wrong) = no_address(url) {
            return Err(ServerError::Address(wrong));
        }
        // Whoever embeds the engine may have installed a provider already; that one is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self { url: url.trim_end_matches('/').to_owned(), client: client(ca)? })
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// Why a text is no address of a system.
fn no_address(text: &str) -> Option<&'static str> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let Some(rest) = rest else { return Some("it does not begin with https://") };
    if rest.is_empty() || rest.starts_with(['/', ':']) {
        return Some("no host stands behind https://");
    }
    if text.contains(char::is_whitespace) {
        return Some("there is a blank in it");
    }
    if text.contains(['?', '#']) {
        return Some("it ends with the host, the port or a path, and there is more");
    }
    let host = rest.split('/').next().unwrap_or_default();
    let port = host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')).map(|(_, port)| port);
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Some("its port is no number up to 65535");
    }
    reqwest::Url::parse(text).err().map(|_| "its host is neither a name nor an IP address")
}

/// A client for each system.
#[derive(Debug)]
pub struct HttpTransport {
    servers: BTreeMap<String, Server>,
}

impl HttpTransport {
    /// Reaches systems by their names.
    pub fn new(servers: BTreeMap<String, Server>) -> Self {
        Self { servers }
    }
}

fn client(ca: Option<&[u8]>) -> Result<reqwest::Client, ServerError> {
    let mut builder = reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .timeout(ANSWER)
        .redirect(reqwest::redirect::Policy::none())
        // Appliances cut connections that were kept alive in the middle of an answer; a new one each time costs less
        // than finding out whether a change was taken.
        .pool_max_idle_per_host(0)
        .no_proxy();
    if let Some(pem) = ca {
        let certificates =
            reqwest::Certificate::from_pem_bundle(pem).map_err(|error| ServerError::Ca(chain(&error)))?;
        if certificates.is_empty() {
            return Err(ServerError::Ca("the file holds none in the form PEM".to_owned()));
        }
        builder = builder.tls_certs_merge(certificates);
    }
    let wrong = if ca.is_some() { ServerError::Ca } else { ServerError::Client };
    builder.build().map_err(|error| wrong(chain(&error)))
}

impl Transport for HttpTransport {
    fn send<'a>(&'a self, system: &'a str, request: Wire) -> LocalFuture<'a, Result<WireAnswer, Broken>> {
        Box::pin(async move {
            let Some(Server { url, client }) = self.servers.get(system) else {
                return Err(Broken::Misconfigured(format!("nobody said where {system} is")));
            };
            // The host would go on with it; whoever evaluates a path has refused it before.
            if !request.path.starts_with('/') {
                return Err(Broken::Misconfigured(format!(
                    "`{}` is no path: it begins with `/`",
                    request.path
                )));
            }
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
