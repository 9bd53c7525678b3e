package dev.secretproviders.crypto;

import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.SecureRandom;
import org.bouncycastle.crypto.CryptoServicesRegistrar;
import org.bouncycastle.crypto.fips.FipsStatus;

/**
 * The cryptographic module for everything that is stored: BouncyCastle's BC-FJA ({@code bc-fips}) in approved-only
 * mode. It is passed to each algorithm, and not registered in the JVM's list of providers. Loading it runs its
 * self-tests, which take about half a second. {@code
 * docs/contributing/decisions/0004-index-digests-outside-the-fips-module.md} says what lies outside the module.
 *
 * <p>Thread-safe.
 */
public final class FipsModule {
    /** The module's name; reading it does not load the module. */
    public static final String NAME = "BouncyCastle BC-FJA (bc-fips)";

    private static final String APPROVED_ONLY = "org.bouncycastle.fips.approved_only";
    private static final String NATIVE_CODE = "org.bouncycastle.native.cpu_variant";
    /**
     * The provider's class, used by name. If this class referred to it, the JVM would load it to verify this class,
     * even before anything else with an AOT cache. Checking the signatures of its jar takes a quarter of a second.
     */
    private static final String PROVIDER = "org.bouncycastle.jcajce.provider.BouncyCastleFipsProvider";

    private final Provider provider;
    private final SecureRandom random;

    private FipsModule() {
        chooseMode();
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

    /**
     * Chooses the approved-only mode without loading the module. Must precede every library that may load the module
     * itself.
     */
    public static void chooseMode() {
        // The module reads this once, when its first class is loaded.
        System.setProperty(APPROVED_ONLY, "true");
        // By default the module writes native code into the temporary directory and loads it from there at each start.
        // The operator may enable that.
        System.getProperties().putIfAbsent(NATIVE_CODE, "java");
    }

    private static final class Holder {
        static final FipsModule MODULE = new FipsModule();
    }

    /**
     * Loads the module, and runs its self-tests the first time.
     *
     * @throws IllegalStateException if the self-tests fail or the module is not in approved-only mode
     */
    public static FipsModule load() {
        try {
            return Holder.MODULE;
        } catch (ExceptionInInitializerError | NoClassDefFoundError e) {
            // The first caller gets the first exception, later callers the second, whose cause describes the original
            // failure.
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

    /** Returns the status that the module reports; {@code READY} if it can be used. */
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
