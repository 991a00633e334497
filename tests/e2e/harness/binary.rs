//! Runs the binary in a home of its own, with nothing of the machine's environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::marker::PhantomData;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::PATIENCE;
use super::emulator::{Account, emulator};
use super::json::Report;

/// A home and a working folder; both vanish with it.
pub(crate) struct Desk(TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        let desk = Self(tempfile::tempdir().expect("a temporary folder"));
        for folder in [desk.home(), desk.work()] {
            std::fs::create_dir(folder).expect("a folder");
        }
        desk
    }

    /// A desk with the demo's snapshot as `account.jsonl.zst`.
    pub(crate) fn with_demo() -> Self {
        let desk = Self::new();
        desk.run(["demo", "-o", "account.jsonl.zst"]).expect_code(0);
        desk
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.0.path().join("home")
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.0.path().join("work")
    }

    /// Puts a file into the working folder.
    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.work().join(name);
        std::fs::write(&path, contents).expect("a file is written");
        path
    }

    /// A snapshot of the working folder, decompressed.
    pub(crate) fn snapshot(&self, name: &str) -> String {
        let bytes = std::fs::read(self.work().join(name)).expect("a snapshot");
        let bytes = if name.ends_with(".zst") {
            zstd::decode_all(&bytes[..]).expect("zstd")
        } else {
            bytes
        };
        String::from_utf8(bytes).expect("a snapshot is UTF-8")
    }

    /// Names in the working folder, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.work()).expect("a folder");
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("an entry").file_name();
        let mut names: Vec<_> = entries
            .map(|entry| name(entry).to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// A run of the binary, to be furnished and started.
    pub(crate) fn unbridge<I>(&self, args: I) -> Invocation<'_>
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        let mut command = Command::new(env!("CARGO_BIN_EXE_unbridge"));
        let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
        let words = args.iter().map(|arg| arg.to_string_lossy().into_owned());
        let words = words.collect();
        command.args(args);
        Invocation::new(self, command, words)
    }

    /// A run of a shell that finds the binary as `unbridge`.
    pub(crate) fn shell(&self, script: &str) -> Invocation<'_> {
        let binary = Path::new(env!("CARGO_BIN_EXE_unbridge"));
        let folder = binary
            .parent()
            .expect("the binary stands in a folder")
            .display();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        let words = script.split_whitespace().map(ToOwned::to_owned);
        let words = words.skip_while(|word| word != "unbridge").skip(1);
        let words = words.collect();
        Invocation::new(self, command, words).env("PATH", format!("{folder}:/usr/bin:/bin"))
    }

    /// Runs the binary.
    pub(crate) fn run<I>(&self, args: I) -> Outcome
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        self.unbridge(args).run()
    }

    /// Scans an account at full pace into `account.jsonl`; the report goes to stdout as JSON.
    pub(crate) fn scan(&self, account: &Account, options: &[&str]) -> Invocation<'_> {
        let common = [
            "scan",
            "--pace",
            "100",
            "--output",
            "json",
            "-o",
            "account.jsonl",
        ];
        self.unbridge(common.iter().chain(options)).account(account)
    }
}

/// The binary before it runs.
pub(crate) struct Invocation<'d> {
    command: Command,
    words: Vec<String>,
    shown: String,
    env: BTreeMap<String, String>,
    desk: PhantomData<&'d Desk>,
}

impl<'d> Invocation<'d> {
    fn new(desk: &'d Desk, mut command: Command, words: Vec<String>) -> Self {
        let shown = format!("{command:?}");
        command
            .env_clear()
            .current_dir(desk.work())
            .stdin(Stdio::null());
        let home = desk.home().display().to_string();
        let mut env = BTreeMap::new();
        env.insert("HOME".to_owned(), home);
        // Without credentials the SDK would ask the machine it runs on.
        env.insert("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned());
        // 1 November 2026: prices and acceptances grow old, goldens do not.
        env.insert("SOURCE_DATE_EPOCH".to_owned(), "1793491200".to_owned());
        Self {
            command,
            words,
            shown,
            env,
            desk: PhantomData,
        }
    }

    pub(crate) fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.env.remove(name);
        self
    }

    /// With this account's keys, in us-east-1 of the emulator.
    pub(crate) fn account(self, account: &Account) -> Self {
        self.emulated()
            .env("AWS_ACCESS_KEY_ID", account.access_key())
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_REGION", "us-east-1")
    }

    /// Against the emulator, without credentials.
    pub(crate) fn emulated(self) -> Self {
        self.env("AWS_ENDPOINT_URL", emulator().url())
    }

    pub(crate) fn run(self) -> Outcome {
        self.start().finish()
    }

