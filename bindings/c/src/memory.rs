//! Memory for the bodies of responses: the system gives out a block at once in two thirds of the time that it takes
//! page by page, when each is first written to.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ops::RangeInclusive;

#[global_allocator]
static MEMORY: AtOnce = AtOnce;

/// The sizes of blocks that will be filled soon, in bytes: they are the bodies of responses. Longer blocks may be
/// reserved for a list that turns out to be shorter.
const FILLED: RangeInclusive<usize> = 256 * 1024..=4 * 1024 * 1024;

/// No page of memory is smaller.
const PAGE: usize = 4096;

/// The system's allocator.
struct AtOnce;

// SAFETY: all of it is done by the system's allocator.
unsafe impl GlobalAlloc for AtOnce {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are the same.
        let memory = unsafe { System.alloc(layout) };
        if FILLED.contains(&layout.size()) && !memory.is_null() {
            let skipped = memory.align_offset(PAGE);
            let length = (layout.size() - skipped) / PAGE * PAGE;
            // A system that can't do it says so, and does it page by page.
            // SAFETY: all of this memory was allocated above, and its content stays as it is.
            unsafe { libc::madvise(memory.add(skipped).cast(), length, libc::MADV_POPULATE_WRITE) };
        }
        memory
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are the same.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are the same.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promises are the same.
        unsafe { System.realloc(memory, layout, size) }
    }
}
