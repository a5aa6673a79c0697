/// An ONNX model whose weights are in a safetensors file.
@NullMarked
package dev.stsw.examples.onnxruntime;

import org.jspecify.annotations.NullMarked;
