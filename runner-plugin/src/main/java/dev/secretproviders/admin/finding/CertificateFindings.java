package dev.secretproviders.admin.finding;

import dev.secretproviders.admin.finding.Finding.Kind;
import dev.secretproviders.certificate.CertificateObject;
import dev.secretproviders.certificate.CertificateProblem;
import dev.secretproviders.certificate.CertificateStatus;
import dev.secretproviders.certificate.Certificates;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Finds certificates that end, that fail their checks, that are not in the gateway, and that something else changed there. */
public final class CertificateFindings implements FindingSource {
    /** How long a repaired change is shown. */
    private static final Duration SHOWN = Duration.ofHours(1);

    private final Certificates certificates;
    private final InstantSource clock;

    /** Creates the source. */
    public CertificateFindings(Certificates certificates, InstantSource clock) {
        this.certificates = certificates;
        this.clock = clock;
    }

    @Override
    public void find(Map<SecretReference, Resolution> resolutions, Consumer<Finding> found) {
        Instant now = clock.instant();
        certificates.all().forEach(object -> find(object, certificates.status(object.id()), now, found));
        certificates
                .damaged()
                .forEach((id, problem) -> found.accept(
                        new Finding(Kind.CERTIFICATE_NOT_WRITTEN, List.of("certificates/" + id), problem)));
    }

    private static void find(CertificateObject object, CertificateStatus status, Instant now, Consumer<Finding> found) {
        List<String> subjects = List.of("certificates/" + object.id());
        Set<ProviderId> providers = object.providers();
        CertificateStatus.Facts facts = status.facts();
        String problems =
                status.problems().stream().map(CertificateProblem::toString).collect(Collectors.joining("; "));
        if (facts != null && !facts.soon().isAfter(now)) {
            boolean ended = !facts.until().isAfter(now);
            found.accept(new Finding(
                    ended ? Kind.CERTIFICATE_ENDED : Kind.CERTIFICATE_ENDS,
                    subjects,
                    "the certificate with the serial number " + facts.serial() + (ended ? " ended at " : " ends at ")
                            + facts.until() + (problems.isEmpty() ? "" : "; " + problems),
                    providers));
        }
        switch (status.state()) {
            case PENDING, IN_FORCE -> {}
            case REFUSED -> found.accept(new Finding(Kind.CERTIFICATE_REFUSED, subjects, problems, providers));
            case NOT_OURS, NOT_WRITTEN ->
                found.accept(new Finding(Kind.CERTIFICATE_NOT_WRITTEN, subjects, problems, providers));
            case CONTESTED -> found.accept(new Finding(Kind.CERTIFICATE_DRIFT, subjects, problems, providers));
        }
        Instant repaired = status.repairedAt();
        if (status.state() == CertificateStatus.State.IN_FORCE
                && repaired != null
                && repaired.plus(SHOWN).isAfter(now)) {
            found.accept(new Finding(
                    Kind.CERTIFICATE_DRIFT,
                    subjects,
                    "something else changed or deleted its ssl object; the runner wrote it again at " + repaired,
                    providers));
        }
    }
}
