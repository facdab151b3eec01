//! The size of a block device.

use std::fs::File;
use std::io;

cfg_select! {
    target_os = "linux" => {
        use rustix::ioctl::{Getter, Opcode, opcode};

        /// The size of a block device in bytes (`ioctl(2)`, `BLKGETSIZE64`).
        pub(super) fn device_size(file: &File) -> io::Result<u64> {
            /// Of `linux/fs.h`: `_IOR(0x12, 114, size_t)`.
            const BLKGETSIZE64: Opcode = opcode::read::<usize>(0x12, 114);
            // SAFETY: in spite of its name, this request writes 64 bits to its argument, and nothing else.
            let request = unsafe { Getter::<BLKGETSIZE64, u64>::new() };
            // SAFETY: as above; the kernel refuses it for anything but a block device.
            Ok(unsafe { rustix::ioctl::ioctl(file, request) }?)
        }
    }
    _ => {
        use std::io::{Seek, SeekFrom};

        /// The size of a block device in bytes: the offset of its end. The file position may be shared, and is
        /// restored.
        pub(super) fn device_size(mut file: &File) -> io::Result<u64> {
            let before = file.stream_position()?;
            let size = file.seek(SeekFrom::End(0))?;
            file.seek(SeekFrom::Start(before))?;
            Ok(size)
        }
    }
}
