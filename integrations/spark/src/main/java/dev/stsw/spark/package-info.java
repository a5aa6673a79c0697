/**
 * stsw on Apache Spark 4: the data source {@code safetensors}, and applications that verify, convert and re-shard whole
 * trees of models on the cluster that is there.
 *
 * <p>Rows carry what is known of tensors; their bytes stay in the tasks that read them, and flow through one bounded buffer
 * there. A task works on a file and a range of its bytes, so that one file of any size is spread over all executors. Files
 * are read through Hadoop's file systems, never as local files.
 */
@NullMarked
package dev.stsw.spark;

import org.jspecify.annotations.NullMarked;
