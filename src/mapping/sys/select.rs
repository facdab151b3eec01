//! The `cfg_select!` of the standard library, for compilers before 1.95, which do not have it.

/// Keeps the items of the first condition that holds. `_` always holds.
macro_rules! cfg_select {
    () => {};
    (_ => { $($item:item)* }) => { $($item)* };
    ($condition:meta => { $($item:item)* } $($rest:tt)*) => {
        $(#[cfg($condition)] $item)*
        #[cfg(not($condition))]
        cfg_select! { $($rest)* }
    };
}
