//! What happens on a terminal.

/// What a wait for the terminal ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminalEvent {
    /// A byte was typed.
    Key(u8),
    /// The terminal has another size, or was used by another program meanwhile.
    Changed,
    /// The user asks this process to stop for a while, as with Ctrl-Z.
    Suspend,
    /// The terminal is gone.
    Gone,
    /// A signal asks this process to end.
    Request,
    /// The time elapsed.
    Elapsed,
}
