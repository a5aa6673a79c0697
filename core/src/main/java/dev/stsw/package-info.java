/// Streams, reads and proves `.safetensors` files of any size in small, constant memory.
///
/// - [dev.stsw.StreamWriter] writes declared tensors block by block, and publishes the file whole or not at all.
/// - [dev.stsw.StreamReader] maps a file and hands out its tensors without copying.
/// - [dev.stsw.Tensor] gives typed access to a tensor's values.
/// - [dev.stsw.Stsw] does the common things with one call: dump, load, write, verify.
/// - [dev.stsw.stream.TensorSources] selects, renames, casts and joins what feeds a writer.
///
/// The file's fault is a checked [dev.stsw.format.SafetensorsException], the caller's an unchecked exception, and the
/// disk's own [java.io.IOException] passes through untouched.
@NullMarked
package dev.stsw;

import org.jspecify.annotations.NullMarked;
