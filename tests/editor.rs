//! An editor without a screen: talks to the real server over a pipe in memory.
//!
//! Requests of the server are answered as editors do, and everything that the server says is kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use camino::Utf8Path;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

/// Longer than anything takes; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// The end of the pipe that goes to the server.
type Pipe = Arc<tokio::sync::Mutex<DuplexStream>>;

/// A client with its server.
pub struct Editor {
    runtime: Runtime,
    to_server: Option<Pipe>,
    inbox: mpsc::Receiver<Value>,
    answers: BTreeMap<i64, Value>,
    said: Vec<Value>,
    next_id: i64,
    settings: Arc<Mutex<Option<Value>>>,
    server: Option<JoinHandle<bool>>,
}

/// A request that is not answered yet.
#[derive(Debug, Clone, Copy)]
pub struct Pending(i64);

impl Editor {
    /// A server that nothing was said to.
    pub fn start() -> Editor {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_stack_size(64 << 20)
            .enable_all()
            .build()
            .expect("a runtime");
        let (to_server, input) = tokio::io::duplex(1 << 20);
        let (output, from_server) = tokio::io::duplex(1 << 20);
        let server = runtime.spawn(server::backend::serve_until_exit(input, output));
        let to_server: Pipe = Arc::new(tokio::sync::Mutex::new(to_server));
        let settings = Arc::new(Mutex::new(Some(Value::Null)));
        let (post, inbox) = mpsc::channel();
        let answer = Arc::clone(&settings);
        runtime.spawn(listen(from_server, Arc::downgrade(&to_server), answer, post));
        Editor {
            runtime,
            to_server: Some(to_server),
            inbox,
            answers: BTreeMap::new(),
            said: Vec::new(),
            next_id: 1,
            settings,
            server: Some(server),
        }
    }

    /// A server that has met a client of these capabilities, with these folders open. The second
    /// value is what the server said of itself.
    pub fn meet(capabilities: Value, folders: &[&Utf8Path]) -> (Editor, Value) {
        let mut editor = Editor::start();
        let result = editor.initialize(capabilities, folders, Value::Null);
        (editor, result)
    }

    /// Says `initialize` and `initialized`.
    pub fn initialize(
        &mut self,
        capabilities: Value,
        folders: &[&Utf8Path],
        options: Value,
    ) -> Value {
        let folders: Vec<Value> = folders
            .iter()
            .map(|folder| json!({ "uri": uri(folder), "name": folder.file_name() }))
            .collect();
        let params = json!({
            "processId": null,
            "rootUri": null,
            "capabilities": capabilities,
            "workspaceFolders": folders,
            "initializationOptions": options,
        });
        let result = self.request("initialize", params).expect("an answer to initialize");
        self.notify("initialized", json!({}));
        result
    }

    /// Answers `workspace/configuration` with this from now on; with `None`, not at all.
    pub fn set_settings(&self, settings: Option<Value>) {
        *lock(&self.settings) = settings;
    }

    /// Sends a notification.
    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request without waiting.
    pub fn ask(&mut self, method: &str, params: Value) -> Pending {
        let id = self.next_id;
        self.next_id += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        Pending(id)
    }

