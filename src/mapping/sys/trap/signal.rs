//! The handler for SIGBUS and SIGSEGV: it sends a primitive to its exit, and passes all other faults to the previous
//! handler.

use std::cell::Cell;
use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use libc::{c_int, c_void, sigaction, siginfo_t};

use super::asm::{Register, exit_for, number_of};
use super::fault::Fault;
use super::registers::Interrupted;

/// `si_code` of a memory error in the accessed page; the address may be the page's.
const BUS_MCEERR_AR: c_int = 4;

/// The previous action of a signal.
struct Previous {
    action: sigaction,
    /// A handler for one call (SA_RESETHAND) was called.
    spent: AtomicBool,
}

static BUS: OnceLock<Previous> = OnceLock::new();
static SEGV: OnceLock<Previous> = OnceLock::new();

fn previous(signal: c_int) -> &'static OnceLock<Previous> {
    if signal == libc::SIGBUS { &BUS } else { &SEGV }
}

/// Installs the handler for the process, once, and unblocks the signals in the calling thread: the kernel ends a
/// process that faults while the signal is blocked.
///
/// # Errors
/// The error of `sigaction(2)`, which is not known to occur.
pub(in crate::mapping) fn install() -> io::Result<()> {
    static INSTALLED: OnceLock<Result<(), i32>> = OnceLock::new();
    thread_local!(static UNBLOCKED: Cell<bool> = const { Cell::new(false) });

    INSTALLED
        .get_or_init(|| {
            [libc::SIGBUS, libc::SIGSEGV]
                .into_iter()
                .try_for_each(install_for)
                .map_err(|error| error.raw_os_error().unwrap_or(0))
        })
        .map_err(io::Error::from_raw_os_error)?;
    if !UNBLOCKED.replace(true) {
        unblock();
    }
    Ok(())
}

fn install_for(signal: c_int) -> io::Result<()> {
    let action = current(signal)?;
    let replacement = successor_of(&action);
    // Set before the handler can run, because it looks here.
    let _ = previous(signal).set(Previous {
        action,
        spent: AtomicBool::new(false),
    });
    set(signal, &replacement)
}

fn current(signal: c_int) -> io::Result<sigaction> {
    let mut action = MaybeUninit::<sigaction>::zeroed();
    // SAFETY: asks for the present action; all zeroes are a valid `sigaction` in any case.
    unsafe {
        if libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(action.assume_init())
    }
}

