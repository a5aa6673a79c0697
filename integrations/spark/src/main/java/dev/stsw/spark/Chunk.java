package dev.stsw.spark;

import dev.stsw.format.TensorMeta;

/**
 * A stretch of a tensor's bytes; all of them where tensors are not divided.
 *
 * @param tensor whose bytes
 * @param number of the chunk within the tensor, from 0
 * @param position bytes from the start of the file to its first
 * @param size in bytes
 */
record Chunk(TensorMeta tensor, long number, long position, long size) {}
