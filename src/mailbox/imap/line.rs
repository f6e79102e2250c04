//! The connection itself: plain or TLS.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ProtocolVersion;

/// A connection.
pub(super) enum Line {
    /// Without protection.
    Plain(TcpStream),
    /// Within TLS.
    Tls(Box<TlsStream<TcpStream>>),
    /// To a test.
    #[cfg(test)]
    Test(tokio::io::DuplexStream),
}

impl Line {
    /// What protects it, as people call it; `None` where nothing does.
    pub(super) fn protection(&self) -> Option<&'static str> {
        match self {
            Line::Tls(stream) => match stream.get_ref().1.protocol_version() {
                Some(ProtocolVersion::TLSv1_3) => Some("TLS 1.3"),
                Some(ProtocolVersion::TLSv1_2) => Some("TLS 1.2"),
                _ => Some("TLS"),
            },
            _ => None,
        }
    }
}

macro_rules! on_each {
    ($self:ident, $line:ident => $call:expr) => {
        match $self.get_mut() {
            Line::Plain($line) => $call,
            Line::Tls($line) => $call,
            #[cfg(test)]
            Line::Test($line) => $call,
        }
    };
}

impl AsyncRead for Line {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        on_each!(self, line => Pin::new(line).poll_read(cx, into))
    }
}

impl AsyncWrite for Line {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        on_each!(self, line => Pin::new(line).poll_write(cx, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_each!(self, line => Pin::new(line).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_each!(self, line => Pin::new(line).poll_shutdown(cx))
    }
}
