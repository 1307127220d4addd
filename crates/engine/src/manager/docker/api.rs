//! Questions to dockerd over its socket, without a client in between.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::manager::{ManagerError, program};

/// Where dockerd listens: in the sandbox's own /run.
pub const SOCKET: &str = "/run/docker.sock";
/// How long a daemon that has begun to listen is waited for before it is looked whether it lives.
const FIRST_ANSWER: Duration = Duration::from_millis(200);
/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Whether dockerd answers yet. It listens before it serves; then this waits for a moment.
pub fn answers() -> bool {
    get(Path::new(SOCKET), "/_ping", FIRST_ANSWER).is_ok_and(|reply| reply.status == 200)
}

/// Whether dockerd knows the object at this path.
///
/// # Errors
/// When it does not answer.
pub fn knows(path: &str) -> Result<bool, ManagerError> {
    Ok(ask(path)?.status == 200)
}

/// dockerd's answer at this path.
///
/// # Errors
/// When it does not answer, or with something else than JSON.
pub fn tell(path: &str) -> Result<Value, ManagerError> {
    let reply = ask(path)?;
    let text = String::from_utf8_lossy(&reply.body);
    match serde_json::from_str(&text) {
        Ok(value) if reply.status == 200 => Ok(value),
        Ok(_) | Err(_) => Err(program::unexpected("dockerd", path, &text, "JSON")),
    }
}

fn ask(path: &str) -> Result<Reply, ManagerError> {
    get(Path::new(SOCKET), path, TIMEOUT).map_err(ManagerError::system("ask dockerd"))
}

/// The answer of a server.
#[derive(Debug, PartialEq, Eq)]
struct Reply {
    /// Status of HTTP.
    status: u16,
    body: Vec<u8>,
}

/// One request of HTTP/1.0: the answer ends with the connection.
fn get(socket: &Path, path: &str, timeout: Duration) -> io::Result<Reply> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.set_write_timeout(Some(timeout))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: docker\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    parse(&answer).ok_or_else(|| io::Error::other("the answer is not one of HTTP"))
}

/// A status line, headers, an empty line, a body (RFC 9112).
fn parse(answer: &[u8]) -> Option<Reply> {
    const END_OF_HEADERS: &[u8] = b"\r\n\r\n";
    let end = answer
        .windows(END_OF_HEADERS.len())
        .position(|window| window == END_OF_HEADERS)?;
    let headers = std::str::from_utf8(&answer[..end]).ok()?;
    let status = headers.split(' ').nth(1)?.parse().ok()?;
    Some(Reply {
        status,
        body: answer[end + END_OF_HEADERS.len()..].to_vec(),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn a_status_and_a_body_are_read() {
        let reply = parse(b"HTTP/1.0 404 Not Found\r\nServer: x\r\n\r\n{}\r\n\r\n").unwrap();
        assert_eq!(reply.status, 404);
        assert_eq!(reply.body, b"{}\r\n\r\n");
        for bad in [&b""[..], b"HTTP/1.0 200 OK\r\n", b"what\r\n\r\n"] {
            assert_eq!(parse(bad), None);
        }
    }

    #[test]
    fn a_server_that_listens_but_does_not_serve_is_not_waited_for_forever() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let _silent = UnixListener::bind(&socket).unwrap();
        assert!(get(&socket, "/_ping", Duration::from_millis(10)).is_err());
    }

    #[test]
    fn a_served_request_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let listener = UnixListener::bind(&socket).unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            // To its end: a socket that is closed with bytes unread resets the connection.
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                request.extend(byte);
            }
            stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nOK").unwrap();
            request
        });
        let reply = get(&socket, "/_ping", Duration::from_secs(5)).unwrap();
        assert_eq!((reply.status, &reply.body[..]), (200, &b"OK"[..]));
        assert!(server.join().unwrap().starts_with(b"GET /_ping HTTP/1.0"));
    }
}
