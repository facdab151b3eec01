//! Messages to the service manager (`sd_notify(3)`).

use std::env;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// Sends variables, one a line, to the socket that `$NOTIFY_SOCKET` names: a path, or an abstract name after `@`. Without
/// the variable nothing is sent.
pub(in crate::mapping) fn notify_service(variables: &str) -> io::Result<()> {
    let Some(name) = env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty()) else {
        return Ok(());
    };
    let address = match name.as_bytes() {
        [b'@', rest @ ..] => SocketAddr::from_abstract_name(rest)?,
        _ => SocketAddr::from_pathname(&name)?,
    };
    let sent = UnixDatagram::unbound()?.send_to_addr(variables.as_bytes(), &address);
    sent.map(drop)
}
