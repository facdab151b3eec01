//! The handler for SIGBUS and SIGSEGV: sends a primitive to its exit, and passes everything else on to
//! whoever handled the signal before.

use std::cell::Cell;
use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use libc::{c_int, c_void, sigaction, siginfo_t};

use super::Fault;
use super::asm::{Table, number_of};
use super::registers::{Interrupted, Register};

/// `si_code` of a memory error in the page that is being accessed; the address may be the page's.
const BUS_MCEERR_AR: c_int = 4;

/// Who handled a signal before.
struct Previous {
    action: sigaction,
    /// A handler that wanted to be called once has been.
    spent: AtomicBool,
}

static BUS: OnceLock<Previous> = OnceLock::new();
static SEGV: OnceLock<Previous> = OnceLock::new();

fn previous(signal: c_int) -> &'static OnceLock<Previous> {
    if signal == libc::SIGBUS { &BUS } else { &SEGV }
}

/// Installs the handler for the process, once, and lets the signals through to the calling thread: the
/// kernel ends a process that faults while the signal is blocked.
///
/// # Errors
/// What `sigaction(2)` says, which no known system does.
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
    // Before the handler can run: it looks here.
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

/// Our action, which runs with the mask, on the stack and with the restarting of system calls that the
/// action before it asked for, so that it can simply be called from ours.
fn successor_of(action: &sigaction) -> sigaction {
    let mut ours = *action;
    let inherited = if is_function(action.sa_sigaction) {
        action.sa_flags & (libc::SA_ONSTACK | libc::SA_NODEFER | libc::SA_RESTART)
    } else {
        libc::SA_ONSTACK | libc::SA_RESTART
    };
    ours.sa_flags = libc::SA_SIGINFO | inherited;
    let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = on_fault;
    ours.sa_sigaction = handler as usize;
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

/// Only reads memory that is initialised before it is installed, and calls nothing but `sigaction` and
/// `raise`, which are async-signal-safe.
extern "C" fn on_fault(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel calls this with a filled-in siginfo and a saved context.
    unsafe {
        if !recover(signal, &*info, &mut Interrupted::new(context)) {
            pass_on(signal, info, context);
        }
    }
}

/// Whether a process sent the signal, rather than a fault raising it.
fn was_sent(info: &siginfo_t) -> bool {
    // Linux numbers these from 0 downwards; the BSDs from 0x10001 upwards, and 0 for "unknown".
    info.si_code <= 0 || info.si_code > 0x10000
}

/// Lets an interrupted primitive leave. Says whether there was one.
fn recover(signal: c_int, info: &siginfo_t, thread: &mut Interrupted) -> bool {
    if was_sent(info) {
        return false;
    }
    let poisoned = signal == libc::SIGBUS && info.si_code == BUS_MCEERR_AR;
    // SAFETY: a fault raised the signal, so the union in `info` holds the address.
    let address = unsafe { info.si_addr() }.addr();
    let Some(exit) = exit_for(thread, address, poisoned) else {
        return false;
    };
    let fault = match signal {
        _ if poisoned => Fault::Poisoned,
        libc::SIGBUS => Fault::Bus,
        _ => Fault::Segv,
    };
    thread.set(Register::Fault, number_of(fault));
    thread.set(Register::Pc, exit);
    true
}

/// Where the interrupted thread has to go when it was accessing its mapped bytes in a primitive.
fn exit_for(thread: &Interrupted, address: usize, poisoned: bool) -> Option<usize> {
    let table = Table::get();
    let pc = thread.get(Register::Pc);
    if let Some(exit) = table.exit(pc) {
        let mapped = thread.get(Register::Low)..thread.get(Register::High);
        return (poisoned || mapped.contains(&address)).then_some(exit);
    }
    // An instruction that cannot be fetched has faulted at its own address.
    let calling = thread.get(Register::ReturnsTo) == table.return_address()
        && thread.get(Register::Target) == pc
        && (poisoned || address == pc);
    calling.then(|| table.uncalled())
}

/// Does what would have happened without us.
///
/// # Safety
/// To be called by the handler of the signal, with its arguments.
unsafe fn pass_on(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the handler's argument.
    let sent = unsafe { was_sent(&*info) };
    let Some(previous) = previous(signal).get() else {
        return end_process(signal, sent);
    };
    let action = &previous.action;
    let once = action.sa_flags & libc::SA_RESETHAND != 0;
    if !is_function(action.sa_sigaction) || once && previous.spent.swap(true, Ordering::Relaxed) {
        // A fault under SIG_IGN ends the process too: ignoring it would repeat it for ever.
        let ignored = action.sa_sigaction == libc::SIG_IGN && sent;
        if !ignored {
            end_process(signal, sent);
        }
        return;
    }
    // SAFETY: the action was in force, so its handler has the type that its flags say; it is called with
    // the arguments, the mask and on the stack that the kernel would have given it.
    unsafe {
        if action.sa_flags & libc::SA_SIGINFO != 0 {
            type Handler = extern "C" fn(c_int, *mut siginfo_t, *mut c_void);
            std::mem::transmute::<usize, Handler>(action.sa_sigaction)(signal, info, context);
        } else {
            type Handler = extern "C" fn(c_int);
            std::mem::transmute::<usize, Handler>(action.sa_sigaction)(signal);
        }
    }
}

/// Lets the signal's default action end the process: a fault repeats when the handler returns, a sent
/// signal is sent again.
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
