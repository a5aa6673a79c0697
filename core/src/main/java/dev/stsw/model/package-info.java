/// Finds the files of a model in a folder, by their names and indexes. Knows no tensor, and opens nothing but indexes.
///
/// Not exported; the command line uses it, too. Start at [dev.stsw.model.ModelFinder].
@NullMarked
package dev.stsw.model;

import org.jspecify.annotations.NullMarked;