    pub(crate) fn start(mut self) -> Running<'d> {
        self.command
            .envs(&self.env)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = self.command.spawn().expect("the binary starts");
        Running {
            child,
            words: self.words,
            shown: self.shown,
            desk: self.desk,
        }
    }

    /// The same in the hands of `wrapper`, which runs what its arguments say.
    pub(crate) fn wrapped(self, wrapper: &str, options: &[&str]) -> (Command, Vec<String>) {
        let mut command = Command::new(wrapper);
        command
            .args(options)
            .arg(self.command.get_program())
            .args(self.command.get_args())
            .env_clear()
            .envs(&self.env);
        if let Some(folder) = self.command.get_current_dir() {
            command.current_dir(folder);
        }
        (command, self.words)
    }
}

/// The binary while it runs.
pub(crate) struct Running<'d> {
    child: Child,
    words: Vec<String>,
    shown: String,
    desk: PhantomData<&'d Desk>,
}

impl Running<'_> {
    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What Ctrl-C does.
    pub(crate) fn interrupt(&self) {
        let script = format!("kill -INT {}", self.child.id());
        let sent = Command::new("/bin/sh")
            .args(["-c", &script])
            .status()
            .expect("a shell");
        assert!(sent.success(), "{} had ended already", self.shown);
    }

    /// What a machine does that goes down.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ended");
    }

    /// Closes our end of its stdout.
    pub(crate) fn close_stdout(&mut self) {
        drop(self.child.stdout.take());
    }

    pub(crate) fn finish(self) -> Outcome {
        self.finish_within(PATIENCE)
    }

    pub(crate) fn finish_within(self, patience: Duration) -> Outcome {
        let Self {
            child,
            words,
            shown,
            desk: _,
        } = self;
        let id = child.id();
        let (send, done) = mpsc::channel();
        let waiting = thread::spawn(move || send.send(child.wait_with_output()));
        let Ok(output) = done.recv_timeout(patience) else {
            let script = format!("kill -KILL {id}");
            Command::new("/bin/sh")
                .args(["-c", &script])
                .status()
                .expect("a shell");
            panic!("{shown} hangs");
        };
        let _ = waiting.join();
        let output = output.expect("the binary's output");
        let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
        Outcome {
            words,
            shown,
            status: output.status,
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// What was typed after `unbridge`.
    words: Vec<String>,
    shown: String,
    status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// Of a run at a terminal, where all that is told goes to one place.
    pub(crate) fn at_terminal(words: Vec<String>, status: ExitStatus, shown: String) -> Self {
        Self {
            shown: format!("{words:?} at a terminal"),
            words,
            status,
            stdout: shown,
            stderr: String::new(),
        }
    }

    /// The exit code. Ending by a signal, and a panic, are never expected.
    pub(crate) fn code(&self) -> i32 {
        let Self { shown, status, .. } = self;
        assert!(!self.stderr.contains("panicked"), "{shown}: {self:#?}");
        status
            .code()
            .unwrap_or_else(|| panic!("{shown} ended by a signal: {self:#?}"))
    }

    /// Whether it ended by Ctrl-C, handled or not: a shell says 130 in both cases.
    pub(crate) fn was_interrupted(&self) -> bool {
        const SIGINT: i32 = 2;
        self.status.signal() == Some(SIGINT) || self.status.code() == Some(130)
    }

    /// That this command ended with this code, as docs/exit-codes.md says that it can: `journal show`,
    /// `apply`, and where it changed something `apply --execute`.
    pub(crate) fn ends(&self, command: &str, code: i32) -> &Self {
        const CHANGES: &str = "--execute";
        let (named, changes): (Vec<&str>, Vec<&str>) =
            command.split(' ').partition(|word| *word != CHANGES);
        assert_eq!(self.words[..named.len()], named, "{self:#?}");
        let executes = self.words.iter().any(|word| word == CHANGES);
        assert_eq!(executes, !changes.is_empty(), "{self:#?}");
        self.expect_code(code)
    }

    /// A run that was gone on with: it ended as `later` did, and both have told of it.
    pub(crate) fn gone_on_with(mut self, later: Self) -> Self {
        self.stdout.push_str(&later.stdout);
        self.stderr.push_str(&later.stderr);
        self.status = later.status;
        self
    }

    pub(crate) fn expect_code(&self, code: i32) -> &Self {
        assert_eq!(self.code(), code, "{self:#?}");
        self
    }

    /// Something that the person must have been told.
    pub(crate) fn expect_told(&self, words: &str) -> &Self {
        assert!(
            self.stderr.contains(words),
            "{words:?} is not said: {self:#?}"
        );
        self
    }

    /// The report on stdout.
    pub(crate) fn report(&self) -> Report {
        Report::parse(&self.stdout)
    }
}
