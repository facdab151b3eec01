//! How much a pipe holds.

use std::fs::File;

cfg_select! {
    target_os = "linux" => {
        use std::os::unix::fs::FileTypeExt;

        /// The size of a pipe for bytes in bulk: large, so that both ends run longer at a time, and no larger than anybody
        /// may ask for (`/proc/sys/fs/pipe-max-size`).
        pub(in crate::mapping::sys) const SIZE: usize = 1 << 20;

        /// Lets a pipe hold more (`fcntl(2)`, F_SETPIPE_SZ). A system that limits them refuses; then it stays as it
        /// is. Says whether it is a pipe.
        pub(in crate::mapping) fn widen_pipe(file: &File) -> bool {
            let widened = rustix::pipe::fcntl_setpipe_size(file, SIZE).is_ok();
            widened || is_pipe(file)
        }

        /// Whether the file is a pipe.
        pub(in crate::mapping::sys) fn is_pipe(file: &File) -> bool {
            file.metadata()
                .is_ok_and(|metadata| metadata.file_type().is_fifo())
        }
    }
    _ => {
        /// Pipes keep the size they have.
        pub(in crate::mapping) fn widen_pipe(_file: &File) -> bool {
            false
        }
    }
}
