package dev.secretproviders.auth.jwt;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Provider;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verifies signatures with AWS-LC, by the Amazon Corretto Crypto Provider. It takes a seventh of the Java runtime's time
 * for ES256, and half for RS256. It is optional: where its files are missing or cannot be loaded, the runtime verifies.
 *
 * <p>It is loaded by a thread of its own when the first token is verified, and the runtime verifies until it is there.
 * Its classes are in a class loader of their own, and not on the class path. So a start is not slower, and the files for
 * another processor do no harm. Its library is loaded from where it is; nothing is written.
 *
 * <p>Thread-safe.
 */
final class NativeSignatures {
    /** Those of this process. */
    static final NativeSignatures OF_PROCESS = new NativeSignatures(directory());

    /** Never there. */
    static final NativeSignatures NONE = new NativeSignatures(null);

    private static final Logger LOG = LoggerFactory.getLogger(NativeSignatures.class);

    private static final String PROVIDER = "com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider";
    private static final String LIBRARY = "amazonCorrettoCryptoProvider";
    private static final String IN_PLACE = "com.amazon.corretto.crypto.provider.useExternalLib";

    private final @Nullable Path directory;
    private final AtomicBoolean begun = new AtomicBoolean();
    private volatile @Nullable Loaded loaded;

    /** @param directory holds the classes and the library for this processor; null if there are none */
    NativeSignatures(@Nullable Path directory) {
        this.directory = directory;
    }

    /** Returns where the distribution has the files for this system, or null. */
    private static @Nullable Path directory() {
        String home = System.getProperty("secret-providers.home");
        String system = platform();
        Path directory = home == null || system == null ? null : Path.of(home, "native", "signatures", system);
        return directory != null && Files.isDirectory(directory) ? directory : null;
    }

    /** Returns this system as the provider's builds name it, or null if there is none for it. */
    static @Nullable String platform() {
        if (!System.getProperty("os.name", "").equals("Linux")) {
            return null;
        }
        return switch (System.getProperty("os.arch", "").toLowerCase(Locale.ROOT)) {
            case "amd64" -> "linux-x86_64";
            case "aarch64" -> "linux-aarch_64";
            default -> null;
        };
    }

    /** The provider, ready for use. */
    static final class Loaded {
        private final Provider provider;
        private final KeptSignatures signatures;

        private Loaded(Provider provider) {
            this.provider = provider;
            this.signatures = new KeptSignatures(provider);
        }

        KeptSignatures signatures() {
            return signatures;
        }

        /**
         * Returns a key in the provider's form, with which a verification takes less time.
         *
         * @throws GeneralSecurityException if it does not take this key, such as one for EdDSA
         */
        PublicKey key(PublicKey key) throws GeneralSecurityException {
            return KeyFactory.getInstance(key.getAlgorithm(), provider)
                    .generatePublic(new X509EncodedKeySpec(key.getEncoded()));
        }
    }

    /** Finds the library next to the classes. */
    private static final class Loader extends URLClassLoader {
        private final Path library;

        Loader(Path directory) throws IOException {
            super("native-signatures", new URL[] {directory.toUri().toURL()}, ClassLoader.getPlatformClassLoader());
            library = directory.resolve("com/amazon/corretto/crypto/provider/" + System.mapLibraryName(LIBRARY));
        }

        @Override
        protected @Nullable String findLibrary(String name) {
            return name.equals(LIBRARY) ? library.toAbsolutePath().toString() : null;
        }
    }

    /** Returns the provider if it is there. The first call begins to load it, and does not wait. */
    @Nullable
    Loaded ifLoaded() {
        Loaded now = loaded;
        if (now == null && directory != null && begun.compareAndSet(false, true)) {
            Thread _ = Thread.ofPlatform().daemon().name("native-signatures").start(() -> tryLoad(directory));
        }
        return now;
    }

    /** Returns whether it is being loaded, or was. */
    boolean begun() {
        return begun.get();
    }

    private void tryLoad(Path from) {
        try {
            Loaded now = load(from);
            loaded = now;
            LOG.atInfo()
                    .addKeyValue("event", "signatures.native")
                    .log(
                            "tokens with public keys are verified by {} {}",
                            now.provider.getName(),
                            now.provider.getVersionStr());
        } catch (IOException | GeneralSecurityException | RuntimeException | LinkageError | AssertionError e) {
            LOG.atWarn()
                    .addKeyValue("event", "signatures.runtime")
                    .log(
                            "tokens with public keys are verified by the Java runtime, which takes longer, because the"
                                    + " library in {} cannot be loaded: {}",
                            from,
                            e.toString());
        }
    }

    /** Loads the provider, and waits for it. */
    void load() throws IOException, GeneralSecurityException {
        begun.set(true);
        loaded = load(Objects.requireNonNull(directory));
    }

    @SuppressWarnings("resource") // its classes are used until the process ends
    private static Loaded load(Path from) throws IOException, GeneralSecurityException {
        // Otherwise it would copy the library into the temporary directory.
        System.setProperty(IN_PLACE, "true");
        try {
            Class<?> type = new Loader(from).loadClass(PROVIDER);
            Provider provider = (Provider) type.getField("INSTANCE").get(null);
            if (type.getMethod("getLoadingError").invoke(provider) instanceof Throwable problem) {
                Throwable[] reasons = problem.getSuppressed();
                throw new IOException(String.valueOf(reasons.length == 0 ? problem : reasons[0]));
            }
            // Runs its self-tests.
            type.getMethod("assertHealthy").invoke(provider);
            return new Loaded(provider);
        } catch (ReflectiveOperationException e) {
            throw new GeneralSecurityException(String.valueOf(e.getCause() == null ? e : e.getCause()), e);
        }
    }
}
