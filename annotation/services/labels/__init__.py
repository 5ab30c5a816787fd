"""Labels as a body: read from files, written out, counted, and settled where annotators part."""
