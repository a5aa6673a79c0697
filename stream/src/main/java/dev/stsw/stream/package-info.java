/**
 * The flow of tensors, for all that cannot have Java 25: Spark's executors, programs on Java 17. No files, no threads:
 * channels, buffers and arrays.
 *
 * <ul>
 *   <li>{@link dev.stsw.stream.TensorSources} selects, renames, casts and joins what feeds a writer.
 *   <li>{@link dev.stsw.stream.Elements} and {@link dev.stsw.stream.Narrowing} turn elements of any dtype into Java's
 *       numbers and back.
 *   <li>{@link dev.stsw.stream.SequentialReader} and {@link dev.stsw.stream.SequentialWriter} read and write whole files in
 *       one pass, through pipes and sockets.
 *   <li>{@link dev.stsw.stream.Statistics} says what values are like, as they stream by;
 *       {@link dev.stsw.stream.Histogram} how they are distributed, {@link dev.stsw.stream.Comparison} how far two are apart.
 *   <li>{@link dev.stsw.stream.Verification} is what a check of a file found.
 * </ul>
 */
@NullMarked
package dev.stsw.stream;

import org.jspecify.annotations.NullMarked;
