//! The type that this system holds an open file in.

cfg_select! {
    unix => {
        pub(in crate::mapping) use super::unix::open_file::OpenFile;
    }
    windows => {
        pub(in crate::mapping) use super::windows::open_file::OpenFile;
    }
}
