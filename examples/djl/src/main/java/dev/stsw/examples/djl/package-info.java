/// A transformer out of a PyTorch checkpoint, in DJL.
@NullMarked
package dev.stsw.examples.djl;

import org.jspecify.annotations.NullMarked;
