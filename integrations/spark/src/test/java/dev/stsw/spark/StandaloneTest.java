package dev.stsw.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A master and two workers, as {@code sbin/start-all.sh} starts them. */
class StandaloneTest extends ClusterContract {
    @TempDir
    static Path work;

    private static final List<Process> PROCESSES = new ArrayList<>();

    @BeforeAll
    @Timeout(300)
    static void start() throws Exception {
        LocalSpark.stop();
        int port = freePort();
        String master = "spark://127.0.0.1:" + port;
        var session = Workers.configured(master).config("spark.cores.max", "2").config("spark.executor.cores", "1");
        java("org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", "" + port, "--webui-port", "0");
        awaitMaster(port);
        for (int i = 0; i < 2; i++) {
            java(
                    "org.apache.spark.deploy.worker.Worker",
                    "--host",
                    "127.0.0.1",
                    "--cores",
                    "1",
                    "--memory",
                    "1g",
                    "--webui-port",
                    "0",
                    "--work-dir",
                    work.resolve("worker" + i).toString(),
                    master);
        }
        session.getOrCreate();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** Spark itself waits for a minute. */
    private static void awaitMaster(int port) throws Exception {
        while (true) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.setTcpNoDelay(true);
                return;
            } catch (ConnectException e) {
                assertThat(PROCESSES.get(0).isAlive()).isTrue();
                Thread.sleep(100);
            }
        }
    }

    private static void java(String main, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                Workers.home().resolve("jars") + "/*",
                main));
        command.addAll(List.of(args));
        PROCESSES.add(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(work.resolve(main + PROCESSES.size() + ".log").toFile())
                .start());
    }

    @AfterAll
    static void stop() throws InterruptedException {
        LocalSpark.stop();
        List<ProcessHandle> all = PROCESSES.stream()
                .flatMap(process -> Stream.concat(process.descendants(), Stream.of(process.toHandle())))
                .toList();
        all.forEach(ProcessHandle::destroyForcibly);
        for (Process process : PROCESSES) {
            process.waitFor();
        }
    }
}
