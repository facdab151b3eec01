//! What only Linux answers to.
