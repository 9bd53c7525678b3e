package dev.secretproviders.certificate;

import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretReference;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Reads and checks what certificate objects stand for. A result is kept while neither the object nor a value changes, and
 * the certificate lasts. Thread-safe.
 */
final class Materials {
    private final CertificateValues values;
    private final IssuedCertificates issued;
    private final InstantSource clock;
    private final Map<String, Kept> kept = new ConcurrentHashMap<>();

    Materials(CertificateValues values, IssuedCertificates issued, InstantSource clock) {
        this.values = values;
        this.issued = issued;
        this.clock = clock;
    }

    /** The result of reading and checking. */
    sealed interface Result {
        /**
         * The certificate can be written.
         *
         * @param fresh whether its managers confirmed the values as often as they should
         */
        record Ready(Material material, boolean fresh) implements Result {}

        /**
         * The certificate must not be written.
         *
         * @param undecided whether a value is not known yet, or its manager cannot be asked
         */
        record Refused(List<CertificateProblem> problems, boolean undecided) implements Result {}
    }

    private record Kept(CertificateObject object, Map<String, Object> identities, Material material) {}

    /** Returns what an object stands for now. May block for I/O if a provider has to issue it. */
    Result of(CertificateObject object) throws InterruptedException {
        Map<String, Secret> copies = new HashMap<>();
        Map<String, Object> identities = new HashMap<>();
        try {
            List<CertificateProblem> problems = new ArrayList<>();
            boolean undecided = false;
            boolean fresh = true;
            for (Map.Entry<String, SecretReference> field : object.references().entrySet()) {
                switch (values.read(field.getValue())) {
                    case CertificateValues.Answer.Value(Secret copy, Object identity, boolean confirmed) -> {
                        fresh &= confirmed;
                        copies.put(field.getKey(), copy);
                        identities.put(field.getKey(), identity);
                    }
                    case CertificateValues.Answer.Unknown(String problem, boolean open) -> {
                        undecided |= open;
                        problems.add(new CertificateProblem(field.getKey(), field.getValue() + ": " + problem));
                    }
                }
            }
            if (!problems.isEmpty()) {
                return new Result.Refused(problems, undecided);
            }
            if (object.source() instanceof CertificateSource.Issuer issuer) {
                switch (issued.of(object, issuer)) {
                    case IssuedCertificates.Outcome.Issued(String chain, Secret key, Object identity) -> {
                        copies.put(CertificateSource.CERTIFICATE, Secret.ofUtf8(chain));
                        copies.put(CertificateSource.KEY, key);
                        identities.put(CertificateSource.ISSUER, identity);
                    }
                    case IssuedCertificates.Outcome.Failed(CertificateProblem problem, boolean open) -> {
                        return new Result.Refused(List.of(problem), open);
                    }
                }
            }
            return checked(object, copies, identities, fresh);
        } finally {
            copies.values().forEach(Secret::close);
        }
    }

    private Result checked(
            CertificateObject object, Map<String, Secret> copies, Map<String, Object> identities, boolean fresh) {
        Instant now = clock.instant();
        Kept known = kept.get(object.id());
        if (known != null
                && known.object().fields().equals(object.fields())
                && known.identities().equals(identities)
                && known.material().end().isAfter(now)) {
            return new Result.Ready(known.material(), fresh);
        }
        kept.remove(object.id());
        try {
            Material material = new MaterialReader(copies).read(object.source());
            List<CertificateProblem> problems = MaterialCheck.problems(object, material, now);
            if (!problems.isEmpty()) {
                return new Result.Refused(problems, false);
            }
            kept.put(object.id(), new Kept(object, Map.copyOf(identities), material));
            return new Result.Ready(material, fresh);
        } catch (InvalidCertificateException e) {
            return new Result.Refused(e.problems(), false);
        }
    }

    /** Has the secrets of an object fetched again. Returns at once. */
    void refresh(CertificateObject object) {
        object.references().values().forEach(values::refresh);
    }

    /** Forgets what is not in use any more. */
    void retain(Set<String> ids) {
        kept.keySet().retainAll(ids);
    }
}
