package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.stsw.publish.Ownership;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What belongs to whom after a file was replaced.
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "files have no such owners and no modes there")
class OwnershipTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"write", "resume", "edit"})
    void rootGivesAReplacedFileBackToItsOwner(String how) throws IOException {
        Path file = folder.resolve("model.safetensors");
        Models.constant(file, 10, 1);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        try {
            Files.setAttribute(file, "unix:gid", 23_456, LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(file, "unix:uid", 12_345, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            assumeThat(false).as("SKIPPED: only root can give files away").isTrue();
        }
        if (how.equals("edit")) {
            Stsw.editMetadata(file, metadata -> Map.of("license", "MIT"));
        } else {
            Stsw.dump(
                    Models.small(1),
                    file,
                    WriteOptions.defaults().withCrc32(true).withResume(how.equals("resume")));
        }
        assertThat(Files.readAttributes(file, "unix:uid,gid,mode"))
                .isEqualTo(Map.of("uid", 12_345, "gid", 23_456, "mode", 0b1000_000_110_100_000));
    }

    /// A file of alice and her team, replaced by bob of staff, who may give away nothing.
    @ParameterizedTest
    @CsvSource({"rw-rw-r--, rw-r--r--", "rwxrwxrwx, rwxrwxrwx", "rw-rwx---, rw-------", "rw-r-x--x, rw---x--x"})
    void whereAFileCannotBeGivenBackItsGroupGetsNoMoreThanEverybodyAndThatIsSaid(String mode, String expected)
            throws IOException {
        View view = new View(Set.of("alice", "team"));
        List<String> lost = Ownership.pass(new Attributes("alice", "team", mode), view);
        assertThat(PosixFilePermissions.toString(view.permissions)).isEqualTo(expected);
        assertThat(lost).containsExactly("group team (now staff)", "owner alice (now bob)");
    }

    @Test
    void whatIsTheSameIsNotTouchedAndNothingIsSaid() throws IOException {
        View view = new View(Set.of("bob", "staff"));
        List<String> lost = Ownership.pass(new Attributes("bob", "staff", "rw-rw----"), view);
        assertThat(PosixFilePermissions.toString(view.permissions)).isEqualTo("rw-rw----");
        assertThat(lost).isEmpty();
    }

    @Test
    void aGroupThatMayBeGivenIsGivenAndTheOwnerIsLast() throws IOException {
        View view = new View(Set.of());
        List<String> lost = Ownership.pass(new Attributes("alice", "team", "rw-rw----"), view);
        assertThat(view.calls).containsExactly("group team", "mode rw-rw----", "owner alice");
        assertThat(lost).isEmpty();
    }

    private record Name(String getName) implements GroupPrincipal {
        @Override
        public String toString() {
            return getName;
        }
    }

    /// Bob's new file, of his group staff.
    private static final class View implements PosixFileAttributeView {
        private final Set<String> refused;
        private final List<String> calls = new ArrayList<>();
        private Set<PosixFilePermission> permissions = Set.of();

        View(Set<String> refused) {
            this.refused = refused;
        }

        private void give(String what, Object to) throws IOException {
            if (refused.contains(to.toString())) {
                throw new FileSystemException("Operation not permitted");
            }
            calls.add(what + " " + to);
        }

        @Override
        public PosixFileAttributes readAttributes() {
            return new Attributes("bob", "staff", "rw-------");
        }

        @Override
        public void setPermissions(Set<PosixFilePermission> set) {
            permissions = set;
            calls.add("mode " + PosixFilePermissions.toString(set));
        }

        @Override
        public void setGroup(GroupPrincipal group) throws IOException {
            give("group", group);
        }

        @Override
        public void setOwner(UserPrincipal owner) throws IOException {
            give("owner", owner);
        }

        @Override
        public String name() {
            return "posix";
        }

        @Override
        public UserPrincipal getOwner() {
            return readAttributes().owner();
        }

        @Override
        public void setTimes(FileTime modified, FileTime accessed, FileTime created) {
            throw new UnsupportedOperationException();
        }
    }

    private record Attributes(String user, String team, String mode) implements PosixFileAttributes {
        @Override
        public UserPrincipal owner() {
            return new Name(user);
        }

        @Override
        public GroupPrincipal group() {
            return new Name(team);
        }

        @Override
        public Set<PosixFilePermission> permissions() {
            return PosixFilePermissions.fromString(mode);
        }

        @Override
        public FileTime lastModifiedTime() {
            return FileTime.fromMillis(0);
        }

        @Override
        public FileTime lastAccessTime() {
            return FileTime.fromMillis(0);
        }

        @Override
        public FileTime creationTime() {
            return FileTime.fromMillis(0);
        }

        @Override
        public boolean isRegularFile() {
            return true;
        }

        @Override
        public boolean isDirectory() {
            return false;
        }

        @Override
        public boolean isSymbolicLink() {
            return false;
        }

        @Override
        public boolean isOther() {
            return false;
        }

        @Override
        public long size() {
            return 0;
        }

        @Override
        public Object fileKey() {
            return this;
        }
    }
}
