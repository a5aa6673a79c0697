/// Tensors for ONNX Runtime, and back. See [OnnxTensors].
@NullMarked
package dev.stsw.onnxruntime;

import org.jspecify.annotations.NullMarked;
