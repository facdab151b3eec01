//! The type of an open file on this system.

cfg_select! {
    unix => {
        pub(in crate::mapping) use super::unix::open_file::OpenFile;
    }
    windows => {
        pub(in crate::mapping) use super::windows::open_file::OpenFile;
    }
}
