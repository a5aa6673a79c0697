package dev.stsw.spark;

import dev.stsw.format.Checksums;
import java.io.IOException;
import java.util.zip.CRC32;

/** CRC-32 of each tensor. */
class CrcFold implements Fold<Long> {
    private static final long serialVersionUID = 1L;

    @Override
    public Long of(TensorFile file, Chunk stretch) throws IOException {
        CRC32 crc = new CRC32();
        file.read(stretch.position(), stretch.size(), crc::update);
        return crc.getValue();
    }

    @Override
    public Long join(Long first, Long second, long secondLength) {
        return Checksums.combine(first, second, secondLength);
    }
}
