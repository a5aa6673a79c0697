/// Tensors as vectors and files of Apache Arrow, and back. See [ArrowTensors].
@NullMarked
package dev.stsw.arrow;

import org.jspecify.annotations.NullMarked;
