/**
 * PyTorch checkpoints as streams of tensors, without Python and without running their code.
 *
 * <p>{@link dev.stsw.torch.Checkpoint} opens a file that {@code torch.save} wrote, in any of its formats, and is from
 * then on a {@link dev.stsw.format.TensorSource}: names, dtypes and shapes first, then each tensor's bytes, contiguous
 * and little-endian. {@link dev.stsw.torch.CheckpointOptions} says which part of the file is wanted; {@link
 * dev.stsw.torch.CheckpointReport} says what was left out, and why. A file at fault is a {@link
 * dev.stsw.torch.CheckpointException}.
 *
 * <p>A checkpoint is a pickle, a program for Python's pickle machine. Here it is only read: classes and functions that
 * it names become inert values, nothing is ever looked up, created or called.
 */
@NullMarked
package dev.stsw.torch;

import org.jspecify.annotations.NullMarked;
