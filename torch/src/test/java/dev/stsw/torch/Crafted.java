package dev.stsw.torch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Checkpoints put together for one test. */
final class Crafted {
    private final Map<String, byte[]> entries = new LinkedHashMap<>();
    private boolean deflated;

    static Crafted of(byte[] pickle) {
        return new Crafted().with("data.pkl", pickle);
    }

    Crafted with(String name, byte[] bytes) {
        entries.put(name, bytes);
        return this;
    }

    Crafted deflated() {
        deflated = true;
        return this;
    }

    byte[] zip() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                ZipEntry header = new ZipEntry("archive/" + entry.getKey());
                header.setMethod(deflated ? ZipEntry.DEFLATED : ZipEntry.STORED);
                header.setSize(entry.getValue().length);
                CRC32 crc = new CRC32();
                crc.update(entry.getValue());
                header.setCrc(crc.getValue());
                zip.putNextEntry(header);
                zip.write(entry.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    Path write(Path folder) throws IOException {
        return Files.write(folder.resolve("crafted.pt"), zip());
    }
}
