package dev.stsw.publish;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Gives a new file what belonged to the one that it replaces: group, mode and owner, as far as this process may.
///
/// Whoever replaces a file of someone else with the rights of root would lock its owner out otherwise.
public final class Ownership {
    private static final System.Logger LOG = System.getLogger(Ownership.class.getName());

    private Ownership() {}

    /// Gives a file the owner, group and mode of the one that it replaces; a warning says what could not be given.
    ///
    /// @param target for messages
    public static void pass(PosixFileAttributes replaced, Path file, Path target) throws IOException {
        // Never through a link: in a folder of other users, one may have been put in the file's place just now.
        List<String> lost = pass(
                replaced, Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS));
        lost.forEach(
                what -> LOG.log(Level.WARNING, target + ": the new file could not be given the old one's " + what));
    }

    /// Returns what could not be given.
    public static List<String> pass(PosixFileAttributes replaced, PosixFileAttributeView file) throws IOException {
        PosixFileAttributes own = file.readAttributes();
        List<String> lost = new ArrayList<>();
        Set<PosixFilePermission> mode = replaced.permissions();
        if (!own.group().equals(replaced.group())) {
            try {
                file.setGroup(replaced.group());
            } catch (IOException e) {
                lost.add("group " + replaced.group() + " (now " + own.group() + ")");
                mode = withoutGroup(mode);
            }
        }
        file.setPermissions(mode);
        // Last: afterwards the file is not ours any more.
        if (!own.owner().equals(replaced.owner())) {
            try {
                file.setOwner(replaced.owner());
            } catch (IOException e) {
                lost.add("owner " + replaced.owner() + " (now " + own.owner() + ")");
            }
        }
        return lost;
    }

    /// What the old group might do is nothing for another one, beyond what everybody may.
    private static Set<PosixFilePermission> withoutGroup(Set<PosixFilePermission> mode) {
        EnumSet<PosixFilePermission> less = EnumSet.noneOf(PosixFilePermission.class);
        less.addAll(mode);
        if (!mode.contains(PosixFilePermission.OTHERS_READ)) {
            less.remove(PosixFilePermission.GROUP_READ);
        }
        if (!mode.contains(PosixFilePermission.OTHERS_WRITE)) {
            less.remove(PosixFilePermission.GROUP_WRITE);
        }
        if (!mode.contains(PosixFilePermission.OTHERS_EXECUTE)) {
            less.remove(PosixFilePermission.GROUP_EXECUTE);
        }
        return less;
    }
}
