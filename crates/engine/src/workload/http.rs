//! The first good answer of a server, asked for over HTTP/1.0.
//!
//! A client of a few lines, so that nothing of its own is in the measurement: one connection, one
//! request and one answer for each try.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::{HttpCheck, beginning};

/// Pause between two tries: a port that nobody listens at refuses at once.
const PAUSE: Duration = Duration::from_micros(500);
/// Longest answer that is read.
const ANSWER_BYTES: u64 = 1 << 20;

/// The errors of waiting for a server's answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The time was over.
    #[error(
        "no good answer from http://{address}{path} within {waited_ms} ms over {tries} tries; the last one: {last}"
    )]
    Deadline {
        /// Who was asked.
        address: SocketAddr,
        /// For what.
        path: String,
        /// Time waited, in milliseconds.
        waited_ms: u64,
        /// Number of tries.
        tries: u64,
        /// The problem of the last try.
        last: Box<TryError>,
    },
}

/// The problem of one try.
#[derive(Debug, thiserror::Error)]
pub enum TryError {
    /// No connection, or it broke.
    #[error("{0}")]
    Connection(#[from] io::Error),
    /// Not the status 200.
    #[error("the answer was {0:?}, not the status 200")]
    Status(String),
    /// Another body.
    #[error("the body was {found:?} where {expected:?} was expected")]
    Body {
        /// The beginning of what came.
        found: String,
        /// The beginning of what should have.
        expected: String,
    },
}

/// Asks until the answer is what `check` expects, and returns after how many tries it was.
/// `go_on` is asked before each try; its error ends the trying.
///
/// # Errors
/// When `timeout` is over first, or that of `go_on`.
pub fn first_good_answer<E: From<HttpError>>(
    address: SocketAddr,
    check: &HttpCheck,
    timeout: Duration,
    mut go_on: impl FnMut() -> Result<(), E>,
) -> Result<u64, E> {
    let began = Instant::now();
    for tries in 1.. {
        go_on()?;
        let left = timeout.saturating_sub(began.elapsed());
        // A timeout of zero would be an error of its own.
        match ask(address, check, left.max(Duration::from_millis(1))) {
            Ok(()) => return Ok(tries),
            Err(last) if began.elapsed() >= timeout => {
                return Err(E::from(HttpError::Deadline {
                    address,
                    path: check.path.clone(),
                    waited_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
                    tries,
                    last: Box::new(last),
                }));
            }
            Err(_) => thread::sleep(PAUSE),
        }
    }
    Ok(u64::MAX)
}

/// One request.
fn ask(address: SocketAddr, check: &HttpCheck, timeout: Duration) -> Result<(), TryError> {
    let mut stream = TcpStream::connect_timeout(&address, timeout)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.set_write_timeout(Some(timeout))?;
    stream
        .write_all(format!("GET {} HTTP/1.0\r\nHost: {address}\r\n\r\n", check.path).as_bytes())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES).read_to_end(&mut answer)?;
    judge(&answer, check)
}

/// Whether an answer is the one that is wanted (RFC 1945, section 6: a status line, headers, an
/// empty line, and the body up to the connection's end).
fn judge(answer: &[u8], check: &HttpCheck) -> Result<(), TryError> {
    let status_line = answer.split(|&byte| byte == b'\r').next().unwrap_or(answer);
    let mut words = status_line.split(|&byte| byte == b' ');
    let protocol = words.next().unwrap_or_default();
    if !protocol.starts_with(b"HTTP/") || words.next() != Some(b"200") {
        return Err(TryError::Status(beginning(status_line)));
    }
    let body = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map_or(&[][..], |at| &answer[at + 4..]);
    if body != check.expected_body.as_bytes() {
        return Err(TryError::Body {
            found: beginning(body),
            expected: beginning(check.expected_body.as_bytes()),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::net::TcpListener;

    use super::*;

    fn check() -> HttpCheck {
        HttpCheck {
            container_port: 8080,
            path: "/index.html".to_owned(),
            expected_body: "hello\n".to_owned(),
        }
    }

    /// A server that gives these answers, one for each connection, and returns the requests.
    fn serve(
        listener: TcpListener,
        answers: &'static [&'static str],
    ) -> thread::JoinHandle<Vec<String>> {
        thread::spawn(move || {
            answers
                .iter()
                .map(|answer| {
                    let (mut stream, _) = listener.accept().unwrap();
                    let mut request = [0; 1_024];
                    let length = stream.read(&mut request).unwrap();
                    stream.write_all(answer.as_bytes()).unwrap();
                    String::from_utf8(request[..length].to_vec()).unwrap()
                })
                .collect()
        })
    }

    #[test]
    fn it_asks_until_the_answer_is_good() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = serve(
            listener,
            &[
                "HTTP/1.0 503 Service Unavailable\r\n\r\nhello\n",
                "",
                "HTTP/1.0 200 OK\r\n\r\nanother\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n",
            ],
        );
        let tries =
            first_good_answer::<HttpError>(address, &check(), Duration::from_secs(20), || Ok(()));
        assert_eq!(tries.unwrap(), 4);
        let requests = server.join().unwrap();
        assert!(requests[0].starts_with("GET /index.html HTTP/1.0\r\n"));
    }

    #[test]
    fn where_nobody_answers_it_ends_in_time_and_says_what_was_wrong() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let timeout = Duration::from_millis(30);
        let error = first_good_answer::<HttpError>(address, &check(), timeout, || Ok(()));
        let message = error.unwrap_err().to_string();
        assert!(
            message.contains("refused") && message.contains("tries"),
            "{message}"
        );
    }

    #[test]
    fn who_is_told_to_stop_asks_no_more() {
        #[derive(Debug, PartialEq)]
        struct Stopped;
        impl From<HttpError> for Stopped {
            fn from(_: HttpError) -> Self {
                Self
            }
        }
        let address = "127.0.0.1:9".parse().unwrap();
        let timeout = Duration::from_secs(600);
        let result = first_good_answer(address, &check(), timeout, || Err(Stopped));
        assert_eq!(result, Err(Stopped));
    }

    #[test]
    fn a_wrong_body_or_status_is_no_answer() {
        assert!(judge(b"HTTP/1.0 200 OK\r\n\r\nhello\n", &check()).is_ok());
        assert!(matches!(
            judge(b"HTTP/1.0 404 Not Found\r\n\r\nhello\n", &check()),
            Err(TryError::Status(_))
        ));
        assert!(matches!(
            judge(b"HTTP/1.0 200 OK\r\n\r\nhello", &check()),
            Err(TryError::Body { .. })
        ));
        assert!(matches!(judge(b"", &check()), Err(TryError::Status(_))));
    }
}
