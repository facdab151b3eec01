//! Parse, run, exit status: nothing else lives here.

fn main() {}
