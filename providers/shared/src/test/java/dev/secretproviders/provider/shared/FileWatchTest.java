package dev.secretproviders.provider.shared;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A wait ends with a change. Without notices of the system, it ends when it is time to compare. */
@Timeout(30)
class FileWatchTest {
    private static final Duration LONG = Duration.ofHours(1);

    @TempDir
    private Path directory;

    @Test
    void waitEndsWithAChange() throws Exception {
        Path file = Files.writeString(directory.resolve("key"), "one");
        try (FileWatch watch = FileNotices.of(file).watch(file, LONG)) {
            Files.writeString(file, "another");

            watch.await(Duration.ZERO);
        }
        assertThat(file).exists();
    }

    @Test
    void directoryThatIsMadeAgainIsWatchedAgain() throws Exception {
        Path mounted = Files.createDirectory(directory.resolve("mounted"));
        Path file = mounted.resolve("key");
        try (FileWatch watch = FileNotices.of(file).watch(file, LONG)) {
            Files.delete(mounted);
            watch.await(Duration.ZERO);
            Files.createDirectory(mounted);
            watch.await(Duration.ZERO);

            Files.writeString(file, "one");
            watch.await(Duration.ZERO);
        }
        assertThat(file).exists();
    }

    /** The system has no notice of a directory that moves. */
    @Test
    void directoryThatIsMovedAwayEndsTheWait() throws Exception {
        Path mounted = Files.createDirectory(directory.resolve("mounted"));
        Path file = mounted.resolve("key");
        try (FileWatch watch = FileNotices.of(file).watch(file, LONG)) {
            Files.move(mounted, directory.resolve("away"));

            watch.await(Duration.ZERO);
        }
        assertThat(mounted).doesNotExist();
    }

    @Test
    void waitEndsWithoutNoticesToo() throws Exception {
        FileNotices none = new FileNotices(() -> {
            throw new IOException("User limit of inotify instances reached or too many open files");
        });
        try (FileWatch watch = none.watch(directory, Duration.ofMillis(10))) {
            watch.await(LONG);
        }
        assertThat(directory).exists();
    }

    @Test
    void missingDirectoryIsNoFailure() throws Exception {
        Path file = directory.resolve("missing").resolve("key");
        try (FileWatch watch = FileNotices.of(file).watch(file, Duration.ofMillis(10))) {
            watch.await(LONG);
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void noticesThatTheSystemHasAgainAreUsed() throws Exception {
        AtomicBoolean left = new AtomicBoolean();
        try (WatchService last = directory.getFileSystem().newWatchService()) {
            FileNotices scarce = new FileNotices(() -> {
                if (!left.get()) {
                    throw new IOException("User limit of inotify instances reached or too many open files");
                }
                return last;
            });
            try (FileWatch watch = scarce.watch(directory, LONG)) {
                left.set(true);
                watch.await(Duration.ZERO);

                Files.createFile(directory.resolve("key"));
                watch.await(Duration.ZERO);
            }
        }
        assertThat(directory).isNotEmptyDirectory();
    }

    /** Linux gives 128 to all processes of a user together. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void manyWatchesShareOneInstanceAndEachHearsOfItsOwnDirectory() throws Exception {
        List<FileWatch> watches = new ArrayList<>();
        List<Thread> waiting = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            Path watched = Files.createDirectory(directory.resolve("secrets" + i));
            FileWatch watch = FileNotices.of(watched).watch(watched, LONG);
            watches.add(watch);
            waiting.add(waiting(watch));
        }
        assertThat(instances()).hasSize(1);

        Files.createFile(directory.resolve("secrets7").resolve("key"));

        assertThat(waiting.remove(7).join(Duration.ofSeconds(5))).isTrue();
        Thread.sleep(100);
        assertThat(waiting).allMatch(Thread::isAlive);
        for (Thread thread : waiting) {
            thread.interrupt();
            thread.join();
        }
        for (FileWatch watch : watches) {
            watch.close();
        }
        assertThat(registrations()).isEmpty();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void watchesOfOneDirectoryShareItsRegistrationUntilTheLastIsClosed() throws Exception {
        try (FileWatch stays = FileNotices.of(directory).watch(directory, LONG)) {
            Path file = directory.resolve("key");
            try (FileWatch goes = FileNotices.of(file).watch(file, LONG)) {
                assertThat(registrations()).hasSize(1);

                Files.createFile(file);
                goes.await(Duration.ofMillis(20));
                stays.await(Duration.ofMillis(20));
            }
            assertThat(registrations()).hasSize(1);
            Thread waiting = waiting(stays);
            assertThat(waiting.join(Duration.ofMillis(100))).isFalse();

            Files.delete(file);

            assertThat(waiting.join(Duration.ofSeconds(5))).isTrue();
        }
        assertThat(registrations()).isEmpty();
    }

    /** A directory that is moved away stays registered. What then happens in it is of no interest. */
    @Test
    void directoryInThePlaceOfOneThatWasMovedAwayIsWatched() throws Exception {
        Path mounted = Files.createDirectory(directory.resolve("mounted"));
        try (FileWatch watch = FileNotices.of(mounted).watch(mounted, LONG)) {
            Path away = Files.move(mounted, directory.resolve("away"));
            Files.createDirectory(mounted);
            watch.await(Duration.ZERO);
            Thread waiting = waiting(watch);

            Files.createFile(away.resolve("key"));
            assertThat(waiting.join(Duration.ofMillis(100))).isFalse();
            Files.createFile(mounted.resolve("key"));

            assertThat(waiting.join(Duration.ofSeconds(5))).isTrue();
        }
    }

    private static Thread waiting(FileWatch watch) {
        return Thread.ofVirtual().start(() -> {
            try {
                watch.await(Duration.ZERO);
            } catch (InterruptedException e) {
                // The test is over.
            }
        });
    }

    /** Returns the descriptors of this process that are sources of notices. */
    private static List<Path> instances() throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : open) {
                try {
                    if (Files.readSymbolicLink(descriptor).toString().equals("anon_inode:inotify")) {
                        found.add(descriptor);
                    }
                } catch (NoSuchFileException e) {
                    // The one of this listing, or another that was closed meanwhile.
                }
            }
        }
        return found;
    }

    /** Returns the directories that the system watches for this process. */
    private static List<String> registrations() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path descriptor : instances()) {
            Path details = Path.of("/proc/self/fdinfo").resolve(descriptor.getFileName());
            try (Stream<String> lines = Files.lines(details)) {
                lines.filter(line -> line.startsWith("inotify wd:")).forEach(found::add);
            }
        }
        return found;
    }
}
