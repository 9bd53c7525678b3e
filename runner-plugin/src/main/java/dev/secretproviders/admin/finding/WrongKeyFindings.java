package dev.secretproviders.admin.finding;

import dev.secretproviders.admin.finding.Finding.Kind;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.spi.SecretReference;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Finds clients that try keys: one address with many wrong keys, and one wrong key from many addresses. */
public final class WrongKeyFindings implements FindingSource {
    /** The most findings of each kind. The metrics show the full number. */
    private static final int MOST_SUSPECTS = 10;

    private final CredentialDirectory directory;

    /** Creates the source. */
    public WrongKeyFindings(CredentialDirectory directory) {
        this.directory = directory;
    }

    @Override
    public void find(Map<SecretReference, Resolution> resolutions, Consumer<Finding> found) {
        directory.wrongKeys().sourcesOfManyKeys().stream()
                .limit(MOST_SUSPECTS)
                .forEach(source -> found.accept(new Finding(
                        Kind.MANY_WRONG_KEYS,
                        List.of("sources/" + source.what()),
                        "tried about " + source.others() + " wrong keys in the last minutes")));
        directory.wrongKeys().keysFromManySources().stream()
                .limit(MOST_SUSPECTS)
                .forEach(key -> found.accept(new Finding(
                        Kind.WRONG_KEY_FROM_MANY,
                        List.of("keys/" + key.what()),
                        "this wrong key came from about " + key.others()
                                + " addresses in the last minutes; it may be a key that"
                                + " was rotated or deleted while many still use it, or one that was published")));
    }
}
