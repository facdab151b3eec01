//! Outcomes to human text or JSON.

pub mod picture;
