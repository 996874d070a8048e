//! Values that a forked child makes anew.

use std::process;
use std::sync::OnceLock;

/// A value that a forked child does not share with its parent.
///
/// The child's copy of the parent's value is unusable: a lock that another thread held during the fork stays locked,
/// and the sockets are the parent's.
pub(crate) struct PerProcess<T> {
    process: u32,
    value: T,
    /// The value of a forked child, and then of the child's children.
    forked: OnceLock<Box<PerProcess<T>>>,
}

impl<T> PerProcess<T> {
    pub fn new(value: T) -> Self {
        PerProcess { process: process::id(), value, forked: OnceLock::new() }
    }

    /// The value of this process. In a forked child, the first call makes the child's value by `copy` from its
    /// parent's.
    pub fn get(&self, copy: impl Fn(&T) -> T) -> &T {
        let process = process::id();
        let mut own = self;
        while own.process != process {
            own = match own.forked.get() {
                Some(forked) => forked,
                None => {
                    // Made first, so that a fork in the meantime does not leave the OnceLock waiting for it. If another
                    // thread was faster, its value counts.
                    drop(own.forked.set(Box::new(PerProcess::new(copy(&own.value)))));
                    continue;
                }
            };
        }
        &own.value
    }
}
