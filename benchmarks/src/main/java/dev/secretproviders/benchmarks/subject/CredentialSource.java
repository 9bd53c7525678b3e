package dev.secretproviders.benchmarks.subject;

import dev.secretproviders.benchmarks.load.Expected;
import dev.secretproviders.gateway.RouteConf;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/** The source of a runner's credentials. */
public sealed interface CredentialSource permits ConsumersInEtcd, KeyFile, KeysInOpenBao, KindsFile, ManyKeys {
    /** The name of the filter for keys. */
    String KEY_FILTER = "secret-key-auth";

    /** Returns the credentials. */
    Credentials credentials();

    /**
     * Writes the files that the runner reads.
     *
     * @param directory the runner's directory
     * @param config the configuration file to write
     */
    SecretManager prepare(Path directory, Path config) throws IOException;

    /** Returns the JVM's option for the maximum heap. */
    String heap();

    /** Returns the workloads that a runner with these credentials supports. */
    default Map<Workload, Dialogue> dialogues() {
        RouteConf plain = RouteConf.of("orders", KEY_FILTER, "{}");
        RouteConf hiding = RouteConf.of("hiding", KEY_FILTER, "{\"hide_credentials\":true}");
        Map<Workload, Dialogue> dialogues = new EnumMap<>(Workload.class);
        dialogues.put(Workload.ACCEPTED, ofKeys(plain, Workload.ACCEPTED, Expected.ACCEPTED));
        dialogues.put(Workload.HIDDEN, ofKeys(hiding, Workload.HIDDEN, Expected.ACCEPTED_AND_HIDDEN));
        dialogues.put(Workload.REJECTED, ofKeys(plain, Workload.REJECTED, Expected.REFUSED));
        dialogues.put(Workload.MISSING, ofKeys(plain, Workload.MISSING, Expected.REFUSED));
        return dialogues;
    }

    /** Returns requests that carry keys, if any. */
    default Dialogue ofKeys(RouteConf route, Workload workload, Expected expected) {
        return Dialogue.ofKeys(route, workload, credentials(), expected);
    }
}
