//! Parts that the primitives of all processors share: the layout of the assembly, the table of places where they may be
//! interrupted, and their results.

use super::fault::{Fault, Stopped};

/// Starts a function of the given name, local to this program.
#[cfg(target_vendor = "apple")]
macro_rules! begin {
    ($name:literal) => {
        concat!(
            ".globl _",
            $name,
            "\n.private_extern _",
            $name,
            "\n.p2align 4\n_",
            $name,
            ":\n.cfi_startproc"
        )
    };
}
#[cfg(windows)]
macro_rules! begin {
    ($name:literal) => {
        concat!(
            ".globl ",
            $name,
            "\n.def ",
            $name,
            "\n.scl 2\n.type 32\n.endef\n.p2align 4\n",
            $name,
            ":\n.cfi_startproc"
        )
    };
}
#[cfg(not(any(windows, target_vendor = "apple")))]
macro_rules! begin {
    ($name:literal) => {
        concat!(
            ".globl ",
            $name,
            "\n.hidden ",
            $name,
            "\n.type ",
            $name,
            ", %function\n.p2align 4\n",
            $name,
            ":\n.cfi_startproc"
        )
    };
}
pub(super) use begin;

/// Ends the function.
macro_rules! end {
    () => {
        ".cfi_endproc"
    };
}
pub(super) use end;

/// Starts the table, `mmapctl_trap_table`. Its entries are relative to its start, so nothing needs relocation.
#[cfg(target_vendor = "apple")]
macro_rules! table {
    () => {
        ".globl _mmapctl_trap_table\n.private_extern _mmapctl_trap_table\n.p2align 4\n\
         _mmapctl_trap_table:\nLmmapctl_table:"
    };
}
#[cfg(windows)]
macro_rules! table {
    () => {
        ".globl mmapctl_trap_table\n.p2align 4\nmmapctl_trap_table:\nLmmapctl_table:"
    };
}
#[cfg(not(any(windows, target_vendor = "apple")))]
macro_rules! table {
    () => {
        ".globl mmapctl_trap_table\n.hidden mmapctl_trap_table\n.type mmapctl_trap_table, %object\n\
         .p2align 4\nmmapctl_trap_table:\nLmmapctl_table:"
    };
}
pub(super) use table;

/// One entry of the table.
macro_rules! entry {
    ($start:literal, $end:literal, $exit:literal) => {
        concat!(
            ".long Lmmapctl_",
            $start,
            " - Lmmapctl_table, Lmmapctl_",
            $end,
            " - Lmmapctl_table, Lmmapctl_",
            $exit,
            " - Lmmapctl_table"
        )
    };
}
pub(super) use entry;

/// The number of ranges in the table: one for each `entry!` in the file of the processor, except the first.
const RANGES: usize = if cfg!(target_arch = "x86_64") { 8 } else { 7 };

/// The places where a primitive may be interrupted.
#[repr(C)]
pub(super) struct Table {
    /// `start` is the return address of a called instruction, `exit` the place to continue if it could not be fetched.
    called: Entry,
    /// After an interruption from `start` to before `end`, the thread continues at `exit`.
    ranges: [Entry; RANGES],
}

/// Code addresses, in bytes from the start of the table.
#[repr(C)]
struct Entry {
    start: i32,
    end: i32,
    exit: i32,
}

unsafe extern "C" {
    #[link_name = "mmapctl_trap_table"]
    static TABLE: Table;
}

impl Table {
    /// The table in the assembly.
    pub(super) fn get() -> &'static Self {
        // SAFETY: the assembly defines the symbol with this layout, aligned to 16, and nothing writes it.
        unsafe { &TABLE }
    }

    fn address(&self, relative: i32) -> usize {
        let base: *const Self = self;
        base.addr().wrapping_add_signed(relative as isize)
    }

    /// Where a primitive interrupted at `pc` continues; `None` if `pc` is not in a primitive.
    pub(super) fn exit(&self, pc: usize) -> Option<usize> {
        self.ranges
            .iter()
            .find(|range| (self.address(range.start)..self.address(range.end)).contains(&pc))
            .map(|range| self.address(range.exit))
    }

    /// The return address of an instruction called by `call`.
    pub(super) fn return_address(&self) -> usize {
        self.address(self.called.start)
    }

    /// Where to continue if the called instruction could not be fetched.
    pub(super) fn uncalled(&self) -> usize {
        self.address(self.called.exit)
    }
}

/// The number of a [`Fault`], which the signal handler puts into a register for the primitive to return; 0 means none.
pub(super) fn number_of(fault: Fault) -> usize {
    match fault {
        Fault::Bus => 1,
        Fault::Segv => 2,
        Fault::Poisoned => 3,
        Fault::Unknown | Fault::Outside => 4,
    }
}

/// The result of a primitive, in two registers.
#[repr(C)]
pub(super) struct Answer {
    /// The number of bytes that were not accessed.
    pub(super) left: usize,
    /// The number of the fault.
    pub(super) fault: usize,
}

impl Answer {
    /// The result of a primitive over `len` bytes.
    pub(super) fn over(self, len: usize) -> Result<(), Stopped> {
        let fault = match self.fault {
            0 => return Ok(()),
            1 => Fault::Bus,
            2 => Fault::Segv,
            3 => Fault::Poisoned,
            _ => Fault::Unknown,
        };
        Err(Stopped {
            done: len.saturating_sub(self.left),
            fault,
        })
    }
}

/// The registers that the guard uses, by their role in the primitives.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "some code sets this one without its name")]
pub(super) enum Register {
    /// The interrupted instruction.
    Pc,
    /// The first mapped byte.
    Low,
    /// The byte after the last mapped one.
    High,
    /// The number of the fault, for the primitive to return.
    Fault,
    /// The address to call.
    Target,
    /// The address it returns to.
    ReturnsTo,
}

/// The address where an interrupted thread continues if it was accessing its mapped bytes in a primitive. `get` reads
/// its registers; `address` is the inaccessible address, `None` if uncertain.
pub(super) fn exit_for(get: impl Fn(Register) -> usize, address: Option<usize>) -> Option<usize> {
    let table = Table::get();
    let pc = get(Register::Pc);
    if let Some(exit) = table.exit(pc) {
        let mapped = get(Register::Low)..get(Register::High);
        return address
            .is_none_or(|at| mapped.contains(&at))
            .then_some(exit);
    }
    // The address of an instruction that cannot be fetched is the faulting address.
    let calling = get(Register::ReturnsTo) == table.return_address()
        && get(Register::Target) == pc
        && address.is_none_or(|at| at == pc);
    calling.then(|| table.uncalled())
}
