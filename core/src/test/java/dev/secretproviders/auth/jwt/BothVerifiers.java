package dev.secretproviders.auth.jwt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What verifies tokens with public keys: the Java runtime, and the native library where there is one for this system. */
final class BothVerifiers {
    /** {@code mvn process-test-resources} puts it there. */
    private static final Path FILES = Path.of("target", "native-signatures");

    private static final List<NativeSignatures> ALL = all();

    private BothVerifiers() {}

    /** Returns where the files for this system are, or null if it has none. */
    static @Nullable Path files() {
        String system = NativeSignatures.platform();
        Path files = system == null ? null : FILES.resolve(system);
        if (files != null && !Files.isDirectory(files)) {
            return fail("%s is missing: run 'mvn -pl core -am process-test-resources'", files.toAbsolutePath());
        }
        return files;
    }

    private static List<NativeSignatures> all() {
        Path files = files();
        if (files == null) {
            return List.of(NativeSignatures.NONE);
        }
        NativeSignatures natives = new NativeSignatures(files);
        try {
            natives.load();
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
        return List.of(NativeSignatures.NONE, natives);
    }

    /** Returns all of them. */
    static List<NativeSignatures> each() {
        return ALL;
    }

    /** A question that each of them answers. */
    interface Question {
        boolean ask(NativeSignatures natives) throws Exception;
    }

    /** Returns the answer that all of them give. */
    static boolean agree(Question question) throws Exception {
        boolean first = question.ask(ALL.getFirst());
        for (NativeSignatures natives : ALL) {
            assertThat(question.ask(natives)).as("by %s", natives).isEqualTo(first);
        }
        return first;
    }
}
