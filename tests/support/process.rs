//! Running a program: its input and environment, its output, and cleaning up after it.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{PipeReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, kill_process_group, setrlimit};
use rustix::thread::{CapabilitySet, remove_capability_from_bounding_set};

use super::resource::OtherUser;
use super::run::Run;

/// Long enough for a loaded machine; a command that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// The destination of an output stream of the program.
#[derive(Debug, Clone)]
pub enum Sink {
    /// Collected, for the checks of [`Run`].
    Capture,
    /// A pipe whose reader has already closed it.
    ClosedPipe,
    /// A pipe whose reader reads this number of bytes and closes it.
    ClosedAfter(usize),
    /// `/dev/full`: every write fails with "No space left on device".
    Full,
    /// A file, created or truncated.
    File(PathBuf),
    /// `/dev/null`.
    Null,
}

/// A resource limit, soft and hard.
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    /// `RLIMIT_AS`: bytes of address space.
    AddressSpace,
    /// `RLIMIT_DATA`: bytes of private writable memory.
    Data,
    /// `RLIMIT_FSIZE`: bytes of the largest file that may be written.
    FileSize,
    /// `RLIMIT_MEMLOCK`: bytes of locked memory.
    LockedMemory,
    /// `RLIMIT_NOFILE`: open descriptors.
    OpenFiles,
    /// `RLIMIT_STACK`: bytes of the first thread's stack.
    Stack,
}

impl Limit {
    fn resource(self) -> Resource {
        match self {
            Limit::AddressSpace => Resource::As,
            Limit::Data => Resource::Data,
            Limit::FileSize => Resource::Fsize,
            Limit::LockedMemory => Resource::Memlock,
            Limit::OpenFiles => Resource::Nofile,
            Limit::Stack => Resource::Stack,
        }
    }
}

/// How an inherited descriptor is opened before the program starts.
#[derive(Debug, Clone, Copy)]
pub enum Open {
    /// `O_RDONLY`.
    Read,
    /// `O_WRONLY | O_CREAT | O_APPEND`.
    Append,
    /// `O_RDWR | O_CREAT`.
    ReadWrite,
}

/// A program to run: arguments, environment, and destinations of its output.
///
/// It starts in the test's directory with an empty stdin and only `PATH`, `HOME`, `TMPDIR` and a UTF-8
/// `LC_ALL` in its environment, so a developer's settings do not affect the result.
#[derive(Debug, Clone)]
pub struct Cmd {
    program: OsString,
    args: Vec<OsString>,
    directory: PathBuf,
    variables: Vec<(OsString, OsString)>,
    input: Option<Vec<u8>>,
    output: Sink,
    errors: Sink,
    limits: Vec<(Limit, u64)>,
    descriptors: Vec<(u32, Option<(Open, PathBuf)>)>,
    user: bool,
    dropped: Vec<&'static str>,
    patience: Duration,
}

impl Cmd {
    pub(super) fn new(program: &OsStr, directory: &Path) -> Cmd {
        Cmd {
            program: program.to_owned(),
            args: Vec::new(),
            directory: directory.to_owned(),
            variables: vec![
                ("HOME".into(), directory.into()),
                ("TMPDIR".into(), directory.into()),
                ("LC_ALL".into(), "C.UTF-8".into()),
            ],
            input: None,
            output: Sink::Capture,
            errors: Sink::Capture,
            limits: Vec::new(),
            descriptors: Vec::new(),
            user: false,
            dropped: Vec::new(),
            patience: PATIENCE,
        }
    }

    /// Adds an argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Cmd {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Cmd {
        self.args
            .extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Cmd {
        self.variables
            .push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Runs in this directory.
    pub fn cwd(mut self, directory: impl Into<PathBuf>) -> Cmd {
        self.directory = directory.into();
        self
    }

    /// Sends these bytes to stdin through a pipe, and closes it.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Cmd {
        self.input = Some(bytes.into());
        self
    }

    /// Connects stdout.
    pub fn stdout(mut self, sink: Sink) -> Cmd {
        self.output = sink;
        self
    }

    /// Connects stderr.
    pub fn stderr(mut self, sink: Sink) -> Cmd {
        self.errors = sink;
        self
    }

    /// Sets a resource limit, soft and hard, in the unit of the limit.
    pub fn limit(mut self, limit: Limit, value: u64) -> Cmd {
        self.limits.push((limit, value));
        self
    }