fn set(signal: c_int, action: &sigaction) -> io::Result<()> {
    // SAFETY: the action is initialised; its handler, where there is one, is async-signal-safe.
    if unsafe { libc::sigaction(signal, action, ptr::null_mut()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Our action, with the stack and the restarting of system calls of the previous one. It blocks every other signal for
/// its few instructions: a handler that interrupted it and faulted would fault with the signal blocked, and would need
/// room for a second frame on an alternate stack.
fn successor_of(action: &sigaction) -> sigaction {
    let mut ours = *action;
    let inherited = if is_function(action.sa_sigaction) {
        action.sa_flags & (libc::SA_ONSTACK | libc::SA_RESTART)
    } else {
        libc::SA_ONSTACK | libc::SA_RESTART
    };
    ours.sa_flags = libc::SA_SIGINFO | inherited;
    let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = on_fault;
    ours.sa_sigaction = handler as usize;
    // SAFETY: fills in a set that belongs to us.
    unsafe { libc::sigfillset(&raw mut ours.sa_mask) };
    ours
}

fn is_function(handler: libc::sighandler_t) -> bool {
    handler != libc::SIG_DFL && handler != libc::SIG_IGN
}

fn unblock() {
    let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: the set is initialised by `sigemptyset` before it is used; these calls only fail for signal
    // numbers that do not exist.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGBUS);
        libc::sigaddset(set.as_mut_ptr(), libc::SIGSEGV);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, set.as_ptr(), ptr::null_mut());
    }
}

/// Reads only memory that is initialised before it is installed, and calls only `sigaction`, `pthread_sigmask`,
/// `sigaddset` and `raise`, which are async-signal-safe.
extern "C" fn on_fault(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel calls this with a filled-in siginfo and a saved context.
    unsafe {
        if !recover(signal, &*info, &mut Interrupted::new(context)) {
            pass_on(signal, info, context);
        }
    }
}

/// Whether a process sent the signal, not a fault.
fn was_sent(info: &siginfo_t) -> bool {
    // Linux numbers these from 0 downwards; the BSDs from 0x10001 upwards, with 0 for "unknown".
    info.si_code <= 0 || info.si_code > 0x10000
}

/// Sends an interrupted primitive to its exit. Returns whether there was one.
fn recover(signal: c_int, info: &siginfo_t, thread: &mut Interrupted) -> bool {
    if was_sent(info) {
        return false;
    }
    let poisoned = signal == libc::SIGBUS && info.si_code == BUS_MCEERR_AR;
    // SAFETY: a fault raised the signal, so the union in `info` holds the address.
    let address = unsafe { info.si_addr() }.addr();
    let address = (!poisoned).then_some(address);
    let Some(exit) = exit_for(|register| thread.get(register), address) else {
        return false;
    };
    let fault = match signal {
        _ if poisoned => Fault::Poisoned,
        libc::SIGBUS if cfg!(target_os = "macos") => Fault::Unknown,
        libc::SIGBUS => Fault::Bus,
        _ => Fault::Segv,
    };
    thread.set(Register::Fault, number_of(fault));
    thread.set(Register::Pc, exit);
    true
}

/// Has the same effect as without this handler.
///
/// # Safety
/// Must be called by the handler of the signal, with its arguments.
unsafe fn pass_on(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the handler's argument.
    let sent = unsafe { was_sent(&*info) };
    let Some(previous) = previous(signal).get() else {
        return end_process(signal, sent);
    };
    let action = &previous.action;
    let once = action.sa_flags & libc::SA_RESETHAND != 0;
    if !is_function(action.sa_sigaction) || once && previous.spent.swap(true, Ordering::Relaxed) {
        // A fault under SIG_IGN ends the process too: ignored, it would repeat forever.
        let ignored = action.sa_sigaction == libc::SIG_IGN && sent;
        if !ignored {
            end_process(signal, sent);
        }
        return;
    }
    // SAFETY: the action was in effect, so its handler has the type of its flags; it is called with the arguments and
    // the mask, and on the stack, that the kernel would have used. The kernel restores the interrupted thread's mask
    // when the handler returns.
    unsafe {
        let mask = mask_for(action, signal, &Interrupted::new(context));
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const mask, ptr::null_mut());
        if action.sa_flags & libc::SA_SIGINFO != 0 {
            type Handler = extern "C" fn(c_int, *mut siginfo_t, *mut c_void);
            std::mem::transmute::<usize, Handler>(action.sa_sigaction)(signal, info, context);
        } else {
            type Handler = extern "C" fn(c_int);
            std::mem::transmute::<usize, Handler>(action.sa_sigaction)(signal);
        }
    }
}

/// The signals that the kernel would have blocked for a handler that interrupted `thread`.
fn mask_for(action: &sigaction, signal: c_int, thread: &Interrupted) -> libc::sigset_t {
    let mut mask = thread.blocked();
    // SAFETY: signal sets are arrays of bits in all these systems, and both are initialised.
    unsafe {
        let (into, from) = (
            (&raw mut mask).cast::<u8>(),
            (&raw const action.sa_mask).cast::<u8>(),
        );
        for at in 0..size_of::<libc::sigset_t>() {
            *into.add(at) |= *from.add(at);
        }
        if action.sa_flags & libc::SA_NODEFER == 0 {
            libc::sigaddset(&raw mut mask, signal);
        }
    }
    mask
}

