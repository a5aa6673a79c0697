/// What handing tensors to DJL and ONNX Runtime costs.
@NullMarked
package dev.stsw.benchmarks.frameworks;

import org.jspecify.annotations.NullMarked;
