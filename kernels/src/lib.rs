//! Inner loops of hornpipe.
