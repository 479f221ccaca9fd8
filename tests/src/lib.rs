//! The reference server that the whole-stack tests talk to.
