//! The size of a pipe.

use std::fs::File;

cfg_select! {
    target_os = "linux" => {
        use std::os::unix::fs::FileTypeExt;

        /// The size of a pipe for bulk data: large, so both ends run longer at a time, and no larger than any user may
        /// request (`/proc/sys/fs/pipe-max-size`).
        pub(in crate::mapping::sys) const SIZE: usize = 1 << 20;

        /// Enlarges a pipe (`fcntl(2)`, F_SETPIPE_SZ), unless a limit forbids it. Returns whether the file is a pipe.
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
        /// Pipes cannot be enlarged.
        pub(in crate::mapping) fn widen_pipe(_file: &File) -> bool {
            false
        }
    }
}
