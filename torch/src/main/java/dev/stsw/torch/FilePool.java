package dev.stsw.torch;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The files of a folder, opened when they are needed. A checkpoint may have thousands, one for each process that wrote it,
 * and a process of ours may have about a thousand open: those that were not read for longest are closed. For any number of
 * threads.
 */
final class FilePool implements Closeable {
    private static final int MOST_OPEN = 64;

    private final CheckpointFolder folder;
    private final int mostOpen;
    /** In the order of their last use. */
    private final Map<String, Opened> files = new LinkedHashMap<>(16, 0.75f, true);

    FilePool(CheckpointFolder folder) {
        this(folder, MOST_OPEN);
    }

    FilePool(CheckpointFolder folder, int mostOpen) {
        this.folder = folder;
        this.mostOpen = mostOpen;
    }

    private static final class Opened {
        final SeekableByteChannel channel;
        int users;

        Opened(SeekableByteChannel channel) {
            this.channel = channel;
        }
    }

    /** Bytes of a file. */
    long size(String name) throws IOException {
        Opened file = acquire(name);
        try {
            synchronized (file) {
                return file.channel.size();
            }
        } finally {
            release(file);
        }
    }

    /** Reads from {@code position}, as {@link FileChannel#read(ByteBuffer, long)} does. */
    int read(String name, ByteBuffer target, long position) throws IOException {
        Opened file = acquire(name);
        try {
            if (file.channel instanceof FileChannel positional) {
                return positional.read(target, position);
            }
            synchronized (file) {
                file.channel.position(position);
                return file.channel.read(target);
            }
        } finally {
            release(file);
        }
    }

    private synchronized Opened acquire(String name) throws IOException {
        Opened file = files.get(name);
        if (file == null) {
            makeRoom();
            file = new Opened(folder.open(name));
            files.put(name, file);
        }
        file.users++;
        return file;
    }

    private void makeRoom() throws IOException {
        if (files.size() < mostOpen) {
            return;
        }
        @Nullable String idle = null;
        for (Map.Entry<String, Opened> entry : files.entrySet()) {
            if (entry.getValue().users == 0) {
                idle = entry.getKey();
                break;
            }
        }
        Opened file = idle == null ? null : files.remove(idle);
        if (file != null) {
            file.channel.close();
        }
    }

    private synchronized void release(Opened file) {
        file.users--;
    }

    /** How many files are open. */
    synchronized int open() {
        return files.size();
    }

    @Override
    public synchronized void close() throws IOException {
        IOException fault = null;
        for (Opened file : files.values()) {
            try {
                file.channel.close();
            } catch (IOException e) {
                fault = e;
            }
        }
        files.clear();
        if (fault != null) {
            throw fault;
        }
    }
}
