package dev.secretproviders.admin.finding;

import dev.secretproviders.admin.finding.Finding.Kind;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.bounds.CurrentValidity;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.validity.Validity;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Finds credentials that end soon, that have ended, and of which the validity cannot be read. */
public final class ValidityFindings implements FindingSource {
    private final CredentialDirectory directory;
    private final Duration warning;

    /**
     * Creates the source.
     *
     * @param warning how long before its end a credential is found; 0 for never
     */
    public ValidityFindings(CredentialDirectory directory, Duration warning) {
        this.directory = directory;
        this.warning = warning;
    }

    @Override
    public void find(Map<SecretReference, Resolution> resolutions, Consumer<Finding> found) {
        long now = directory.clock().millis();
        for (var consumer : directory.consumers().consumers().values()) {
            for (Credential credential : consumer.credentials()) {
                Validity validity = CurrentValidity.of(credential, resolutions);
                if (!validity.isUnlimited()) {
                    find(SecretFindings.subject(consumer, credential), credential, validity, now, found);
                }
            }
        }
    }

    private void find(String subject, Credential credential, Validity validity, long now, Consumer<Finding> found) {
        String plugin = "plugins." + credential.kind().plugin();
        switch (validity.at(now)) {
            case UNREADABLE ->
                found.accept(finding(
                        Kind.UNREADABLE_VALIDITY, subject, plugin + " is refused: " + validity.problem(), credential));
            case EXPIRED ->
                found.accept(finding(
                        Kind.CREDENTIAL_ENDED,
                        subject,
                        plugin + " ended at " + validity.end() + " and is refused",
                        credential));
            case VALID, NOT_YET -> {
                if (validity.left(now) <= warning.toMillis()) {
                    found.accept(
                            finding(Kind.CREDENTIAL_ENDS, subject, plugin + " ends at " + validity.end(), credential));
                }
            }
            case DISABLED -> {}
        }
    }

    private static Finding finding(Kind kind, String subject, String message, Credential credential) {
        return new Finding(
                kind,
                List.of(subject),
                message,
                credential.references().stream().map(SecretReference::provider).collect(Collectors.toSet()));
    }
}
