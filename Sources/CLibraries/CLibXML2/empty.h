/* Only the compiler flags of pkg-config are wanted: libxml2's headers bring ICU's, which clash with Foundation's. */
