package dev.secretproviders.crypto;

import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.SecureRandom;
import org.bouncycastle.crypto.CryptoServicesRegistrar;
import org.bouncycastle.crypto.fips.FipsStatus;

/**
 * The cryptographic module for everything that is stored: BouncyCastle's BC-FJA ({@code bc-fips}) in approved-only mode, used by
 * passing it to each algorithm, not by putting it into the JVM's list of providers. Loading it runs its self-tests, which take
 * about half a second; {@code docs/contributing/decisions/0004-index-digests-outside-the-fips-module.md} says what lies outside of it.
 *
 * <p>Thread-safe.
 */
public final class FipsModule {
    /** Its name, which does not load it. */
    public static final String NAME = "BouncyCastle BC-FJA (bc-fips)";

    private static final String APPROVED_ONLY = "org.bouncycastle.fips.approved_only";
    private static final String NATIVE_CODE = "org.bouncycastle.native.cpu_variant";
    /**
     * By its name: a class that makes one itself is verified by loading it, which the JVM does before anything else when it takes
     * classes from the AOT cache. The signatures of its jar take a quarter of a second.
     */
    private static final String PROVIDER = "org.bouncycastle.jcajce.provider.BouncyCastleFipsProvider";

    private final Provider provider;
    private final SecureRandom random;

    private FipsModule() {
        // Read by the module once, when its first class is loaded.
        System.setProperty(APPROVED_ONLY, "true");
        // Native code would be written into the temporary directory and loaded from there, at each start. The operator
        // may want it.
        System.getProperties().putIfAbsent(NATIVE_CODE, "java");
        try {
            provider = Class.forName(PROVIDER)
                    .asSubclass(Provider.class)
                    .getDeclaredConstructor()
                    .newInstance();
            random = SecureRandom.getInstance("DEFAULT", provider);
        } catch (ReflectiveOperationException | GeneralSecurityException e) {
            throw new IllegalStateException("the FIPS module has no provider or no random generator", e);
        }
        if (!approvedOnly() || !FipsStatus.isReady()) {
            throw new IllegalStateException("the FIPS module is not in approved-only mode: " + status());
        }
    }

    private static final class Holder {
        static final FipsModule MODULE = new FipsModule();
    }

    /**
     * Loads the module, the first time with its self-tests.
     *
     * @throws IllegalStateException if it does not pass them or is not in approved-only mode
     */
    public static FipsModule load() {
        try {
            return Holder.MODULE;
        } catch (ExceptionInInitializerError | NoClassDefFoundError e) {
            // The second is for everyone but the first who tried; its cause tells of what the first one met.
            throw new IllegalStateException("the FIPS module cannot be used: " + e.getCause(), e);
        }
    }

    /** Returns the module's name. */
    public String name() {
        return NAME;
    }

    /** Returns the module's version, such as {@code 2.1.3}. */
    public String version() {
        String version = provider.getClass().getPackage().getImplementationVersion();
        return version == null ? provider.getVersionStr() : version;
    }

    /** Returns whether only approved algorithms can be used. */
    public boolean approvedOnly() {
        return CryptoServicesRegistrar.isInApprovedOnlyMode();
    }

    /** Returns what the module says of itself; {@code READY} if all is well. */
    public String status() {
        return FipsStatus.getStatusMessage();
    }

    Provider provider() {
        return provider;
    }

    SecureRandom random() {
        return random;
    }
}
