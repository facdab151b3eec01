//! The names of users.

/// Users have no numbers.
pub(in crate::mapping) fn user_name(_uid: u32) -> Option<String> {
    None
}
