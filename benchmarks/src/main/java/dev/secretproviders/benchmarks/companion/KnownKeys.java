package dev.secretproviders.benchmarks.companion;

import dev.secretproviders.benchmarks.subject.Credentials;
import dev.secretproviders.peers.Nginx;
import dev.secretproviders.peers.NginxConnection;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Keys of consumers, in the form that each of the two servers needs.
 *
 * @param credentials the credentials of the keys, for the runner
 */
record KnownKeys(Credentials credentials) {
    KnownKeys(int count) {
        this(new Credentials(count));
    }

    List<String> texts() {
        return IntStream.range(0, credentials.count())
                .mapToObj(Credentials::key)
                .toList();
    }

    /** Returns the consumers as the stand-in for APISIX knows them; the table needs the keys themselves. */
    String consumers() {
        List<String> all = IntStream.range(0, credentials.count())
                .mapToObj(i -> "{\"username\":\"" + Credentials.name(i) + "\",\"plugins\":{\"key-auth\":{\"key\":\""
                        + Credentials.key(i) + "\"}}}")
                .toList();
        return "[" + String.join(",", all) + "]";
    }

    /** Sends a request with each key in turn, and returns how many were answered with this status. */
    int answered(Nginx nginx, String target, int status) throws IOException {
        int count = 0;
        try (NginxConnection connection = nginx.connect()) {
            for (String key : texts()) {
                count += connection.get(target, key).status() == status ? 1 : 0;
            }
        }
        return count;
    }

    /** Fails if a request with one of the keys is refused. */
    void requireAccepted(Nginx nginx, String target) throws IOException {
        if (answered(nginx, target, 200) < credentials.count()) {
            throw new IOException("a good key was refused at " + target);
        }
    }
}
