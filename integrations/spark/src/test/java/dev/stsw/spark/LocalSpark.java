package dev.stsw.spark;

import org.apache.spark.sql.SparkSession;

/** The session of a JVM's tests: in two threads of it, or on a cluster. */
final class LocalSpark {
    private LocalSpark() {}

    /** In this JVM. */
    static SparkSession session() {
        return builder("local[2]").getOrCreate();
    }

    /** What all sessions of tests have. */
    static SparkSession.Builder builder(String master) {
        return SparkSession.builder()
                .master(master)
                .appName("stsw-spark tests")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "4")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.sql.warehouse.dir", System.getProperty("java.io.tmpdir") + "/stsw-spark-warehouse");
    }

    /** Ends the session that is there, so that another kind can begin. */
    static void stop() {
        SparkSession.getDefaultSession().foreach(session -> {
            session.stop();
            return null;
        });
    }
}
