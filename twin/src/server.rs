//! The twin as a server: four listeners, one for each port of each manager, around one world.

mod cut;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Extension, State};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::{Answer, Endpoint, Fault, Port, Reply, Request, Site, Twin};
use cut::{Cut, CutError, Half};

/// How to serve.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Where: the four ports from this one on, or any with port 0.
    pub listen: SocketAddr,
    /// HTTPS with a certificate made for the occasion, or plain HTTP.
    pub tls: bool,
    /// How much faster than the wall's the twin's time goes.
    pub speed: f64,
}

/// A twin that listens.
#[derive(Debug)]
pub struct Serving {
    addresses: BTreeMap<Endpoint, SocketAddr>,
    ca: Option<String>,
    stop: watch::Sender<bool>,
}

/// A body beyond this is no request to a manager.
const LARGEST: usize = 64 * 1024 * 1024;

const ENDPOINTS: [Endpoint; 4] = [
    Endpoint { site: Site::Source, port: Port::Service },
    Endpoint { site: Site::Source, port: Port::Appliance },
    Endpoint { site: Site::Cloud, port: Port::Service },
    Endpoint { site: Site::Cloud, port: Port::Appliance },
];

struct Shared {
    twin: Mutex<Twin>,
    began: Instant,
    start: Timestamp,
    speed: f64,
}

impl Shared {
    fn now(&self) -> Timestamp {
        self.start.checked_add(self.began.elapsed().mul_f64(self.speed)).unwrap_or(Timestamp::MAX)
    }

    /// The twin at this moment. A panic elsewhere leaves the world as it was between two requests.
    fn twin(&self) -> MutexGuard<'_, Twin> {
        let mut twin = self.twin.lock().unwrap_or_else(PoisonError::into_inner);
        twin.advance(self.now());
        twin
    }
}

/// Listens and serves until it is stopped.
pub async fn serve(twin: Twin, settings: &Settings) -> io::Result<Serving> {
    let (began, start) = (Instant::now(), Timestamp::now());
    let shared = Arc::new(Shared { twin: Mutex::new(twin), began, start, speed: settings.speed });
    let (tls, ca) = if settings.tls {
        let (acceptor, pem) = certificate(settings.listen)?;
        (Some(acceptor), Some(pem))
    } else {
        (None, None)
    };
    let (stop, stopped) = watch::channel(false);
    let mut addresses = BTreeMap::new();
    for (n, endpoint) in (0_u16..).zip(ENDPOINTS) {
        let mut address = settings.listen;
        if address.port() != 0 {
            address.set_port(address.port().saturating_add(n));
        }
        let listener = TcpListener::bind(address).await?;
        addresses.insert(endpoint, listener.local_addr()?);
        tokio::spawn(accept(listener, router(&shared, endpoint), tls.clone(), stopped.clone()));
    }
    Ok(Serving { addresses, ca, stop })
}

impl Serving {
    /// The address of a port.
    pub fn url(&self, at: Endpoint) -> String {
        let scheme = if self.ca.is_some() { "https" } else { "http" };
        self.addresses.get(&at).map(|address| format!("{scheme}://{address}")).unwrap_or_default()
    }

    /// The certificate that clients have to trust, as PEM; none over plain HTTP.
    pub fn ca(&self) -> Option<&str> {
        self.ca.as_deref()
    }

    /// Stops listening.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        tokio::task::yield_now().await;
    }
}

async fn accept(
    listener: TcpListener,
    router: Router,
    tls: Option<TlsAcceptor>,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    tokio::spawn(connection(stream, router.clone(), tls.clone()));
                }
                // Out of file handles, most likely: wait for some to come back.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
        }
    }
}

async fn connection(stream: TcpStream, router: Router, tls: Option<TlsAcceptor>) {
    let _ = stream.set_nodelay(true);
    match tls {
        None => talk(stream, router).await,
        Some(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                talk(stream, router).await;
            }
        }
    }
}

async fn talk(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, router: Router) {
    let service = hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let router = router.clone();
        async move {
            let answered: Result<Response, Infallible> = router.oneshot(request.map(Body::new)).await;
            match answered {
                // An error makes hyper close the connection without an answer.
                Ok(response) if response.extensions().get::<Cut>().is_some() => Err(CutError),
                Ok(response) => Ok(response),
            }
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    // A client that goes away in the middle is its own business.
    let _ = connection.await;
}

fn router(shared: &Arc<Shared>, endpoint: Endpoint) -> Router {
    Router::new()
        .route("/twin/log", get(log))
        .route("/twin/world", get(world))
        .route("/twin/digest", get(digest))
        .route("/twin/snapshot", get(snapshot))
        .route("/twin/restore", put(restore))
        .route("/twin/faults", get(faults).post(add_fault).delete(clear_faults))
        .fallback(operation)
        .layer(Extension(endpoint))
        .with_state(Arc::clone(shared))
}

async fn operation(
    State(shared): State<Arc<Shared>>,
    Extension(endpoint): Extension<Endpoint>,
    request: axum::extract::Request,
) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let header = |(name, value): (&HeaderName, &HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    let request = Request {
        method: head.method.as_str().to_owned(),
        path_and_query: head.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        headers: head.headers.iter().filter_map(header).collect(),
        body: body.to_vec(),
    };
    let (reply, delay) = shared.twin().handle(shared.now(), endpoint, &request);
    if !delay.is_zero() {
        tokio::time::sleep(delay.div_f64(shared.speed)).await;
    }
    match reply {
        Reply::Dropped => (Extension(Cut), ()).into_response(),
        Reply::Cut(answer) => {
            let mut half = response(&answer, Body::new(Half::of(&answer.body)));
            half.headers_mut().insert(CONTENT_LENGTH, answer.body.len().into());
            half
        }
        Reply::Answer(answer) => response(&answer, Body::from(answer.body.clone())),
    }
}

fn response(answer: &Answer, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &answer.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn json(value: &impl serde::Serialize) -> Response {
    match serde_json::to_string_pretty(value) {
        Ok(text) => ([("content-type", "application/json")], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn log(State(shared): State<Arc<Shared>>) -> Response {
    json(&shared.twin().log())
}

async fn world(State(shared): State<Arc<Shared>>) -> Response {
    json(&shared.twin().world())
}

async fn digest(State(shared): State<Arc<Shared>>) -> Response {
    json(&shared.twin().digest())
}

async fn snapshot(State(shared): State<Arc<Shared>>) -> Response {
    json(&shared.twin().snapshot())
}

async fn restore(State(shared): State<Arc<Shared>>, text: String) -> Response {
    let now = shared.now();
    match shared.twin().restore(now, &text) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
}

async fn faults(State(shared): State<Arc<Shared>>) -> Response {
    json(&shared.twin().faults())
}

async fn add_fault(State(shared): State<Arc<Shared>>, text: String) -> Response {
    match text.trim().parse::<Fault>() {
        Ok(fault) => {
            shared.twin().add_fault(fault);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
}

async fn clear_faults(State(shared): State<Arc<Shared>>) -> Response {
    shared.twin().clear_faults();
    StatusCode::NO_CONTENT.into_response()
}

/// A certificate for this machine's names, which signs itself.
fn certificate(listen: SocketAddr) -> io::Result<(TlsAcceptor, String)> {
    let names = vec!["localhost".to_owned(), listen.ip().to_string()];
    let made = rcgen::generate_simple_self_signed(names).map_err(io::Error::other)?;
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let chain = vec![made.cert.der().clone()];
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(chain, key.into())
        .map_err(io::Error::other)?;
    Ok((TlsAcceptor::from(Arc::new(config)), made.cert.pem()))
}
