/// What `benchmarks/run.sh` runs of other libraries on the JVM.
package dev.stsw.benchmarks.peers;
