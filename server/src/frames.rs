//! Messages as they come in: only whole, sound ones reach the protocol's machinery, which ends at
//! the first it cannot read.
//!
//! Invariants: a message that is no JSON-RPC is dropped and logged, and those behind it count all
//! the same. What a header promises is not believed before it has come: no memory is set aside
//! for it.

use serde_json::Value;
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader,
};
use tower_lsp::jsonrpc::{Request, Response};

/// The longest message taken, in bytes. Clients send whole files; no Go file comes near.
const LONGEST: u64 = 1 << 30;

/// The longest line of a header, in bytes.
const LONGEST_LINE: u64 = 4096;

const LENGTH: &[u8] = b"content-length:";

/// Passes sound messages from `input` to `output` until `exit` or the end of either.
pub async fn pass<I, O>(input: I, mut output: O)
where
    I: AsyncRead + Unpin,
    O: AsyncWrite + Unpin,
{
    let mut input = BufReader::with_capacity(1 << 16, input);
    while let Some(length) = header(&mut input).await {
        let mut body = Vec::new();
        match (&mut input).take(length).read_to_end(&mut body).await {
            Ok(read) if read as u64 == length => {}
            _ => return,
        }
        let method = match method(&body) {
            Ok(method) => method,
            Err(problem) => {
                tracing::error!("a message of the client is dropped: {problem}");
                continue;
            }
        };
        let header = format!("Content-Length: {}\r\n\r\n", body.len());
        let written = async {
            output.write_all(header.as_bytes()).await?;
            output.write_all(&body).await
        };
        if written.await.is_err() || method.as_deref() == Some("exit") {
            return;
        }
    }
}

/// The length of the next message; none at the end of the input. What is no header is passed over.
async fn header(input: &mut (impl AsyncBufRead + Unpin)) -> Option<u64> {
    let mut length = None;
    let mut line = Vec::new();
    loop {
        line.clear();
        if (&mut *input).take(LONGEST_LINE).read_until(b'\n', &mut line).await.ok()? == 0 {
            return None;
        }
        if line.trim_ascii().is_empty() {
            match length {
                Some(length) => return Some(length),
                None => continue,
            }
        }
        // Where a message was shorter than it promised, the next header stands in its last line.
        let named =
            line.to_ascii_lowercase().windows(LENGTH.len()).rposition(|part| part == LENGTH);
        if let Some(at) = named {
            let value = str::from_utf8(&line[at + LENGTH.len()..]).unwrap_or_default().trim();
            length = value.parse::<u64>().ok().filter(|length| *length <= LONGEST);
            if length.is_none() {
                tracing::error!("the client announces a message of {value} bytes");
            }
        }
    }
}

/// The method that a message names, none for an answer; or why it is no message at all.
fn method(body: &[u8]) -> Result<Option<String>, serde_json::Error> {
    let message: Value = serde_json::from_slice(body)?;
    if message.get("method").is_some() {
        let request: Request = serde_json::from_value(message)?;
        return Ok(Some(request.method().to_owned()));
    }
    if message.get("result").is_none() && message.get("error").is_none() {
        return Err(serde::de::Error::custom("neither a request nor an answer"));
    }
    serde_json::from_value::<Response>(message).map(|_| None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(input: &[u8]) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut output = Vec::new();
        runtime.block_on(pass(input, &mut output));
        String::from_utf8(output).unwrap()
    }

    fn frame(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    const ONE: &str = r#"{"jsonrpc":"2.0","method":"one","params":[1]}"#;
    const TWO: &str = r#"{"jsonrpc":"2.0","id":2,"result":null}"#;

    #[test]
    fn sound_messages_pass_whatever_the_header_looks_like() {
        let typed = format!(
            "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\ncontent-length:{}\r\nX: y\r\n\r\n{TWO}",
            TWO.len()
        );
        assert_eq!(passed((frame(ONE) + &typed).as_bytes()), frame(ONE) + &frame(TWO));
    }

    #[test]
    fn unsound_messages_are_dropped_and_the_next_one_counts() {
        for unsound in
            ["", "{", "[]", "3", "{\"jsonrpc\":\"1.0\",\"id\":1}", "{\"jsonrpc\":\"2.0\"}"]
        {
            assert_eq!(passed((frame(unsound) + &frame(ONE)).as_bytes()), frame(ONE), "{unsound}");
        }
        let mut bytes = frame("????").into_bytes();
        bytes.truncate(bytes.len() - 4);
        bytes.extend([0xff, 0xfe, 0xff, 0xfe]);
        bytes.extend(frame(ONE).as_bytes());
        assert_eq!(passed(&bytes), frame(ONE), "not UTF-8");
    }

    #[test]
    fn a_header_that_cannot_be_is_passed_over() {
        for header in [
            "Content-Length: 99999999999999999999\r\n\r\n",
            "Content-Length: 9999999999999\r\n\r\n",
            "Content-Length: -1\r\n\r\n{}",
            "hello\r\n\r\n",
            "\r\n\r\n\r\n",
        ] {
            assert_eq!(
                passed((header.to_owned() + &frame(ONE)).as_bytes()),
                frame(ONE),
                "{header}"
            );
        }
    }

    #[test]
    fn nothing_is_set_aside_for_what_does_not_come() {
        assert_eq!(passed(b"Content-Length: 1073741824\r\n\r\n{}"), "");
    }

    #[test]
    fn nothing_passes_after_exit() {
        let exit = frame(r#"{"jsonrpc":"2.0","method":"exit"}"#);
        assert_eq!(passed((exit.clone() + &frame(ONE)).as_bytes()), exit);
    }
}
