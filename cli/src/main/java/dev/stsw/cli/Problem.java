package dev.stsw.cli;

import dev.stsw.format.BadFileException;
import dev.stsw.model.DiskFolder;
import dev.stsw.torch.CheckpointException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/// What went wrong with one file, as a sentence for people and an exit code for scripts.
///
/// @param file the file, as the user named it
/// @param sentence what is wrong, without the file's name
/// @param exitCode 1 where the file is to blame, 2 where it could not be read
record Problem(String file, String sentence, int exitCode) {
    static Problem of(String file, Throwable fault) {
        if (fault instanceof BadFileException bad) {
            // A sound file without the key that was asked for: the question was wrong.
            boolean notFound =
                    bad instanceof CheckpointException other && other.kind() == CheckpointException.Kind.NOT_FOUND;
            int exitCode = notFound ? ExitCode.UNCHECKED : ExitCode.BAD;
            return new Problem(culprit(file, bad, bad.problem()), bad.problem(), exitCode);
        }
        if (fault instanceof FileSystemException disk) {
            String culprit = disk.getFile();
            return new Problem(culprit == null ? file : culprit, sentence(disk), ExitCode.UNCHECKED);
        }
        if (fault instanceof IOException) {
            return new Problem(file, lowerCase(String.valueOf(fault.getMessage())), ExitCode.UNCHECKED);
        }
        return new Problem(file, String.valueOf(fault.getMessage()), ExitCode.UNCHECKED);
    }

    /// The file that the fault names, a shard perhaps, or else the one that the user named.
    private static String culprit(String file, IOException fault, String problem) {
        String message = String.valueOf(fault.getMessage());
        int end = message.length() - problem.length() - ": ".length();
        return end > 0 && message.endsWith(": " + problem) ? message.substring(0, end) : file;
    }

    static Problem outOfMemory(String file) {
        long heap = Runtime.getRuntime().maxMemory();
        String sentence = "out of memory: the header needs more than the heap of " + Units.bytes(heap)
                + " (more: STSW_OPTS=-Xmx8g)";
        return new Problem(file, sentence, ExitCode.UNCHECKED);
    }

    /// A mistake of ours, which no command expects.
    static Problem internal(Throwable fault) {
        if (fault instanceof OutOfMemoryError) {
            return new Problem("stsw", "out of memory (more: STSW_OPTS=-Xmx8g)", ExitCode.UNCHECKED);
        }
        return new Problem("internal error", fault + " (details: --verbose)", ExitCode.UNCHECKED);
    }

    /// The same while looking at one file of several, which is named.
    static Problem internal(String file, Throwable fault) {
        Problem mistake = internal(fault);
        return new Problem(file, mistake.file + ": " + mistake.sentence, mistake.exitCode);
    }

    /// The JDK's messages of the commonest of these are the file's name and nothing else.
    private static String sentence(FileSystemException fault) {
        if (fault instanceof NoSuchFileException) {
            return missing(fault.getFile());
        }
        if (fault instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (fault instanceof FileSystemLoopException) {
            return "too many levels of symbolic links";
        }
        if (fault instanceof NotDirectoryException) {
            return "not a directory";
        }
        if (fault instanceof FileAlreadyExistsException && fault.getReason() == null) {
            return "exists already";
        }
        if (fault instanceof DirectoryNotEmptyException) {
            return "is a directory";
        }
        String reason = fault.getReason();
        return lowerCase(reason == null ? fault.getClass().getSimpleName() : reason);
    }

    /// A link into a cache that was cleaned looks like a file, but is none.
    private static String missing(String file) {
        try {
            return DiskFolder.danglingLink(Path.of(file)).orElse("no such file");
        } catch (InvalidPathException e) {
            return "no such file";
        }
    }

    /// The operating system begins its messages with a capital; here they go on a sentence.
    private static String lowerCase(String text) {
        boolean word = text.length() > 1 && Character.isLowerCase(text.charAt(1));
        return word ? Character.toLowerCase(text.charAt(0)) + text.substring(1) : text;
    }

    /// Writes the members of its JSON object.
    void writeTo(Json object) {
        object.name("file").string(file).name("error").string(sentence);
    }

    /// The line for stderr.
    String message() {
        return file + ": " + sentence;
    }
}
