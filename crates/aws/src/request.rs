//! Plain HTTP requests, for what is proven by asking an API as its callers do.
//!
//! Not signed, not retried, and redirects are not followed. Knows nothing of APIs and stages.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::error::display::DisplayErrorContext;
use tokio::runtime::Handle;

use crate::http::connector_of;

/// From the connection to the end of the body: API Gateway waits up to 29 s for a backend.
const WHOLE_TIMEOUT: Duration = Duration::from_secs(35);
/// How much of a body is read, in bytes.
pub const MOST: usize = 1 << 20;

/// A request. It has no body.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method, in upper case.
    pub method: &'static str,
    /// The whole address, by which the host is found and its certificate is checked.
    pub url: String,
    /// Headers; a `host` among them is sent in place of the address's own.
    pub headers: Vec<(String, String)>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Headers, names in lower case. Values that are no text are left out.
    pub headers: Vec<(String, String)>,
    /// The first megabyte of the body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// The request cannot be written as it stands.
    #[error("it cannot be sent: {0}")]
    Unsendable(String),
    /// Nobody answered, or the answer broke off.
    #[error("there is no answer: {0}")]
    Lost(String),
    /// It took too long.
    #[error("there was no whole answer within {} s", WHOLE_TIMEOUT.as_secs())]
    TimedOut,
}

/// Sends requests, and blocks until they are answered. It shares connections among them.
///
/// It must not be used from within an asynchronous task.
#[derive(Debug)]
pub struct Requester {
    connector: SharedHttpConnector,
    runtime: Handle,
}

impl Requester {
    /// A requester on this runtime, which needs threads, timer and sockets of its own.
    #[must_use]
    pub fn new(runtime: Handle) -> Self {
        let connector = connector_of(&runtime);
        Self { connector, runtime }
    }

    /// Sends a request.
    ///
    /// # Errors
    /// [`Unanswered`]; after [`Unanswered::Lost`] and [`Unanswered::TimedOut`] it may
    /// have been acted on all the same.
    pub fn send(&self, request: &Request) -> Result<Response, Unanswered> {
        let request = prepared(request)?;
        self.runtime.block_on(async {
            let exchange = self.exchange(request);
            let ended = tokio::time::timeout(WHOLE_TIMEOUT, exchange).await;
            ended.unwrap_or(Err(Unanswered::TimedOut))
        })
    }

    async fn exchange(&self, request: HttpRequest) -> Result<Response, Unanswered> {
        let answer: HttpResponse = self.connector.call(request).await.map_err(unanswered)?;
        let headers = answer.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
        let (status, headers) = (answer.status().as_u16(), headers.collect());
        let mut chunks = ByteStream::new(answer.into_body());
        let mut body = Vec::new();
        while body.len() < MOST {
            let Some(chunk) = chunks.next().await else {
                break;
            };
            let chunk = chunk.map_err(unanswered)?;
            let room = MOST - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        }
        Ok(Response {
            status,
            headers,
            body,
        })
    }
}

fn unanswered(error: impl std::error::Error) -> Unanswered {
    Unanswered::Lost(DisplayErrorContext(&error).to_string())
}

fn prepared(request: &Request) -> Result<HttpRequest, Unanswered> {
    let unsendable = |why: String| Unanswered::Unsendable(why);
    let mut prepared = HttpRequest::new(SdkBody::empty());
    let set = prepared.set_method(request.method);
    set.map_err(|error| unsendable(error.to_string()))?;
    let set = prepared.set_uri(request.url.as_str());
    set.map_err(|error| unsendable(format!("{}: {error}", request.url)))?;
    for (name, value) in &request.headers {
        // An error would quote the value, which may be a secret.
        let added = prepared
            .headers_mut()
            .try_append(name.to_ascii_lowercase(), value.clone());
        added.map_err(|_| unsendable(format!("header {name} cannot be written")))?;
    }
    Ok(prepared)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread::JoinHandle;

    use super::*;

    /// Answers one request with this text, and tells what it was.
    fn server(answer: impl AsRef<[u8]> + Send + 'static) -> (String, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let serve = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a caller");
            let mut heard = Vec::new();
            while !heard.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).expect("a byte");
                heard.extend(byte);
            }
            // The caller may have heard enough.
            let _ = stream.write_all(answer.as_ref());
            String::from_utf8(heard).expect("text")
        });
        (address, serve)
    }

    fn sent(request: &Request) -> Result<Response, Unanswered> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        Requester::new(runtime.handle().clone()).send(request)
    }

    fn get(url: String) -> Request {
        Request {
            method: "GET",
            url,
            headers: Vec::new(),
        }
    }

    #[test]
    fn the_host_is_the_one_that_is_asked_for_and_a_redirect_is_an_answer() {
        let answer = "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 2\r\n\r\nhi";
        let (address, served) = server(answer);
        let host = "abc123.execute-api.eu-west-1.amazonaws.com";
        let answer = sent(&Request {
            headers: vec![
                ("Host".to_owned(), host.to_owned()),
                ("X-Token".to_owned(), "secret".to_owned()),
            ],
            ..get(format!("{address}/prod/orders?open=1"))
        });
        let answer = answer.expect("an answer");
        assert_eq!((answer.status, &answer.body[..]), (302, &b"hi"[..]));
        let location = ("location".to_owned(), "/elsewhere".to_owned());
        assert!(answer.headers.contains(&location), "{:?}", answer.headers);
        let heard = served.join().expect("what was heard").to_ascii_lowercase();
        assert!(
            heard.starts_with("get /prod/orders?open=1 http/1.1"),
            "{heard}"
        );
        assert_eq!(heard.matches("host: ").count(), 1, "{heard}");
        assert!(heard.contains(&format!("host: {host}\r\n")), "{heard}");
        assert!(heard.contains("x-token: secret\r\n"), "{heard}");
    }

    #[test]
    fn of_a_long_body_the_first_megabyte_is_read() {
        let length = MOST + 5_000_000;
        let mut answer =
            format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").into_bytes();
        answer.resize(answer.len() + length, b'x');
        let (address, _served) = server(answer);
        assert_eq!(sent(&get(address)).expect("an answer").body.len(), MOST);
    }

    #[test]
    fn a_body_that_breaks_off_is_no_answer() {
        let (address, _served) = server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
        let error = sent(&get(address)).expect_err("half of it is not whole");
        assert!(matches!(error, Unanswered::Lost(_)), "{error}");
    }

    #[test]
    fn what_cannot_be_written_is_not_sent_and_not_quoted() {
        let request = Request {
            headers: vec![("X-Token".to_owned(), "sec\nret".to_owned())],
            ..get("http://127.0.0.1:9/".to_owned())
        };
        let error = sent(&request).expect_err("a line break in a header");
        assert!(matches!(error, Unanswered::Unsendable(_)), "{error}");
        assert!(!error.to_string().contains("sec"), "{error}");
        let error = sent(&get("no address".to_owned())).expect_err("no address");
        assert!(matches!(error, Unanswered::Unsendable(_)), "{error}");
    }
}
