//! The handler for exceptions of Windows: it sends a primitive to its exit, and leaves all other exceptions to later
//! handlers.

use std::io;
use std::sync::OnceLock;

use windows_sys::Win32::Foundation::{
    EXCEPTION_ACCESS_VIOLATION, EXCEPTION_DATATYPE_MISALIGNMENT, EXCEPTION_GUARD_PAGE,
    EXCEPTION_IN_PAGE_ERROR,
};
use windows_sys::Win32::System::Diagnostics::Debug::{
    AddVectoredExceptionHandler, CONTEXT, EXCEPTION_CONTINUE_EXECUTION, EXCEPTION_CONTINUE_SEARCH,
    EXCEPTION_POINTERS, EXCEPTION_RECORD,
};

use super::asm::{Register, exit_for, number_of};
use super::fault::Fault;

/// Installs the handler for the process, once.
///
/// # Errors
/// The error of `AddVectoredExceptionHandler` when it has no memory.
pub(in crate::mapping) fn install() -> io::Result<()> {
    static INSTALLED: OnceLock<Result<(), i32>> = OnceLock::new();

    INSTALLED
        .get_or_init(|| {
            // SAFETY: the handler has the required type and lives as long as the program. It is called first, so no
            // other handler treats our exceptions as a crash.
            let handle = unsafe { AddVectoredExceptionHandler(1, Some(on_exception)) };
            match handle.is_null() {
                true => Err(io::Error::last_os_error().raw_os_error().unwrap_or(0)),
                false => Ok(()),
            }
        })
        .map_err(io::Error::from_raw_os_error)
}

/// Reads only memory that is initialised before it is installed, and calls nothing.
unsafe extern "system" fn on_exception(raised: *mut EXCEPTION_POINTERS) -> i32 {
    // SAFETY: the system calls this with a record and the context of the thread that raised it, which nothing else
    // refers to meanwhile.
    let recovered = unsafe { recover(&*(*raised).ExceptionRecord, &mut *(*raised).ContextRecord) };
    match recovered {
        true => EXCEPTION_CONTINUE_EXECUTION,
        false => EXCEPTION_CONTINUE_SEARCH,
    }
}

/// Sends an interrupted primitive to its exit. Returns whether there was one.
fn recover(record: &EXCEPTION_RECORD, thread: &mut CONTEXT) -> bool {
    let accessed = record.ExceptionInformation.get(1).copied();
    let (fault, address) = match record.ExceptionCode {
        EXCEPTION_IN_PAGE_ERROR => (Fault::Bus, accessed),
        EXCEPTION_ACCESS_VIOLATION | EXCEPTION_GUARD_PAGE => (Fault::Segv, accessed),
        // Wine reports every SIGBUS as this one, without an address. No primitive raises it otherwise: alignment is not
        // checked in user mode on this processor.
        EXCEPTION_DATATYPE_MISALIGNMENT => (Fault::Bus, None),
        _ => return false,
    };
    let Some(exit) = exit_for(|register| get(thread, register), address) else {
        return false;
    };
    thread.Rdx = number_of(fault) as u64;
    thread.Rip = exit as u64;
    true
}

/// The value of a register of the interrupted thread.
fn get(thread: &CONTEXT, register: Register) -> usize {
    let value = match register {
        Register::Pc => thread.Rip,
        Register::Low => thread.R9,
        Register::High => thread.R8,
        Register::Fault => thread.Rdx,
        Register::Target => thread.Rdi,
        Register::ReturnsTo => thread.Rsi,
    };
    // Registers are as wide as addresses.
    usize::try_from(value).unwrap_or(usize::MAX)
}
