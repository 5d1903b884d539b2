//! Connections that are cut: before an answer, or in the middle of one.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use hyper::body::{Body, Frame};

/// Marks an answer that is never given: the connection is cut.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut;

#[derive(Debug, thiserror::Error)]
#[error("the connection is cut")]
pub(super) struct CutError;

/// The first half of a body, and then an error, which makes hyper close the connection.
#[derive(Debug)]
pub(super) enum Half {
    ToSend(Bytes),
    Sent,
    Over,
}

impl Half {
    pub(super) fn of(body: &[u8]) -> Self {
        Half::ToSend(body.iter().copied().take(body.len() >> 1).collect())
    }
}

impl Body for Half {
    type Data = Bytes;
    type Error = CutError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CutError>>> {
        match std::mem::replace(&mut *self, Half::Over) {
            Half::ToSend(bytes) => {
                *self = Half::Sent;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            // While it has to wait for more, hyper sends what it has.
            Half::Sent => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Half::Over => Poll::Ready(Some(Err(CutError))),
        }
    }
}
