/**
 * The safetensors format, as bytes and values.
 *
 * <p>A file is an 8-byte little-endian length, a JSON header of that many bytes, and one data section that the tensors
 * cover exactly, without holes. Start with {@link dev.stsw.format.Header}: {@code parse} turns bytes into {@link
 * dev.stsw.format.TensorMeta} entries, {@code of} lays declared tensors ({@link dev.stsw.format.TensorSpec}) out, {@code
 * toBytes} writes them down as the reference would. {@link dev.stsw.format.Checksums} is the one entry that stsw adds.
 * {@link dev.stsw.format.TensorSource} is what everything that can feed a writer looks like.
 *
 * <p>The rules are those of safetensors 0.8.0 ({@code safetensors/src/tensor.rs}, {@code Metadata::validate}); the few
 * deviations, all stricter, are listed in {@code docs/format.md}.
 */
@NullMarked
package dev.stsw.format;

import org.jspecify.annotations.NullMarked;