    /// Lets the program inherit descriptor `number` (3 to 9), opened on `path`.
    pub fn fd(mut self, number: u32, open: Open, path: impl Into<PathBuf>) -> Cmd {
        assert!(
            (3..=9).contains(&number),
            "the shell that opens it accepts only one digit"
        );
        self.descriptors.push((number, Some((open, path.into()))));
        self
    }

    /// Starts the program with descriptor `number` (0 to 9) closed.
    pub fn closed_fd(mut self, number: u32) -> Cmd {
        self.descriptors.push((number, None));
        self
    }

    /// Runs as another, unprivileged user. Limits and inherited descriptors are set up before that.
    pub fn user(mut self, user: &OtherUser) -> Cmd {
        if self.program == super::MMAPCTL {
            self.program = user.program().into();
        }
        self.user = true;
        self
    }

    /// Drops a capability of root, by its name without `cap_`: `ipc_lock`, `dac_override`, …
    pub fn without_capability(mut self, capability: &'static str) -> Cmd {
        self.dropped.push(capability);
        self
    }

    /// Fails the test if the program takes longer than this (default: one minute).
    pub fn patience(mut self, patience: Duration) -> Cmd {
        self.patience = patience;
        self
    }

    /// Runs the program and waits for it.
    #[track_caller]
    pub fn run(self) -> Run {
        self.spawn().wait()
    }

    /// Starts the program and waits until it has printed a complete line, which means that it holds its mapping.
    #[track_caller]
    pub fn hold(self) -> Held {
        let mut held = self.spawn();
        held.line(0);
        held
    }

    /// Starts the program without waiting.
    #[track_caller]
    pub fn spawn(self) -> Held {
        let stdin = if self.input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        };
        self.spawn_reading(stdin)
    }

    /// Starts the program with this stdin, without waiting.
    #[track_caller]
    pub fn spawn_reading(mut self, stdin: impl Into<Stdio>) -> Held {
        let argv = self.argv();
        let what = self.describe(&argv);
        let mut command = Command::new(&argv[0]);
        command
            .args(&argv[1..])
            .current_dir(&self.directory)
            .process_group(0);
        command
            .env_clear()
            .envs(inherited_variables())
            .envs(self.variables.drain(..));
        command.stdin(stdin);
        let (output, out) = connect(&self.output);
        let (errors, err) = connect(&self.errors);
        command.stdout(output).stderr(errors);
        self.take_away(&mut command);
        let started = Instant::now();
        let mut child = command
            .spawn()
            .unwrap_or_else(|e| panic!("cannot start: {e}\n{what}"));
        drop(command);
        if let (Some(bytes), Some(mut pipe)) = (self.input.take(), child.stdin.take()) {
            // If the program stops reading early, the test decides whether that is an error.
            std::thread::spawn(move || pipe.write_all(&bytes).ok());
        }
        Held {
            child,
            ended: None,
            out,
            err,
            what,
            directory: self.directory,
            started,
            deadline: started + self.patience,
        }
    }

    /// Sets the limits and drops the capabilities in the child process before it becomes the program.
    #[allow(unsafe_code)]
    fn take_away(&self, command: &mut Command) {
        let limits: Vec<_> = self
            .limits
            .iter()
            .map(|(limit, value)| {
                let bound = Some(*value);
                (
                    limit.resource(),
                    Rlimit {
                        current: bound,
                        maximum: bound,
                    },
                )
            })
            .collect();
        let capabilities: Vec<_> = self
            .dropped
            .iter()
            .map(|name| CapabilitySet::from_name(&name.to_uppercase()).unwrap())
            .collect();
        let take = move || {
            for (resource, limit) in &limits {
                setrlimit(*resource, *limit)?;
            }
            for capability in &capabilities {
                // A process that may not drop it does not have it.
                remove_capability_from_bounding_set(*capability).ok();
            }
            Ok(())
        };
        // SAFETY: the closure makes system calls and reads memory, but neither allocates nor locks.
        unsafe { command.pre_exec(take) };
    }

    /// The program and the programs that must run before it. Each replaces itself with the next one, so the
    /// process ID stays the same.
    fn argv(&self) -> Vec<OsString> {
        let mut argv: Vec<OsString> = Vec::new();
        if !self.descriptors.is_empty() {
            argv.extend([
                "sh".into(),
                "-c".into(),
                self.descriptor_script().into(),
                "sh".into(),
            ]);
            argv.extend(
                self.descriptors
                    .iter()
                    .filter_map(|(_, open)| open.as_ref())
                    .map(|(_, path)| path.into()),
            );
        }
        if self.user {
            argv.extend(OtherUser::PREFIX.map(OsString::from));
        }
        if !is_there(&self.program) {
            // A shell fails in this way if the program does not exist.
            let missing = "echo \"$1: not found\" >&2; exit 127";
            argv.extend(["sh", "-c", missing, "sh"].map(OsString::from));
        }
        argv.push(self.program.clone());
        argv.extend(self.args.iter().cloned());
        argv
    }

    fn descriptor_script(&self) -> String {
        let mut script = String::from("exec");
        let mut position = 0;
        for (number, open) in &self.descriptors {
            let how = match open {
                None => {
                    write!(script, " {number}>&-").unwrap();
                    continue;
                }
                Some((Open::Read, _)) => "<",
                Some((Open::Append, _)) => ">>",
                Some((Open::ReadWrite, _)) => "<>",
            };
            position += 1;
            write!(script, " {number}{how}\"${{{position}}}\"").unwrap();
        }
        write!(script, "; shift {position}; exec \"$@\"").unwrap();
        script
    }

    fn describe(&self, argv: &[OsString]) -> String {
        let mut text = String::from("command:");
        for arg in argv {
            write!(text, " {arg:?}").unwrap();
        }
        writeln!(text, "\ndirectory: {:?}", self.directory).unwrap();
        for (name, value) in &self.variables {
            writeln!(text, "environment: {}={value:?}", name.display()).unwrap();
        }
        if let Some(input) = &self.input {
            writeln!(text, "stdin: {} bytes", input.len()).unwrap();
        }
        text
    }
}

