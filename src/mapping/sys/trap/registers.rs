//! Access to the registers of the thread that a signal handler interrupted.

use std::mem::MaybeUninit;

use libc::c_void;

use super::asm::Register;

/// The registers of an interrupted thread, as the kernel saved them and will restore them.
pub(super) struct Interrupted(*mut libc::ucontext_t);

impl Interrupted {
    /// # Safety
    /// `context` is the third argument of a running `SA_SIGINFO` handler, which outlives the result.
    pub(super) unsafe fn new(context: *mut c_void) -> Self {
        Self(context.cast())
    }

    pub(super) fn get(&self, register: Register) -> usize {
        // SAFETY: `new` was given a saved context; each slot in it is initialised and a word wide.
        unsafe { slot(self.0, register).read() }
    }

    pub(super) fn set(&mut self, register: Register, value: usize) {
        // SAFETY: as in `get`; nothing else refers to the saved context while the handler runs.
        unsafe { slot(self.0, register).write(value) }
    }

    /// The signals that the thread had blocked.
    pub(super) fn blocked(&self) -> libc::sigset_t {
        // C libraries on Linux reserve 1024 bits, but the kernel saves only these.
        const SAVED: usize = if cfg!(target_os = "linux") {
            8
        } else {
            size_of::<libc::sigset_t>()
        };
        let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
        // SAFETY: `new` was given a saved context, in which the kernel wrote that many bytes of the set; all
        // zeroes are the empty set.
        unsafe {
            let saved = (&raw const (*self.0).uc_sigmask).cast::<u8>();
            saved.copy_to_nonoverlapping(set.as_mut_ptr().cast(), SAVED);
            set.assume_init()
        }
    }
}

cfg_select! {
    all(target_os = "linux", target_arch = "x86_64") => {
        unsafe fn slot(context: *mut libc::ucontext_t, register: Register) -> *mut usize {
            #[allow(clippy::cast_sign_loss)] // constants
            let index = match register {
                Register::Pc => libc::REG_RIP as usize,
                Register::Low => libc::REG_R9 as usize,
                Register::High => libc::REG_R8 as usize,
                Register::Fault => libc::REG_RDX as usize,
                Register::Target => libc::REG_RDI as usize,
                Register::ReturnsTo => libc::REG_RSI as usize,
            };
            // SAFETY: the caller's context is valid and the index is one of its 23 registers.
            unsafe { (&raw mut (*context).uc_mcontext.gregs).cast::<usize>().add(index) }
        }
    }
    all(target_os = "linux", target_arch = "aarch64") => {
        unsafe fn slot(context: *mut libc::ucontext_t, register: Register) -> *mut usize {
            // SAFETY: the caller's context is valid and the index is below 31.
            unsafe {
                let machine = &raw mut (*context).uc_mcontext;
                match number(register) {
                    Some(x) => (&raw mut (*machine).regs).cast::<usize>().add(x),
                    None => (&raw mut (*machine).pc).cast(),
                }
            }
        }
    }
    all(target_os = "macos", target_arch = "aarch64") => {
        unsafe fn slot(context: *mut libc::ucontext_t, register: Register) -> *mut usize {
            // SAFETY: the caller's context is valid, points to a machine part, and the index is below 29.
            unsafe {
                let machine = &raw mut (*(*context).uc_mcontext).__ss;
                match number(register) {
                    Some(x) => (&raw mut (*machine).__x).cast::<usize>().add(x),
                    None => (&raw mut (*machine).__pc).cast(),
                }
            }
        }
    }
    all(target_os = "freebsd", target_arch = "aarch64") => {
        unsafe fn slot(context: *mut libc::ucontext_t, register: Register) -> *mut usize {
            // SAFETY: the caller's context is valid and the index is below 30.
            unsafe {
                let machine = &raw mut (*context).uc_mcontext.mc_gpregs;
                match number(register) {
                    Some(x) => (&raw mut (*machine).gp_x).cast::<usize>().add(x),
                    None => (&raw mut (*machine).gp_elr).cast(),
                }
            }
        }
    }
    all(target_os = "macos", target_arch = "x86_64") => {
        unsafe fn slot(context: *mut libc::ucontext_t, register: Register) -> *mut usize {
            // SAFETY: the caller's context is valid and points to a machine part.
            unsafe {
                let machine = &raw mut (*(*context).uc_mcontext).__ss;
                match register {
                    Register::Pc => (&raw mut (*machine).__rip).cast(),
                    Register::Low => (&raw mut (*machine).__r9).cast(),
                    Register::High => (&raw mut (*machine).__r8).cast(),
                    Register::Fault => (&raw mut (*machine).__rdx).cast(),
                    Register::Target => (&raw mut (*machine).__rdi).cast(),
                    Register::ReturnsTo => (&raw mut (*machine).__rsi).cast(),
                }
            }
        }
    }
    all(target_os = "freebsd", target_arch = "x86_64") => {
        unsafe fn slot(context: *mut libc::ucontext_t, register: Register) -> *mut usize {
            // SAFETY: the caller's context is valid.
            unsafe {
                let machine = &raw mut (*context).uc_mcontext;
                match register {
                    Register::Pc => (&raw mut (*machine).mc_rip).cast(),
                    Register::Low => (&raw mut (*machine).mc_r9).cast(),
                    Register::High => (&raw mut (*machine).mc_r8).cast(),
                    Register::Fault => (&raw mut (*machine).mc_rdx).cast(),
                    Register::Target => (&raw mut (*machine).mc_rdi).cast(),
                    Register::ReturnsTo => (&raw mut (*machine).mc_rsi).cast(),
                }
            }
        }
    }
}

/// The number of the general register; `None` for the program counter.
#[cfg(target_arch = "aarch64")]
fn number(register: Register) -> Option<usize> {
    match register {
        Register::Pc => None,
        Register::Low => Some(3),
        Register::High => Some(4),
        Register::Target => Some(0),
        Register::ReturnsTo => Some(1),
        Register::Fault => Some(7),
    }
}
