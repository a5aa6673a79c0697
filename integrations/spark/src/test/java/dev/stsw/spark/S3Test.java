package dev.stsw.spark;

import java.io.IOException;
import java.net.URI;
import org.apache.spark.sql.SparkSession;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;

/** On a real server that speaks S3, by way of s3a. */
@Timeout(300)
class S3Test extends FileSystemContract {
    private static S3Proxy server;

    @BeforeAll
    static void start() throws Exception {
        TransientNio2BlobStore store = new TransientNio2BlobStore();
        store.createContainer("zoo");
        server = S3Proxy.builder()
                .blobStore(store)
                .endpoint(URI.create("http://127.0.0.1:0"))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, "key", "secret")
                .build();
        server.start();
        SparkSession spark = LocalSpark.session();
        spark.conf().set("fs.s3a.endpoint", "http://127.0.0.1:" + server.getPort());
        spark.conf().set("fs.s3a.endpoint.region", "us-east-1");
        spark.conf().set("fs.s3a.access.key", "key");
        spark.conf().set("fs.s3a.secret.key", "secret");
        spark.conf().set("fs.s3a.path.style.access", "true");
        spark.conf().set("fs.s3a.connection.ssl.enabled", "false");
    }

    @AfterAll
    static void stop() throws Exception {
        server.stop();
    }

    @Override
    String root() throws IOException {
        return "s3a://zoo/tests";
    }
}