/// Whether a program exists at its path or on the search path.
fn is_there(program: &OsStr) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    program.as_encoded_bytes().contains(&b'/')
        || std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}

/// The variables that are needed to find and measure the program and the tools.
///
/// Directories of the search path that this user may not enter are omitted: otherwise a missing program would be
/// reported as not executable.
fn inherited_variables() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os()
        .filter(|(name, _)| {
            ["PATH", "LD_LIBRARY_PATH", "LLVM_PROFILE_FILE"]
                .iter()
                .any(|kept| name == kept)
        })
        .map(|(name, value)| {
            let value = if name == "PATH" {
                std::env::join_paths(std::env::split_paths(&value).filter(|path| path.is_dir()))
                    .unwrap()
            } else {
                value
            };
            (name, value)
        })
}

fn connect(sink: &Sink) -> (Stdio, Collector) {
    match sink {
        Sink::Capture => {
            let (reader, writer) = std::io::pipe().unwrap();
            (writer.into(), Collector::start(reader, None))
        }
        Sink::ClosedAfter(limit) => {
            let (reader, writer) = std::io::pipe().unwrap();
            (writer.into(), Collector::start(reader, Some(*limit)))
        }
        Sink::ClosedPipe => (std::io::pipe().unwrap().1.into(), Collector::ended()),
        Sink::Full => {
            let full = File::options().write(true).open("/dev/full").unwrap();
            (full.into(), Collector::ended())
        }
        Sink::File(path) => (File::create(path).unwrap().into(), Collector::ended()),
        Sink::Null => (Stdio::null(), Collector::ended()),
    }
}

#[derive(Debug, Default)]
struct Collected {
    bytes: Vec<u8>,
    ended: bool,
}

/// Reads a stream on its own thread, so neither stream can fill its pipe and block the program.
#[derive(Debug)]
struct Collector {
    shared: Arc<(Mutex<Collected>, Condvar)>,
}

impl Collector {
    fn ended() -> Collector {
        let collected = Collected {
            bytes: Vec::new(),
            ended: true,
        };
        Collector {
            shared: Arc::new((Mutex::new(collected), Condvar::new())),
        }
    }

    fn start(mut reader: PipeReader, limit: Option<usize>) -> Collector {
        let shared = Arc::new((Mutex::new(Collected::default()), Condvar::new()));
        let theirs = Arc::clone(&shared);
        std::thread::spawn(move || {
            let (collected, changed) = &*theirs;
            let mut left = limit.unwrap_or(usize::MAX);
            let mut buffer = [0; 1 << 16];
            while left > 0 {
                let room = left.min(buffer.len());
                let Ok(count @ 1..) = reader.read(&mut buffer[..room]) else {
                    break;
                };
                left -= count;
                collected
                    .lock()
                    .unwrap()
                    .bytes
                    .extend_from_slice(&buffer[..count]);
                changed.notify_all();
            }
            drop(reader);
            collected.lock().unwrap().ended = true;
            changed.notify_all();
        });
        Collector { shared }
    }