    /// The answer to a request: its result or its error.
    pub fn answer(&mut self, pending: Pending) -> Result<Value, Value> {
        while !self.answers.contains_key(&pending.0) {
            self.receive();
        }
        let answer = self.answers.remove(&pending.0).unwrap_or_default();
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer.get("result").cloned().unwrap_or_default()),
        }
    }

    /// Whether a request is answered already.
    pub fn is_answered(&mut self, pending: Pending) -> bool {
        while let Ok(message) = self.inbox.try_recv() {
            self.keep(message);
        }
        self.answers.contains_key(&pending.0)
    }

    /// Sends a request and waits for its answer.
    pub fn request(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let pending = self.ask(method, params);
        self.answer(pending)
    }

    /// Withdraws a request.
    pub fn withdraw(&mut self, pending: Pending) {
        self.notify("$/cancelRequest", json!({ "id": pending.0 }));
    }

    /// Opens a document as version 1.
    pub fn open(&mut self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "go", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Sends edits as one new version.
    pub fn edit(&mut self, uri: &str, version: i32, changes: Value) {
        let document = json!({ "uri": uri, "version": version });
        let params = json!({ "textDocument": document, "contentChanges": changes });
        self.notify("textDocument/didChange", params);
    }

    /// Asks for all hints of a document.
    pub fn ask_hints(&mut self, uri: &str) -> Pending {
        let end = json!({ "line": 100_000, "character": 0 });
        let range = json!({ "start": { "line": 0, "character": 0 }, "end": end });
        let params = json!({ "textDocument": { "uri": uri }, "range": range });
        self.ask("textDocument/inlayHint", params)
    }

    /// What the server has of an open file.
    pub fn file(&mut self, uri: &str) -> Value {
        self.request("goescape/fileText", json!({ "uri": uri })).expect("a text")
    }

    /// The first message from the server with this method for which `wanted` holds, waiting for
    /// it if it was not said yet. It is then forgotten.
    pub fn said(&mut self, method: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let found = self
                .said
                .iter()
                .position(|message| message["method"] == method && wanted(&message["params"]));
            if let Some(at) = found {
                return self.said.remove(at)["params"].clone();
            }
            self.receive();
        }
    }

    /// How many messages with this method for which `wanted` holds came so far.
    pub fn count(&mut self, method: &str, wanted: impl Fn(&Value) -> bool) -> usize {
        let said = self.said.iter();
        said.filter(|message| message["method"] == method && wanted(&message["params"])).count()
    }

    /// Closes the pipe if it is still open, and waits for the end of the server: whether the
    /// client had said `shutdown`.
    pub fn end(mut self) -> bool {
        self.to_server = None;
        let server = self.server.take().expect("a server");
        self.runtime
            .block_on(async { tokio::time::timeout(PATIENCE, server).await })
            .expect("the server ends")
            .expect("the server does not panic")
    }

    /// Waits for the end of the server while the pipe stays open.
    pub fn end_by_itself(mut self) -> bool {
        let server = self.server.take().expect("a server");
        let ended = self
            .runtime
            .block_on(async { tokio::time::timeout(PATIENCE, server).await })
            .expect("the server ends")
            .expect("the server does not panic");
        self.to_server = None;
        ended
    }

    /// Sends bytes that need not be a message.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        let pipe = self.to_server.clone().expect("an open pipe");
        self.runtime
            .block_on(async { pipe.lock().await.write_all(bytes).await })
            .expect("a server");
    }

    fn send(&mut self, message: &Value) {
        let pipe = self.to_server.clone().expect("an open pipe");
        self.runtime.block_on(write(&pipe, message));
    }

    fn receive(&mut self) {
        let message = self.inbox.recv_timeout(PATIENCE).expect("the server says something");
        self.keep(message);
    }

    fn keep(&mut self, message: Value) {
        match (message.get("method"), message["id"].as_i64()) {
            (None, Some(id)) => {
                self.answers.insert(id, message);
            }
            _ => self.said.push(message),
        }
    }
}

/// The URI of a path, encoded as VS Code does it.
pub fn uri(path: &Utf8Path) -> String {
    let mut uri = String::from("file://");
    for byte in path.as_str().bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

/// An edit from (line, character) to (line, character).
pub fn change(from: (u32, u32), to: (u32, u32), text: &str) -> Value {
    let position = |(line, character): (u32, u32)| json!({ "line": line, "character": character });
    json!({ "range": { "start": position(from), "end": position(to) }, "text": text })
}

async fn write(pipe: &Pipe, message: &Value) {
    let text = message.to_string();
    let frame = format!("Content-Length: {}\r\n\r\n{text}", text.len());
    // A server that has ended reads no more; the test finds that out elsewhere.
    let _ = pipe.lock().await.write_all(frame.as_bytes()).await;
}

/// Passes the server's messages on, and answers its requests.
async fn listen(
    from_server: DuplexStream,
    to_server: std::sync::Weak<tokio::sync::Mutex<DuplexStream>>,
    settings: Arc<Mutex<Option<Value>>>,
    post: mpsc::Sender<Value>,
) {
    let mut from_server = BufReader::new(from_server);
    while let Some(message) = read(&mut from_server).await {
        let id = message.get("id").cloned();
        if let (Some(id), Some(method)) = (id, message["method"].as_str()) {
            let result = match method {
                "workspace/configuration" => lock(&settings).clone().map(|one| json!([one])),
                _ => Some(Value::Null),
            };
            if let (Some(result), Some(pipe)) = (result, to_server.upgrade()) {
                write(&pipe, &json!({ "jsonrpc": "2.0", "id": id, "result": result })).await;
            }
        }
        if post.send(message).is_err() {
            break;
        }
    }
}

async fn read(from: &mut BufReader<DuplexStream>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if from.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).await.ok()?;
    serde_json::from_slice(&body).ok()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
