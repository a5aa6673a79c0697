/// JMH benchmarks of single operations: `./mvnw -q -Pbenchmarks,quick package -pl benchmarks -am`, then
/// `java -jar benchmarks/target/benchmarks.jar`.
package dev.stsw.benchmarks.micro;
