/// Tensors as arrays of the Deep Java Library (DJL), and back. See [DjlTensors].
@NullMarked
package dev.stsw.djl;

import org.jspecify.annotations.NullMarked;
