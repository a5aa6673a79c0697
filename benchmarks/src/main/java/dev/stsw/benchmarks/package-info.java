/// What `benchmarks/run.sh` runs inside a virtual machine of ours.
package dev.stsw.benchmarks;