    fn lock(&self) -> MutexGuard<'_, Collected> {
        self.shared.0.lock().unwrap()
    }

    /// Waits until `ready` holds or the deadline has passed.
    fn wait(
        &self,
        until: Instant,
        ready: impl Fn(&Collected) -> bool,
    ) -> MutexGuard<'_, Collected> {
        let left = until.saturating_duration_since(Instant::now());
        self.shared
            .1
            .wait_timeout_while(self.lock(), left, |collected| !ready(collected))
            .unwrap()
            .0
    }
}

/// A started program. When dropped, it is killed with its descendants, and reaped.
#[derive(Debug)]
pub struct Held {
    child: Child,
    ended: Option<ExitStatus>,
    out: Collector,
    err: Collector,
    what: String,
    directory: PathBuf,
    started: Instant,
    deadline: Instant,
}

impl Held {
    /// The directory in which the program runs.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The process ID of the program.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether the program is still running.
    pub fn is_running(&mut self) -> bool {
        self.poll_exit().is_none()
    }

    /// Whether the program is blocked in one of these system calls, or has ended (`proc_pid_syscall(5)`).
    pub fn waits_in(&mut self, calls: &[i64]) -> bool {
        let file = format!("/proc/{}/syscall", self.pid());
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let number = text.split(' ').next().and_then(|word| word.parse().ok());
        number.is_some_and(|number: i64| calls.contains(&number)) || !self.is_running()
    }

    /// Line `index` of its stdout, without the newline; waits for it.
    #[track_caller]
    pub fn line(&mut self, index: usize) -> String {
        self.line_of(false, index)
    }

    /// The first line of its stdout; `None` if it ends without printing one.
    pub fn first_line(&mut self) -> Option<String> {
        let whole = |c: &Collected| c.bytes.contains(&b'\n');
        let collected = self.out.wait(self.deadline, |c| c.ended || whole(c));
        let line = collected.bytes.split(|&byte| byte == b'\n').next();
        let line = line.filter(|_| whole(&collected));
        line.map(|line| String::from_utf8_lossy(line).into_owned())
    }

    /// Line `index` of its stderr, without the newline; waits for it.
    #[track_caller]
    pub fn stderr_line(&mut self, index: usize) -> String {
        self.line_of(true, index)
    }

    #[track_caller]
    fn line_of(&mut self, errors: bool, index: usize) -> String {
        let (collector, name) = if errors {
            (&self.err, "stderr")
        } else {
            (&self.out, "stdout")
        };
        let whole = |c: &Collected| c.bytes.iter().filter(|&&b| b == b'\n').count() > index;
        let line = {
            let collected = collector.wait(self.deadline, |c| c.ended || whole(c));
            whole(&collected).then(|| {
                collected
                    .bytes
                    .split(|&b| b == b'\n')
                    .nth(index)
                    .unwrap()
                    .to_vec()
            })
        };
        match line {
            Some(line) => String::from_utf8(line).expect("a line that is UTF-8"),
            None => self.give_up(&format!("line {index} of {name} was not printed")),
        }
    }

    /// Sends a signal to the program only, not to its children.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the program.
    #[track_caller]
    pub fn wait(mut self) -> Run {
        while self.poll_exit().is_none() {
            if Instant::now() >= self.deadline {
                self.give_up("still running after the time limit");
            }
            // The program nearly always ends with its output; the time slice covers the remaining cases.
            let slice = Instant::now() + Duration::from_millis(2);
            let silent = self.err.wait(slice, |c| c.ended).ended;
            if silent && self.out.wait(slice, |c| c.ended).ended {
                std::thread::sleep(Duration::from_micros(200));
            }
        }
        let quiet = self.out.wait(self.deadline, |c| c.ended).ended
            && self.err.wait(self.deadline, |c| c.ended).ended;
        if !quiet {
            self.give_up("ended, but a descendant keeps its output open");
        }
        self.outcome()
    }

    fn poll_exit(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().unwrap();
        }
        self.ended
    }

    fn outcome(&self) -> Run {
        let output = Output {
            status: self.ended.unwrap_or_default(),
            stdout: self.out.lock().bytes.clone(),
            stderr: self.err.lock().bytes.clone(),
        };
        Run::new(self.what.clone(), output, self.started.elapsed())
    }

    #[track_caller]
    fn give_up(&mut self, why: &str) -> ! {
        self.end();
        self.outcome().fail(why)
    }

    fn end(&mut self) {
        // The process group outlives the program if a descendant does.
        kill_process_group(Pid::from_child(&self.child), Signal::KILL).ok();
        if self.ended.is_none() {
            self.ended = self.child.wait().ok();
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.end();
    }
}
