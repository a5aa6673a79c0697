package dev.stsw.spark;

import java.io.IOException;
import org.junit.jupiter.api.BeforeAll;

/** Two executors that the driver starts. */
class LocalClusterTest extends ClusterContract {
    @BeforeAll
    static void start() throws IOException {
        LocalSpark.stop();
        Workers.configured("local-cluster[2,1,1024]").getOrCreate();
    }
}
