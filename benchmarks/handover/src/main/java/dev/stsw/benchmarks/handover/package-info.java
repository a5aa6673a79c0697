/// What handing tensors over to other libraries costs.
@NullMarked
package dev.stsw.benchmarks.handover;

import org.jspecify.annotations.NullMarked;