/// Ends the process by the signal's default action: a fault repeats when the handler returns, a sent signal is sent
/// again.
fn end_process(signal: c_int, sent: bool) {
    // SAFETY: all zeroes are SIG_DFL without flags and with an empty mask; both calls are
    // async-signal-safe.
    unsafe {
        let action: sigaction = std::mem::zeroed();
        libc::sigaction(signal, &raw const action, ptr::null_mut());
        if sent {
            libc::raise(signal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Mapped, READ_WRITE, page};
    use super::super::{read, write};
    use super::*;
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command, Output};
    use std::sync::atomic::AtomicUsize;

    /// Contains the name of the scenario for [`the_child`].
    const SCENARIO: &str = "MMAPCTL_TRAP_SCENARIO";
    /// The status of a child without failures.
    const FINE: i32 = 42;

    /// Runs this test program again, where a scenario may change handlers and die.
    fn child(scenario: &str) -> Output {
        let (_crate, module) = module_path!().split_once("::").unwrap();
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &format!("{module}::the_child"), "--nocapture"])
            .env(SCENARIO, scenario)
            .output()
            .unwrap()
    }

    #[track_caller]
    fn dies_of(signal: c_int, scenario: &str) {
        let output = child(scenario);
        assert_eq!(
            output.status.signal(),
            Some(signal),
            "{scenario}: {output:?}"
        );
    }

    #[track_caller]
    fn is_fine(scenario: &str) {
        let output = child(scenario);
        assert_eq!(output.status.code(), Some(FINE), "{scenario}: {output:?}");
    }

    #[test]
    fn the_child() {
        let Ok(scenario) = std::env::var(SCENARIO) else {
            return;
        };
        let core = libc::rlimit {
            rlim_cur: 0,
            rlim_max: 0,
        };
        // SAFETY: only prevents a core file of this process.
        unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const core) };
        match scenario.as_str() {
            "default, fault" => with(libc::SIG_DFL, 0, foreign_fault),
            "default, sent" => with(libc::SIG_DFL, 0, || raise(libc::SIGSEGV)),
            "ignored, fault" => with(libc::SIG_IGN, 0, foreign_fault),
            "ignored, sent" => with(libc::SIG_IGN, 0, || raise(libc::SIGSEGV)),
            "plain handler" => with(plain as *const () as usize, 0, foreign_fault),
            "siginfo handler" => {
                with(
                    siginfo as *const () as usize,
                    libc::SA_SIGINFO,
                    foreign_fault,
                );
            }
            "deferring handler" => with(deferring as *const () as usize, 0, foreign_fault),
            "nodefer handler" => {
                with(
                    nodefer as *const () as usize,
                    libc::SA_NODEFER,
                    foreign_fault,
                );
            }
            "one-time handler" => with(counting as *const () as usize, libc::SA_RESETHAND, || {
                raise(libc::SIGSEGV);
                assert_eq!(COUNT.load(Ordering::Relaxed), 1);
                guarded_fault();
                raise(libc::SIGSEGV);
            }),
            "repairing handler" => {
                with(repairing as *const () as usize, libc::SA_SIGINFO, || {
                    foreign_fault();
                    foreign_fault();
                });
            }
            "bad buffer" => with(libc::SIG_DFL, 0, bad_buffer),
            "wild jump" => with(libc::SIG_DFL, 0, wild_jump),
            "blocked" => {
                block(&[libc::SIGBUS, libc::SIGSEGV]);
                with(libc::SIG_DFL, 0, || ());
            }
            "stack overflow" => {
                install().unwrap();
                guarded_fault();
                std::hint::black_box(overflow(0));
            }
            other => panic!("no scenario {other}"),
        }
        std::process::exit(FINE);
    }

    /// Installs the guard after a handler for SIGSEGV and lets `act` run between two guarded faults.
    fn with(handler: usize, flags: c_int, act: impl FnOnce()) {
        let mut action = MaybeUninit::<sigaction>::zeroed();
        // SAFETY: all zeroes are valid; the handlers of these tests are async-signal-safe.
        let action = unsafe {
            libc::sigaddset(&raw mut (*action.as_mut_ptr()).sa_mask, libc::SIGUSR1);
            (*action.as_mut_ptr()).sa_sigaction = handler;
            (*action.as_mut_ptr()).sa_flags = flags;
            action.assume_init()
        };
        set(libc::SIGSEGV, &action).unwrap();
        install().unwrap();
        guarded_fault();
        act();
        guarded_fault();
    }

    fn guarded_fault() {
        let mapped = Mapped::anonymous(1, libc::PROT_NONE);
        let mut into = [0; 8];
        // SAFETY: the test owns the page, which refuses.
        let stopped = unsafe { read(mapped.base, into.as_mut_ptr(), 8) }.unwrap_err();
        assert_eq!(stopped.done, 0);
    }

    static FOREIGN: AtomicUsize = AtomicUsize::new(0);
    static COUNT: AtomicUsize = AtomicUsize::new(0);

    fn foreign_fault() {
        let mapped = Mapped::anonymous(1, libc::PROT_NONE);
        FOREIGN.store(mapped.base.addr(), Ordering::Relaxed);
        // SAFETY: the test owns the page; the access is meant to fault.
        unsafe { mapped.base.write_volatile(1) };
    }

    fn raise(signal: c_int) {
        // SAFETY: sends a signal to this thread.
        unsafe { libc::raise(signal) };
    }

    /// A guarded copy from an accessible page to inaccessible memory.
    fn bad_buffer() {
        let source = Mapped::anonymous(1, READ_WRITE);
        let target = Mapped::anonymous(1, libc::PROT_NONE);
        // SAFETY: breaks the promise that the buffer is writable, which must not look like a refused page.
        let _ = unsafe { read(source.base, target.base, page()) };
    }

    fn wild_jump() {
        let page = Mapped::anonymous(1, READ_WRITE);
        // SAFETY: not a function; the call is meant to fault, because the page is not executable.
        let function = unsafe { std::mem::transmute::<*mut u8, extern "C" fn()>(page.base) };
        function();
    }

    fn block(signals: &[c_int]) {
        let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
        // SAFETY: initialised by `sigemptyset`.
        unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            for &signal in signals {
                libc::sigaddset(set.as_mut_ptr(), signal);
            }
            libc::pthread_sigmask(libc::SIG_BLOCK, set.as_ptr(), ptr::null_mut());
        }
    }

    #[allow(unconditional_recursion)]
    fn overflow(depth: usize) -> usize {
        let ballast = std::hint::black_box([depth; 64]);
        overflow(depth + 1) + ballast[depth % 64]
    }

    fn finish(fine: bool) -> ! {
        // SAFETY: async-signal-safe.
        unsafe { libc::_exit(if fine { FINE } else { 1 }) }
    }

    fn is_blocked(signal: c_int) -> bool {
        let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
        // SAFETY: only reads the mask of this thread.
        unsafe {
            libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), set.as_mut_ptr());
            libc::sigismember(set.as_ptr(), signal) == 1
        }
    }

    extern "C" fn plain(signal: c_int) {
        finish(signal == libc::SIGSEGV);
    }

    extern "C" fn siginfo(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
        // SAFETY: the arguments of a running handler.
        let address = unsafe { (*info).si_addr() }.addr();
        let right = address == FOREIGN.load(Ordering::Relaxed) && !context.is_null();
        finish(right && signal == libc::SIGSEGV);
    }

    extern "C" fn deferring(signal: c_int) {
        finish(is_blocked(signal) && is_blocked(libc::SIGUSR1) && !is_blocked(libc::SIGUSR2));
    }

    extern "C" fn nodefer(signal: c_int) {
        finish(!is_blocked(signal) && is_blocked(libc::SIGUSR1));
    }

    extern "C" fn counting(_: c_int) {
        COUNT.fetch_add(1, Ordering::Relaxed);
    }

    extern "C" fn repairing(_: c_int, info: *mut siginfo_t, _: *mut c_void) {
        // SAFETY: the page of `foreign_fault`, which faults at its start.
        unsafe { libc::mprotect((*info).si_addr(), 1, READ_WRITE) };
    }

    #[test]
    fn a_foreign_fault_without_a_handler_ends_the_process_as_before() {
        dies_of(libc::SIGSEGV, "default, fault");
        dies_of(libc::SIGSEGV, "default, sent");
        dies_of(libc::SIGSEGV, "wild jump");
    }

    #[test]
    fn an_ignored_signal_stays_ignored_but_an_ignored_fault_is_fatal() {
        is_fine("ignored, sent");
        dies_of(libc::SIGSEGV, "ignored, fault");
    }

    #[test]
    fn a_foreign_fault_reaches_the_previous_handler() {
        for handler in ["plain", "siginfo", "deferring", "nodefer", "repairing"] {
            is_fine(&format!("{handler} handler"));
        }
        dies_of(libc::SIGSEGV, "one-time handler");
    }

    #[test]
    fn a_bad_buffer_is_not_mistaken_for_a_refused_page() {
        dies_of(libc::SIGSEGV, "bad buffer");
    }

    #[test]
    fn signals_that_were_blocked_when_the_program_started_do_not_end_it() {
        is_fine("blocked");
    }

    #[test]
    fn a_stack_overflow_is_still_reported_as_one() {
        let output = child("stack overflow");
        assert_eq!(output.status.signal(), Some(libc::SIGABRT));
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains("has overflowed its stack"), "{text}");
    }

    #[test]
    fn faults_do_not_change_the_mask_the_stack_or_the_handlers() {
        install().unwrap();
        guarded_fault();
        let before = state();
        for _ in 0..100 {
            guarded_fault();
        }
        assert_eq!(state(), before);
    }

    /// The two handlers, the alternate stack, and which signals are blocked.
    fn state() -> (Vec<usize>, usize, Vec<bool>) {
        let handlers = [libc::SIGBUS, libc::SIGSEGV].map(|s| current(s).unwrap().sa_sigaction);
        let mut stack = MaybeUninit::<libc::stack_t>::zeroed();
        // SAFETY: only reads the stack of this thread.
        let stack = unsafe {
            libc::sigaltstack(ptr::null(), stack.as_mut_ptr());
            stack.assume_init()
        };
        let mask = (1..32).map(is_blocked).collect();
        (handlers.to_vec(), stack.ss_sp.addr(), mask)
    }

    #[test]
    fn a_handler_that_interrupts_a_guarded_copy_may_fault_under_the_guard_itself() {
        static REFUSING: AtomicUsize = AtomicUsize::new(0);
        static INTERRUPTED: AtomicUsize = AtomicUsize::new(0);
        static WRONG: AtomicUsize = AtomicUsize::new(0);
        extern "C" fn interrupting(_: c_int) {
            let page = ptr::with_exposed_provenance::<u8>(REFUSING.load(Ordering::Relaxed));
            let mut into = [0; 100];
            // SAFETY: an inaccessible page after an accessible one; the test keeps both.
            let nested = unsafe { read(page.wrapping_sub(60), into.as_mut_ptr(), 100) };
            let wrong = nested.map_err(|stopped| stopped.done) != Err(60);
            WRONG.fetch_add(wrong.into(), Ordering::Relaxed);
            INTERRUPTED.fetch_add(1, Ordering::Relaxed);
        }

        install().unwrap();
        let refusing = Mapped::anonymous(2, READ_WRITE);
        refusing.protect(1, 1, libc::PROT_NONE);
        let address = refusing.base.wrapping_add(page()).expose_provenance();
        REFUSING.store(address, Ordering::Relaxed);
        let mut action = current(libc::SIGUSR2).unwrap();
        action.sa_sigaction = interrupting as *const () as usize;
        set(libc::SIGUSR2, &action).unwrap();

        struct Thread(libc::pthread_t);
        // SAFETY: the handle is valid in every thread of the process.
        unsafe impl Sync for Thread {}
        impl Thread {
            fn interrupt(&self) {
                // SAFETY: the thread waits in the scope below for the threads that call this.
                unsafe { libc::pthread_kill(self.0, libc::SIGUSR2) };
            }
        }
        // SAFETY: cannot fail.
        let this = Thread(unsafe { libc::pthread_self() });
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    this.interrupt();
                    std::thread::sleep(std::time::Duration::from_micros(50));
                }
            });
            let pages = 64;
            let target = Mapped::anonymous(pages + 1, READ_WRITE);
            target.protect(pages, 1, libc::PROT_READ);
            let source = vec![7_u8; target.len];
            while INTERRUPTED.load(Ordering::Relaxed) < 500 {
                // SAFETY: the mapping and the buffer have this length.
                let stopped = unsafe { write(source.as_ptr(), target.base, target.len) };
                assert_eq!(stopped.unwrap_err().done, pages * page());
            }
            stop.store(true, Ordering::Relaxed);
        });
        assert_eq!(WRONG.load(Ordering::Relaxed), 0);
    }
}
