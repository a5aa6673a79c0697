/// The `stsw` command line. [dev.stsw.cli.Main] reads the arguments, one class does each command's work by calling the
/// library, and the small types beside them put results on paper: [Table], [Json], [ProgressBar].
///
/// Results go to stdout, progress and diagnostics to stderr. Exit code 0: good; 1: the file is bad; 2: wrong usage, or
/// it could not be checked.
@NullMarked
package dev.stsw.cli;

import org.jspecify.annotations.NullMarked;
